"""Histories: the recorded versions of one document as what happened to it.

Owns the collapse of flapping to outages and the choice of which versions are compared: each with
the last one that showed the policy, so that an error page between two equal versions is no change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from usepolicy.tracking.changes import Missing, VersionChange, VersionKind
from usepolicy.tracking.summary import summary_of


@dataclass(frozen=True, slots=True)
class Recorded:
    """A version as a source recorded it."""

    at: datetime
    """With a time zone."""
    sha256: str
    """Of the bytes."""
    revision: str
    """What the source calls it: a commit, a file, a time."""
    media_type: str | None = None
    """As the server said it."""
    unavailable: bool = False
    """Whether the server said that the page is not there."""
    origin: str | None = None
    """Of which pages it was made, where it is not the page itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """A version that differs from the one before it that showed the policy."""

    old: Recorded
    new: Recorded
    change: VersionChange


@dataclass(frozen=True, slots=True)
class Outage:
    """The time in which the page did not show the policy, or did so off and on."""

    since: datetime
    until: datetime | None
    """None: it lasts."""
    down: timedelta
    """How long it did not show the policy, as far as the records tell; of one that lasts until the
    last record."""
    times: int
    """How often it went."""
    last: Recorded
    """The last record without the policy."""

    @property
    def flaps(self) -> bool:
        """Whether the page came and went."""
        return self.times > 1


Entry = Step | Outage
Compare = Callable[[str, str], VersionChange]
"""What changed between the bytes of two SHA-256."""


def history_of(records: Iterable[Recorded], compare: Compare) -> tuple[Entry, ...]:
    """Return what happened, in order; records of equal bytes in a row are one.

    Outages that follow one another without a change of the policy between them are one.
    """
    found: list[Entry] = []
    for entry in _entries(records, compare):
        before = found[-1] if found else None
        if isinstance(entry, Outage) and isinstance(before, Outage):
            found[-1] = _joined(before, entry)
        else:
            found.append(entry)
    return tuple(found)


def _joined(a: Outage, b: Outage) -> Outage:
    return replace(a, until=b.until, down=a.down + b.down, times=a.times + b.times, last=b.last)


def _entries(records: Iterable[Recorded], compare: Compare) -> Iterator[Entry]:
    good: Recorded | None = None
    bad: list[Recorded] = []
    for record in records:
        if record.unavailable:
            bad.append(record)
            continue
        if good is None:
            yield from [_outage(bad, record)] if bad else []
            good, bad = record, []
            continue
        if record.sha256 == (bad[-1] if bad else good).sha256:
            continue
        change = _change(good, record, compare) if record.sha256 != good.sha256 else None
        if change is not None and change.missing in (Missing.NEW, Missing.BOTH):
            bad.append(record)
            continue
        if change is not None and change.missing is Missing.OLD:  # the very first showed none
            bad.insert(0, good)
        if bad:
            yield _outage(bad, record)
        if change is not None and change.missing is None:
            yield Step(good, record, change)
        good, bad = record, []
    if bad:
        yield _outage(bad, None)


def _change(old: Recorded, new: Recorded, compare: Compare) -> VersionChange:
    """Return what changed; of the same pages only our reading of them can have."""
    if old.origin is not None and old.origin == new.origin:
        return VersionChange(VersionKind.TECHNICAL, summary_of(VersionKind.TECHNICAL))
    return compare(old.sha256, new.sha256)


def _outage(bad: list[Recorded], back: Recorded | None) -> Outage:
    first, last = bad[0], bad[-1]
    until = back.at if back else None
    return Outage(first.at, until, (until or last.at) - first.at, 1, last)
