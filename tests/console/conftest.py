"""A console's database, and a hasher whose settings make tests quick (argon2 all the same)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from usepolicy.store.people import People
from usepolicy.store.people_tables import metadata
from usepolicy.store.sqlite import open_file


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_file(tmp_path / "console.db", synchronous="FULL")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def folk(engine: Engine) -> People:
    return People(engine, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
