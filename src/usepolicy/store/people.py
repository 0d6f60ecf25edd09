"""People: who may sign in to the console, with which role.

Owns people and their passwords (argon2id). Sessions and keys are in `sessions` and `api_keys`.
The time comes in as an argument; a password goes nowhere but through the hash.
"""

from __future__ import annotations

import copy
import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from usepolicy.enforcement.ledger_bodies import PeopleAction, PeopleChanged
from usepolicy.enforcement.roles import Role
from usepolicy.errors import DeniedError, UsageError
from usepolicy.store.ledger_engine import WRITE, take_turn
from usepolicy.store.people_tables import attempts, people, sessions

SHORTEST, LONGEST = 12, 256
"""Characters of a password."""
LONGEST_NAME = 100
WINDOW = timedelta(minutes=15)
"""How long a failed attempt counts."""
MOST_FAILURES = {"both": 5, "from": 30, "name": 60}
"""Failures in the window: of a name from one address, of one address, of a name from anywhere.

The last is high, so that a stranger can't keep somebody out by failing in their name.
"""
MOST_HASHES = 2
"""Passwords that are hashed at once: each takes 64 MiB for some 50 ms."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    id: str
    name: str
    role: Role
    account: str | None = None
    """What a holder holds; None for everybody else."""
    is_disabled: bool = False


Recorder = Callable[[PeopleChanged], object]
"""Writes down a change of who may do what; what it raises undoes the change."""


class TooManyAttemptsError(DeniedError):
    """Somebody has failed to sign in too often."""

    def __init__(self, wait: timedelta) -> None:
        seconds = max(1, int(wait.total_seconds()))
        message = "there were too many attempts to sign in"
        super().__init__("too-many-attempts", message, help=f"try again in {seconds} seconds")
        self.retry_after = seconds
        """Seconds."""


class People:
    """The people of a console."""

    def __init__(self, engine: Engine, hasher: PasswordHasher | None = None) -> None:
        self._engine = engine
        self._writes = engine.execution_options(**{WRITE: True})
        self._hasher = hasher or PasswordHasher()
        self._hashing = BoundedSemaphore(MOST_HASHES)
        self._nobody = self._hash(secrets.token_urlsafe())
        self._record: Recorder = unrecorded

    def recorded(self, record: Recorder) -> People:
        """Return the same people, of whom no change is kept that was not recorded before."""
        bound = copy.copy(self)
        bound._record = record
        return bound

    def add(
        self,
        name: str,
        role: Role,
        password: str | None,
        *,
        now: datetime,
        account: str | None = None,
    ) -> Person:
        """Add somebody.

        Args:   password: None for who signs in with a provider alone.
        Raises: UsageError: `name-taken`, `no-name`, `weak-password`, `no-account`.
        """
        folded = fold(name)
        if password is not None:
            _check_password(password, folded)
        if (role is Role.HOLDER) != bool(account):
            raise UsageError("no-account", "a holder has an account, and nobody else has")
        person = Person("p-" + secrets.token_hex(8), folded, role, account)
        row = {"id": person.id, "name": folded, "role": role.value, "account": account}
        hashed = "" if password is None else self._hash(password)
        row |= {"password": hashed, "created_at": moment(now)}
        try:
            with self._writes.begin() as connection:
                connection.execute(insert(people).values(row))
                self._record(PeopleChanged(PeopleAction.ADDED, person.id, (role.value,)))
        except IntegrityError as error:
            raise UsageError("name-taken", f"`{folded}` is taken") from error
        return person

    def all(self) -> list[Person]:
        """Return everybody, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(people).order_by(people.c.name)).mappings()
            return [person_of(row) for row in rows]

    def get(self, id: str) -> Person | None:
        """Return who has this id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(people).where(people.c.id == id)).mappings().first()
            return person_of(row) if row else None

    def disable(self, id: str, *, now: datetime) -> None:
        """Keep somebody out from now on, and end their sessions."""
        with self._writes.begin() as connection:
            gone = update(people).where(people.c.id == id, people.c.disabled_at.is_(None))
            changed = connection.execute(gone.values(disabled_at=moment(now))).rowcount
            connection.execute(delete(sessions).where(sessions.c.person == id))
            if changed:
                self._record(PeopleChanged(PeopleAction.DISABLED, id))

    def set_password(self, id: str, password: str) -> None:
        """Give somebody a new password, and end their sessions.

        Raises: UsageError: `weak-password`.
        """
        person = self.get(id)
        _check_password(password, person.name if person else "")
        hashed = self._hash(password)
        with self._writes.begin() as connection:
            mine = update(people).where(people.c.id == id)
            changed = connection.execute(mine.values(password=hashed)).rowcount
            connection.execute(delete(sessions).where(sessions.c.person == id))
            if changed:
                self._record(PeopleChanged(PeopleAction.PASSWORD_SET, id))

    def check(self, name: str, password: str, *, address: str, now: datetime) -> Person:
        """Return whose name and password these are.

        It takes as long, and says the same, whether the name or the password is wrong.
        Args:   address: where the attempt comes from.
        Raises: DeniedError: `wrong-credentials`; TooManyAttemptsError.
        """
        folded = fold(name, strict=False)
        whose = _whose(folded, address)
        with self._writes.begin() as connection:
            take_turn(connection)
            # FAIL CLOSED: an attempt counts as failed from before the password is looked at, so
            # that many at once don't all come before the first one's failure is written.
            _refuse_many(connection, whose, now)
            counted = _count(connection, whose, now)
            row = connection.execute(select(people).where(people.c.name == folded)).mappings()
            found = row.first()
        hashed = (found and found["password"]) or self._nobody
        right = self._verify(hashed, password[: LONGEST + 1])
        if not (found and right and found["disabled_at"] is None):
            message = "the name or the password is wrong"
            raise DeniedError("wrong-credentials", message, help="or the person is disabled")
        self._forget(counted, whose["both"])
        return person_of(found)

    def _forget(self, counted: Sequence[int], who: str) -> None:
        """Forget an attempt that was right, and the failures of this name from this address."""
        these = attempts.c.id.in_(counted) | (attempts.c.who_sha256 == who)
        with self._writes.begin() as connection:
            connection.execute(delete(attempts).where(these))

    def _hash(self, password: str) -> str:
        with self._hashing:
            return self._hasher.hash(password)

    def _verify(self, hashed: str, password: str) -> bool:
        with self._hashing:
            try:
                return self._hasher.verify(hashed, password)
            except (VerificationError, InvalidHashError):
                return False


def unrecorded(change: PeopleChanged) -> None:
    """For who keeps no ledger."""


def moment(at: datetime) -> str:
    """Return a time as the tables have it; the order of the texts is that of the times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def fold(name: str, *, strict: bool = True) -> str:
    """Return a name as it is compared: two that look alike but for case are one.

    Raises: UsageError: `no-name`, where `strict`: empty, too long, or with blanks or controls.
    """
    whole = name[: LONGEST_NAME + 1].encode("utf-8", "replace").decode()
    whole = whole.replace("\0", "\ufffd")  # which PostgreSQL takes for the end of a text
    folded = unicodedata.normalize("NFKC", whole).casefold().strip()
    fine = 0 < len(folded) <= LONGEST_NAME and folded.isprintable() and " " not in folded
    if strict and not fine:
        help = f"1 to {LONGEST_NAME} characters without blanks, such as `ada` or an e-mail address"
        raise UsageError("no-name", "this can't be a name to sign in with", help=help)
    return folded


