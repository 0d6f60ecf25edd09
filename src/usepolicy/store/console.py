"""The console's database: where it is, and how it is opened in its newest form.

It lies apart from the ledger: its rows change and go, and a backup of the ledger holds no password.
"""

from __future__ import annotations

import os

from sqlalchemy import Engine

from usepolicy.store import migrate
from usepolicy.store.ledger_engine import is_postgresql, open_engine, writing
from usepolicy.store.sqlite import data_file

FOLDER = "console_migrations"
UNUSABLE = "console-unusable"


def open_console(place: str, *, to: str = "head") -> Engine:
    """Open the database at a path or at an address `postgresql://...`, made where there is none.

    Args:   to: the migration to bring it to; `base` takes all back.
    Raises: StoreError: `console-unusable`, `no-postgresql`.
    """
    engine = open_engine(place, code=UNUSABLE)
    with writing(engine, place, code=UNUSABLE) as at:
        if to == "base":
            migrate.downgrade(at, FOLDER, to=to)
        else:
            migrate.upgrade(at, FOLDER, to=to)
    return engine


def default_place() -> str:
    """Return where it is: `$USEPOLICY_CONSOLE`, else in the user's data folder."""
    named = os.environ.get("USEPOLICY_CONSOLE", "")
    return named if is_postgresql(named) else str(data_file("USEPOLICY_CONSOLE", "console.sqlite"))
