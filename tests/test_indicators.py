"""Indicators: the tables' own totals, and what a text states."""

from __future__ import annotations

import pytest

from usepolicy.comparison.indicators import Stated, answers
from usepolicy.comparison.subjects import Subject
from usepolicy.errors import UsageError
from usepolicy.indicators import companies, indicators, of_edition, scores
from usepolicy.policies.codings import Coding, coding_of
from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import read_policy
from usepolicy.taxonomy.categories import load_taxonomy


def own(text: str, kind: PolicyKind | None = None) -> Subject:
    policy = read_policy(text, version_id=VersionId("a/b@undated"), identity=Identity(kind=kind))
    coding = coding_of(policy, [c.id for c in load_taxonomy().categories], coder="reader")
    return Subject(coding, policy)


@pytest.mark.parametrize(
    ("edition", "items", "of"),
    [("2023-10", 24, 10), ("2024-05", 24, 14), ("2025-12", 25, 13), ("all", 73, 22)],
)
def test_editions(edition: str, items: int, of: int) -> None:
    assert (len(of_edition(edition)), len(companies(edition))) == (items, of)


@pytest.mark.parametrize(
    ("item", "total", "why"),
    [
        ("2023-74", 10, "all disclose prohibited uses"),
        ("2023-75", 3, "OpenAI, Stability AI, Anthropic say how they enforce"),
        ("2023-76", 2, "Google, Inflection say something of reasons"),
    ],
)
def test_totals_that_the_study_quotes(item: str, total: int, why: str) -> None:
    assert sum(scores()[company, item] for company in companies("2023-10")) == total, why


def test_every_company_has_every_item_of_its_edition() -> None:
    for edition in ("2023-10", "2024-05", "2025-12"):
        for company in companies(edition):
            assert all((company, item.id) in scores() for item in of_edition(edition))


@pytest.mark.parametrize(
    ("text", "item", "stated", "why"),
    [
        ("You can appeal our decision.", "2024-77", Stated.STATED, "an appeal"),
        ("We like birds.", "2024-77", Stated.NOT_STATED, "read, and silent"),
        (
            "We may suspend your account.",
            "2024-75",
            Stated.PARTLY,
            "a bare right to close accounts",
        ),
        (
            "We monitor use. We may suspend your account.",
            "2024-75",
            Stated.STATED,
            "detection and a measure",
        ),
        ("We like birds.", "2024-91", Stated.NOT_IN_TEXT, "a report is no text of a policy"),
        ("We like birds.", "2024-74", Stated.STATED, "the first rule restricts a use"),
        ("We like birds.", "2024-78", Stated.UNKNOWN, "nobody said what kind it is"),
    ],
)
def test_what_a_text_states(text: str, item: str, stated: Stated, why: str) -> None:
    found = answers(own(f"You may not send spam.\n\n{text}"), indicators())
    assert {a.indicator.id: a.stated for a in found}[item] is stated, why


def test_a_bare_coding_states_nothing_of_enforcement() -> None:
    subject = Subject(Coding("x", "x", "nobody", Identity()))
    found = {a.indicator.id: a.stated for a in answers(subject, of_edition("2024-05"))}
    assert found["2024-77"] is Stated.UNKNOWN


def test_the_words_are_quoted() -> None:
    found = answers(own("You may not send spam.\n\nYou can appeal our decision."), indicators())
    (answer,) = [a for a in found if a.indicator.id == "2023-77"]
    assert answer.quote == "You can appeal our decision."


def test_an_unknown_edition_is_an_error_with_help() -> None:
    with pytest.raises(UsageError) as caught:
        of_edition("2022")
    assert caught.value.help == "one of: 2023-10, 2024-05, 2025-12, all"
