"""The grid says the same as joining cell by cell, for every grouping and every kind of entry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from usepolicy.comparison.matrix import Matrix, Row, rows_by_category, rows_by_group
from usepolicy.comparison.splits import gray_areas, is_gray
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import load_schemes
from usepolicy.web.entries import Cells
from usepolicy.web.grid import Grid, cell_of, dot_value
from usepolicy.web.shelf import Origin, Shelf

GROUPINGS = [rows_by_group(scheme) for scheme in load_schemes()]
GROUPINGS.append(rows_by_category(load_taxonomy().categories))


@pytest.fixture(scope="module")
def shelf(examples):
    return Shelf(examples)


@pytest.mark.parametrize("rows", GROUPINGS, ids=lambda rows: f"{len(rows)} rows")
def test_the_grid_says_what_joining_says(shelf, rows):
    grid = shelf.grid(rows)
    for entry in shelf.entries:
        joined = tuple(dot_value(cell_of(entry.coding, row)) for row in rows)
        assert grid.values(entry.id) == joined, entry.id


@pytest.mark.parametrize("rows", GROUPINGS, ids=lambda rows: f"{len(rows)} rows")
def test_the_grid_counts_as_the_matrix_does(shelf, rows):
    study = shelf.of(Origin.STUDY)
    matrix = Matrix(rows, tuple(entry.coding for entry in study))
    tallies = shelf.grid(rows).tallies([entry.id for entry in study])
    assert tallies == tuple(matrix.row_tally(row) for row in rows)
    gray = {row.id for row, tally in zip(rows, tallies, strict=True) if is_gray(tally)}
    assert gray == {split.row.id for split in gray_areas(matrix)}


PROHIBITED = Cell(CellValue.CODED, Strength.PROHIBITED)
RESTRICTED = Cell(CellValue.CODED, Strength.RESTRICTED)
OPEN = Cell(CellValue.CODED)
FRAUD, SPAM = CategoryId("fraud"), CategoryId("spam")
JOINED = [
    ({}, NOT_CODED, "not_coded", "nothing of what was read whole"),
    ({}, UNKNOWN, "unknown", "nothing of what was not"),
    ({FRAUD: RESTRICTED}, NOT_CODED, "restricted", "one of two"),
    ({FRAUD: RESTRICTED, SPAM: PROHIBITED}, NOT_CODED, "prohibited", "the strictest"),
    ({FRAUD: RESTRICTED, SPAM: OPEN}, NOT_CODED, "coded", "one leaves it open"),
    ({FRAUD: OPEN, SPAM: PROHIBITED}, NOT_CODED, "prohibited", "nothing is stricter"),
    ({FRAUD: RESTRICTED}, UNKNOWN, "coded", "what is unknown may be stricter"),
]


@pytest.mark.parametrize(("coded", "rest", "expected", "why"), JOINED, ids=[r[3] for r in JOINED])
def test_cells_of_a_group_are_joined(shelf, coded, rest, expected, why):
    rows = (Row("both", "Both", (FRAUD, SPAM)), Row("none", "None", ()))
    entry = shelf.of(Origin.READ)[0]
    entry = replace(entry, coding=replace(entry.coding, cells=Cells(coded, rest)))
    assert Grid([entry], rows).values(entry.id) == (expected, "unknown")
    assert dot_value(cell_of(entry.coding, rows[0])) == expected


def test_nobody_has_nothing(shelf):
    tallies = shelf.grid(GROUPINGS[0]).tallies([])
    assert {tally.size for tally in tallies} == {0}
