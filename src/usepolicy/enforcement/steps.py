"""Steps: what is laid on an account, from the mildest to the strictest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Step(StrEnum):
    """A step of the ladder; the members stand in their order of strictness."""

    WARNING = "warning"
    LIMITED_FUNCTIONS = "limited_functions"
    RATE_LIMIT = "rate_limit"
    SUSPENSION = "suspension"
    BAN = "ban"

    @property
    def rank(self) -> int:
        """Return the place in the order of strictness, 0 for the mildest."""
        return _RANKS[self]


_RANKS = {step: rank for rank, step in enumerate(Step)}


@dataclass(frozen=True, slots=True)
class Measure:
    """What a sanction consists of."""

    step: Step
    seconds: int | None = None
    """How long it lasts; None for a warning, which is given and over, and for a ban."""
    queries: int | None = None
    """Of a rate limit: how many queries are let through ..."""
    per_seconds: int | None = None
    """... in which time."""
    functions: tuple[str, ...] = ()
    """Of limited functions: the names of those that are taken away."""

    def ends(self, starts: datetime) -> datetime | None:
        """Return when it ends if it starts then; None where it has no end."""
        return None if self.seconds is None else starts + timedelta(seconds=self.seconds)
