"""API keys: what a program shows in place of a person's name and password.

A key is shown once, when it is made; the table has its hash, and its first characters to tell it
from others. Each has scopes, and may have an end.
"""

from __future__ import annotations

import copy
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, RowMapping, insert, select, update

from usepolicy.enforcement.ledger_bodies import PeopleAction, PeopleChanged
from usepolicy.errors import UsageError
from usepolicy.store.ledger_engine import WRITE
from usepolicy.store.people import Person, Recorder, moment, unrecorded
from usepolicy.store.people_tables import api_keys

PREFIX = "upk_"
"""What a key begins with, so that scanners of secrets know it."""
SHOWN = 10
"""Characters by which a key is told from others."""
LONGEST_LABEL = 100


class KeyScope(StrEnum):
    """What a program may do with a key."""

    DECIDE = "decide"
    """Have requests decided on, and the decisions written to the ledger."""
    REPORT = "report"
    """Read the public report and its numbers."""
    LEDGER = "ledger"
    """Read entries and checkpoints of the ledger."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without the key itself."""

    id: str
    shown: str
    """Its first characters."""
    label: str
    scopes: frozenset[KeyScope]
    made_by: str
    """Id of a person."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether it still opens anything."""
        ended = self.expires_at is not None and self.expires_at <= now
        return not ended and self.revoked_at is None


class ApiKeys:
    """The keys of a console."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes = engine.execution_options(**{WRITE: True})
        self._record: Recorder = unrecorded

    def recorded(self, record: Recorder) -> ApiKeys:
        """Return the same keys, of which no change is kept that was not recorded before."""
        bound = copy.copy(self)
        bound._record = record
        return bound

    def make(
        self,
        label: str,
        scopes: Collection[KeyScope],
        *,
        by: Person,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> tuple[str, ApiKey]:
        """Return a new key, which can't be shown again, and what is kept of it.

        Raises: UsageError: `no-label`, `no-scope`, `already-over`.
        """
        label = " ".join(label.split())
        if not (0 < len(label) <= LONGEST_LABEL and label.isprintable()):
            raise UsageError("no-label", f"a key has a label of 1 to {LONGEST_LABEL} characters")
        if not scopes:
            raise UsageError("no-scope", "a key needs a scope", help=f"of: {', '.join(KeyScope)}")
        if expires_at is not None and expires_at <= now:
            raise UsageError("already-over", "the key would end before it begins")
        key = PREFIX + secrets.token_urlsafe(32)
        row = {
            "id": "k-" + secrets.token_hex(8),
            "key_sha256": _hash(key),
            "shown": key[:SHOWN],
            "label": label,
            "scopes": " ".join(sorted(scopes)),
            "made_by": by.id,
            "created_at": moment(now),
            "expires_at": moment(expires_at) if expires_at else None,
        }
        with self._writes.begin() as connection:
            connection.execute(insert(api_keys).values(row))
            rights = tuple(sorted(scope.value for scope in scopes))
            self._record(PeopleChanged(PeopleAction.KEY_MADE, str(row["id"]), rights))
            kept = connection.execute(select(api_keys).where(api_keys.c.id == row["id"]))
            return key, _key_of(kept.mappings().one())

    def find(self, key: str, *, now: datetime) -> ApiKey | None:
        """Return what is known of a key; None where it opens nothing."""
        mine = select(api_keys).where(api_keys.c.key_sha256 == _hash(key))
        with self._engine.connect() as connection:
            row = connection.execute(mine).mappings().first()
        found = _key_of(row) if row else None
        return found if found and found.holds(now) else None

    def all(self) -> list[ApiKey]:
        """Return every key, the newest first."""
        newest = select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.id)
        with self._engine.connect() as connection:
            return [_key_of(row) for row in connection.execute(newest).mappings()]

    def revoke(self, id: str, *, now: datetime) -> None:
        """Have a key open nothing from now on."""
        mine = update(api_keys).where(api_keys.c.id == id, api_keys.c.revoked_at.is_(None))
        with self._writes.begin() as connection:
            if connection.execute(mine.values(revoked_at=moment(now))).rowcount:
                self._record(PeopleChanged(PeopleAction.KEY_REVOKED, id))


def _key_of(row: RowMapping) -> ApiKey:
    return ApiKey(
        row["id"],
        row["shown"],
        row["label"],
        frozenset(KeyScope(scope) for scope in row["scopes"].split()),
        row["made_by"],
        datetime.fromisoformat(row["created_at"]),
        datetime.fromisoformat(row["expires_at"]) if row["expires_at"] else None,
        datetime.fromisoformat(row["revoked_at"]) if row["revoked_at"] else None,
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
