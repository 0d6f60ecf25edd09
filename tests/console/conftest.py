"""A console over a ledger, and a hasher whose settings make tests quick (argon2 all the same).

What happened in the example is written once for each kind of database; each test has a copy of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from console_people import NOW, PASSWORD
from postgres_server import copied_database, new_database, postgresql
from sqlalchemy import Engine

from usepolicy.enforcement.ladder_file import load_ladder
from usepolicy.enforcement.notices import Sender
from usepolicy.store.console import open_console
from usepolicy.store.ledger import Ledger
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.people import People
from usepolicy.web.console.desk import Desk, Enforcement
from usepolicy.web.console.example import PEOPLE, fill
from usepolicy.web.examples import example_ladder

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the three databases of a console are."""

    console: str
    ledger: str
    keys: str


def files_in(folder: Path) -> Places:
    return Places(*(str(folder / name / "data.sqlite") for name in ("console", "ledger", "keys")))


@contextmanager
def desk_at(places: Places) -> Iterator[Desk]:
    """Give the desk of three databases; those that aren't there are made."""
    engine = open_console(places.console, apart_from=(places.ledger, places.keys))
    ledger, keys = Ledger.open(places.ledger), Keys.open(places.keys, beside=places.ledger)
    ladder = load_ladder(example_ladder(), place="the example")
    enforcement = Enforcement(ledger, keys, ladder, Sender("Harbourlight", "your page", 14))
    yield Desk(engine, enforcement, people=People(engine, QUICK), now=lambda: NOW)
    keys.close()
    ledger.close()
    engine.dispose()


def filled(places: Places) -> Places:
    with desk_at(places) as desk:
        fill(desk, dict.fromkeys(PEOPLE, PASSWORD), NOW)
    return places


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Return the address of a PostgreSQL server that runs for these tests."""
    with postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    filled(files_in(folder))
    assert not list(folder.rglob("*-wal")), "what was written is in the files themselves"
    return folder


@pytest.fixture(scope="session")
def example_databases(server: str) -> Places:
    return filled(Places(*(new_database(server) for _ in range(3))))


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Return where a copy of the example is: on SQLite, unless the test is `on_both`."""
    if getattr(request, "param", "sqlite") == "postgresql":
        kept: Places = request.getfixturevalue("example_databases")
        server = request.getfixturevalue("server")
        every = (kept.console, kept.ledger, kept.keys)
        return Places(*(copied_database(server, each) for each in every))
    example_folder = request.getfixturevalue("example_folder")
    shutil.copytree(example_folder, tmp_path / "example")
    return files_in(tmp_path / "example")


@pytest.fixture
def desk(places: Places) -> Iterator[Desk]:
    """The example's desk: the holder holds `acme`, which was blocked and has appealed."""
    with desk_at(places) as made:
        yield made


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_console(str(tmp_path / "console.db"))
    yield made
    made.dispose()


@pytest.fixture
def folk(engine: Engine) -> People:
    return People(engine, QUICK)
