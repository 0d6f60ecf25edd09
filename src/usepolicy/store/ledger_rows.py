"""Rows of the ledger's tables, from records and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, and_, delete, or_, select

from usepolicy.enforcement.ledger import (
    AccountLink,
    Actor,
    ActorKind,
    EntryId,
    Head,
    Record,
    stamp,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.standing import Mark, MarkKind, is_account_erasure, mark_of
from usepolicy.store.ledger_activity import clear_activity, insert_activity
from usepolicy.store.ledger_tables import entries, marked, marks

BATCH = 2_000
"""Rows that are read at once."""
MARK_FORM = 2
"""Raised when entries give other marks or other activity; they are made anew then."""
_MARK: TypeAdapter[Mark] = TypeAdapter(Mark)
_ACTORS = {kind.value: kind for kind in ActorKind}


def insert_records(at: Connection, records: Iterable[Record]) -> None:
    """Put records behind the others, in their order."""
    at.execute(entries.insert(), [_row(record) for record in records])


def head_at(at: Connection) -> Head:
    """Return where the chain ends."""
    columns = select(entries.c.sequence, entries.c.hash, entries.c.at)
    row = at.execute(columns.order_by(entries.c.sequence.desc()).limit(1)).first()
    return Head() if row is None else Head(row.sequence, bytes(row.hash).hex(), row.at)


def record_from(row: Row[Any]) -> Record:
    """Return the record of a row."""
    sequence, previous, id, at, actor_kind, actor_id, kind, account, case, body, hash = tuple(row)
    actor = Actor(_ACTORS.get(actor_kind, actor_kind), actor_id)
    return Record(
        sequence,
        bytes(previous).hex(),
        EntryId(id),
        at,
        actor,
        kind,
        None if account is None else AccountLink(account),
        None if case is None else EntryId(case),
        body,
        bytes(hash).hex(),
    )


def stream(at: Connection, query: Select[Any], *, after: int, until: int) -> Iterator[Record]:
    """Yield the records of a query over `entries` by sequence, a batch at a time.

    Args: after, until: sequences; the records lie between them, `until` among them.
    """
    while after < until:
        between = query.where(entries.c.sequence > after, entries.c.sequence <= until)
        rows = at.execute(between.order_by(entries.c.sequence).limit(BATCH)).all()
        yield from map(record_from, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1].sequence


def insert_marks(at: Connection, written: Sequence[Entry], *, upto: int) -> None:
    """Keep what entries mean for standings, and up to where that was done."""
    rows = [row for entry in written if (row := _mark_row(entry)) is not None]
    if rows:
        at.execute(marks.insert(), rows)
    for entry in written:
        if is_account_erasure(entry):
            gone = and_(marks.c.account == entry.account, marks.c.sequence < entry.sequence)
            at.execute(delete(marks).where(gone))
    insert_activity(at, written)
    at.execute(marked.update().values(form=MARK_FORM, sequence=upto))


def clear_marks(at: Connection) -> None:
    """Forget what entries mean, before it is made anew."""
    at.execute(delete(marks))
    clear_activity(at)
    at.execute(marked.update().values(sequence=0))


def marks_of(at: Connection, account: AccountLink, *, since: str, now: str) -> Iterator[Mark]:
    """Yield the marks of an account that can bear on its standing at a time."""
    weighs = or_(
        marks.c.kind.in_([MarkKind.LABEL.value, MarkKind.REVERSAL.value]),
        and_(marks.c.kind == MarkKind.CASE.value, marks.c.at > since),
        and_(
            marks.c.kind == MarkKind.SANCTION.value,
            or_(marks.c.until.is_(None), marks.c.until > now),
        ),
    )
    query = select(marks.c.mark).where(marks.c.account == account, marks.c.at <= now, weighs)
    for row in at.execute(query.order_by(marks.c.sequence)):
        yield _MARK.validate_json(row.mark)


def _row(record: Record) -> dict[str, object]:
    return {
        "sequence": record.sequence,
        "previous": bytes.fromhex(record.previous),
        "id": record.id,
        "at": record.at,
        "actor_kind": str(record.actor.kind),
        "actor_id": record.actor.id,
        "kind": record.kind,
        "account": record.account,
        "case_id": record.case,
        "body": record.body,
        "hash": bytes.fromhex(record.hash),
    }


def _mark_row(entry: Entry) -> dict[str, object] | None:
    mark = mark_of(entry)
    if mark is None:
        return None
    return {
        "account": entry.account,
        "sequence": entry.sequence,
        "at": stamp(entry.at),
        "kind": mark.kind.value,
        "until": None if mark.until is None else stamp(mark.until),
        "mark": _MARK.dump_json(mark, exclude_defaults=True).decode(),
    }
