"""Terms of the console: sessions that are over and attempts that no longer count are forgotten.

They end by themselves; this destroys what still lies there of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete

from usepolicy.store.console import UNUSABLE
from usepolicy.store.ledger_engine import is_postgresql, writing
from usepolicy.store.people import WINDOW, moment
from usepolicy.store.people_tables import attempts, sessions
from usepolicy.store.sessions import IDLE, LONGEST


@dataclass(frozen=True, slots=True)
class Expired:
    """What was forgotten."""

    sessions: int = 0
    attempts: int = 0


def expire(engine: Engine, place: str, *, now: datetime) -> Expired:
    """Forget what is over."""
    over = (sessions.c.created_at <= moment(now - LONGEST)) | (
        sessions.c.seen_at <= moment(now - IDLE)
    )
    old = attempts.c.at <= moment(now - WINDOW)
    with writing(engine, place, code=UNUSABLE) as at:
        return Expired(
            at.execute(delete(sessions).where(over)).rowcount,
            at.execute(delete(attempts).where(old)).rowcount,
        )


def is_there(place: str) -> bool:
    """Tell whether a console's database can be looked into without making one."""
    return is_postgresql(place) or Path(place).exists()
