"""Figures as text for people: a dot is a sign, a bar is a line of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usepolicy.cli.render import print_table, printable
from usepolicy.comparison.figures import VALUES, BarChart, DotMatrix, PracticeGrid
from usepolicy.policies.clauses import Strength

if TYPE_CHECKING:
    from collections.abc import Iterable

    from usepolicy.comparison.figures import Figure
    from usepolicy.policies.codings import Cell

SIGNS = {"1": "●", "0.5": "◐", "0": "·", "unknown": "?"}
BAR = 30
"""Blocks of a bar that everybody has."""


def print_figure(figure: Figure) -> None:
    """Print a figure under its title."""
    title = f"Figure {figure.number}. {figure.title}"
    heads, rows = _lines(figure)
    print_table(
        map(printable, heads),
        [tuple(map(printable, row)) for row in rows],
        title=title,
        whole_first=True,
    )


def _lines(figure: Figure) -> tuple[Iterable[str], Iterable[tuple[str, ...]]]:
    body = figure.body
    if isinstance(body, DotMatrix):
        return _dots(body)
    if isinstance(body, PracticeGrid):
        rows = [(p.name, *(_sign(value) for value in p.values)) for p in body.practices]
        return ("", *body.columns), rows
    if isinstance(body, BarChart):
        size = body.bars[0].size if body.bars else 0
        bars = [(b.row.label, str(b.total), "█" * round(BAR * b.total / b.size)) for b in body.bars]
        return ("", f"of {size}", ""), bars
    table = body.table()
    return table.heads, table.rows


def _dots(body: DotMatrix) -> tuple[Iterable[str], Iterable[tuple[str, ...]]]:
    matrix = body.matrix
    rows = [
        (
            row.label,
            *(cell_sign(matrix.cell(row, column)) for column in matrix.columns),
            str(matrix.row_total(row)),
        )
        for row in matrix.rows
    ]
    return ("", *(column.label for column in matrix.columns), "total"), rows


def cell_sign(cell: Cell) -> str:
    """Return a cell as one sign: ● coded, ◐ restricted, · not coded, ? unknown."""
    return "◐" if cell.strength is Strength.RESTRICTED else SIGNS[VALUES[cell.value]]


def _sign(value: float | None) -> str:
    return SIGNS["unknown" if value is None else f"{value:g}"]
