"""Calibration: from what a guard says to a probability that holds.

Owns the two maps, a line through points and Platt's, their fit, and the file they are kept in. A
map never falls, so that thresholds keep their order.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr, TypeAdapter, ValidationError

from usepolicy.errors import SchemaError
from usepolicy.reading.policy_schema import FileEntry

MAX_FILE = 256 * 1024
"""Bytes of a file; one of 1,000 points has 40 kB."""
LEAST_FITTED = 2
"""Judged texts of a fit: one of each kind."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Point = tuple[Share, Share]


class PiecewiseEntry(FileEntry):
    """A line through points."""

    kind: Literal["piecewise"]
    """`piecewise`."""
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=10_000)]
    """Score and probability, neither ever falling."""
    fitted_on: StrictInt = Field(default=0, ge=0)
    """Number of judged texts."""
    source: StrictStr = ""
    """Which texts, when, which model."""


class PlattEntry(FileEntry):
    """A logistic curve over the log-odds of the score."""

    kind: Literal["platt"]
    """`platt`."""
    slope: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """Above 0."""
    intercept: Finite
    """Log-odds at a score of 0.5."""
    fitted_on: StrictInt = Field(default=0, ge=0)
    """Number of judged texts."""
    source: StrictStr = ""
    """Which texts, when, which model."""


CalibrationEntry = Annotated[PiecewiseEntry | PlattEntry, Field(discriminator="kind")]
_FILE: TypeAdapter[PiecewiseEntry | PlattEntry] = TypeAdapter(CalibrationEntry)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A map from scores in [0, 1] to probabilities in [0, 1] that never falls."""

    points: tuple[tuple[float, float], ...] = ()
    """A line through them; none: the score itself, or Platt's curve."""
    platt: tuple[float, float] | None = None
    """Slope and intercept."""
    name: str = "uncalibrated"
    """Where it comes from; part of a detector's version."""

    @property
    def is_fitted(self) -> bool:
        """Whether scores are probabilities; else they only rank."""
        return bool(self.points) or self.platt is not None

    def of(self, score: float) -> float:
        """Return the probability for a score."""
        if self.platt is not None:
            return _logistic(self.platt[0] * _log_odds(score) + self.platt[1])
        return _between(self.points, score) if self.points else score


UNCALIBRATED = Calibration()


def fit_isotonic(judged: Sequence[tuple[float, bool]], name: str = "isotonic") -> Calibration:
    """Return the rising step line that is nearest to judged scores.

    Args:   judged: a score in [0, 1], and whether the text fell under the restriction.
    Raises: ValueError: fewer than two, or all of one kind.
    Source: pool adjacent violators, Ayer et al. 1955.
    """
    if len(judged) < LEAST_FITTED or len({is_hit for _, is_hit in judged}) == 1:
        raise ValueError("a fit needs texts of both kinds")
    pools: list[tuple[float, int, float, float]] = []  # hits, texts, first and last score
    groups: dict[float, list[bool]] = {}
    for score, is_hit in judged:
        groups.setdefault(score, []).append(is_hit)
    for score in sorted(groups):
        pool = (float(sum(groups[score])), len(groups[score]), score, score)
        while pools and pools[-1][0] / pools[-1][1] >= pool[0] / pool[1]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2], pool[3])
        pools.append(pool)
    points = [(at, hits / texts) for hits, texts, *ends in pools for at in dict.fromkeys(ends)]
    return Calibration(tuple(points), name=name)


def dump_calibration(calibration: Calibration, *, fitted_on: int, source: str) -> str:
    """Return a fitted line as a file holds it."""
    entry = PiecewiseEntry(
        kind="piecewise", points=calibration.points, fitted_on=fitted_on, source=source
    )
    return entry.model_dump_json(indent=2) + "\n"


def load_calibration(data: bytes, *, place: str) -> Calibration:
    """Return the calibration of a file.

    Raises: SchemaError: `bad-calibration`.
    """
    try:
        entry = _FILE.validate_json(data[: MAX_FILE + 1]) if len(data) <= MAX_FILE else None
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in details["loc"][1:]) or "the file"
        raise _bad(f"`{where}`: {details['msg'].lower()}", place) from error
    if entry is None:
        raise _bad(f"the file has more than {MAX_FILE} bytes", place)
    name = f"{entry.kind} {entry.source}".strip()
    if isinstance(entry, PlattEntry):
        return Calibration(platt=(entry.slope, entry.intercept), name=name)
    if any(
        a[0] > b[0] or a[1] > b[1] for a, b in zip(entry.points, entry.points[1:], strict=False)
    ):
        raise _bad("`points` fall: a higher score must not be less probable", place)
    return Calibration(entry.points, name=name)


def _bad(message: str, place: str) -> SchemaError:
    help = "write it with a fit, or see docs/guards.md for its form"
    return SchemaError("bad-calibration", message, place=place, help=help)


def _between(points: Sequence[tuple[float, float]], score: float) -> float:
    after = bisect_right(points, score, key=lambda point: point[0])
    if after == 0:
        return points[0][1]
    if after == len(points):
        return points[-1][1]
    (x0, y0), (x1, y1) = points[after - 1], points[after]
    return y0 + (y1 - y0) * (score - x0) / (x1 - x0)


def _log_odds(score: float) -> float:
    inside = min(max(score, 1e-9), 1 - 1e-9)
    return math.log(inside / (1 - inside))


def _logistic(odds: float) -> float:
    if odds < 0:
        power = math.exp(max(odds, -700.0))
        return power / (1 + power)
    return 1 / (1 + math.exp(-odds))
