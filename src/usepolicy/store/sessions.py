"""Sessions: that a browser is somebody who signed in, for a while.

Owns tokens of sessions and what proves that a form comes from a page of that session. A token is
256 random bits, known to the browser alone; the table has its hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update

from usepolicy.store.ledger_engine import WRITE
from usepolicy.store.people import Person, moment, person_of
from usepolicy.store.people_tables import people, sessions

IDLE = timedelta(minutes=30)
"""A session that nobody used for this long is over."""
LONGEST = timedelta(hours=12)
"""A session is over after this, used or not."""
LOOK = timedelta(minutes=1)
"""Its last use is written no more often than this."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in."""

    person: Person
    form_token: str
    """What every form of this session holds: nobody else's page can know it."""


class Sessions:
    """The sessions of a console."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes = engine.execution_options(**{WRITE: True})

    def begin(self, person: Person, *, now: datetime) -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(32)
        row = {"token_sha256": _hash(token), "person": person.id}
        row |= {"created_at": moment(now), "seen_at": moment(now)}
        with self._writes.begin() as connection:
            over = (sessions.c.created_at <= moment(now - LONGEST)) | (
                sessions.c.seen_at <= moment(now - IDLE)
            )
            connection.execute(delete(sessions).where(over))
            connection.execute(insert(sessions).values(row))
        return token

    def find(self, token: str, *, now: datetime) -> Session | None:
        """Return the session of a token; None where there is none, or it is over."""
        hashed = _hash(token)
        joined = sessions.join(people, people.c.id == sessions.c.person)
        wanted = (
            select(people, sessions.c.seen_at)
            .select_from(joined)
            .where(
                sessions.c.token_sha256 == hashed,
                sessions.c.created_at > moment(now - LONGEST),
                sessions.c.seen_at > moment(now - IDLE),
                people.c.disabled_at.is_(None),
            )
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).mappings().first()
        if row is None:
            return None
        if row["seen_at"] <= moment(now - LOOK):
            self._see(hashed, now)
        return Session(person_of(row), form_token(token))

    def end(self, token: str) -> None:
        """Forget a session."""
        with self._writes.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_sha256 == _hash(token)))

    def _see(self, hashed: str, now: datetime) -> None:
        mine = sessions.c.token_sha256 == hashed
        with self._writes.begin() as connection:
            connection.execute(update(sessions).where(mine).values(seen_at=moment(now)))


def form_token(token: str) -> str:
    """Return what the forms of a session hold, made of its token, from which it tells nothing."""
    return hmac.new(token.encode(), b"usepolicy.form", hashlib.sha256).hexdigest()


def is_form_token(given: str, token: str) -> bool:
    """Tell whether a form was on a page of this session."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), form_token(token).encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
