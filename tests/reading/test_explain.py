"""Explanations: each ground that a reading has, told by the place that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.versions import VersionId
from usepolicy.reading.explain import SENTENCES, Ground, explain
from usepolicy.reading.reader import categories_of, read_policy
from usepolicy.taxonomy.categories import load_taxonomy

EXAMPLES = Path(__file__).parents[2] / "examples"

GROUNDS = [
    ("Do not commit fraud.", "fraud", Ground.COUNTS, None, "coded: the words and the force"),
    ("You may discuss fraud.", "fraud", Ground.PERMITS, None, "a permission"),
    (
        "## Limitation of liability\n\nThe parties bear their loss by fraud of others.",
        "fraud",
        Ground.SECTION,
        "Limitation of liability",
        "the heading is named",
    ),
    (
        "We are not responsible for the fraud of others.",
        "fraud",
        Ground.DISCLAIMED,
        None,
        "a disclaimer",
    ),
    ("The history of fraud is long and sad.", "fraud", Ground.NO_FORCE, None, "mere mention"),
    (
        "You must tell us of the fraud that you see.",
        "fraud",
        Ground.NO_DUTY,
        None,
        "a duty of another kind",
    ),
    (
        "Do not send spam, except to warn of a fraud.",
        "fraud",
        Ground.EXCEPTION,
        "except to warn of a fraud",
        "named in what stays allowed",
    ),
    (
        "Do not abuse children.",
        "abuse",
        Ground.PASSED_OVER,
        None,
        "words that belong to another category",
    ),
    (
        "Do not offer insurance.",
        "automated-decisionmaking-in-economic-domains",
        Ground.NEEDS,
        None,
        "a domain without a decision",
    ),
]


@pytest.mark.parametrize(("text", "category", "ground", "detail", "why"), GROUNDS)
def test_each_ground(
    text: str, category: str, ground: Ground, detail: str | None, why: str
) -> None:
    text = f"# Acceptable use policy\n\nDo not bully.\n\n{text}"
    policy = read_policy(text, version_id=VersionId("a/b@undated"))
    found = explain(policy, CategoryId(category), text=text)
    assert found.value == ("coded" if ground is Ground.COUNTS else "not_coded")
    assert [place.ground for place in found.places] == [ground]
    assert detail is None or found.places[0].detail == detail
    evidence = found.places[0].evidence
    assert evidence.span.cut(text) == evidence.quote
    assert found.places[0].phrases


def test_nothing_near_is_said_so() -> None:
    text = "Do not commit fraud."
    found = explain(
        read_policy(text, version_id=VersionId("a/b@undated")), CategoryId("gambling"), text=text
    )
    assert (found.value, found.places) == ("not_coded", ())


def test_a_text_that_was_not_read_is_unknown() -> None:
    text = "您不得使用本服务从事任何违法活动，包括诈骗、骚扰和传播恶意软件。" * 5
    policy = read_policy(text, version_id=VersionId("a/b@undated"))
    assert explain(policy, CategoryId("fraud"), text=text).value == "unknown"


@pytest.mark.parametrize("name", ["harbourlight-aup.md", "northgate-terms.md"])
def test_it_agrees_with_the_reading_on_every_category(name: str) -> None:
    """What is coded has a place with the words that count; what is not has none that would."""
    text = (EXAMPLES / name).read_text("utf-8")
    policy = read_policy(text, version_id=VersionId("a/b@undated"))
    coded = set(categories_of(policy))
    for category in load_taxonomy().categories:
        found = explain(policy, category.id, text=text)
        assert (found.value == "coded") == (category.id in coded)
        grounds = {place.ground for place in found.places}
        assert grounds == {Ground.COUNTS} if category.id in coded else Ground.COUNTS not in grounds


def test_without_the_text_the_clauses_explain_themselves() -> None:
    policy = read_policy("Do not commit fraud.", version_id=VersionId("a/b@undated"))
    (place,) = explain(policy, CategoryId("fraud")).places
    assert (place.ground, place.evidence.quote) == (Ground.COUNTS, "Do not commit fraud")


def test_every_ground_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Ground)
