"""The history as a site has it: read alone, or in memory with an example.

Owns that nothing is written: SQLite itself refuses it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool, StaticPool

from usepolicy.errors import StoreError
from usepolicy.store.history import History, Taken
from usepolicy.store.history_tables import SCHEMA, metadata
from usepolicy.store.sqlite import BUSY, set_up

IN_MEMORY = Path(":memory:")
"""Path of a history that lies in no file."""


def open_to_read(path: Path) -> History:
    """Open the history at `path` so that nothing can be written to it.

    Raises: StoreError: `no-history`, `history-unreadable`, `history-too-new`, `history-too-old`.
    """
    if not path.is_file():
        help_ = "make one: usepolicy track import REPOSITORY"
        raise StoreError("no-history", "there is no history", place=str(path), help=help_)
    engine = _engine(path)
    version = _version(engine, path)
    if version != SCHEMA:
        age = "too-new" if version > SCHEMA else "too-old"
        message = f"the history has schema {version}, and this program reads {SCHEMA}"
        help_ = "" if version > SCHEMA else "bring it up to date: usepolicy track status"
        raise StoreError(f"history-{age}", message, place=str(path), help=help_)
    return History(engine, path)


def history_in_memory(kind: str, name: str, taken: Sequence[Taken]) -> History:
    """Return a history in memory with what one source recorded."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    made = History(set_up(engine, synchronous="OFF"), IN_MEMORY)
    with made.writing() as connection:
        metadata.create_all(connection)
    made.keep(made.source(kind, name), taken, cursor=None)
    return made


def written_at(history: History) -> tuple[int, ...]:
    """Return what is another value after each time that something was written, by whomever."""
    if history.path == IN_MEMORY:
        return ()
    beside = (history.path, history.path.with_name(f"{history.path.name}-wal"))
    found = [path.stat() for path in beside if path.exists()]
    return tuple(number for each in found for number in (each.st_mtime_ns, each.st_size))


def _engine(path: Path) -> Engine:
    address = f"file:{quote(str(path.resolve()))}?mode=ro"  # https://www.sqlite.org/uri.html

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=BUSY, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _version(engine: Engine, path: Path) -> int:
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("PRAGMA user_version")).scalar_one())
    except DatabaseError as error:
        reason = str(error.orig).lower()
        raise StoreError("history-unreadable", reason, place=str(path)) from error
