"""Verdicts: what one policy says of one use, and the words that decide it."""

from __future__ import annotations

from pathlib import Path

import pytest

from usepolicy.labelling.uses import use_labeller
from usepolicy.policies.clauses import (
    CategoryId,
    Effect,
    Qualifier,
    QualifierKind,
    QualifierRole,
    Strength,
)
from usepolicy.policies.policies import Identity
from usepolicy.policies.spans import Evidence
from usepolicy.reading.pipeline import read_source
from usepolicy.study import study_codings
from usepolicy.supply_chain.asked import Asked, Named, asked_coding, asked_policy
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.uses import Use, UseCategory, understand
from usepolicy.supply_chain.verdicts import Basis, Verdict, VerdictValue, verdict_of
from usepolicy.taxonomy.categories import load_taxonomy

TAXONOMY = load_taxonomy()
NAMES = dict(TAXONOMY.study_names)
EVERY = frozenset(category.id for category in TAXONOMY.categories)
POLICY = """\
# Wren Acceptable Use

You may not use Wren:

- for phishing
- to impersonate a person without their consent
- for political purposes
- for financial advice, except in the United Kingdom
- to break the law

You may use Wren for sports betting where a regulator has approved it.

You may ask for an exemption for security research by writing to us.
"""


@pytest.fixture(scope="module")
def wren(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A small policy with a condition, an exemption, a broad category and a catch-all."""
    return read(POLICY, tmp_path_factory.mktemp("wren"))


def read(text: str, folder: Path) -> Asked:
    path = folder / "policy.md"
    path.write_text(text, encoding="utf-8")
    (reading,) = read_source(str(path), identity=Identity(developer="Wren"), allow_private=False)
    return asked_policy(reading.policy)


def ask(use: str, asked: Asked) -> Verdict:
    return verdict_of(understand(use, use_labeller(), names=NAMES), asked, TAXONOMY)


ROWS = [
    ("Phishing mails", "prohibited", "explicit", "named by the same words"),
    ("Chat in the persona of a living celebrity", "restricted", "explicit", "consent lifts it"),
    ("Fundraising for a council campaign", "prohibited", "broader", "a campaign is political"),
    ("Betting bot for football matches", "permitted", "explicit", "it says so itself"),
    ("Ransomware for Windows", "not_addressed", "catch_all", "a catch-all alone decides nothing"),
    ("Translating product manuals into Polish", "not_addressed", None, "nothing is named"),
    ("Spotting phishing mails", "not_addressed", None, "to detect is not to send"),
    ("Write phishing mails to train staff", "prohibited", "explicit", "but these are written"),
    ("Breaking the law", "not_addressed", "catch_all", "nor does it where the use says no more"),
]


@pytest.mark.parametrize(("use", "value", "basis", "why"), ROWS)
def test_verdicts(use: str, value: str, basis: str | None, why: str, wren: Asked) -> None:
    found = ask(use, wren)
    assert (found.value, found.basis) == (value, basis), why


def test_every_quote_is_in_the_text(wren: Asked) -> None:
    for use, *_ in ROWS:
        found = ask(use, wren)
        places = (*found.restrictions, *found.near)
        assert all(place.quote and place.quote in POLICY for place in places)
        limits = (VerdictValue.PROHIBITED, VerdictValue.RESTRICTED)
        assert found.restrictions or found.value not in limits
        assert all(each.quote in POLICY for each in (*found.conditions, *found.exemptions))


def test_a_condition_is_told(wren: Asked) -> None:
    found = ask("Chat in the persona of a living celebrity", wren)
    assert [(c.kind, c.role) for c in found.conditions] == [("consent", "lifts")]


PERMITS = [
    ((), "permitted", "nothing is asked for it"),
    ((("age", "lifts"),), "restricted", "only in accounts that passed an age check"),
    ((("purpose", "lifts"),), "permitted", "for some, which is an exemption"),
    ((("harm", "narrows"),), "permitted", "what is permitted is described"),
]


@pytest.mark.parametrize(("qualifiers", "value", "why"), PERMITS, ids=[row[2] for row in PERMITS])
def test_what_is_permitted_only_under_a_condition_is_restricted(qualifiers, value, why) -> None:
    words = Evidence.of("permitted only so", 0, 17)
    found = tuple(Qualifier(QualifierKind(k), QualifierRole(r), words) for k, r in qualifiers)
    place = Named(CategoryId("gambling"), Effect.PERMITS, None, None, words.quote, found)
    verdict = ask("Betting bot for football", Asked("p", "P", {CategoryId("gambling"): (place,)}))
    assert verdict.value == value, why


def test_what_is_nearby_is_told_though_it_decides_nothing(wren: Asked) -> None:
    assert [place.category for place in ask("Spotting phishing mails", wren).near] == ["phishing"]


def test_the_strictest_of_several_categories_counts(wren: Asked) -> None:
    use = "Impersonate a bank in phishing mails"
    assert ask(use, wren).value is VerdictValue.PROHIBITED


def place(category: str, strength: str, *qualifiers: tuple[str, str]) -> Named:
    words = Evidence.of("without human review", 0, 20)
    found = tuple(Qualifier(QualifierKind(k), QualifierRole(r), words) for k, r in qualifiers)
    id_ = CategoryId(category)
    return Named(id_, Effect.FORBIDS, Strength(strength), None, words.quote, found)


CREDIT, UNREVIEWED = "automated-decisionmaking-in-economic-domains", "no-human-in-the-loop"
REVIEWED = place(CREDIT, "restricted", ("human_review", "lifts"))
ALONE = place(UNREVIEWED, "prohibited", ("human_review", "narrows"))
REVIEWS = [
    ((REVIEWED, ALONE), "restricted", "decide on credit, but have a person review it"),
    ((ALONE,), "prohibited", "nothing is said of credit"),
    ((place(CREDIT, "prohibited"), ALONE), "prohibited", "credit is forbidden as such"),
    (
        (place(CREDIT, "restricted", ("consent", "lifts")), ALONE),
        "prohibited",
        "consent does not bring a person in",
    ),
]


@pytest.mark.parametrize(("places", "value", "why"), REVIEWS, ids=[row[2] for row in REVIEWS])
def test_a_review_is_asked_for_once(places: tuple[Named, ...], value: str, why: str) -> None:
    named = {each.category: (each,) for each in places}
    categories = tuple(
        UseCategory(CategoryId(each), None, 1.0, Manner.GENERATION, ())
        for each in (CREDIT, UNREVIEWED)
    )
    use = Use("", categories, None, (), "")
    assert verdict_of(use, Asked("p", "P", named), TAXONOMY).value == value, why


def test_a_text_that_was_not_read_says_nothing(tmp_path: Path) -> None:
    """Silence of a text in a language that nobody read is no permission."""
    text = (
        "# Nutzungsregeln\n\n" + "Sie dürfen den Dienst nicht nutzen, um andere zu täuschen. " * 9
    )
    assert ask("Phishing mails", read(text, tmp_path)).value is VerdictValue.UNKNOWN


@pytest.mark.parametrize(
    ("developer", "use", "value", "basis", "why"),
    [
        ("openai", "Fundraising for a council campaign", "prohibited", "explicit", "it is coded"),
        ("writer", "Fundraising for a council campaign", "not_addressed", "catch_all", "it is not"),
        ("meta", "Handling car insurance claims", "unknown", None, "the study has no such row"),
    ],
)
def test_a_coding_answers_without_a_quote(developer, use, value, basis, why) -> None:
    coding = next(each for each in study_codings() if each.id == f"study/{developer}")
    found = ask(use, asked_coding(coding, EVERY))
    assert (found.value, found.basis) == (value, basis), why
    assert not found.asked.quoted
    assert all(place.quote is None for place in found.restrictions)


def test_an_explicit_basis_goes_before_a_broader_one() -> None:
    assert list(Basis) == ["explicit", "broader", "catch_all"]
