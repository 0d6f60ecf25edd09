"""The sweep of a threshold, drawn: what it would flag of unsafe and of safe requests.

The two lines differ by shade and by dashes, so that the figure says the same in grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Image

from usepolicy.comparison.figures import Size
from usepolicy.enforcement.evaluation import Rate, Step
from usepolicy.figures.style import GREY, INK, RULE, SHEETS, drawing, image_bytes

HEIGHT = 3.6
"""Inches."""


class Look(NamedTuple):
    """How a line is drawn."""

    label: str
    colour: str
    dashes: str


UNSAFE = Look("flagged of the unsafe", INK, "-")
SAFE = Look("flagged of the safe", GREY, "--")


def draw_sweep(steps: Sequence[Step], chosen: Step | None, form: str) -> bytes:
    """Return the sweep as `png`, `svg` or `pdf`, with the chosen threshold marked."""
    sheet = SHEETS[Size.PAGE]
    with drawing(sheet):
        image = Image(figsize=(sheet.width, HEIGHT), dpi=sheet.dots, layout="constrained")
        axes = image.add_subplot()
        _line(axes, steps, [step.recall for step in steps], UNSAFE)
        _line(axes, steps, [step.false_alarms for step in steps], SAFE)
        if chosen is not None:
            axes.axvline(chosen.threshold, color=INK, linewidth=0.8, linestyle=":")
            axes.text(chosen.threshold, 1.02, f"{chosen.threshold:.3g}", ha="center")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xlabel("threshold on the highest score")
        axes.set_ylabel("share of requests")
        axes.grid(color=RULE, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="best")
        return image_bytes(image, form)


def _line(axes: Axes, steps: Sequence[Step], rates: Sequence[Rate], look: Look) -> None:
    places = [step.threshold for step in steps]
    values = [rate.value or 0.0 for rate in rates]
    lows, highs = zip(*(rate.interval for rate in rates), strict=True)
    axes.plot(places, values, label=look.label, color=look.colour, linestyle=look.dashes)
    axes.fill_between(places, lows, highs, color=look.colour, alpha=0.15, linewidth=0)
