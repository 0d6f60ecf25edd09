"""Signals from the entries of a ledger: the same as were raised when the requests came.

Owns which entries count: decisions of an account on what was let in. A request that a sanction kept
out counts for nothing, nor does one of somebody in need, which has no account.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from usepolicy.enforcement.account_signals import Asked, Watch, hour_of, signals
from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import Decided, SignalKind, Signalled
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.standing import is_account_erasure


@dataclass(frozen=True, slots=True)
class Raised:
    """A signal, and the decision with which it was raised."""

    account: AccountLink
    decision: EntryId
    at: datetime
    surface: Surface
    signal: Signalled
    recorded: EntryId | None = None
    """The entry of the ledger that tells it; None where none does."""


@dataclass(slots=True)
class Remembered:
    """What an account asked, in memory, the oldest first; the same as a database tells."""

    times: list[datetime] = field(default_factory=list)
    by_likeness: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    by_hour: dict[datetime, int] = field(default_factory=lambda: defaultdict(int))
    last: dict[SignalKind, datetime] = field(default_factory=dict)

    def add(self, asked: Asked) -> None:
        """Remember a request that was let in."""
        self.times.append(asked.at)
        self.by_hour[hour_of(asked.at)] += 1
        if asked.likeness is not None:
            self.by_likeness[asked.likeness].append(asked.at)

    def nth(self, n: int, likeness: str | None = None) -> datetime | None:
        """Return when the n-th last request was."""
        times = self._times(likeness)
        return times[-n] if len(times) >= n else None

    def count(self, since: datetime, likeness: str | None = None) -> int:
        """Return how many requests were after a time."""
        times = self._times(likeness)
        return len(times) - bisect_right(times, since)

    def hours(self, since: datetime, before: datetime) -> Sequence[int]:
        """Return the numbers of requests of the active hours between two full hours."""
        return [number for hour, number in self.by_hour.items() if since <= hour < before]

    def raised(self, kind: SignalKind) -> datetime | None:
        """Return when a signal was raised last."""
        return self.last.get(kind)

    def _times(self, likeness: str | None) -> list[datetime]:
        return self.times if likeness is None else self.by_likeness.get(likeness, [])


def asked_of(entry: Entry | Draft) -> Asked | None:
    """Return the request that an entry tells was let in; None where it tells of none."""
    body = entry.body
    if not isinstance(body, Decided) or entry.account is None or body.refusal is not None:
        return None
    if body.channel is Channel.OUTPUT:
        return None
    return Asked(entry.at, body.likeness)


def replayed(entries: Iterable[Entry], watch: Watch) -> tuple[Raised, ...]:
    """Return the signals that the requests of a ledger raise, with the entries that tell them.

    Accounts that were erased have none: what is left of them is of nobody.
    """
    accounts: dict[AccountLink, Remembered] = defaultdict(Remembered)
    raised: dict[AccountLink, list[Raised]] = defaultdict(list)
    recorded: dict[tuple[AccountLink, SignalKind, datetime], EntryId] = {}
    for entry in entries:
        if entry.account is None:
            continue
        if is_account_erasure(entry):
            accounts.pop(entry.account, None)
            raised.pop(entry.account, None)
        elif isinstance(entry.body, Signalled) and entry.body.until is not None:
            recorded[entry.account, entry.body.signal, entry.body.until] = entry.id
        raised[entry.account] += _raised(entry, accounts[entry.account], watch)
    found = (each for those in raised.values() for each in those)
    told = (_with_entry(each, recorded) for each in found)
    return tuple(sorted(told, key=lambda each: (each.at, each.decision)))


def _raised(entry: Entry, past: Remembered, watch: Watch) -> Iterator[Raised]:
    asked = asked_of(entry)
    if asked is None or entry.account is None or not isinstance(entry.body, Decided):
        return
    for signal in signals(asked, past, watch):
        past.last[signal.signal] = asked.at
        yield Raised(entry.account, entry.id, asked.at, entry.body.surface, signal)
    past.add(asked)


def _with_entry(
    each: Raised, recorded: dict[tuple[AccountLink, SignalKind, datetime], EntryId]
) -> Raised:
    entry = recorded.get((each.account, each.signal.signal, each.at))
    return replace(each, recorded=entry)
