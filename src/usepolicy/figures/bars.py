"""Drawing bars: figure 3."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from usepolicy.comparison.figures import Bar, BarChart
from usepolicy.figures.style import GREY, INK, POINTS, Box, Sheet, widest


def bars_height(chart: BarChart, sheet: Sheet) -> float:
    """Return the inches that the bars need."""
    return len(chart.bars) * sheet.line * 1.1


def draw_bars(axes: Axes, chart: BarChart, box: Box, sheet: Sheet) -> None:
    """Draw a bar for each row: its label, its count, what is unknown, what print says."""
    gap = sheet.font / POINTS
    left = box.left + widest((bar.row.label for bar in chart.bars), sheet.font) + gap
    room = box.left + box.width - left - widest(map(_count, chart.bars), sheet.font) - gap
    longest = max((_reach(bar) for bar in chart.bars), default=1)
    scale = room / max(longest, 1)
    step = box.height / max(len(chart.bars), 1)
    for at, bar in enumerate(chart.bars):
        middle = box.top + (at + 0.5) * step
        axes.text(left - gap / 2, middle, bar.row.label, ha="right", va="center_baseline")
        _draw_bar(axes, bar, Box(left, middle, scale, step))
        end = left + scale * _reach(bar)
        axes.text(end + gap / 2, middle, _count(bar), va="center_baseline")


def _draw_bar(axes: Axes, bar: Bar, place: Box) -> None:
    """Draw a bar from `place.left`, a developer as wide as `place.width`."""
    top, high = place.top - 0.34 * place.height, 0.68 * place.height
    length = place.width * bar.total
    axes.add_patch(Rectangle((place.left, top), length, high, fc=INK, lw=0))
    if bar.unknown:
        beyond, more = (place.left + length, top), place.width * bar.unknown
        axes.add_patch(Rectangle(beyond, more, high, fc="white", ec=GREY, hatch="////", lw=0.4))
    if _differs(bar):
        at = place.left + place.width * (bar.printed or 0)
        colour = "white" if (bar.printed or 0) < bar.total else INK
        axes.plot([at, at], [top, top + high], color=colour, lw=high * 6)


def _reach(bar: Bar) -> int:
    return max(bar.total + bar.unknown, bar.printed or 0)


def _differs(bar: Bar) -> bool:
    return bar.printed is not None and bar.printed != bar.total


def _count(bar: Bar) -> str:
    more = f" (+{bar.unknown} unknown)" if bar.unknown else ""
    return f"{bar.total}{more}" + (f" (printed: {bar.printed})" if _differs(bar) else "")
