"""Tables of a report: numbers under labels, small ones kept back.

Owns how a number is kept back so that it can't be computed from what is shown: where a table's
total could be known from another table, one hidden number of a column takes a second one with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADS = ("number", "taken back")


@dataclass(frozen=True, slots=True)
class Row:
    """Numbers under labels."""

    labels: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """Numbers as they are told."""

    labels: tuple[str, ...]
    numbers: tuple[int | None, ...]
    """None is kept back: at least 1."""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table of a report."""

    name: str
    labels: tuple[str, ...]
    """Heads of the labels."""
    heads: tuple[str, ...]
    """Heads of the numbers."""
    rows: tuple[ReportRow, ...]


def table(
    name: str,
    labels: tuple[str, ...],
    rows: Sequence[Row],
    small: int,
    *,
    heads: tuple[str, ...] = HEADS,
) -> ReportTable:
    """Return a table with its small numbers kept back."""
    columns = [
        kept_back([row.numbers[place] for row in rows], small) for place in range(len(heads))
    ]
    told = tuple(
        ReportRow(row.labels, tuple(column[number] for column in columns))
        for number, row in enumerate(rows)
    )
    return ReportTable(name, labels, heads, told)


def kept_back(numbers: Sequence[int], small: int) -> list[int | None]:
    """Return a column with its small numbers kept back, one of them never alone."""
    told: list[int | None] = [None if 0 < number < small else number for number in numbers]
    if told.count(None) == 1:
        rest = [(number, place) for place, number in enumerate(told) if number]
        if rest:
            told[min(rest)[1]] = None
    return told
