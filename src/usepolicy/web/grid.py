"""The grid: what each entry says of each row of a grouping, in one word, counted once.

Owns the quick way to join cells: the matrix of 2,000 policies would join 90,000 of them one by one.
It says the same as `comparison.matrix.joined`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from usepolicy.comparison.matrix import Row, Tally, joined
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import Cell, CellValue, Coding
from usepolicy.study import study_codings
from usepolicy.web.entries import Cells, Entry, Origin

Values = tuple[str, ...]
"""A word for each row: `prohibited`, `restricted`, `coded`, `not_coded` or `unknown`."""
_SILENT = ("not_coded", "unknown")
_RANKS = {"not_coded": 0, "restricted": 1, "coded": 2, "prohibited": 3}


class Grid:
    """The words of all entries of one state of the catalogue, for the rows of one grouping."""

    def __init__(self, entries: Sequence[Entry], rows: tuple[Row, ...]) -> None:
        self.rows = rows
        places: dict[CategoryId, list[int]] = {}
        for at, row in enumerate(rows):
            for category in row.categories:
                places.setdefault(category, []).append(at)
        self._values = {entry.id: _values(entry, rows, places) for entry in entries}

    def values(self, id: str) -> Values:
        """Return the words of an entry, row by row."""
        return self._values[id]

    def tallies(self, ids: Collection[str]) -> tuple[Tally, ...]:
        """Return for each row how many of some entries have it."""
        if not ids:
            return tuple(Tally(0, 0, 0) for _ in self.rows)
        columns = zip(*(self._values[id] for id in ids), strict=True)
        return tuple(_tally(column) for column in columns)


def dot_value(cell: Cell) -> str:
    """Return what a cell says, in one word."""
    if cell.value is CellValue.CODED:
        return cell.strength.value if cell.strength else "coded"
    return cell.value.value


def cell_of(coding: Coding, row: Row) -> Cell:
    """Return what a coding says of a row."""
    return joined([coding.cell(category) for category in row.categories])


def _values(entry: Entry, rows: tuple[Row, ...], places: Mapping[CategoryId, list[int]]) -> Values:
    if entry.origin is Origin.STUDY:
        return _study_values(rows)[entry.id]
    cells = entry.coding.cells
    if isinstance(cells, Cells) and cells.rest.value is CellValue.NOT_CODED:
        return _sparse(cells.coded, rows, places)
    return _joined(entry.coding, rows)


@lru_cache(maxsize=32)
def _study_values(rows: tuple[Row, ...]) -> Mapping[str, Values]:
    """The study does not change."""
    return {coding.id: _joined(coding, rows) for coding in study_codings()}


def _joined(coding: Coding, rows: tuple[Row, ...]) -> Values:
    return tuple(dot_value(cell_of(coding, row)) for row in rows)


def _sparse(
    coded: Mapping[CategoryId, Cell], rows: tuple[Row, ...], places: Mapping[CategoryId, list[int]]
) -> Values:
    """Return the words of what was read whole: what is not coded is not named."""
    found = ["not_coded" if row.categories else "unknown" for row in rows]
    for category, cell in coded.items():
        word = dot_value(cell)
        for at in places.get(category, ()):
            if _RANKS[word] > _RANKS[found[at]]:
                found[at] = word
    return tuple(found)


def _tally(column: tuple[str, ...]) -> Tally:
    silent, unknown = (column.count(word) for word in _SILENT)
    return Tally(len(column) - silent - unknown, silent, unknown)
