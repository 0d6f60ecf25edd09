"""The history: what sources recorded of documents, and what changed, in one SQLite file.

Owns what is kept. A snapshot is kept by its SHA-256 and never overwritten; a record is kept once,
whoever records it again; each call is one transaction, so that what was killed is done again whole.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from usepolicy.errors import StoreError
from usepolicy.store.history_tables import (
    SCHEMA,
    changes,
    deliveries,
    documents,
    metadata,
    records,
    snapshots,
    sources,
)
from usepolicy.store.sqlite import data_file, make_folder, open_file
from usepolicy.tracking.histories import Recorded

UNAVAILABLE = "unavailable"
"""Status of a record of which the server said that the page is not there."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where versions come from."""

    id: int
    kind: str
    """git, git_file, folder, address or declaration."""
    location: str
    cursor: str | None
    """How far it was read, in its own terms."""
    ran_at: str | None
    error: str | None
    """What failed the last time."""
    developer: str | None = None
    """As the user said, as are `service` and `title`."""
    service: str | None = None
    title: str | None = None
    run_id: int | None = None
    """The last run that was through with it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is tracked."""

    id: int
    source_id: int
    path: str
    service: str
    title: str
    developer: str | None = None
    """As the user said of its source."""

    @property
    def name(self) -> str:
        """Service and title."""
        return f"{self.service}/{self.title}" if self.service else self.title


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far an event got on its way to a target."""

    event: str
    attempts: int
    done_at: datetime | None
    next_at: datetime | None
    """When to try again; None with `done_at` None after an attempt: given up."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A version on its way into the history."""

    path: str
    service: str
    title: str
    revision: str
    at: datetime
    data: bytes
    media_type: str | None = None
    unavailable: bool = False
    """The server said that the page is not there."""
    origin: str | None = None
    """Of which pages it was made."""


def default_path() -> Path:
    """Return where the history is: `$USEPOLICY_HISTORY`, else in the user's data folder."""
    return data_file("USEPOLICY_HISTORY", "history.sqlite")


