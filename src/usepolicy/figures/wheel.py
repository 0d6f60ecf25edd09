"""Drawing the wheel: figure 7."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle, Wedge

from usepolicy.comparison.figures import Segment, Wheel
from usepolicy.figures.style import INK, POINTS, Box, Sheet, widest, wrapped

RINGS = ((0.07, 0.35), (0.35, 0.64), (0.64, 1.0))
"""Inner and outer radius of the three rings, as parts of the wheel's."""
COLUMNS = (0.22, 0.31, 0.47)
"""Widths of the same as a list, as parts of the whole."""
LINE = 0.95
"""Height of a row of the list, in lines of text."""
GREYS = ("#dfe3e8", "#f2f4f6")
LIGHTEST, DARKEST = 0.04, 0.48
"""Parts of ink in a field that nobody or everybody has: words on the darkest keep 4.5:1."""


def draw_wheel(axes: Axes, wheel: Wheel, box: Box, sheet: Sheet) -> None:
    """Draw three rings; the darker an outer field, the more codings have it."""
    radius = min(box.width, box.height) / 2
    centre = (box.left + box.width / 2, box.top + box.height / 2)
    step = 360 / max(len(wheel.segments), 1)
    for ring, fields in enumerate(_rings(wheel.segments)):
        low, high = (part * radius for part in RINGS[ring])
        # Two lines of type must stand beside each other in the narrowest field, words whole.
        narrow = min(field.count for field in fields) * math.radians(step) * (low + high) / 2
        room = (high - low) * 0.92
        font = _font(
            [field.label for field in fields], room, min(sheet.font, narrow * POINTS / 2.3)
        )
        for at, field in enumerate(fields):
            start, end = (field.first * step - 90, (field.first + field.count) * step - 90)
            face = _face(field, at)
            axes.add_patch(
                Wedge(centre, high, start, end, width=high - low, fc=face, ec="white", lw=0.8)
            )
            place = ((low + high) / 2, -(start + end) / 2)
            text = "\n".join(wrapped(field.label, room, font))
            _write(axes, centre, place, text, font)


def _font(labels: Iterable[str], room: float, font: float) -> float:
    """Return the font, smaller if need be, in which every word is as wide as the room at most."""
    word = widest((word for label in labels for word in label.split()), font)
    return font if word <= room else font * room / word


def _write(
    axes: Axes,
    centre: tuple[float, float],
    place: tuple[float, float],
    text: str,
    font: float,
) -> None:
    """Write along the radius, the right way up on both sides."""
    away, turn = place
    angle = math.radians(turn)
    where = (centre[0] + away * math.cos(angle), centre[1] - away * math.sin(angle))
    turned = turn % 360
    rotation = turned - 180 if 90 < turned < 270 else turned
    axes.text(
        *where,
        text,
        ha="center",
        va="center",
        rotation=rotation,
        rotation_mode="anchor",
        linespacing=0.95,
        fontsize=font,
    )


def list_height(wheel: Wheel, sheet: Sheet) -> float:
    """Return the inches that the wheel needs as a list."""
    return len(wheel.segments) * sheet.line * LINE


def draw_list(axes: Axes, wheel: Wheel, box: Box, sheet: Sheet) -> None:
    """Draw the rings of the wheel as columns, its fields as rows."""
    high = box.height / max(len(wheel.segments), 1)
    left = box.left
    for ring, fields in enumerate(_rings(wheel.segments)):
        wide = box.width * COLUMNS[ring]
        for at, field in enumerate(fields):
            top = box.top + field.first * high
            where = (left, top)
            tall = field.count * high
            axes.add_patch(Rectangle(where, wide, tall, fc=_face(field, at), ec="white", lw=0.6))
            middle, pad = top + tall / 2, sheet.font * 0.4 / POINTS
            axes.text(left + pad, middle, field.label, va="center_baseline")
        left += wide


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a ring: its words, its first and its number of outer fields."""

    label: str
    first: int
    count: int
    share: float | None = None
    """Of the codings that have it; None in the inner rings."""


def _rings(segments: Sequence[Segment]) -> tuple[list[_Field], list[_Field], list[_Field]]:
    """Return the rings from the inside."""
    outer = [
        _Field(_outer(segment), at, 1, segment.total / max(segment.size, 1))
        for at, segment in enumerate(segments)
    ]
    inner = _joined([(segment.inner,) for segment in segments])
    return inner, _joined([(segment.inner, segment.middle) for segment in segments]), outer


def _joined(names: Sequence[tuple[str, ...]]) -> list[_Field]:
    """Return a field for each run of the same name."""
    fields, first = [], 0
    for name, run in groupby(names):
        count = len(list(run))
        fields.append(_Field(_name(name[-1]), first, count))
        first += count
    return fields


def _name(label: str) -> str:
    """Return a label without what only tells two fields of one name apart."""
    return re.sub(r" \(\w+\)$", "", label)


def _outer(segment: Segment) -> str:
    if segment.category is None:
        return segment.outer
    return f"{segment.outer} {segment.total}"


def _face(field: _Field, at: int) -> str | tuple[float, float, float]:
    """Return a colour between white and ink, or a grey that is not the neighbour's."""
    if field.share is None:
        return GREYS[at % 2]
    ink = LIGHTEST + (DARKEST - LIGHTEST) * field.share
    red, green, blue = (1 - ink * (1 - part) for part in to_rgb(INK))
    return red, green, blue
