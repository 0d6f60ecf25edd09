"""The console's database: where it is, and how it is opened in its newest form.

It lies apart from the ledger: its rows change and go, and a backup of the ledger holds no password.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from sqlalchemy import Engine

from usepolicy.errors import StoreError
from usepolicy.store import migrate
from usepolicy.store.ledger_engine import (
    is_postgresql,
    is_same_place,
    open_engine,
    shown_place,
    writing,
)
from usepolicy.store.sqlite import data_file

FOLDER = "console_migrations"
UNUSABLE = "console-unusable"


def open_console(place: str, *, apart_from: Iterable[str] = (), to: str = "head") -> Engine:
    """Open the database at a path or at an address `postgresql://...`, made where there is none.

    Args:   apart_from: places of the ledger and of the keys.
            to: the migration to bring it to; `base` takes all back.
    Raises: StoreError: `console-not-apart`, `console-unusable`, `no-postgresql`.
    """
    if any(is_same_place(place, other) for other in apart_from):
        # FAIL CLOSED: who gets a copy of the ledger to verify it gets no hash of a password.
        message = "the console's database can't be that of the ledger or of the keys"
        help = "give it a file or a database of its own: --console, $USEPOLICY_CONSOLE"
        raise StoreError("console-not-apart", message, place=shown_place(place), help=help)
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