def person_of(row: RowMapping) -> Person:
    """Return a person from a row of the table."""
    disabled = row["disabled_at"] is not None
    return Person(row["id"], row["name"], Role(row["role"]), row["account"], disabled)


def _check_password(password: str, name: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST or password.casefold() == name:
        message = f"a password has {SHORTEST} to {LONGEST} characters and is not the name"
        raise UsageError("weak-password", message, help="a sentence of your own is a good one")


def _whose(name: str, address: str) -> dict[str, str]:
    """Return what attempts are counted by."""
    said = {"both": f"both\n{name}\n{address}", "from": f"from\n{address}", "name": f"name\n{name}"}
    return {
        kind: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        for kind, text in said.items()
    }


def _refuse_many(connection: Connection, whose: dict[str, str], now: datetime) -> None:
    for kind, who in whose.items():
        mine = attempts.c.who_sha256 == who
        recent = attempts.c.at > moment(now - WINDOW)
        times: Sequence[str] = (
            connection.execute(select(attempts.c.at).where(mine, recent)).scalars().all()
        )
        if len(times) >= MOST_FAILURES[kind]:
            raise TooManyAttemptsError(datetime.fromisoformat(min(times)) + WINDOW - now)


def _count(connection: Connection, whose: dict[str, str], now: datetime) -> Sequence[int]:
    """Count an attempt; return the ids by which it can be forgotten."""
    connection.execute(delete(attempts).where(attempts.c.at <= moment(now - WINDOW)))
    rows = [{"who_sha256": who, "at": moment(now)} for who in whose.values()]
    return connection.execute(insert(attempts).returning(attempts.c.id), rows).scalars().all()
