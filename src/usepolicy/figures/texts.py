"""Drawing tables: figures 2 and 8."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from usepolicy.comparison.figures import Table
from usepolicy.figures.style import INK, POINTS, RULE, Box, Sheet, widest, width_of, wrapped

LINE = 0.88
"""Distance of two lines of a cell, in lines of the sheet."""
SMALLEST = 4.5
"""Points below which type is not made smaller."""


def fitted(table: Table, sheet: Sheet, height: float | None) -> Sheet:
    """Return the sheet with type small enough for the table to fit a height, if one is set."""
    while height is not None and table_height(table, sheet) > height and sheet.font > SMALLEST:
        sheet = sheet.of_font(sheet.font - 0.5)
    return sheet


def table_height(table: Table, sheet: Sheet) -> float:
    """Return the inches that the table needs."""
    widths = _widths(table, sheet)
    return sum(_height(row, widths, sheet) for row in (table.heads, *table.rows))


def draw_table(axes: Axes, table: Table, box: Box, sheet: Sheet) -> None:
    """Draw heads and rows, each cell wrapped to its column, with a rule under each row."""
    widths = _widths(table, sheet)
    top = box.top
    for number, row in enumerate((table.heads, *table.rows)):
        left = box.left
        for cell, width in zip(row, widths, strict=True):
            lines = wrapped(cell, width - sheet.font / POINTS, sheet.font)
            for at, line in enumerate(lines):
                down = top + sheet.line * (0.85 + LINE * at)
                weight = "normal" if number else "bold"
                axes.text(left, down, line, fontsize=sheet.font, weight=weight)
            left += width
        top += _height(row, widths, sheet)
        colour, thick = (RULE, 0.4) if number else (INK, 0.8)
        axes.plot([box.left, box.left + box.width], [top, top], color=colour, lw=thick)


def _height(row: Sequence[str], widths: Sequence[float], sheet: Sheet) -> float:
    lines = max(
        len(wrapped(cell, width - sheet.font / POINTS, sheet.font))
        for cell, width in zip(row, widths, strict=True)
    )
    return sheet.line * (0.3 + LINE * lines)


def _widths(table: Table, sheet: Sheet) -> list[float]:
    """Share the width: each column as its longest word needs, the rest by how much it holds."""
    gap = 1.5 * sheet.font / POINTS
    columns = list(zip(table.heads, *table.rows, strict=False))
    least = [
        widest((word for cell in cells for word in cell.split()), sheet.font) + gap
        for cells in columns
    ]
    if sum(least) > sheet.inner:
        return [sheet.inner * each / sum(least) for each in least]
    wanted = [
        max(max(width_of(cell, sheet.font) for cell in cells) + gap - small, 0)
        for cells, small in zip(columns, least, strict=True)
    ]
    spare = sheet.inner - sum(least)
    total = sum(wanted) or 1
    return [small + spare * more / total for small, more in zip(least, wanted, strict=True)]
