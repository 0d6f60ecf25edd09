"""Figures: the figures of the study as values, for its codings or any others.

Owns the shapes of the figures and what is counted in them. Draws nothing and reads no table:
`usepolicy.figures` does. What a printed figure says otherwise is `prints`' to find.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.comparison.matrix import Matrix, Order, Row
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import CellValue, Coding

VALUES = {CellValue.CODED: "1", CellValue.NOT_CODED: "0", CellValue.UNKNOWN: "unknown"}
"""A cell in a figure's table: unknown is no zero."""


class Size(StrEnum):
    """What a figure is drawn for."""

    COLUMN = "column"
    """A column of a paper."""
    PAGE = "page"
    """The width of a page."""
    SLIDE = "slide"
    """A slide of 16:9."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under their heads, for CSV, JSON and people."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Where a printed figure and the matrix differ; the figures here show what is computed."""

    where: str
    """The row, and the developer if it is about one dot."""
    printed: str
    computed: str
    why: str = ""

    def __str__(self) -> str:
        because = f" ({self.why})" if self.why else ""
        return f"{self.where}: printed {self.printed}, computed {self.computed}{because}"


@dataclass(frozen=True, slots=True)
class Bar:
    """How many codings have one row."""

    row: Row
    total: int
    unknown: int
    """Above 0: `total` is a lower bound."""
    size: int
    """Number of codings."""
    printed: int | None = None
    """What the study's figure prints; None where it prints nothing."""
    quote: str = ""
    """The first words of the first coding that has words for it."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """The most common prohibitions (figure 3)."""

    bars: tuple[Bar, ...]
    """Most common first, ties in the given order."""

    def table(self) -> Table:
        """Return a line for each bar."""
        heads = ("id", "group", "total", "unknown", "codings", "printed", "quote")
        return Table(heads, tuple(_bar_line(bar) for bar in self.bars))


@dataclass(frozen=True, slots=True)
class DotMatrix:
    """Groups against developers (figures 4 to 6)."""

    number: int
    matrix: Matrix
    printed: Mapping[tuple[str, str], bool]
    """What the study's figure prints: (id of row, id of coding) to filled or hollow."""

    def table(self) -> Table:
        """Return a line for each dot, row by row."""
        heads = ("figure", "group", "developer", "value", "printed", "strength", "quote")
        lines = (self._line(row, c) for row in self.matrix.rows for c in self.matrix.columns)
        return Table(heads, tuple(lines))

    def _line(self, row: Row, column: Coding) -> tuple[str, ...]:
        cell = self.matrix.cell(row, column)
        printed = self.printed.get((row.id, column.id))
        return (
            str(self.number),
            row.label,
            column.label,
            VALUES[cell.value],
            "" if printed is None else str(int(printed)),
            cell.strength.value if cell.strength else "",
            cell.evidence[0].quote if cell.evidence else "",
        )


@dataclass(frozen=True, slots=True)
class Practice:
    """A row of figure 1."""

    group: str
    name: str
    values: tuple[float | None, ...]
    """One a column: 1 yes, 0.5 partly, 0 no or not stated; None unknown."""
    quotes: tuple[str, ...] = ()
    """One a column, empty where there are no words; none at all where nobody has words."""


@dataclass(frozen=True, slots=True)
class PracticeGrid:
    """Access, safe harbour and enforcement of developers (figure 1)."""

    columns: tuple[str, ...]
    practices: tuple[Practice, ...]

    def table(self) -> Table:
        """Return a line for each cell, row by row."""
        lines = (
            (p.group, p.name, name, _number(value), p.quotes[at] if p.quotes else "")
            for p in self.practices
            for at, (name, value) in enumerate(zip(self.columns, p.values, strict=True))
        )
        return Table(("group", "practice", "developer", "value", "quote"), tuple(lines))


@dataclass(frozen=True, slots=True)
class Segment:
    """An outer field of the wheel (figure 7)."""

    inner: str
    middle: str
    outer: str
    category: CategoryId | None
    """None: the taxonomy has nothing for it."""
    total: int
    unknown: int
    size: int
    quote: str = ""
    """The first words of the first coding that has words for it."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """The wheel of prohibited uses (figure 7), with how many codings have each field."""

    segments: tuple[Segment, ...]

    def table(self) -> Table:
        """Return a line for each outer field."""
        counts = ("total", "unknown", "codings")
        heads = ("inner", "middle", "outer", "category", *counts, "quote")
        return Table(heads, tuple(_segment_line(segment) for segment in self.segments))


@dataclass(frozen=True, slots=True)
class Listing:
    """A figure that is a table (2 and 8)."""

    content: Table

    def table(self) -> Table:
        """Return the table itself."""
        return self.content


Body = PracticeGrid | Listing | BarChart | DotMatrix | Wheel


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what stands around it."""

    number: int
    title: str
    body: Body
    source: str
    """Whose codings it shows, for the line below the figure."""
    notes: tuple[Note, ...] = ()


def bar_chart(matrix: Matrix, printed: Mapping[str, int], *, most: int) -> BarChart:
    """Return the `most` common rows of a matrix; `printed` is by id of the row."""
    rows = matrix.order_rows(Order.TOTAL).rows[:most]
    return BarChart(tuple(_bar(matrix, row, printed.get(row.id)) for row in rows))


def segments(
    fields: Sequence[tuple[str, str, str, CategoryId | None]], codings: Sequence[Coding]
) -> tuple[Segment, ...]:
    """Count the codings that have each field (inner, middle, outer, category) of the wheel."""
    return tuple(_segment(field, codings) for field in fields)


def without_restrictions(codings: Sequence[Coding]) -> tuple[Coding, ...]:
    """Return the codings that were looked at and have nothing coded: figure 8 for any set.

    A coding with an unknown cell may have something there, so it is left out.
    """
    return tuple(
        coding
        for coding in codings
        if coding.cells and all(c.value is CellValue.NOT_CODED for c in coding.cells.values())
    )


def _bar(matrix: Matrix, row: Row, printed: int | None) -> Bar:
    tally = matrix.row_tally(row)
    return Bar(row, tally.coded, tally.unknown, tally.size, printed, _quote(matrix, row))


def _quote(matrix: Matrix, row: Row) -> str:
    words = (words for column in matrix.columns for words in matrix.cell(row, column).evidence)
    first = next(words, None)
    return first.quote if first else ""


def _bar_line(bar: Bar) -> tuple[str, ...]:
    printed = "" if bar.printed is None else str(bar.printed)
    counts = (str(bar.total), str(bar.unknown), str(bar.size))
    return (bar.row.id, bar.row.label, *counts, printed, bar.quote)


def _segment(field: tuple[str, str, str, CategoryId | None], codings: Sequence[Coding]) -> Segment:
    inner, middle, outer, category = field
    row = Row(outer, outer, (category,) if category else ())
    matrix = Matrix((row,), tuple(codings))
    tally = matrix.row_tally(row)
    counts = (tally.coded, tally.unknown, tally.size)
    return Segment(inner, middle, outer, category, *counts, _quote(matrix, row))


def _segment_line(of: Segment) -> tuple[str, ...]:
    counts = (str(of.total), str(of.unknown), str(of.size))
    return (of.inner, of.middle, of.outer, of.category or "", *counts, of.quote)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
