"""The matrix: categories, or groups of them, against codings.

Owns rows, cells of groups, totals, order and the records for export. Knows no file format and
no taxonomy: whatever has an id, a name and categories can be a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding


class NamedCategory(Protocol):
    """A category as the matrix needs it."""

    @property
    def id(self) -> CategoryId:
        """Id in the taxonomy."""

    @property
    def name(self) -> str:
        """Name for people."""


class NamedGroup(Protocol):
    """A group of categories as the matrix needs it."""

    @property
    def id(self) -> str:
        """Id in its scheme."""

    @property
    def name(self) -> str:
        """Name for people."""

    @property
    def categories(self) -> Sequence[CategoryId]:
        """What the group counts as one; may be empty."""


class GroupedScheme(Protocol):
    """A grouping of categories as the matrix needs it."""

    @property
    def groups(self) -> Sequence[NamedGroup]:
        """Groups in the scheme's own order; they may share categories."""


class Order(StrEnum):
    """How rows or columns are ordered; ties stay in the given order."""

    GIVEN = "given"
    TOTAL = "total"
    """Most coded first."""
    NAME = "name"
    """By label, case ignored."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the matrix: one category, or several counted as one."""

    id: str
    label: str
    categories: tuple[CategoryId, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each value stands in a row or column."""

    coded: int
    not_coded: int
    unknown: int
    """Above 0: `coded` is a lower bound."""

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.coded + self.not_coded + self.unknown


@dataclass(frozen=True, slots=True)
class Matrix:
    """Codings side by side."""

    rows: tuple[Row, ...]
    columns: tuple[Coding, ...]

    def cell(self, row: Row, column: Coding) -> Cell:
        """Return what `column` says of `row`."""
        return joined(tuple(column.cell(category) for category in row.categories))

    def row_tally(self, row: Row) -> Tally:
        """Count the cells of a row over all columns."""
        return _tally(self.cell(row, column) for column in self.columns)

    def column_tally(self, column: Coding) -> Tally:
        """Count the cells of a column over all rows."""
        return _tally(self.cell(row, column) for row in self.rows)

    def row_total(self, row: Row) -> int:
        """Return how many columns have `row` coded."""
        return self.row_tally(row).coded

    def column_total(self, column: Coding) -> int:
        """Return how many rows `column` has coded."""
        return self.column_tally(column).coded

    def only_coded(self) -> Matrix:
        """Return the matrix without the rows that no column has coded."""
        return replace(self, rows=tuple(row for row in self.rows if self.row_total(row)))

    def order_rows(self, order: Order) -> Matrix:
        """Return the matrix with its rows in `order`."""
        if order is Order.TOTAL:
            return replace(
                self, rows=tuple(sorted(self.rows, key=lambda row: -self.row_total(row)))
            )
        if order is Order.NAME:
            return replace(
                self, rows=tuple(sorted(self.rows, key=lambda row: row.label.casefold()))
            )
        return self

    def order_columns(self, order: Order) -> Matrix:
        """Return the matrix with its columns in `order`."""
        if order is Order.TOTAL:
            columns = sorted(self.columns, key=lambda column: -self.column_total(column))
            return replace(self, columns=tuple(columns))
        if order is Order.NAME:
            columns = sorted(self.columns, key=lambda column: column.label.casefold())
            return replace(self, columns=tuple(columns))
        return self


@dataclass(frozen=True, slots=True)
class Record:
    """A cell with what names it, flat for CSV and JSON."""

    row: str
    """Id of the row."""
    row_label: str
    column: str
    """Id of the coding."""
    column_label: str
    value: CellValue
    strength: Strength | None
    quote: str | None
    """First words that the coding cites; None where it cites none."""


def rows_by_category(categories: Iterable[NamedCategory]) -> tuple[Row, ...]:
    """Return a row for each category, in the order given."""
    return tuple(Row(category.id, category.name, (category.id,)) for category in categories)


def rows_by_group(scheme: GroupedScheme) -> tuple[Row, ...]:
    """Return a row for each group, in the order of the scheme."""
    return tuple(Row(group.id, group.name, tuple(group.categories)) for group in scheme.groups)


def joined(cells: Sequence[Cell]) -> Cell:
    """Return what cells of one coding say together.

    Coded if any is coded, not coded if all are not coded, else unknown; no cells say nothing.
    The strength is the strictest; the evidence is in the order of the text, each place once.
    """
    if len(cells) == 1:
        return cells[0]
    if any(cell.value is CellValue.CODED for cell in cells):
        evidence = {words for cell in cells for words in cell.evidence}
        return Cell(CellValue.CODED, _strictest(cells), tuple(sorted(evidence)))
    silent = bool(cells) and all(cell.value is CellValue.NOT_CODED for cell in cells)
    return NOT_CODED if silent else UNKNOWN


def to_records(matrix: Matrix) -> tuple[Record, ...]:
    """Return every cell of the matrix, row by row, each in the order of the columns."""
    return tuple(_record(matrix, row, column) for row in matrix.rows for column in matrix.columns)


def _record(matrix: Matrix, row: Row, column: Coding) -> Record:
    cell = matrix.cell(row, column)
    return Record(
        row=row.id,
        row_label=row.label,
        column=column.id,
        column_label=column.label,
        value=cell.value,
        strength=cell.strength,
        quote=cell.evidence[0].quote if cell.evidence else None,
    )


def _strictest(cells: Sequence[Cell]) -> Strength | None:
    """Return the strictest strength; None where a cell leaves open whether it is stricter still."""
    strengths = {cell.strength for cell in cells if cell.value is not CellValue.NOT_CODED}
    if Strength.PROHIBITED in strengths:
        return Strength.PROHIBITED
    return None if None in strengths else Strength.RESTRICTED


def _tally(cells: Iterable[Cell]) -> Tally:
    values = [cell.value for cell in cells]
    return Tally(
        coded=values.count(CellValue.CODED),
        not_coded=values.count(CellValue.NOT_CODED),
        unknown=values.count(CellValue.UNKNOWN),
    )
