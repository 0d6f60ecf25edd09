"""The ledger in a database: appending, reading, and the standing of accounts.

Owns what is one transaction. What is acknowledged, by returning, is on the disk; what is appended
together is there together or not at all. Nothing is ever changed or removed: triggers of the
database refuse it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select

from usepolicy.enforcement.grants import Grant, grants_in
from usepolicy.enforcement.ladder import Ladder
from usepolicy.enforcement.ledger import (
    AccountLink,
    EntryId,
    Head,
    Record,
    Unchained,
    chained,
    head_of,
    moment,
    stamp,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry, entry_of, unchained
from usepolicy.enforcement.ledger_excerpts import Excerpt
from usepolicy.enforcement.standing import Standing, standing_of
from usepolicy.errors import LedgerError, StoreError
from usepolicy.store import migrate
from usepolicy.store.ledger_activity import Kept
from usepolicy.store.ledger_engine import (
    is_postgresql,
    open_engine,
    reading,
    shown_place,
    writing,
)
from usepolicy.store.ledger_rows import (
    BATCH,
    MARK_FORM,
    clear_marks,
    head_at,
    insert_marks,
    insert_records,
    marks_of,
    record_from,
    stream,
)
from usepolicy.store.ledger_tables import FOLDER, HEAD, entries, excerpts, marked
from usepolicy.store.sqlite import data_file

UNUSABLE = "ledger-unusable"
VERSION_TABLE = "ledger_version"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are read."""

    account: AccountLink | None = None
    kinds: tuple[str, ...] = ()
    """All kinds where it is empty."""
    since: datetime | None = None
    before: datetime | None = None
    first: int = 1
    """Sequence of the first."""
    last: int | None = None
    """Sequence of the last; None for the newest there is."""


@dataclass(frozen=True, slots=True)
class View:
    """A ledger at one moment, inside a transaction."""

    connection: Connection

    def head(self) -> Head:
        """Return where the chain ends."""
        return head_at(self.connection)

    def entry(self, id: EntryId) -> Entry | None:
        """Return an entry; None where there is none of that id."""
        row = self.connection.execute(select(entries).where(entries.c.id == id)).first()
        return None if row is None else entry_of(record_from(row))

    def case(self, id: EntryId) -> tuple[Entry, ...]:
        """Return the entries of a case in their order."""
        query = select(entries).where(entries.c.case_id == id).order_by(entries.c.sequence)
        return tuple(entry_of(record_from(row)) for row in self.connection.execute(query))

    def records(self, wanted: Wanted) -> Iterator[Record]:
        """Yield the records that are wanted, in their order, a batch in memory at a time."""
        query, columns = select(entries), entries.c
        if wanted.account is not None:
            query = query.where(columns.account == wanted.account)
        if wanted.kinds:
            query = query.where(columns.kind.in_(wanted.kinds))
        if wanted.since is not None:
            query = query.where(columns.at >= stamp(wanted.since))
        if wanted.before is not None:
            query = query.where(columns.at < stamp(wanted.before))
        until = self.head().sequence if wanted.last is None else wanted.last
        return stream(self.connection, query, after=wanted.first - 1, until=until)

    def entries(self, wanted: Wanted) -> Iterator[Entry]:
        """Yield the entries that are wanted, in their order."""
        return map(entry_of, self.records(wanted))

    def standing(self, account: AccountLink, ladder: Ladder, at: datetime) -> Standing:
        """Return the standing of an account at a time, past or present."""
        since = stamp(at - timedelta(seconds=ladder.look_back))
        return standing_of(
            marks_of(self.connection, account, since=since, now=stamp(at)), ladder, at
        )

    def past(self, account: AccountLink) -> Kept:
        """Return what an account asked before, for signals and rates."""
        return Kept(self.connection, account)

    def grants(self, account: AccountLink) -> tuple[Grant, ...]:
        """Return the grants that were ever asked for by an account, however they stand."""
        cases = (self.case(id) for id in self.past(account).grants())
        return grants_in(entry for case in cases for entry in case)


