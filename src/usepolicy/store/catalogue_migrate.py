"""Migration of a catalogue to its newest form."""

from __future__ import annotations

from sqlalchemy import Engine

from usepolicy.store import migrate

FOLDER = "migrations"


def upgrade(engine: Engine) -> None:
    """Run every migration that the database lacks."""
    with engine.begin() as connection:
        migrate.upgrade(connection, FOLDER)


def newest() -> str | None:
    """Return the newest migration that the package has."""
    return migrate.newest(FOLDER)
