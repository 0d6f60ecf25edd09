"""What accounts asked and when, kept beside the entries so that counting stays fast.

Owns the tables `activity`, `active_hours` and `latest`, which are made from the entries alone and can
be made again from them, and the questions that signals, rates and grants ask of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, text

from usepolicy.enforcement.ledger import AccountLink, EntryId, moment, stamp
from usepolicy.enforcement.ledger_bodies import Decided, GrantApplied, SignalKind, Signalled
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.signal_replay import asked_of
from usepolicy.enforcement.standing import is_account_erasure
from usepolicy.store.ledger_tables import active_hours, activity, latest

ADD_HOURS = text(
    "INSERT INTO active_hours (account, hour, requests) VALUES (:account, :hour, :requests) "
    "ON CONFLICT (account, hour) DO UPDATE "
    "SET requests = active_hours.requests + excluded.requests"
)
SET_LATEST = text(
    "INSERT INTO latest (account, what, at) VALUES (:account, :what, :at) "
    "ON CONFLICT (account, what) DO UPDATE "
    "SET at = CASE WHEN excluded.at > latest.at THEN excluded.at ELSE latest.at END"
)
SIGNAL, REFUSED, GRANT = "signal", "refused", "grant"
LIKENESS = 24
"""Letters of a likeness that are kept here: 96 bits tell it apart."""


@dataclass(slots=True)
class _Rows:
    """What some entries add."""

    asked: list[dict[str, object]] = field(default_factory=list)
    hours: Counter[tuple[str, str]] = field(default_factory=Counter)
    latest: dict[tuple[str, str], str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def take(self, entry: Entry) -> None:
        """Add what an entry tells."""
        if entry.account is None:
            return
        if is_account_erasure(entry):
            self._forget(entry.account)
        asked = asked_of(entry)
        if asked is not None:
            at, likeness = stamp(asked.at), asked.likeness
            row = {"account": entry.account, "at": at, "sequence": entry.sequence}
            self.asked.append({**row, "likeness": likeness and likeness[:LIKENESS]})
            self.hours[entry.account, at[:13]] += 1
        told = _told(entry)
        if told is not None:
            key = entry.account, told[0]
            self.latest[key] = max(stamp(told[1]), self.latest.get(key, ""))

    def _forget(self, account: str) -> None:
        self.gone.add(account)
        self.asked = [row for row in self.asked if row["account"] != account]
        self.hours = Counter({k: n for k, n in self.hours.items() if k[0] != account})
        self.latest = {k: at for k, at in self.latest.items() if k[0] != account}


@dataclass(frozen=True, slots=True)
class Kept:
    """What an account asked before, inside a transaction: the `Past` of signals and rates."""

    connection: Connection
    account: AccountLink

    def nth(self, n: int, likeness: str | None = None) -> datetime | None:
        """Return when the n-th last request was."""
        query = select(activity.c.at).where(*self._mine(likeness))
        newest = query.order_by(activity.c.at.desc()).limit(1).offset(n - 1)
        at = self.connection.execute(newest).scalar()
        return None if at is None else moment(at)

    def count(self, since: datetime, likeness: str | None = None) -> int:
        """Return how many requests were after a time."""
        mine = (*self._mine(likeness), activity.c.at > stamp(since))
        query = select(func.count()).select_from(activity).where(*mine)
        return int(self.connection.execute(query).scalar_one())

    def hours(self, since: datetime, before: datetime) -> Sequence[int]:
        """Return the numbers of requests of the active hours between two full hours."""
        hour = active_hours.c.hour
        between = (hour >= stamp(since)[:13], hour < stamp(before)[:13])
        mine = active_hours.c.account == self.account
        query = select(active_hours.c.requests).where(mine, *between)
        return [int(row.requests) for row in self.connection.execute(query)]

    def raised(self, kind: SignalKind) -> datetime | None:
        """Return when a signal was raised last."""
        return self._latest(f"{SIGNAL} {kind.value}")

    def was_refused(self, sanction: EntryId) -> bool:
        """Tell whether a request was kept out for a sanction before."""
        return self._latest(f"{REFUSED} {sanction}") is not None

    def grants(self) -> tuple[EntryId, ...]:
        """Return the grants that were ever asked for, the oldest first."""
        mine = (latest.c.account == self.account, latest.c.what.startswith(f"{GRANT} "))
        rows = self.connection.execute(select(latest.c.what).where(*mine).order_by(latest.c.at))
        return tuple(EntryId(row.what.removeprefix(f"{GRANT} ")) for row in rows)

    def _latest(self, what: str) -> datetime | None:
        mine = (latest.c.account == self.account, latest.c.what == what)
        at = self.connection.execute(select(latest.c.at).where(*mine)).scalar()
        return None if at is None else moment(at)

    def _mine(self, likeness: str | None) -> tuple[ColumnElement[bool], ...]:
        mine: tuple[ColumnElement[bool], ...] = (activity.c.account == self.account,)
        return mine if likeness is None else (*mine, activity.c.likeness == likeness[:LIKENESS])


def insert_activity(at: Connection, written: Iterable[Entry]) -> None:
    """Keep what entries tell of what accounts asked."""
    rows = _Rows()
    for entry in written:
        rows.take(entry)
    for account in sorted(rows.gone):
        for table in (activity, active_hours, latest):
            at.execute(delete(table).where(table.c.account == account))
    if rows.asked:
        at.execute(activity.insert(), rows.asked)
        hours = rows.hours.items()
        at.execute(ADD_HOURS, [{"account": a, "hour": h, "requests": n} for (a, h), n in hours])
    if rows.latest:
        told = rows.latest.items()
        at.execute(SET_LATEST, [{"account": a, "what": w, "at": t} for (a, w), t in told])


def clear_activity(at: Connection) -> None:
    """Forget all of it, before it is made anew."""
    for table in (activity, active_hours, latest):
        at.execute(delete(table))


def forget_activity(at: Connection, *, requests_before: datetime, hours_before: datetime) -> None:
    """Forget what is too old for any window."""
    at.execute(delete(activity).where(activity.c.at < stamp(requests_before)))
    at.execute(delete(active_hours).where(active_hours.c.hour < stamp(hours_before)[:13]))


def _told(entry: Entry) -> tuple[str, datetime] | None:
    """Return of what an entry is the newest, and when that was."""
    body = entry.body
    if isinstance(body, Signalled):
        return f"{SIGNAL} {body.signal.value}", body.until or entry.at
    if isinstance(body, Decided) and body.refusal is not None:
        return f"{REFUSED} {body.refusal.sanction}", entry.at
    if isinstance(body, GrantApplied):
        return f"{GRANT} {entry.id}", entry.at
    return None
