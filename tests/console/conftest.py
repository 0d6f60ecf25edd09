"""A console over a ledger, and a hasher whose settings make tests quick (argon2 all the same)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from console_people import NOW, PASSWORD
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


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_console(str(tmp_path / "console.db"))
    yield made
    made.dispose()


@pytest.fixture
def folk(engine: Engine) -> People:
    return People(engine, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def enforcement(tmp_path: Path) -> Iterator[Enforcement]:
    place = str(tmp_path / "ledger" / "ledger.sqlite")
    ledger = Ledger.open(place)
    keys = Keys.open(str(tmp_path / "keys" / "keys.sqlite"), beside=place)
    ladder = load_ladder(example_ladder(), place="the example")
    yield Enforcement(ledger, keys, ladder, Sender("Harbourlight", "your page", 14))
    ledger.close()
    keys.close()


@pytest.fixture
def desk(engine: Engine, folk: People, enforcement: Enforcement) -> Desk:
    """The example's desk: the holder holds `acme`, which was blocked and has appealed."""
    made = Desk(engine, enforcement, now=lambda: NOW)
    made.people = folk
    fill(made, dict.fromkeys(PEOPLE, PASSWORD), NOW)
    return made
