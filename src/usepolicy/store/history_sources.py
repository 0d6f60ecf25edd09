"""Sources in the history: what is watched, how far a run got, which page a server showed last.

Owns the keeping of one document of a run: its snapshots, its record and the state of its pages are
one transaction, so that a run that was killed has either all of them or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from usepolicy.errors import StoreError
from usepolicy.reading.fetch import Known
from usepolicy.store.history import (
    History,
    Source,
    Taken,
    document_ids,
    keep_record,
    keep_snapshot,
    recorded,
)
from usepolicy.store.history_tables import (
    captures,
    changes,
    documents,
    findings,
    pages,
    records,
    runs,
    snapshots,
    sources,
)

GOES_ON = timedelta(days=1)
"""How old a run that did not end may be to go on; pages that it saw may have changed since."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a server showed last at an address that it showed well."""

    address: str
    known: Known
    sha256: str
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """A page as it came now."""

    address: str
    data: bytes
    known: Known
    media_type: str | None = None
    good: bool = True
    """Whether the server showed the page, and not an error."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that a person must know about how a source is read."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run that began."""

    id: int
    started_at: datetime
    resumed: bool = False


def add_source(history: History, source: Source) -> Source:
    """Keep a source, or what was said of it anew, and return it as kept; its id is not looked at."""
    said = {
        name: value
        for name, value in (
            ("developer", source.developer),
            ("service", source.service),
            ("title", source.title),
        )
        if value is not None
    }
    kept = history.source(source.kind, source.location)
    if said:
        with history.writing() as connection:
            connection.execute(update(sources).where(sources.c.id == kept.id).values(**said))
    return history.source(source.kind, source.location)


def remove_source(history: History, source: Source) -> int:
    """Forget a source and what was recorded of it; return how many records went."""
    with history.writing() as connection:
        return _forget(connection, source.id)


def _forget(connection: Connection, id: int) -> int:
    mine = select(documents.c.id).where(documents.c.source_id == id)
    connection.execute(delete(captures).where(captures.c.document_id.in_(mine)))
    gone = connection.execute(delete(records).where(records.c.document_id.in_(mine))).rowcount
    for table in (pages, findings, documents):
        connection.execute(delete(table).where(table.c.source_id == id))
    connection.execute(delete(sources).where(sources.c.id == id))
    for column in (changes.c.old_sha256, changes.c.new_sha256):
        used = select(records.c.sha256)
        connection.execute(delete(changes).where(column.not_in(used)))
    held = (select(t.c.sha256) for t in (records, captures, pages))
    connection.execute(
        delete(snapshots).where(*(snapshots.c.sha256.not_in(query) for query in held))
    )
    return gone


def begin_run(history: History, at: datetime) -> Run:
    """Begin a run, or go on with the last one if it did not end."""
    query = select(runs).order_by(runs.c.id.desc()).limit(1)
    with history.writing() as connection:
        last = connection.execute(query).first()
        if last is not None and last.ended_at is None and at - _since(last) < GOES_ON:
            return Run(last.id, datetime.fromisoformat(last.started_at), resumed=True)
        new = insert(runs).values(started_at=at.isoformat()).returning(runs.c.id)
        return Run(connection.execute(new).scalar_one(), at)


def _since(run: Row[Any]) -> datetime:
    return datetime.fromisoformat(run.started_at)


@contextmanager
def one_run(history: History) -> Iterator[None]:
    """Hold the history for one run; the system lets go of it when the program ends, however it does.

    Raises: StoreError: `run-busy`, `history-unwritable`.
    """
    import fcntl

    place = str(history.path)
    try:
        lock = history.path.with_name(history.path.name + ".run").open("ab")
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        raise StoreError("history-unwritable", reason, place=place) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError("run-busy", "another run goes on", place=place) from error
        yield


def end_run(history: History, run: Run, at: datetime) -> None:
    """Note that a run is through."""
    with history.writing() as connection:
        mine = runs.c.id == run.id
        connection.execute(update(runs).where(mine).values(ended_at=at.isoformat()))


def through(history: History, source: Source, run: Run, *, at: datetime, error: str | None) -> None:
    """Note that a run is through with a source, and what failed."""
    with history.writing() as connection:
        state = {"ran_at": at.isoformat(timespec="seconds"), "error": error, "run_id": run.id}
        connection.execute(update(sources).where(sources.c.id == source.id).values(**state))


def page_of(history: History, source: Source, address: str) -> Page | None:
    """Return what a server showed last at an address of a source."""
    query = select(pages).where(pages.c.source_id == source.id, pages.c.address == address)
    with history.writing() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return Page(row.address, Known(row.etag, row.last_modified), row.sha256, row.media_type)


def keep_capture(
    history: History, source: Source, taken: Taken, captured: Sequence[Captured]
) -> bool:
    """Keep a document as it came now, with its pages; return whether it differs from the last.

    What is the same as the last record of the document is no new record.
    """
    with history.writing() as connection:
        id = document_ids(connection, source.id, [taken])[taken.path]
        for page in captured:
            _keep_page(connection, source.id, page)
        if _is_same(connection, id, taken):
            return False
        keep_record(connection, id, taken)
        for part, page in enumerate(captured):
            sha256 = keep_snapshot(connection, page.data)
            row = {"document_id": id, "revision": taken.revision, "part": part}
            row |= {"address": page.address, "sha256": sha256}
            connection.execute(insert(captures).values(row).on_conflict_do_nothing())
    return True


def _keep_page(connection: Connection, source_id: int, page: Captured) -> None:
    if not page.good:
        return
    state = {
        "etag": page.known.etag,
        "last_modified": page.known.last_modified,
        "media_type": page.media_type,
        "sha256": keep_snapshot(connection, page.data),
    }
    new = insert(pages).values(source_id=source_id, address=page.address, **state)
    where = ["source_id", "address"]
    connection.execute(new.on_conflict_do_update(index_elements=where, set_=state))


def _is_same(connection: Connection, document_id: int, taken: Taken) -> bool:
    query = select(records).where(records.c.document_id == document_id)
    last = connection.execute(query.order_by(records.c.at.desc(), records.c.id.desc())).first()
    if last is None:
        return False
    before = recorded(last)
    if taken.unavailable and before.unavailable:
        return True  # error pages have times and numbers in them: one is enough
    return before.sha256 == keep_snapshot(connection, taken.data) and (
        before.unavailable is taken.unavailable
    )


def note_findings(history: History, source: Source, found: Iterable[Noted]) -> None:
    """Keep what was found about a source, in the place of what was found before."""
    rows = [
        {"source_id": source.id, "number": number, "code": each.code, "message": each.message}
        for number, each in enumerate(found)
    ]
    with history.writing() as connection:
        connection.execute(delete(findings).where(findings.c.source_id == source.id))
        if rows:
            connection.execute(insert(findings), rows)


def findings_of(history: History) -> dict[int, list[Noted]]:
    """Return what was found about each source, by its id."""
    found: dict[int, list[Noted]] = {}
    with history.writing() as connection:
        order = (findings.c.source_id, findings.c.number)
        for row in connection.execute(select(findings).order_by(*order)):
            found.setdefault(row.source_id, []).append(Noted(row.code, row.message))
    return found
