"""Account signals: what stands out about an account at large, told from times and likeness alone.

Owns when a signal is raised. It is raised by the request with which something stands out, and not
again before its window is over. What was counted before comes in (`Past`), from a database or from
the entries of a ledger: the same past gives the same signals.

Source of `rate_anomaly`: Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers; Leys et al.
2013, doi:10.1016/j.jesp.2013.03.013: the distance from the median in units of the median absolute
deviation, which outliers do not move.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Protocol

from usepolicy.enforcement.ledger_bodies import SignalKind, Signalled

HOUR, DAY = 3_600, 86_400
LONGEST_WINDOW = 31 * DAY
"""Seconds of a rate or a flow at most: what a store keeps for counting."""
LONGEST_HISTORY = 90 * DAY
"""Seconds that an anomaly looks back at most."""
CONSISTENT = 1.4826
"""Makes the median absolute deviation of normal data their standard deviation."""


@dataclass(frozen=True, slots=True)
class Flow:
    """More requests in a window than somebody with a plain use sends."""

    more_than: int
    seconds: int
    category: str | None = None
    """What the signal is a sign of."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """More requests in an hour than the account's own active hours let expect."""

    more_than: int
    """Never raised for so few in the hour, however quiet the account was."""
    deviations: int
    history: int
    """Seconds that are looked back."""
    active_hours: int
    """Hours with a request that the history must have at least."""
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched of accounts; None is not watched."""

    volume: Flow | None = None
    mass_posting: Flow | None = None
    rate_anomaly: Anomaly | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in, as signals see it."""

    at: datetime
    likeness: str | None = None


class Past(Protocol):
    """What an account asked before a request, of what was let in."""

    def nth(self, n: int, likeness: str | None = None) -> datetime | None:
        """Return when the n-th last request was, of that likeness if one is given."""

    def count(self, since: datetime, likeness: str | None = None) -> int:
        """Return how many requests were after a time."""

    def hours(self, since: datetime, before: datetime) -> Sequence[int]:
        """Return the numbers of requests of the hours that had any, between two full hours."""

    def raised(self, kind: SignalKind) -> datetime | None:
        """Return when a signal was raised last."""


def signals(asked: Asked, past: Past, watch: Watch) -> tuple[Signalled, ...]:
    """Return the signals that a request raises."""
    found = (
        _flow(SignalKind.VOLUME, watch.volume, asked, past, likeness=None),
        _alike(watch.mass_posting, asked, past),
        _anomaly(watch.rate_anomaly, asked, past),
    )
    return tuple(signal for signal in found if signal is not None)


def expected(counts: Iterable[int], deviations: int) -> tuple[int, int]:
    """Return the usual number of requests in an active hour, and the most that is not odd.

    The deviation is never taken to be less than the root of the usual number: requests that come
    independently of each other vary by as much (Poisson), and an even past has a deviation of 0.
    """
    kept = sorted(counts)
    middle = median(kept)
    spread = CONSISTENT * median(abs(count - middle) for count in kept)
    return round(middle), math.floor(middle + deviations * max(spread, math.sqrt(middle), 1))


def hour_of(at: datetime) -> datetime:
    """Return the full hour in which a time is, in UTC as all times of a ledger are."""
    return at.replace(minute=0, second=0, microsecond=0)


def _alike(flow: Flow | None, asked: Asked, past: Past) -> Signalled | None:
    if asked.likeness is None:
        return None
    return _flow(SignalKind.MASS_POSTING, flow, asked, past, likeness=asked.likeness)


def _flow(
    kind: SignalKind, flow: Flow | None, asked: Asked, past: Past, *, likeness: str | None
) -> Signalled | None:
    if flow is None:
        return None
    since = asked.at - timedelta(seconds=flow.seconds)
    if not _is_after(past.nth(flow.more_than, likeness), since):
        return None
    if _is_after(past.raised(kind), since):
        return None
    number = past.count(since, likeness) + 1
    return Signalled(
        kind, number, flow.more_than, flow.seconds, asked.at, category=flow.category
    )  # fmt: skip


def _anomaly(anomaly: Anomaly | None, asked: Asked, past: Past) -> Signalled | None:
    if anomaly is None:
        return None
    hour = hour_of(asked.at)
    just_before = hour - timedelta(microseconds=1)
    kind = SignalKind.RATE_ANOMALY
    if not _is_after(past.nth(anomaly.more_than), just_before):
        return None
    if _is_after(past.raised(kind), just_before):
        return None
    counts = past.hours(hour_of(hour - timedelta(seconds=anomaly.history)), hour)
    if len(counts) < anomaly.active_hours:
        return None
    usual, most = expected(counts, anomaly.deviations)
    number = sum(past.hours(hour, hour + timedelta(seconds=HOUR))) + 1
    most = max(most, anomaly.more_than)
    if number <= most:
        return None
    return Signalled(
        kind, number, most, HOUR, asked.at, usual, len(counts), anomaly.category
    )  # fmt: skip


def _is_after(at: datetime | None, since: datetime) -> bool:
    return at is not None and at > since
