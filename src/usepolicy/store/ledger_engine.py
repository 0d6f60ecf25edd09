"""Where a ledger and its keys are: a file of SQLite or a database of PostgreSQL; how one is opened.

A write transaction holds a lock from its first moment, so that two processes make one chain.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from usepolicy.errors import StoreError
from usepolicy.store.sqlite import BUSY, make_folder, open_file

WRITE = "usepolicy_write"
"""Option of a connection whose transactions take the lock at once."""
DRIVER = "postgresql+psycopg"
POSTGRESQL = ("postgresql://", "postgres://", f"{DRIVER}://")
PG_OPTIONS = "-c synchronous_commit=on -c timezone=UTC"
"""INVARIANT: a commit that is acknowledged is on the disk, whatever the server's default."""


def is_postgresql(place: str) -> bool:
    """Tell whether a place is a database of PostgreSQL and no file."""
    return place.startswith(POSTGRESQL)


def shown_place(place: str) -> str:
    """Return a place as it can be printed: without a password."""
    if not is_postgresql(place):
        return place
    try:
        return make_url(place).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "postgresql://..."


def is_same_place(place: str, other: str) -> bool:
    """Tell whether two places are one file, or one database of PostgreSQL."""
    if is_postgresql(place) != is_postgresql(other):
        return False
    if is_postgresql(place):
        return _database(place) == _database(other)
    return Path(place).resolve() == Path(other).resolve()


def _database(place: str) -> tuple[object, ...]:
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        return (place,)
    return url.host, url.port or 5432, url.database, url.query.get("host")


def open_engine(place: str, *, code: str, journal: str = "WAL") -> Engine:
    """Return an engine of a place; a file is made where there is none.

    Raises: StoreError: `no-postgresql`, and `code` where the address or folder can't be used.
    """
    if is_postgresql(place):
        return _postgresql(place, code)
    make_folder(Path(place), code=code)
    # FULL: with a write-ahead log NORMAL would lose acknowledged commits when the power fails.
    return _explicit(open_file(Path(place), synchronous="FULL", journal=journal))


@contextmanager
def writing(engine: Engine, place: str, *, code: str) -> Iterator[Connection]:
    """Give a transaction that holds the lock and is kept whole or not at all.

    Raises: StoreError: `code`.
    """
    with _told(place, code), engine.connect() as connection:
        at = connection.execution_options(**{WRITE: True})
        with at.begin():
            take_turn(at)
            yield at


def take_turn(connection: Connection) -> None:
    """Wait until nobody else writes, in a transaction that reads before it writes.

    SQLite's begin with the lock; PostgreSQL's would read what another is about to change.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


@contextmanager
def reading(engine: Engine, place: str, *, code: str) -> Iterator[Connection]:
    """Give a connection to read from.

    Raises: StoreError: `code`.
    """
    with _told(place, code), engine.connect() as connection:
        yield connection


@contextmanager
def _told(place: str, code: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()
        reason = (cause[0] if cause else type(error).__name__).rstrip(".").lower()
        message = f"it can't be read or written: {reason}"
        help = "what was acknowledged before is whole; start again once that is mended"
        raise StoreError(code, message, place=shown_place(place), help=help) from error


_LOCK = zlib.crc32(b"usepolicy ledger")
"""Of the database that one is connected to: two ledgers on one server don't wait for each other."""


def _postgresql(place: str, code: str) -> Engine:
    try:
        url = make_url(place).set(drivername=DRIVER)
        options = {"options": PG_OPTIONS}
        engine = create_engine(url, connect_args=options, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        message = "PostgreSQL needs psycopg"
        help = "pip install 'usepolicy[postgres]'"
        raise StoreError("no-postgresql", message, help=help) from error
    except (ArgumentError, ValueError) as error:
        help = "write postgresql://USER@HOST/DATABASE"
        raise StoreError(code, "this is no address of a database", help=help) from error
    return engine


CACHE_KIB, LOG_PAGES = 32_768, 8_000
"""Of SQLite: with its defaults (2 MiB, 1,000 pages) the indexes of a ledger of a million entries
don't fit, and each batch writes the file anew: with both and ids in the order of time, appending
took half the processor time (bench/ledger.py, 2026-11)."""


def _explicit(engine: Engine) -> Engine:
    """Have SQLite's transactions begin where we say, and take the lock at once where we write."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if not connection.get_execution_options().get(WRITE):
            connection.exec_driver_sql("BEGIN")
        elif not _has_begun(connection.connection.cursor()):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails in SQLAlchemy's words

    return engine


def _has_begun(cursor: Any) -> bool:
    """Begin to write when it is our turn; tell whether it came, within some `BUSY` seconds.

    SQLite itself asks every 100 ms in the end, and so finds the door shut for seconds where another
    process writes without a pause.
    """
    cursor.execute("PRAGMA busy_timeout = 0")
    try:
        return any(_tried(cursor) for _ in range(BUSY * 1_000))
    except sqlite3.Error:  # no matter of waiting
        return False
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY * 1_000}")


def _tried(cursor: Any) -> bool:
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        time.sleep(0.001)
        return False
    return True
