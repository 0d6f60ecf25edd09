"""SQLite: where the databases of a user lie, and how they are opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, Pool, create_engine, event

from usepolicy.errors import StoreError

BUSY = 30
"""Seconds for which one process waits for another that writes."""


def data_file(variable: str, name: str) -> Path:
    """Return the file that an environment variable names, else `name` in the user's data folder."""
    named = os.environ.get(variable)
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local/share") / "usepolicy" / name


def make_folder(path: Path, *, code: str) -> None:
    """Make the folder that a database lies in.

    Raises: StoreError: `code`, it can't be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        raise StoreError(code, reason, place=str(path.parent)) from error


def open_file(
    path: Path, *, synchronous: str, poolclass: type[Pool] | None = None, journal: str = "WAL"
) -> Engine:
    """Return an engine of the database at `path`; for `synchronous` and `journal` see `set_up`."""
    waits = {"timeout": BUSY}
    address = URL.create("sqlite", database=str(path))  # as text, `?` and `%41` would be read
    # What fails is logged; what it was about, a name, a hash, is nobody's business there.
    engine = create_engine(address, poolclass=poolclass, connect_args=waits, hide_parameters=True)
    return set_up(engine, synchronous=synchronous, journal=journal)


def set_up(engine: Engine, *, synchronous: str, journal: str = "WAL") -> Engine:
    """Have each connection of an engine hold foreign keys and let readers in beside a writer.

    Args: synchronous: how much a commit waits for the disk: `NORMAL`, `FULL`; journal: `WAL`, or
          `TRUNCATE` where no log may keep what was deleted. A connection that changed from one to
          the other would find the file locked while another is open.
    Source: https://www.sqlite.org/pragma.html
    """

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA journal_mode = {journal}")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.close()

    return engine
