"""Both databases: what a ledger promises holds on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import new_database, postgresql

from usepolicy.store.ledger import Ledger
from usepolicy.store.ledger_keys import Keys


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Return the address of a server that runs for all tests."""
    with postgresql() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a ledger can be: there is nothing yet."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger" / "ledger.sqlite")
    return new_database(request.getfixturevalue("server"))


@pytest.fixture
def ledger(place: str) -> Iterator[Ledger]:
    opened = Ledger.open(place)
    yield opened
    opened.close()


@pytest.fixture
def keys_place(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> str:
    """Return where keys can be: in the same kind of database, apart."""
    if place.startswith("postgresql"):
        return new_database(request.getfixturevalue("server"))
    return str(tmp_path / "keys" / "keys.sqlite")


@pytest.fixture
def keys(keys_place: str, place: str) -> Iterator[Keys]:
    opened = Keys.open(keys_place, beside=place)
    yield opened
    opened.close()