class History:
    """An open history."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine, self.path = engine, path

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> History:
        """Open the history at `path`.

        Raises: StoreError: `no-history`, `history-unreadable`, `history-too-new`.
        """
        if not path.exists() and not create:
            help_ = "make one: usepolicy track import REPOSITORY"
            raise StoreError("no-history", "there is no history", place=str(path), help=help_)
        history = cls(_engine(path), path)
        with history.writing() as connection:
            version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
            if version > SCHEMA:
                message = f"the history has schema {version}, and this program knows {SCHEMA}"
                raise StoreError("history-too-new", message, place=str(path))
            metadata.create_all(connection)
            _add_columns(connection)
            connection.execute(text(f"PRAGMA user_version = {SCHEMA}"))
        return history

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that is kept whole or not at all.

        Raises: StoreError: `history-unwritable`, e.g. the disk is full.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except DatabaseError as error:
            message = f"the history can't be read or written: {str(error.orig).lower()}"
            help_ = "what was kept before is whole; start again once that is mended"
            raise StoreError("history-unwritable", message, place=str(self.path), help=help_) from error  # fmt: skip

    def source(self, kind: str, location: str) -> Source:
        """Return the source at a location, kept now if it was not."""
        with self.writing() as connection:
            statement = insert(sources).values(kind=kind, location=location)
            connection.execute(statement.on_conflict_do_nothing())
            row = connection.execute(select(sources).where(sources.c.location == location)).one()
        return _source(row)

    def sources(self) -> list[Source]:
        """Return every source, in the order in which they came."""
        with self.writing() as connection:
            return [_source(row) for row in connection.execute(select(sources).order_by("id"))]

    def documents(self) -> list[Document]:
        """Return every document by service and title."""
        order = (documents.c.service, documents.c.title, documents.c.id)
        query = select(documents, sources.c.developer).join(sources).order_by(*order)
        with self.writing() as connection:
            rows = connection.execute(query)
            return [
                Document(r.id, r.source_id, r.path, r.service, r.title, r.developer) for r in rows
            ]

    def keep(self, source: Source, taken: Sequence[Taken], *, cursor: str | None) -> int:
        """Keep versions and how far their source was read; return how many were not there yet."""
        with self.writing() as connection:
            before = _count(connection)
            ids = document_ids(connection, source.id, taken)
            for version in taken:
                keep_record(connection, ids[version.path], version)
            place = sources.c.id == source.id
            connection.execute(update(sources).where(place).values(cursor=cursor))
            return _count(connection) - before

    def ran(self, source: Source, *, at: datetime, error: str | None) -> None:
        """Note that a source was read, and what failed."""
        with self.writing() as connection:
            place = sources.c.id == source.id
            connection.execute(
                update(sources).where(place).values(ran_at=at.isoformat(), error=error)
            )

    def records(self, document: Document) -> list[Recorded]:
        """Return what was recorded of a document, the oldest first."""
        mine = select(records).where(records.c.document_id == document.id)
        with self.writing() as connection:
            rows = connection.execute(mine.order_by(records.c.at, records.c.id))
            return [recorded(row) for row in rows]

    def bytes_of(self, sha256: str) -> bytes:
        """Return the bytes of a snapshot.

        Raises: StoreError: `no-snapshot`, `snapshot-differs`: not its bytes any more.
        """
        with self.writing() as connection:
            query = select(snapshots.c.data).where(snapshots.c.sha256 == sha256)
            data = connection.execute(query).scalar_one_or_none()
        if data is None:
            raise StoreError("no-snapshot", f"no snapshot `{sha256}`", place=str(self.path))
        found = zlib.decompress(data)
        if hashlib.sha256(found).hexdigest() != sha256:
            raise StoreError("snapshot-differs", f"snapshot `{sha256}` is broken", place=str(self.path))  # fmt: skip
        return found

    def compared(self, engine: str) -> dict[tuple[str, str], str]:
        """Return what changed between which snapshots, as kept by an engine."""
        query = select(changes.c.old_sha256, changes.c.new_sha256, changes.c.record)
        with self.writing() as connection:
            rows = connection.execute(query.where(changes.c.engine == engine))
            return {(row.old_sha256, row.new_sha256): row.record for row in rows}

    def keep_compared(self, engine: str, found: Mapping[tuple[str, str], str]) -> None:
        """Keep what changed between snapshots."""
        rows = [
            {"old_sha256": old, "new_sha256": new, "engine": engine, "record": record}
            for (old, new), record in found.items()
        ]
        if rows:
            with self.writing() as connection:
                connection.execute(insert(changes).on_conflict_do_nothing(), rows)

    def deliveries(self, target: str) -> dict[str, Delivery]:
        """Return what was attempted for a target, by event."""
        query = select(deliveries).where(deliveries.c.target == target)
        with self.writing() as connection:
            return {
                r.event: Delivery(r.event, r.attempts, _time(r.done_at), _time(r.next_at))
                for r in connection.execute(query)
            }

    def note_delivery(self, target: str, delivery: Delivery) -> None:
        """Keep how far an event got."""
        state = {
            "attempts": delivery.attempts,
            "done_at": delivery.done_at and delivery.done_at.isoformat(),
            "next_at": delivery.next_at and delivery.next_at.isoformat(),
        }
        new = insert(deliveries).values(target=target, event=delivery.event, **state)
        with self.writing() as connection:
            connection.execute(
                new.on_conflict_do_update(index_elements=["target", "event"], set_=state)
            )

    def counts(self) -> dict[str, int]:
        """Return how many sources, documents, records and snapshots there are."""
        tables = (sources, documents, records, snapshots)
        with self.writing() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables
            }


def _engine(path: Path) -> Engine:
    make_folder(path, code="history-unwritable")
    return open_file(path, synchronous="FULL", poolclass=NullPool)


def _time(words: str | None) -> datetime | None:
    return datetime.fromisoformat(words) if words else None


def _add_columns(connection: Connection) -> None:
    """Give the tables of an older history the columns that came since; again does nothing."""
    for table in (sources, records):
        rows = connection.execute(text(f"PRAGMA table_info({table.name})"))
        there = {row.name for row in rows}
        for column in table.columns:
            if column.name not in there:
                kind = column.type.compile(connection.dialect)
                connection.execute(
                    text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}")
                )


def _source(row: Row[Any]) -> Source:
    said = (row.developer, row.service, row.title, row.run_id)
    return Source(row.id, row.kind, row.location, row.cursor, row.ran_at, row.error, *said)


def recorded(row: Row[Any]) -> Recorded:
    """Return a row of the records."""
    at, gone = datetime.fromisoformat(row.at), row.status == UNAVAILABLE
    return Recorded(at, row.sha256, row.revision, row.media_type, gone, row.origin)


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(records)).scalar_one()


def document_ids(connection: Connection, source_id: int, taken: Iterable[Taken]) -> dict[str, int]:
    """Return the documents of a source by path; those of the given versions are kept now."""
    for version in {v.path: v for v in taken}.values():
        row = {"path": version.path, "service": version.service, "title": version.title}
        statement = insert(documents).values(source_id=source_id, **row)
        connection.execute(statement.on_conflict_do_nothing())
    mine = select(documents.c.path, documents.c.id).where(documents.c.source_id == source_id)
    return {row.path: row.id for row in connection.execute(mine)}


def keep_snapshot(connection: Connection, data: bytes) -> str:
    """Keep bytes, once, and return their SHA-256."""
    sha256 = hashlib.sha256(data).hexdigest()
    held = select(snapshots.c.sha256).where(snapshots.c.sha256 == sha256)
    if connection.execute(held).first() is None:
        row = {"sha256": sha256, "data": zlib.compress(data)}
        connection.execute(insert(snapshots).values(row).on_conflict_do_nothing())
    return sha256


def keep_record(connection: Connection, document_id: int, version: Taken) -> None:
    """Keep a version of a document, once."""
    record = {
        "document_id": document_id,
        "revision": version.revision,
        "at": version.at.isoformat(),
        "sha256": keep_snapshot(connection, version.data),
        "media_type": version.media_type,
        "status": UNAVAILABLE if version.unavailable else None,
        "origin": version.origin,
    }
    connection.execute(insert(records).values(record).on_conflict_do_nothing())
