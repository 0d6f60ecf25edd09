"""Side by side: which clause stands beside which, and which words of them differ."""

from __future__ import annotations

import pytest

from usepolicy.tracking.side_by_side import Row, RowKind, differing, rows_of
from usepolicy.tracking.statements import cut
from usepolicy.tracking.versions import compare_texts


def kinds(rows: tuple[Row, ...]) -> dict[str, RowKind]:
    """Return the kind of each row by its words, the new ones first."""
    return {(row.new or row.old).evidence.quote: row.kind for row in rows}  # type: ignore[union-attr]


def of(old: str, new: str) -> tuple[Row, ...]:
    return rows_of(cut(old), cut(new), compare_texts(old, new).changes)


def test_the_same_text_has_only_rows_that_are_the_same(policy: str) -> None:
    assert {row.kind for row in of(policy, policy)} == {RowKind.SAME}


def test_each_statement_of_both_stands_in_one_row(policy: str) -> None:
    new = policy.replace("* develop", "* gamble with money\n* develop").replace("malware", "spam")
    rows = of(policy, new)
    for side, text in (("old", policy), ("new", new)):
        shown = [getattr(row, side) for row in rows if getattr(row, side)]
        assert sorted(s.evidence.span.start for s in shown) == [
            s.evidence.span.start for s in cut(text).statements
        ]


OLD = "# Rules\n\nYou may not:\n\n- write malware\n- send spam to people\n- bet on horses\n"
EDITS = [
    (OLD.replace("to people", "to many people"), "send spam to many people", RowKind.CHANGED),
    (OLD + "- stalk anyone\n", "stalk anyone", RowKind.NEW),
    (OLD.replace("- bet on horses\n", ""), "bet on horses", RowKind.OLD),
    (
        OLD.replace("- write malware\n", "") + "- write malware\n",
        "write malware",
        RowKind.MOVED,
    ),
]


@pytest.mark.parametrize(("new", "words", "kind"), EDITS, ids=[row[2].value for row in EDITS])
def test_a_row_says_how_its_sides_differ(new: str, words: str, kind: RowKind) -> None:
    found = kinds(of(OLD, new))
    assert found.pop(words) == kind
    assert set(found.values()) == {RowKind.SAME}


def test_what_only_the_old_version_has_stands_where_it_stood() -> None:
    rows = of(OLD, OLD.replace("- write malware\n", ""))
    words = [(row.new or row.old).evidence.quote for row in rows]  # type: ignore[union-attr]
    assert words.index("write malware") == words.index("send spam to people") - 1


def test_what_a_change_pairs_stands_in_one_row() -> None:
    """Too unlike for the alignment, but the one became the other."""
    old = OLD.replace("bet on horses", "impersonate another person without their consent")
    new = OLD.replace("bet on horses", "impersonate another person")
    assert kinds(of(old, new))["impersonate another person"] == RowKind.CHANGED


WORDS = [
    ("a b c", "a b c", "a b c", "a b c", "nothing differs"),
    ("send spam", "send no spam", "send spam", "send +no+ spam", "a word came"),
    ("send spam.", "send spam, ever.", "send spam.", "send spam+, ever+.", "a mark is no word"),
    ("we may ban", "we will ban", "we -may- ban", "we +will+ ban", "a word for a word"),
    ("anyone's voice", "anyone’s voice", "-anyone's- voice", "+anyone’s+ voice", "an apostrophe"),
    ("a\n b", "a b", "a b", "a b", "white space is no word"),
    ("x, y", "a, b", "-x, y-", "+a, b+", "a comma alone is not shared"),
    ("", "all new", "", "+all new+", "one side is empty"),
]


@pytest.mark.parametrize(("old", "new", "a", "b", "why"), WORDS, ids=[row[4] for row in WORDS])
def test_the_words_that_differ_are_told_apart(old: str, new: str, a: str, b: str, why: str) -> None:
    for pieces, sign, wanted in zip(differing(old, new), "-+", (a, b), strict=True):
        assert "".join(f"{sign}{p.words}{sign}" if p.differs else p.words for p in pieces) == wanted


def test_endless_sides_are_not_compared_word_by_word() -> None:
    old, new = "a " * 5_000, "b " * 5_000
    assert [[piece.differs for piece in side] for side in differing(old, new)] == [[True], [True]]