class Ledger:
    """An open ledger; several threads and processes may use it."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place

    @classmethod
    def open(cls, place: str, *, create: bool = True) -> Ledger:
        """Open the ledger at a path or at an address `postgresql://...`, in its newest form.

        Raises: StoreError: `no-ledger`, `ledger-unusable`, `ledger-too-new`, `no-postgresql`.
        """
        if not create and not is_postgresql(place) and not Path(place).exists():
            raise _no_ledger(place)
        ledger = cls(open_engine(place, code=UNUSABLE), place)
        if ledger.form() is None and not create:
            ledger.close()
            raise _no_ledger(place)
        ledger.migrate()
        return ledger

    def append(self, draft: Draft, *, excerpt: Excerpt | None = None) -> Entry:
        """Append one entry; see `append_many`."""
        return self.append_many([draft], excerpts=[excerpt] if excerpt else [])[0]

    def append_many(
        self, drafts: Sequence[Draft], *, excerpts: Sequence[Excerpt] = ()
    ) -> tuple[Entry, ...]:
        """Append entries in one transaction: all are there or none, side by side in the chain.

        Raises: LedgerError: a draft has no form that a ledger keeps, or `id-taken`.
                StoreError: `ledger-unusable`.
        """
        forms = [unchained(draft) for draft in drafts]  # what fails, fails before the lock
        with writing(self.engine, self.place, code=UNUSABLE) as at:
            return self._append(at, drafts, forms, excerpts)

    def append_from(
        self, make: Callable[[View], Sequence[Draft]], *, excerpts: Sequence[Excerpt] = ()
    ) -> tuple[Entry, ...]:
        """Append what follows from what is there: nobody else appends in between.

        Raises: as `append_many`, and what `make` raises; nothing is appended then.
        """
        with writing(self.engine, self.place, code=UNUSABLE) as at:
            drafts = make(View(at))
            return self._append(at, drafts, [unchained(draft) for draft in drafts], excerpts)

    def head(self) -> Head:
        """Return where the chain ends."""
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            return head_at(at)

    def entry(self, id: EntryId) -> Entry | None:
        """Return an entry; None where there is none of that id."""
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            return View(at).entry(id)

    def case(self, id: EntryId) -> tuple[Entry, ...]:
        """Return the entries of a case in their order."""
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            return View(at).case(id)

    def records(self, wanted: Wanted | None = None) -> Iterator[Record]:
        """Yield records in their order, up to what was the newest at the start."""
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            yield from View(at).records(wanted or Wanted())

    def entries(self, wanted: Wanted | None = None) -> Iterator[Entry]:
        """Yield entries in their order, up to what was the newest at the start."""
        return map(entry_of, self.records(wanted))

    def hashes(self, count: int) -> list[bytes]:
        """Return the hashes of the first entries, the leaves of the Merkle tree."""
        query = select(entries.c.hash).where(entries.c.sequence <= count)
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            return [bytes(row.hash) for row in at.execute(query.order_by(entries.c.sequence))]

    def standing(self, account: AccountLink, ladder: Ladder, at: datetime) -> Standing:
        """Return the standing of an account at a time, past or present."""
        with reading(self.engine, self.place, code=UNUSABLE) as connection:
            return View(connection).standing(account, ladder, at)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Give the ledger as it is, to ask more than one question of it."""
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            yield View(at)

    def rebuild(self) -> int:
        """Make what standings are computed from anew from the entries; return how many they are."""
        with writing(self.engine, self.place, code=UNUSABLE) as at:
            clear_marks(at)
            return _catch_up(at)

    def form(self) -> str | None:
        """Return the newest migration that the database has; None where there is no ledger."""
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            return _form_at(at)

    def migrate(self, *, to: str = HEAD) -> None:
        """Bring the database to a form, forwards or backwards; entries stay as they are.

        Raises: StoreError: `ledger-too-new`, `ledger-has-entries`: `base` would drop them.
        """
        with writing(self.engine, self.place, code=UNUSABLE) as at:
            now = _form_at(at)
            if now is not None and now > HEAD:
                raise _too_new(now, self.place)
            if now is not None and (to == "base" or to < now):
                _downgrade(at, to, self.place)
            elif now != to:
                migrate.upgrade(at, FOLDER, to=to)
            if to == HEAD:
                _catch_up(at)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _append(
        self,
        at: Connection,
        drafts: Sequence[Draft],
        forms: Sequence[Unchained],
        kept: Sequence[Excerpt],
    ) -> tuple[Entry, ...]:
        if not drafts:
            return ()
        head, records = head_at(at), []
        for form in forms:
            records.append(chained(form, head))
            head = head_of(records[-1])
        _refuse_taken(at, [record.id for record in records])
        insert_records(at, records)
        written = tuple(map(_written, drafts, records))
        insert_marks(at, written, upto=head.sequence)
        if kept:
            at.execute(excerpts.insert(), [each.row() for each in kept])
        return written


