"""The outbox: which entries are sent where, which were, and when the others are tried again.

Owns that an entry is in a queue once, and is claimed by one sender before it is sent: two senders
at once send nothing twice, and what a sender that was killed had claimed is tried again later. It
lies beside the chain, as it changes; how a sending ended is an entry of the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from usepolicy.enforcement.ledger import AccountLink, EntryId, moment, stamp
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.standing import is_account_erasure
from usepolicy.store.ledger import UNUSABLE, Ledger, View, Wanted
from usepolicy.store.ledger_engine import reading, writing
from usepolicy.store.ledger_tables import outbox, outbox_filled

LEASE = timedelta(minutes=10)
"""For how long one sender has what it claimed; an attempt takes a minute at most."""
AT_ONCE = 20_000
"""Entries that are looked through in one transaction, so that writers need not wait long."""
HOOK = "hook"
"""Queue of what the law wants reported: it outlives erasures, and no term drops what waits in it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that is to be sent."""

    id: EntryId
    account: AccountLink | None
    attempts: int
    """So far."""
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended."""

    at: datetime
    is_done: bool
    next_at: datetime | None = None
    """When it is tried again; None where it is done, or given up."""


class Outbox:
    """One queue of a ledger; several processes may use it."""

    def __init__(self, ledger: Ledger, queue: str) -> None:
        self._ledger = ledger
        self._queue = queue
        self._mine = outbox.c.queue == queue

    def fill(self, kinds: Sequence[str], wants: Callable[[Entry], bool]) -> None:
        """Take in the entries that came since the last time; what is not wanted then never is."""
        head = self._ledger.head().sequence
        while self._fill_some(kinds, wants) < head:
            pass

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what is to be sent, now or later, the oldest first."""
        waits = select(outbox).where(self._mine, outbox.c.next_at.is_not(None))
        with self._reading() as at:
            return tuple(map(_waiting, at.execute(waits.order_by(outbox.c.sequence))))

    def given_up(self) -> int:
        """Return how many are not tried again by themselves."""
        with self._reading() as at:
            query = select(func.count()).select_from(outbox).where(self._mine, *_GIVEN_UP)
            return int(at.execute(query).scalar_one())

    def again(self, now: datetime) -> None:
        """Have what was given up tried again from the first wait on."""
        with self._writing() as at:
            anew = {"next_at": stamp(now), "attempts": 0}
            at.execute(update(outbox).where(self._mine, *_GIVEN_UP).values(anew))

    def claim(self, waiting: Waiting, now: datetime) -> bool:
        """Take something that is due for one attempt; False where another sender was faster."""
        due = outbox.c.next_at == stamp(waiting.next_at), outbox.c.next_at <= stamp(now)
        taken = {"attempts": waiting.attempts + 1, "next_at": stamp(now + LEASE)}
        with self._writing() as at:
            mine = self._mine, outbox.c.id == waiting.id, *due
            return bool(at.execute(update(outbox).where(*mine).values(taken)).rowcount == 1)

    def release(self, waiting: Waiting) -> None:
        """Put back what was claimed and not tried."""
        before = {"attempts": waiting.attempts, "next_at": stamp(waiting.next_at)}
        with self._writing() as at:
            mine = self._mine, outbox.c.id == waiting.id
            at.execute(update(outbox).where(*mine).values(before))

    def note(self, waiting: Waiting, ended: Attempt, told: Draft | None) -> None:
        """Write down how an attempt ended, and with it the entry that tells of it."""
        values = {
            "next_at": stamp(ended.next_at) if ended.next_at else None,
            "done_at": stamp(ended.at) if ended.is_done else None,
        }

        def make(view: View) -> list[Draft]:
            mine = self._mine, outbox.c.id == waiting.id
            view.connection.execute(update(outbox).where(*mine).values(values))
            return [told] if told and not _is_erased(view, told.account) else []

        self._ledger.append_from(make)

    def _fill_some(self, kinds: Sequence[str], wants: Callable[[Entry], bool]) -> int:
        with self._writing() as at:
            mine = outbox_filled.c.queue == self._queue
            done = at.execute(select(outbox_filled.c.sequence).where(mine)).scalar()
            first = (done or 0) + 1
            last = min(View(at).head().sequence, first + AT_ONCE - 1)
            found = View(at).entries(Wanted(kinds=tuple(kinds), first=first, last=last))
            rows = [self._row(entry) for entry in found if wants(entry)]
            if rows:
                at.execute(insert(outbox), rows)
            if done is None:
                at.execute(insert(outbox_filled).values(queue=self._queue, sequence=last))
            else:
                at.execute(update(outbox_filled).where(mine).values(sequence=last))
        return last

    def _row(self, entry: Entry) -> dict[str, object]:
        at = stamp(entry.at)
        return {
            "queue": self._queue,
            "id": entry.id,
            "sequence": entry.sequence,
            "account": entry.account,
            "at": at,
            "attempts": 0,
            "next_at": at,
        }

    def _reading(self) -> Any:
        return reading(self._ledger.engine, self._ledger.place, code=UNUSABLE)

    def _writing(self) -> Any:
        return writing(self._ledger.engine, self._ledger.place, code=UNUSABLE)


def forget_account(at: Connection, account: AccountLink) -> None:
    """Forget what was sent, and is to be sent, to an account that is erased."""
    mine = outbox.c.account == account, outbox.c.queue != HOOK
    at.execute(delete(outbox).where(*mine))


def forget_old(ledger: Ledger, before: datetime) -> int:
    """Forget sendings of entries that are older; return how many. What waits in `HOOK` stays."""
    old = outbox.c.at < stamp(before)
    over = (outbox.c.queue != HOOK) | outbox.c.done_at.is_not(None)
    with writing(ledger.engine, ledger.place, code=UNUSABLE) as at:
        return at.execute(delete(outbox).where(old, over)).rowcount


_GIVEN_UP = (outbox.c.next_at.is_(None), outbox.c.done_at.is_(None))


def _is_erased(view: View, account: AccountLink | None) -> bool:
    if account is None:
        return False
    return any(map(is_account_erasure, view.entries(Wanted(account=account, kinds=("erasure",)))))


def _waiting(row: Any) -> Waiting:
    account = None if row.account is None else AccountLink(row.account)
    return Waiting(EntryId(row.id), account, row.attempts, moment(row.next_at))
