"""The core model: spans, clauses, strength, codings."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from usepolicy.policies.clauses import (
    CategoryId,
    Clause,
    ClauseId,
    Effect,
    Qualifier,
    QualifierKind,
    QualifierRole,
    Restriction,
    Strength,
    clause_key,
    number_repeats,
)
from usepolicy.policies.codings import CellValue, coding_of
from usepolicy.policies.policies import Identity, Policy, strength_of
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import Finding, Version, VersionId

VIOLENCE, SPAM = CategoryId("violence"), CategoryId("spam")
WORDS = Evidence(Span(0, 8), "violence")


def qualifier(role: QualifierRole) -> Qualifier:
    return Qualifier(QualifierKind.CONSENT, role, Evidence(Span(9, 24), "without consent"))


def restriction(effect: Effect = Effect.FORBIDS, *roles: QualifierRole) -> Restriction:
    return Restriction(VIOLENCE, effect, (WORDS,), tuple(qualifier(role) for role in roles))


def policy(*restrictions: Restriction, findings: tuple[Finding, ...] = ()) -> Policy:
    clause = Clause(ClauseId("a/b@undated#1"), Span(0, 24), "x" * 24, restrictions=restrictions)
    version = Version(VersionId("a/b@undated"), 24, "0" * 64, "hand", "en")
    return Policy(Identity(developer="Acme"), version, (clause,), findings=findings)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [(-1, 2, "before the text"), (3, 2, "backwards")],
)
def test_no_span_is_impossible(start: int, end: int, why: str) -> None:
    with pytest.raises(ValueError, match="no span"):
        Span(start, end)


@pytest.mark.parametrize(
    ("a", "b", "covers", "overlaps", "why"),
    [
        (Span(0, 5), Span(1, 4), True, True, "inside"),
        (Span(0, 5), Span(0, 5), True, True, "the same"),
        (Span(0, 5), Span(4, 6), False, True, "shares one code point"),
        (Span(0, 5), Span(5, 6), False, False, "begins where the other ends: half-open"),
    ],
)
def test_spans_compare(a: Span, b: Span, covers: bool, overlaps: bool, why: str) -> None:
    assert (a.covers(b), a.overlaps(b)) == (covers, overlaps)


def test_evidence_leaves_out_white_space_at_its_ends() -> None:
    text = "no  hate speech  here"
    evidence = Evidence.of(text, 2, 17)
    assert evidence == Evidence(Span(4, 15), "hate speech")
    assert evidence.span.cut(text) == evidence.quote


@pytest.mark.parametrize(
    ("restrictions", "strength", "why"),
    [
        ([restriction()], Strength.PROHIBITED, "nothing lifts it"),
        (
            [restriction(Effect.FORBIDS, QualifierRole.NARROWS)],
            Strength.PROHIBITED,
            "narrowing says what, not when",
        ),
        (
            [restriction(Effect.FORBIDS, QualifierRole.LIFTS)],
            Strength.RESTRICTED,
            "allowed with consent",
        ),
        (
            [restriction(Effect.FORBIDS, QualifierRole.LIFTS), restriction()],
            Strength.PROHIBITED,
            "the strictest counts",
        ),
        ([restriction(Effect.REQUIRES)], Strength.PROHIBITED, "a duty names the category too"),
        ([restriction(Effect.PERMITS)], None, "what is permitted is not restricted"),
        ([], None, "silence"),
    ],
)
def test_strength_is_derived(
    restrictions: list[Restriction], strength: Strength | None, why: str
) -> None:
    assert strength_of(policy(*restrictions), VIOLENCE) is strength


def test_a_permission_has_no_strength() -> None:
    assert restriction(Effect.PERMITS).strength is None


def test_the_model_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        restriction().effect = Effect.PERMITS  # type: ignore[misc]


@pytest.mark.parametrize(
    ("lead_ins", "text", "same", "why"),
    [
        (["You may not:"], "Promote  VIOLENCE;", True, "case, space and punctuation don't count"),
        (["You may not:"], "**promote** violence", True, "markup doesn't count"),
        (["You may not:"], "promote violent acts", False, "other words"),
        (["You may:"], "promote violence", False, "another lead-in is another clause"),
        ([], "You may not promote violence", False, "the border between lead-in and text counts"),
    ],
)
def test_the_key_follows_the_words(lead_ins: list[str], text: str, same: bool, why: str) -> None:
    assert (clause_key(lead_ins, text) == clause_key(["You may not:"], "promote violence")) is same


def test_repeats_are_numbered_in_order() -> None:
    assert number_repeats(["a", "b", "a", "a"]) == ["a", "b", "a-2", "a-3"]


@pytest.mark.parametrize(
    ("blocks", "value", "why"),
    [
        (False, CellValue.NOT_CODED, "read, and silent"),
        (True, CellValue.UNKNOWN, "not read: silence says nothing"),
    ],
)
def test_silence_of_an_unread_text_is_unknown(blocks: bool, value: CellValue, why: str) -> None:
    finding = Finding("language-not-read", "not read", blocks=blocks)
    coding = coding_of(policy(restriction(), findings=(finding,)), [VIOLENCE, SPAM], coder="me")
    assert coding.cell(SPAM).value is value
    assert coding.cell(VIOLENCE).value is CellValue.CODED
    assert coding.cell(VIOLENCE).evidence == (WORDS,)


def test_a_coding_is_unknown_where_nobody_looked() -> None:
    coding = coding_of(policy(restriction()), [VIOLENCE], coder="me")
    assert coding.cell(SPAM).value is CellValue.UNKNOWN
    assert coding.label == "Acme"


def test_a_category_of_none_counts_for_no_cell() -> None:
    unnamed = replace(restriction(), category=None)
    coding = coding_of(policy(unnamed), [VIOLENCE], coder="me")
    assert coding.cell(VIOLENCE).value is CellValue.NOT_CODED
