"""How figures look: sizes, type, colours, and the sheet they are drawn on.

Marks are told apart by shape and by one dark hue on white, so that a figure says the same in grey
and to colour-blind readers. Nothing is parsed as mathematics: labels come from documents.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Image
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from usepolicy.comparison.figures import Size

INK = "#16324f"
"""Of marks and words: 12:1 on white."""
RULE = "#d5d5d5"
GREY = "#555555"
FONT = "DejaVu Sans"
COMPRESSION = {"compress_level": 3}
"""A third of the time of the default level for a tenth more bytes (figure 2, 2026-11)."""
POINTS = 72
"""Points of an inch."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of one size."""

    width: float
    """Inches."""
    font: float
    """Points of labels."""
    height: float | None = None
    """Inches; None: as high as the content needs."""
    dots: int = 300
    """Of a PNG, an inch."""

    @property
    def margin(self) -> float:
        """Inches around everything."""
        return self.font * 1.2 / POINTS

    @property
    def inner(self) -> float:
        """Inches between the margins."""
        return self.width - 2 * self.margin

    @property
    def line(self) -> float:
        """Inches of a line of text with the space around it."""
        return self.font * 1.5 / POINTS

    def of_font(self, font: float) -> Sheet:
        """Return the sheet with another size of type."""
        return replace(self, font=font)


SHEETS = {
    Size.COLUMN: Sheet(width=3.35, font=6),
    Size.PAGE: Sheet(width=7.0, font=8),
    Size.SLIDE: Sheet(width=13.33, font=13, height=7.5, dots=150),
}


@dataclass(frozen=True, slots=True)
class Box:
    """Where the body of a figure is drawn, in inches from the top left."""

    left: float
    top: float
    width: float
    height: float


@contextmanager
def drawing(sheet: Sheet) -> Iterator[None]:
    """Set type and output so that the same figure gives the same bytes."""
    settings = mpl.rcParams.copy()
    settings["font.size"] = sheet.font
    settings["font.family"] = [FONT]
    settings["text.color"] = INK
    settings["text.parse_math"] = False
    settings["svg.hashsalt"] = "usepolicy"
    settings["pdf.fonttype"] = 42
    with mpl.rc_context():
        mpl.rcParams.update(settings)
        yield


def canvas(sheet: Sheet, height: float) -> tuple[Image, Axes]:
    """Return an image with axes that cover it, in inches from the top left."""
    image = Image(figsize=(sheet.width, height), dpi=sheet.dots)
    axes = image.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, sheet.width)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    return image, axes


def width_of(text: str, font: float) -> float:
    """Return the width of a text in inches."""
    return sum(map(_advance, text)) * font / POINTS


@cache
def _advance(letter: str) -> float:
    """Return how wide a letter stands in type of one point; kerning is left out."""
    measured = text_to_path.get_text_width_height_descent(
        letter * 10, FontProperties(family=FONT, size=1), ismath=False
    )
    return float(measured[0]) / 10


def widest(texts: Iterator[str], font: float) -> float:
    """Return the width of the widest text in inches."""
    return max((width_of(text, font) for text in texts), default=0.0)


def wrapped(text: str, width: float, font: float) -> list[str]:
    """Return the lines of a text that fit a width; a word that does not fit is cut in two."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, font) <= width:
            lines[-1] = longer
            continue
        lines += _pieces(word, width, font)
    return [line for line in lines if line] or [""]


def _pieces(word: str, width: float, font: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, font) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def image_bytes(image: Image, form: str) -> bytes:
    """Return an image as `png`, `svg` or `pdf`, without the time of day in it."""
    written = io.BytesIO()
    if form == "png":
        undated: dict[str, str | None] = {"Software": None}
        image.savefig(written, format=form, metadata=undated, pil_kwargs=COMPRESSION)
    else:
        undated = {"Date" if form == "svg" else "CreationDate": None}
        image.savefig(written, format=form, metadata=undated)
    return written.getvalue()
