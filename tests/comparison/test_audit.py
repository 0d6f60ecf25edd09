"""The audit: each oddity found where it is, and not where it is not."""

from __future__ import annotations

import pytest

from usepolicy.comparison.audit import (
    PrintedCell,
    PrintedTotal,
    empty_categories,
    identical_columns,
    narrower_alone,
    wrong_figures,
    wrong_totals,
)
from usepolicy.comparison.matrix import Row
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding
from usepolicy.policies.policies import Identity

CELLS = {"1": Cell(CellValue.CODED), "0": NOT_CODED, "?": UNKNOWN}
CATEGORIES = [CategoryId(name) for name in ("hate", "hate-speech", "spam")]
BROADER = {CategoryId("hate-speech"): CategoryId("hate")}


def codings(*columns: str) -> list[Coding]:
    return [
        Coding(
            f"s/{n}",
            f"D{n}",
            "test",
            Identity(),
            {c: CELLS[v] for c, v in zip(CATEGORIES, column, strict=True)},
        )
        for n, column in enumerate(columns)
    ]


@pytest.mark.parametrize(
    ("columns", "groups", "why"),
    [
        (["110", "010", "110"], [("s/0", "s/2")], "two of three"),
        (["110", "110", "110"], [("s/0", "s/1", "s/2")], "one group of three, not three pairs"),
        (["000", "000"], [("s/0", "s/1")], "two that have nothing are alike too"),
        (["???", "???"], [], "who knows nothing says nothing alike"),
        (["1?0", "110"], [], "unknown is not the same as coded"),
        (["110"], [], "one alone"),
    ],
)
def test_identical_columns(columns, groups, why) -> None:
    assert [o.codings for o in identical_columns(codings(*columns), CATEGORIES)] == groups, why


@pytest.mark.parametrize(
    ("columns", "empty", "why"),
    [
        (["100", "100"], ["hate-speech", "spam"], "looked for by all"),
        (["10?", "10?"], ["hate-speech"], "nobody looked for spam"),
        (["10?", "100"], ["hate-speech", "spam"], "one who looked is enough"),
        (["111", "000"], [], "somebody has each"),
    ],
)
def test_categories_that_nobody_has(columns, empty, why) -> None:
    assert [o.where for o in empty_categories(codings(*columns), CATEGORIES)] == empty, why


@pytest.mark.parametrize(
    ("column", "found", "why"),
    [
        ("010", True, "hate speech without hate"),
        ("110", False, "with it"),
        ("100", False, "the broader alone is as it should be"),
        ("?10", False, "whether hate is coded is not known"),
        ("0?0", False, "nor whether hate speech is"),
    ],
)
def test_narrower_without_its_broader(column, found, why) -> None:
    oddities = list(narrower_alone(codings(column), BROADER))
    assert [o.codings for o in oddities] == ([("s/0",)] if found else []), why


def test_a_printed_total_is_counted_again() -> None:
    row = Row("g", "G", (CATEGORIES[0], CATEGORIES[1]))
    printed = [PrintedTotal("right", row, 2), PrintedTotal("wrong", row, 3)]
    found = list(wrong_totals(codings("100", "010", "001"), printed))
    assert [(o.where, o.message) for o in found] == [("wrong", "printed 3, the cells give 2")]


@pytest.mark.parametrize(
    ("cell", "shown", "differs", "why"),
    [
        ("1", False, True, "coded, but hollow"),
        ("0", True, True, "not coded, but filled"),
        ("1", True, False, "as printed"),
        ("?", True, False, "not known"),
    ],
)
def test_a_printed_dot_is_compared(cell, shown, differs, why) -> None:
    printed = [PrintedCell("dot", Row("hate", "Hate", (CATEGORIES[0],)), "s/0", shown)]
    assert bool(list(wrong_figures(codings(f"{cell}00"), printed))) is differs, why


def test_a_dot_of_a_coding_that_is_not_there_is_passed_over() -> None:
    printed = [PrintedCell("dot", Row("hate", "Hate", (CATEGORIES[0],)), "s/9", True)]
    assert list(wrong_figures(codings("000"), printed)) == []
