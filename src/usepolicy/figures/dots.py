"""Drawing dots: figures 1 and 4 to 6."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Wedge

from usepolicy.comparison.figures import DotMatrix, PracticeGrid
from usepolicy.comparison.matrix import Row
from usepolicy.figures.style import GREY, INK, RULE, Box, Sheet, widest, width_of, wrapped
from usepolicy.policies.clauses import Strength
from usepolicy.policies.codings import Cell, CellValue, Coding

HEAD_LINES = 3
"""Lines of a head that lies; a longer one stands upright."""
MAX_HEAD = 26
"""Letters of a column's head; the rest is cut with a sign."""


@dataclass(frozen=True, slots=True)
class DotLine:
    """A row of dots ready to draw."""

    label: str
    fills: tuple[float | None, ...]
    """1 filled, 0.5 half filled, 0 hollow, None unknown."""
    starred: tuple[bool, ...]
    """Dots that the printed figure has otherwise."""
    total: str = ""
    heading: str = ""
    """What stands above the row where a new group begins."""


@dataclass(frozen=True, slots=True)
class DotTable:
    """Dots ready to draw."""

    heads: tuple[str, ...]
    lines: tuple[DotLine, ...]


def matrix_dots(dots: DotMatrix) -> DotTable:
    """Return the dots of one of the figures 4 to 6."""
    columns = dots.matrix.columns
    lines = (
        DotLine(
            row.label,
            tuple(_fill(dots.matrix.cell(row, column)) for column in columns),
            tuple(_starred(dots, row, column) for column in columns),
            str(dots.matrix.row_total(row)),
        )
        for row in dots.matrix.rows
    )
    return DotTable(_heads([column.label for column in columns]), tuple(lines))


def practice_dots(grid: PracticeGrid) -> DotTable:
    """Return the dots of figure 1, with a heading above each group of practices."""
    none = (False,) * len(grid.columns)
    groups = [None, *(practice.group for practice in grid.practices)]
    lines = (
        DotLine(p.name, p.values, none, heading=p.group if p.group != before else "")
        for p, before in zip(grid.practices, groups, strict=False)
    )
    return DotTable(_heads(grid.columns), tuple(lines))


def dots_height(table: DotTable, sheet: Sheet) -> float:
    """Return the inches that the dots need."""
    return _head_height(table, sheet) + _steps(table) * sheet.line * 1.1


def draw_dots(axes: Axes, table: DotTable, box: Box, sheet: Sheet) -> None:
    """Draw heads, labels, dots and totals, with a rule under each row."""
    left = box.left + widest((line.label for line in table.lines), sheet.font) + sheet.margin
    totals = width_of("total", sheet.font) + sheet.margin if table.lines[0].total else 0.0
    step = (box.left + box.width - totals - left) / max(len(table.heads), 1)
    head = _head_height(table, sheet)
    _draw_heads(
        axes,
        table,
        [left + (at + 0.5) * step for at in range(len(table.heads))],
        (box.top + head, step, sheet),
    )
    if totals:
        axes.text(box.left + box.width, box.top + head - sheet.line * 0.3, "total", ha="right")
    down = (box.height - head) / max(_steps(table), 1)
    middle = box.top + head - down / 2
    for line in table.lines:
        if line.heading:
            middle += down
            axes.text(box.left, middle, line.heading, va="center_baseline", weight="bold")
        middle += down
        axes.plot([box.left, box.left + box.width], [middle + down / 2] * 2, color=RULE, lw=0.4)
        axes.text(box.left, middle, line.label, va="center_baseline")
        axes.text(box.left + box.width, middle, line.total, ha="right", va="center_baseline")
        radius = 0.34 * min(step, down)
        for at, (fill, starred) in enumerate(zip(line.fills, line.starred, strict=True)):
            centre = (left + (at + 0.5) * step, middle)
            draw_dot(axes, centre, radius, fill)
            if starred:
                axes.text(centre[0] + 1.2 * radius, middle, "*", va="center", weight="bold")


def draw_dot(axes: Axes, centre: tuple[float, float], radius: float, fill: float | None) -> None:
    """Draw one dot: full, half, hollow, or a question mark for what is unknown."""
    if fill is None:
        axes.text(*centre, "?", ha="center", va="center_baseline", color=GREY)
        return
    face = INK if fill == 1 else "white"
    axes.add_patch(Circle(centre, radius, fc=face, ec=INK, lw=0.7))
    if 0 < fill < 1:
        axes.add_patch(Wedge(centre, radius, 90, 270, fc=INK, lw=0))


def _draw_heads(
    axes: Axes, table: DotTable, places: Sequence[float], measures: tuple[float, float, Sheet]
) -> None:
    bottom, step, sheet = measures
    lines = _head_lines(table, step, sheet)
    for at, place in enumerate(places):
        axes.text(
            place,
            bottom - sheet.line * 0.4,
            "\n".join(lines[at]) if lines else table.heads[at],
            ha="center",
            va="bottom",
            rotation=0 if lines else 90,
        )


def _head_lines(table: DotTable, step: float, sheet: Sheet) -> list[list[str]]:
    """Return the heads in lines that fit side by side; none where they have to stand upright."""
    room = 0.92 * step
    words = (word for head in table.heads for word in head.split())
    if widest(words, sheet.font) > room:
        return []
    lines = [wrapped(head, room, sheet.font) for head in table.heads]
    return lines if max(map(len, lines), default=0) <= HEAD_LINES else []


def _head_height(table: DotTable, sheet: Sheet) -> float:
    """Return the inches of the heads."""
    labels = widest((line.label for line in table.lines), sheet.font) + sheet.margin
    totals = width_of("total", sheet.font) + sheet.margin if table.lines[0].total else 0.0
    step = (sheet.inner - labels - totals) / max(len(table.heads), 1)
    lines = _head_lines(table, step, sheet)
    if lines:
        return sheet.line * (0.5 + 0.8 * max(map(len, lines)))
    return widest(iter(table.heads), sheet.font) + sheet.line * 0.6


def _steps(table: DotTable) -> int:
    return len(table.lines) + sum(bool(line.heading) for line in table.lines)


def _heads(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        label if len(label) <= MAX_HEAD else label[: MAX_HEAD - 1].rstrip() + "…"
        for label in labels
    )


def _fill(cell: Cell) -> float | None:
    if cell.value is CellValue.UNKNOWN:
        return None
    if cell.strength is Strength.RESTRICTED:
        return 0.5
    return float(cell.value is CellValue.CODED)


def _starred(dots: DotMatrix, row: Row, column: Coding) -> bool:
    printed = dots.printed.get((row.id, column.id))
    coded = dots.matrix.cell(row, column).value is CellValue.CODED
    return printed is not None and printed != coded