def default_place() -> str:
    """Return where the ledger is: `$USEPOLICY_LEDGER`, else in the user's data folder."""
    import os

    named = os.environ.get("USEPOLICY_LEDGER", "")
    if is_postgresql(named):
        return named
    return str(data_file("USEPOLICY_LEDGER", "ledger.sqlite"))


def _form_at(at: Connection) -> str | None:
    if not inspect(at).has_table(VERSION_TABLE):
        return None
    version = at.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608
    return None if version is None else str(version)


def new_id(kind: str) -> EntryId:
    """Return an id for an entry that no other has and nobody guesses.

    It begins with the time, so that new ones lie side by side in the index.
    """
    return EntryId(f"{kind}-{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}")


def _written(draft: Draft, record: Record) -> Entry:
    return Entry(
        record.sequence,
        draft.id,
        moment(record.at),
        draft.actor,
        draft.body,
        draft.account,
        draft.case,
        record.hash,
    )


def _refuse_taken(at: Connection, ids: Sequence[EntryId]) -> None:
    twice = len(set(ids)) < len(ids)
    for start in range(0, len(ids), BATCH):
        some = entries.c.id.in_(ids[start : start + BATCH])
        twice = twice or at.execute(select(entries.c.id).where(some)).first() is not None
    if twice:
        raise LedgerError("id-taken", "an entry has the id of another")


def _catch_up(at: Connection) -> int:
    """Mark the entries that have no marks yet; return how many there were."""
    row = at.execute(select(marked)).one()
    done: int = row.sequence if row.form == MARK_FORM else 0
    if row.form != MARK_FORM:
        clear_marks(at)
    head, count = head_at(at), 0
    while done + count < head.sequence:
        first = done + count
        records = stream(at, select(entries), after=first, until=min(first + BATCH, head.sequence))
        some = tuple(map(entry_of, records))
        insert_marks(at, some, upto=first + len(some))
        count += len(some)
    return count


def _downgrade(at: Connection, to: str, place: str) -> None:
    if to == "base" and head_at(at).sequence:
        message = "the ledger has entries, which no migration drops"
        help = "export it, and remove the database by hand"
        raise StoreError("ledger-has-entries", message, place=shown_place(place), help=help)
    migrate.downgrade(at, FOLDER, to=to)


def _no_ledger(place: str) -> StoreError:
    help = "it is made by the first decision that is kept"
    return StoreError("no-ledger", "there is no ledger", place=shown_place(place), help=help)


def _too_new(form: str, place: str) -> StoreError:
    message = f"the ledger was made by a newer usepolicy (migration {form})"
    help = "upgrade: pip install --upgrade usepolicy"
    return StoreError("ledger-too-new", message, place=shown_place(place), help=help)
