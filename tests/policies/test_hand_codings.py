"""Hand codings: what a cell says, how it wins, and what becomes of it when the text changes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from usepolicy.policies.clauses import CategoryId, Clause, ClauseId, Effect, Restriction, Strength
from usepolicy.policies.codings import Coding, coding_of
from usepolicy.policies.hand_codings import (
    HandCell,
    HandCoding,
    HandDecision,
    carry,
    replaced,
    with_hand,
)
from usepolicy.policies.places import CitedWords, KnownWords
from usepolicy.policies.policies import Identity, Policy
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import Version, VersionId

HATE, SPAM, FRAUD = CategoryId("hate"), CategoryId("spam"), CategoryId("fraud")
CATEGORIES = [HATE, SPAM, FRAUD]
DAY = date(2026, 1, 2)
ACCEPT, REJECT, ADD = HandDecision.ACCEPT, HandDecision.REJECT, HandDecision.ADD


def policy(*lines: str, day: str = "2026-01-01", **found: str) -> KnownWords:
    """Return a policy of one clause a line, keyed by its first word; `spam="send spam"` is read."""
    text = "\n".join(lines)
    version_id = VersionId(f"tern/aup@{day}")
    clauses = []
    for line in lines:
        start = text.index(line)
        restrictions = tuple(
            Restriction(
                CategoryId(category),
                Effect.FORBIDS,
                (Evidence.of(text, at := text.index(quote), at + len(quote)),),
            )
            for category, quote in found.items()
            if quote in line
        )
        clause_id = ClauseId(f"{version_id}#{line.split()[0]}")
        span = Span(start, start + len(line))
        clauses.append(Clause(clause_id, span, line, restrictions=restrictions))
    sha = hashlib.sha256(text.encode()).hexdigest()
    version = Version(version_id, len(text), sha, "markdown/1", "en")
    return KnownWords(Policy(Identity(developer="Tern"), version, tuple(clauses)), text)


def machine(known: KnownWords) -> Coding:
    return coding_of(known.policy, CATEGORIES, coder="reader")


def cell(known: KnownWords, category: str, decision: HandDecision, *quotes: str) -> HandCell:
    words = tuple(found for quote in quotes if (found := known.find(quote)))
    assert len(words) == len(quotes)
    return HandCell(CategoryId(category), decision, "Ada", DAY, words)


def hand(known: KnownWords, *cells: HandCell) -> HandCoding:
    version = known.policy.version
    return HandCoding(version.id, version.text_sha256, known.policy.identity, cells)


OLD = policy("No spam at all", "Never spread hatred", spam="spam", hate="hatred")


@pytest.mark.parametrize(
    ("decision", "quotes", "value", "why"),
    [
        (ACCEPT, ["spam"], "coded", "the machine's words hold"),
        (ACCEPT, [], "not_coded", "that there are none is accepted"),
        (REJECT, ["spam"], "not_coded", "whatever the words say"),
        (REJECT, [], "not_coded", "where the machine did not know"),
        (ADD, ["hatred"], "coded", "the person's words"),
    ],
)
def test_what_a_decision_makes_of_a_cell(decision, quotes, value, why) -> None:
    decided = cell(OLD, "spam", decision, *quotes)
    assert decided.value == value, why
    assert decided.cell.value == value
    assert bool(decided.cell.evidence) == (value == "coded"), "what is not coded cites nothing"


def test_a_coding_by_hand_knows_only_what_somebody_looked_at() -> None:
    coding = hand(OLD, cell(OLD, "spam", REJECT, "spam")).coding()
    assert {c: coding.cell(c).value for c in CATEGORIES} == {
        HATE: "unknown",
        SPAM: "not_coded",
        FRAUD: "unknown",
    }
    assert (coding.coder, coding.label, coding.id) == ("Ada", "Tern", "tern/aup@2026-01-01")


def test_people_win_over_the_machine_and_leave_the_rest() -> None:
    both = with_hand(
        machine(OLD),
        hand(OLD, cell(OLD, "spam", REJECT, "spam"), cell(OLD, "fraud", ADD, "Never")),
    )
    assert {c: both.cell(c).value for c in CATEGORIES} == {
        HATE: "coded",
        SPAM: "not_coded",
        FRAUD: "coded",
    }
    assert both.coder == "reader; Ada"


def test_a_coding_without_cells_changes_nothing() -> None:
    assert with_hand(machine(OLD), hand(OLD)) == machine(OLD)


def test_of_the_same_text_every_cell_holds_whatever_the_machine_says_now() -> None:
    again = policy("No spam at all", "Never spread hatred")
    coding = hand(OLD, cell(OLD, "spam", ACCEPT, "spam"), cell(OLD, "fraud", REJECT))
    carried = carry(coding, again, machine(again))
    assert (carried.coding.cells, carried.lost) == (coding.cells, ())


NEW_TEXTS = [
    # decision, quotes, new lines, what is read in them, quotes that are kept (None: lost), why
    (ACCEPT, ["spam"], ["First", "No spam at all"], {}, ["spam"], "the words stand elsewhere"),
    (ACCEPT, ["spam"], ["No junk"], {}, None, "the words are gone"),
    (ACCEPT, ["spam", "hatred"], ["No spam at all"], {}, ["spam"], "one of two is still there"),
    (ACCEPT, [], ["No spam at all"], {}, None, "nothing was found in another text"),
    (REJECT, ["spam"], ["No spam", "x"], {"spam": "spam"}, ["spam"], "the same words rejected"),
    (REJECT, ["spam"], ["No spam", "No junk"], {"spam": "junk"}, None, "other words are read now"),
    (REJECT, ["spam"], ["No spam", "x"], {}, ["spam"], "the machine has learnt it"),
    (REJECT, [], ["No spam"], {}, None, "it was about the whole text"),
]


@pytest.mark.parametrize(("decision", "quotes", "lines", "found", "kept", "why"), NEW_TEXTS)
def test_of_a_changed_text_those_hold_whose_words_still_stand(
    decision, quotes, lines, found, kept, why
) -> None:
    new = policy(*lines, day="2026-02-01", **found)
    coding = hand(OLD, cell(OLD, "spam", decision, *quotes))
    carried = carry(coding, new, machine(new))
    assert carried.coding.version_id == "tern/aup@2026-02-01"
    assert carried.coding.text_sha256 == new.policy.version.text_sha256
    if kept is None:
        assert (carried.coding.cells, carried.lost) == ((), coding.cells), why
        return
    (moved,) = carried.coding.cells
    assert [words.evidence.quote for words in moved.words] == kept, why
    assert new.text is not None
    for words in moved.words:
        assert words.evidence.span.cut(new.text) == words.evidence.quote
    assert carried.lost == ()


def test_words_that_stand_twice_stay_in_their_clause() -> None:
    known = policy("A spam here", "B spam there")
    second = known.find("spam", clause=ClauseId("tern/aup@2025-01-01#B"))
    assert second is not None
    assert (second.clause, second.evidence.span.start) == ("tern/aup@2026-01-01#B", 14)
    new = policy("B spam there", "A spam here", day="2026-02-01")
    coding = hand(known, HandCell(SPAM, ADD, "Ada", DAY, (second,)))
    (moved,) = carry(coding, new, machine(new)).coding.cells
    assert moved.words[0].clause == "tern/aup@2026-02-01#B"


FINDS = [
    # quote, start, text known, place, clause, why
    ("spam", None, True, 3, "#No", "the first place"),
    ("hatred", 28, True, 28, "#Never", "at its place"),
    ("spam", 28, True, 3, "#No", "another place than said"),
    ("all\nNever", None, True, 11, None, "across clauses, in the text alone"),
    ("all\nNever", None, False, None, None, "of a policy file only the clauses are known"),
    ("Spam", None, True, None, None, "other letters are other words"),
    ("spam", 10**9, False, 3, "#No", "a place past the end"),
]


@pytest.mark.parametrize(("quote", "start", "known", "place", "clause", "why"), FINDS)
def test_a_quote_is_found_exactly_or_not_at_all(quote, start, known, place, clause, why) -> None:
    words = KnownWords(OLD.policy, OLD.text if known else None)
    found = words.find(quote, start=start)
    if place is None:
        assert found is None, why
        return
    assert isinstance(found, CitedWords)
    assert (found.evidence.span.start, found.evidence.quote) == (place, quote), why
    assert (found.clause or "").endswith(clause or ""), why
    assert (found.clause is None) == (clause is None)


def test_the_later_of_two_cells_of_a_category_counts() -> None:
    first, second = cell(OLD, "spam", ADD, "spam"), cell(OLD, "spam", REJECT)
    other = cell(OLD, "hate", ACCEPT, "hatred")
    assert replaced([first], [second, other]) == (other, second), "sorted by category"


@pytest.mark.parametrize(
    ("version_id", "same_text", "concerns", "why"),
    [
        ("tern/aup@2026-02-01", False, True, "a later version of the policy"),
        ("tern/terms@2026-01-01", False, False, "another policy"),
        ("tern/terms@2026-01-01", True, True, "the same text under another name"),
        ("tern/aup-2@2026-01-01", False, False, "a name that only starts alike"),
    ],
)
def test_what_a_coding_is_about(version_id, same_text, concerns, why) -> None:
    version = replace(OLD.policy.version, id=VersionId(version_id))
    if not same_text:
        version = replace(version, text_sha256="0" * 64)
    assert hand(OLD).concerns(version) is concerns, why


def test_policies_that_nobody_named_are_not_taken_for_one() -> None:
    unnamed = replace(hand(OLD), version_id=VersionId("unknown/policy@undated"))
    version = replace(OLD.policy.version, id=unnamed.version_id, text_sha256="0" * 64)
    assert not unnamed.concerns(version)


def test_the_strength_of_a_coded_cell_is_the_persons() -> None:
    strict = replace(cell(OLD, "spam", ADD, "spam"), strength=Strength.RESTRICTED)
    assert strict.cell.strength is Strength.RESTRICTED
    assert cell(OLD, "spam", ADD, "spam").cell.strength is None
