"""Coverage: relations, grades, needs; and that it only grows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usepolicy.comparison.coverage import (
    Coverage,
    Mapping,
    Relation,
    Target,
    coverage_of,
    tally,
    unmatched,
)
from usepolicy.comparison.needs import met, parse_need
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding
from usepolicy.policies.policies import Identity

A, B = CategoryId("a"), CategoryId("b")


def target(
    *mappings: tuple[str, str] | tuple[str, str, bool], needs: str = "", **more: bool
) -> Target:
    made = tuple(
        Mapping(CategoryId(m[0]), Relation(m[1]), m[2] if len(m) == 3 else False) for m in mappings
    )
    return Target(
        "t",
        "T",
        "hazard",
        "",
        "test",
        made,
        tuple(map(parse_need, needs.split(";"))) if needs else (),
        **more,
    )


@pytest.mark.parametrize(
    ("cells", "mappings", "grade", "why"),
    [
        ("!", [("a", "exact")], "covered", "the same thing"),
        ("!", [("a", "close")], "covered", "nearly the same"),
        ("!", [("a", "narrow")], "covered", "theirs lies inside ours"),
        ("!", [("a", "broad")], "partly", "theirs is wider"),
        ("!!", [("a", "broad"), ("b", "broad")], "partly", "two parts need not be the whole"),
        ("!", [("a", "exact", True)], "partly", "a partial note is overlap only"),
        ("~", [("a", "exact")], "partly", "allowed under a condition"),
        ("+", [("a", "exact")], "covered", "the study gives no strength"),
        ("-", [("a", "exact")], "not", "looked at, not there"),
        ("?", [("a", "exact")], "unknown", "unknown is not `not`"),
        ("-?", [("a", "exact"), ("b", "broad")], "unknown", "one may be there"),
        ("!?", [("a", "broad"), ("b", "exact")], "partly", "at least that"),
        ("!-", [("a", "exact"), ("b", "exact")], "covered", "one full match is enough"),
        ("!", [], "no mapping", "nothing can be said"),
    ],
)
def test_grades(make, cells, mappings, grade, why) -> None:
    (row,) = coverage_of(Subject(make("x", cells)), [target(*mappings)])
    assert row.coverage.value == grade, why


@pytest.mark.parametrize(
    ("text", "needs", "more", "grade", "why"),
    [
        ("You can appeal our decision.", "provision:appeal", {}, "covered", "stated"),
        (
            "You can appeal our decision.",
            "provision:appeal",
            {"partial": True},
            "partly",
            "a text alone can't",
        ),
        (
            "You can appeal our decision.",
            "provision:appeal;provision:justification",
            {},
            "partly",
            "one of two",
        ),
        (
            "We may suspend your account.",
            "provision:suspension / provision:termination_ban",
            {},
            "covered",
            "any of",
        ),
        ("We like birds.", "provision:appeal", {}, "not", "read, and silent"),
        ("We like birds.", "restrictions", {}, "covered", "the lead-in of the text restricts"),
        ("You may not send spam.", "category:spam", {}, "covered", "a category as a need"),
    ],
)
def test_needs_are_met_by_what_the_text_states(read, text, needs, more, grade, why) -> None:
    subject = read(f"You may not harass anyone.\n\n{text}")
    (row,) = coverage_of(subject, [target(needs=needs, **more)])
    assert row.coverage.value == grade, why


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("provision:appeal", "a coding has no provisions"),
        ("permits", "nor permissions"),
        ("kind:terms", "nor, here, a kind"),
        ("restrictions", "an empty coding was not looked at"),
    ],
)
def test_what_a_bare_coding_cannot_tell_is_unknown(words: str, why: str) -> None:
    subject = Subject(Coding("x", "x", "nobody", Identity()))
    assert met(parse_need(words), subject).met is None, why


def test_a_text_that_was_not_read_is_unknown(read) -> None:
    subject = read("您不得使用本服务从事任何违法活动，包括传播暴力、色情内容。")
    rows = coverage_of(subject, [target(needs="provision:appeal"), target(("spam", "exact"))])
    assert {row.coverage for row in rows} == {Coverage.UNKNOWN}


def test_a_row_names_what_it_rests_on_and_quotes_it(read) -> None:
    subject = read("You may not send spam.")
    (row,) = coverage_of(subject, [target(("spam", "broad"), ("fraud", "exact"))])
    assert row.rests_on == ("spam (broad)",)
    assert "spam" in row.quote


def test_what_nothing_asks_for_is_named(make) -> None:
    subject = Subject(make("x", "!!-"))
    assert unmatched(subject, coverage_of(subject, [target(("a", "exact"))])) == (B,)


CELLS = st.sampled_from(
    [NOT_CODED, UNKNOWN, Cell(CellValue.CODED), *(Cell(CellValue.CODED, s) for s in Strength)]
)
MAPPINGS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(list(Relation)), st.booleans()), max_size=4
)
GROWTH = {
    grade: at
    for at, grade in enumerate(
        (Coverage.NO_MAPPING, Coverage.NOT, Coverage.UNKNOWN, Coverage.PARTLY, Coverage.COVERED)
    )
}


@given(
    cells=st.dictionaries(st.sampled_from("abcd"), CELLS, min_size=4),
    mappings=MAPPINGS,
    added=st.sampled_from("abcd"),
)
def test_coverage_only_grows_when_a_restriction_is_added(cells, mappings, added) -> None:
    asked = target(*((c, r.value, p) for c, r, p in mappings))
    coding = Coding("x", "x", "t", Identity(), {CategoryId(c): cell for c, cell in cells.items()})
    more = replace(
        coding,
        cells={**coding.cells, CategoryId(added): Cell(CellValue.CODED, Strength.PROHIBITED)},
    )
    before, after = (coverage_of(Subject(c), [asked])[0].coverage for c in (coding, more))
    assert GROWTH[after] >= GROWTH[before]
    assert tally(coverage_of(Subject(more), [asked]))[after] == 1
