"""Drawing: a figure as PNG, SVG or PDF, at the size of a paper's column, a page or a slide.

Owns what stands around every figure: title, key, source. Needs the extra `figures`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes

from usepolicy.comparison.figures import (
    BarChart,
    DotMatrix,
    Figure,
    PracticeGrid,
    Size,
    Table,
    Wheel,
)
from usepolicy.figures.bars import bars_height, draw_bars
from usepolicy.figures.dots import DotTable, dots_height, draw_dots, matrix_dots, practice_dots
from usepolicy.figures.style import (
    GREY,
    SHEETS,
    Box,
    Sheet,
    canvas,
    drawing,
    image_bytes,
    wrapped,
)
from usepolicy.figures.texts import draw_table, fitted, table_height
from usepolicy.figures.wheel import draw_list, draw_wheel, list_height

FORMS = ("png", "svg", "pdf")
SMALL = 0.82
"""Size of the notes beside that of the labels."""
LEFT_OUT = {
    (2, Size.COLUMN): ("policy", "modality", "last updated"),
    (2, Size.SLIDE): ("policy",),
    (8, Size.COLUMN): ("intended use",),
}
"""Columns of a table that a size has no room for."""
LONG = ("address", "source", "only for")
"""Columns that only data needs."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A body ready to draw: what it needs and how."""

    height: float
    draw: Callable[[Axes, Box], None]
    key: str
    """What the signs mean."""


def draw_figure(figure: Figure, form: str, *, size: Size = Size.PAGE) -> bytes:
    """Return a figure as an image of the given form, one of `FORMS`."""
    sheet = SHEETS[size]
    with drawing(sheet):
        title = wrapped(f"Figure {figure.number}. {figure.title}", sheet.inner, sheet.font * 1.15)
        around = sheet.line * (1.15 * len(title) + 0.6) + 2 * sheet.margin
        room = sheet.height - around - 2 * sheet.line if sheet.height else None
        plan = _plan(figure, size, sheet, room)
        foot = [
            line
            for text in (plan.key, figure.source)
            for line in wrapped(text, sheet.inner, sheet.font * SMALL)
            if line
        ]
        around += sheet.line * SMALL * (len(foot) + 0.6)
        height = sheet.height or plan.height + around
        image, axes = canvas(sheet, height)
        top = sheet.margin + sheet.line * (1.15 * len(title) + 0.6)
        axes.text(
            sheet.margin,
            sheet.margin,
            "\n".join(title),
            va="top",
            weight="bold",
            fontsize=sheet.font * 1.1,
        )
        plan.draw(axes, Box(sheet.margin, top, sheet.inner, height - around))
        bottom = height - sheet.margin
        axes.text(
            sheet.margin,
            bottom,
            "\n".join(foot),
            va="bottom",
            color=GREY,
            fontsize=sheet.font * SMALL,
            linespacing=1.3,
        )
        return image_bytes(image, form)


def _plan(figure: Figure, size: Size, sheet: Sheet, room: float | None) -> _Plan:
    body = figure.body
    if isinstance(body, BarChart):
        return _Plan(
            bars_height(body, sheet),
            lambda axes, box: draw_bars(axes, body, box, sheet),
            "Number of developers",
        )
    if isinstance(body, Wheel):
        return _wheel_plan(body, size, sheet)
    if isinstance(body, DotMatrix | PracticeGrid):
        return _dot_plan(body, sheet)
    table = _columns(body.table(), figure.number, size)
    fit = fitted(table, sheet, room)
    return _Plan(table_height(table, fit), lambda axes, box: draw_table(axes, table, box, fit), "")


def _wheel_plan(body: Wheel, size: Size, sheet: Sheet) -> _Plan:
    """Plan the wheel; a column has no room for its words, so there it is drawn out as a list."""
    key = "Numbers and shade: developers that prohibit the use"
    if size is Size.COLUMN:
        return _Plan(
            list_height(body, sheet), lambda axes, box: draw_list(axes, body, box, sheet), key
        )
    return _Plan(sheet.inner, lambda axes, box: draw_wheel(axes, body, box, sheet), key)


def _dot_plan(body: DotMatrix | PracticeGrid, sheet: Sheet) -> _Plan:
    if isinstance(body, DotMatrix):
        table, words = matrix_dots(body), ("prohibited", "restricted", "not named")
    else:
        table, words = practice_dots(body), ("yes", "partly", "no, or not stated")
    return _Plan(
        dots_height(table, sheet),
        lambda axes, box: draw_dots(axes, table, box, sheet),
        _dot_key(table, words),
    )


def _dot_key(table: DotTable, words: tuple[str, str, str]) -> str:
    """Return what the dots that occur mean."""
    fills = {fill for line in table.lines for fill in line.fills}
    signs = {1.0: f"● {words[0]}", 0.5: f"◐ {words[1]}", 0.0: f"○ {words[2]}", None: "? unknown"}
    key = [sign for fill, sign in signs.items() if fill in fills]
    if any(any(line.starred) for line in table.lines):
        key.append("* the printed figure differs")
    return ", ".join(key)


def _columns(table: Table, number: int, size: Size) -> Table:
    """Leave out the columns that a size has no room for."""
    left_out = (*LONG, *LEFT_OUT.get((number, size), ()))
    kept = [at for at, head in enumerate(table.heads) if head not in left_out]
    rows = tuple(tuple(row[at] for at in kept) for row in table.rows)
    return Table(tuple(table.heads[at] for at in kept), rows)
