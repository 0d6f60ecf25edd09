"""The circuit breaker: whether a server that failed is asked again.

Owns the states and their changes, as values: the clock is an argument. Closed: each call is let
through. Open: after failures in a row none is, for a while. Half open: one is, as a probe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class BreakerState(StrEnum):
    """What a breaker lets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When a breaker opens, and for how long."""

    failures: int = 5
    """Failures in a row."""
    seconds: float = 30.0
    """Seconds until a probe is let through, and until a probe without an end is given up."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker at a time; each change is a new value."""

    limits: BreakerLimits = BreakerLimits()
    failures: int = 0
    opened: float | None = None
    """When it opened last; None while it is closed."""
    probing: float | None = None
    """When the probe that is under way was let through."""

    def state(self, now: float) -> BreakerState:
        """Return what it does at a time."""
        if self.opened is None:
            return BreakerState.CLOSED
        since = self.opened if self.probing is None else self.probing
        due = now - since >= self.limits.seconds
        return BreakerState.HALF_OPEN if due else BreakerState.OPEN

    def admit(self, now: float) -> tuple[bool, Breaker]:
        """Tell whether a call may go now, and return the breaker after that."""
        state = self.state(now)
        if state is BreakerState.HALF_OPEN:
            return True, replace(self, probing=now)
        return state is BreakerState.CLOSED, self

    def succeeded(self) -> Breaker:
        """Return the breaker after an answer; one to a call from before it opened says nothing."""
        if self.opened is not None and self.probing is None:
            return self
        return Breaker(self.limits)

    def failed(self, now: float) -> Breaker:
        """Return the breaker after a failure."""
        if self.opened is not None:
            # A late failure of a call from before does not put the next probe off.
            return self if self.probing is None else replace(self, opened=now, probing=None)
        failures = self.failures + 1
        opened = now if failures >= self.limits.failures else None
        return replace(self, failures=failures, opened=opened)
