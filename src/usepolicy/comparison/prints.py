"""Prints: where a printed figure of the study and its own matrix differ.

Owns the comparison and its reasons, all computed. The printed values come in as arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usepolicy.comparison.figures import BarChart, DotMatrix, Note
from usepolicy.comparison.matrix import Matrix, Row
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import CellValue, Coding


@dataclass(frozen=True, slots=True)
class Glossary:
    """The categories of a taxonomy as the reasons need them."""

    names: Mapping[CategoryId, str]
    parents: Mapping[CategoryId, str]
    """The broader category, or group, of each."""
    groups: Mapping[CategoryId, frozenset[str]]
    """The groups that count each category: what shares one lies near."""


def bar_notes(
    chart: BarChart, matrix: Matrix, dots: Mapping[frozenset[CategoryId], int], glossary: Glossary
) -> tuple[Note, ...]:
    """Return where bars differ from print, or their print from that of the dots.

    Args: matrix: what the chart counts.
          dots: filled dots that the figures 4 to 6 print together, by what the group counts.
    """
    notes = []
    for bar in chart.bars:
        if bar.printed is None:
            continue
        filled = dots.get(frozenset(bar.row.categories), bar.printed)
        reasons = _one_more(matrix, bar.row, bar.printed, glossary)
        if filled != bar.printed:
            reasons.append(f"figures 4 to 6 print {filled} filled dots")
        if not bar.printed == bar.total == filled:
            why = "; ".join(reasons)
            notes.append(Note(bar.row.label, str(bar.printed), str(bar.total), why))
    return tuple(notes)


def dot_notes(dots: DotMatrix, totals: Mapping[str, int], glossary: Glossary) -> tuple[Note, ...]:
    """Return where dots and totals differ from print, row by row.

    Args: totals: printed totals by id of the row; a row without one is as its dots add up.
    """
    notes: list[Note] = []
    for row in dots.matrix.rows:
        shown = [dots.printed.get((row.id, column.id)) for column in dots.matrix.columns]
        if None in shown:
            continue  # not all columns are in print: nothing to add up
        notes += _of_dots(dots, row, glossary)
        filled, total = sum(map(bool, shown)), dots.matrix.row_total(row)
        printed = totals.get(row.id, filled)
        if not printed == filled == total:
            why = f"{filled} filled dots" if filled != printed else ""
            notes.append(Note(f"{row.label}, total", str(printed), str(total), why))
    return tuple(notes)


def _of_dots(dots: DotMatrix, row: Row, glossary: Glossary) -> Sequence[Note]:
    notes = []
    for column in dots.matrix.columns:
        filled = dots.printed[row.id, column.id]
        coded = dots.matrix.cell(row, column).value is CellValue.CODED
        if filled != coded:
            why = _tags(column, row, glossary)
            words = ("filled", "not coded") if filled else ("hollow", "coded")
            notes.append(Note(f"{row.label}, {column.label}", *words, why))
    return notes


def _tags(column: Coding, row: Row, glossary: Glossary) -> str:
    """Say what the column has of the row, or else of what lies near it in the taxonomy."""
    coded = [c for c, cell in column.cells.items() if cell.value is CellValue.CODED]
    own = [c for c in coded if c in row.categories]
    around = frozenset[str]().union(*(glossary.groups[c] for c in row.categories))
    near = [c for c in coded if glossary.groups[c] & around]
    names = ", ".join(glossary.names.get(c, c) for c in own or near)
    if own:
        return f"tagged {names}"
    return f"tagged nearby: {names}" if near else "nothing near it is tagged"


def _one_more(matrix: Matrix, row: Row, printed: int, glossary: Glossary) -> list[str]:
    """Say which broader or narrower category, counted too, makes the total what is printed."""
    if matrix.row_total(row) == printed:
        return []
    members = set(row.categories)
    above = {glossary.parents.get(category) for category in members}
    kin = [
        category
        for category, parent in glossary.parents.items()
        if category not in members and (category in above or parent in members)
    ]
    wider = {kin_: Row(row.id, row.label, (*row.categories, kin_)) for kin_ in kin}
    return [
        f"{printed} with {glossary.names[category]}"
        for category in kin
        if matrix.row_total(wider[category]) == printed
    ]
