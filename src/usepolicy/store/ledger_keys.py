"""Where the keys of accounts are: a database of its own, apart from the ledger and its backups.

Owns that a key is made once, read by its owner alone, and gone when it is destroyed. A file is
overwritten where a key was; what a disk or a snapshot of a file system still has is not ours to
reach, which is why keys belong on storage without snapshots and in no backup.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    event,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from usepolicy.enforcement.keys import KEY_BYTES, AccountKey
from usepolicy.enforcement.ledger import stamp
from usepolicy.errors import StepError, StoreError
from usepolicy.store.ledger_engine import (
    is_postgresql,
    is_same_place,
    open_engine,
    reading,
    shown_place,
    writing,
)
from usepolicy.store.sqlite import data_file, make_folder

UNUSABLE = "keys-unusable"
FILE_MODE, FOLDER_MODE = 0o600, 0o700

metadata = MetaData()
keys = Table(
    "account_keys",
    metadata,
    Column("account", Text, primary_key=True),  # the operator's own id
    Column("secret", LargeBinary, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("condemned_at", Text),  # its erasure has begun; it is finished whatever happens
)
contacts = Table(
    "account_contacts",  # beside the key, so that both go at once; see `contacts`
    metadata,
    Column("account", Text, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("language", Text),
)


class Keys:
    """The open keys; several threads and processes may use them."""

    def __init__(self, engine: Engine, place: str, random: Callable[[int], bytes]) -> None:
        self.engine, self.place, self._random = engine, place, random

    @classmethod
    def open(cls, place: str, *, beside: str, random: Callable[[int], bytes] = os.urandom) -> Keys:
        """Open the keys at a path or at an address `postgresql://...`; made where there are none.

        Args:   beside: place of the ledger, which keys are kept apart from.
        Raises: StoreError: `keys-beside-ledger`, `keys-exposed`, `keys-unusable`.
        """
        _refuse_beside(place, beside)
        if not is_postgresql(place):
            _make_private(Path(place))
        engine = open_engine(place, code=UNUSABLE, journal="TRUNCATE")
        if not is_postgresql(place):
            _overwriting(engine)
        with writing(engine, place, code=UNUSABLE) as at:
            metadata.create_all(at)
        return cls(engine, place, random)

    def of(self, account: str, *, now: datetime) -> AccountKey:
        """Return the key of an account, made now if it has none.

        Raises: StepError: `being-erased`.
        """
        found = self.find(account)
        if found is None:
            insert = postgresql_insert if is_postgresql(self.place) else sqlite_insert
            row = {"account": account, "secret": self._random(KEY_BYTES), "made_at": stamp(now)}
            with writing(self.engine, self.place, code=UNUSABLE) as at:
                at.execute(insert(keys).values(row).on_conflict_do_nothing())
            found = self.find(account)  # of two who make one at once, both get the first
        if found is None:
            raise StepError("being-erased", "the account is being erased")
        return found

    def find(self, account: str) -> AccountKey | None:
        """Return the key of an account; None where it has none, or one that is being destroyed."""
        query = select(keys.c.secret).where(
            keys.c.account == account, keys.c.condemned_at.is_(None)
        )
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            row = at.execute(query).first()
        return None if row is None else AccountKey(account, bytes(row.secret))

    def all(self) -> tuple[AccountKey, ...]:
        """Return every key that isn't being destroyed, for finding whose a link is."""
        return self._where(keys.c.condemned_at.is_(None))

    def condemn(self, account: str, *, now: datetime) -> AccountKey | None:
        """Begin to destroy a key, its contact first, and return it; None where there is none."""
        mine = keys.c.account == account
        with writing(self.engine, self.place, code=UNUSABLE) as at:
            at.execute(update(keys).where(mine).values(condemned_at=stamp(now)))
            at.execute(delete(contacts).where(contacts.c.account == account))
            row = at.execute(select(keys.c.secret).where(mine)).first()
        return None if row is None else AccountKey(account, bytes(row.secret))

    def condemned(self) -> tuple[AccountKey, ...]:
        """Return the keys whose destruction was begun and did not end."""
        return self._where(keys.c.condemned_at.is_not(None))

    def destroy(self, account: str) -> None:
        """Destroy a key."""
        with writing(self.engine, self.place, code=UNUSABLE) as at:
            at.execute(delete(keys).where(keys.c.account == account))

    def made_before(self, before: datetime) -> tuple[AccountKey, ...]:
        """Return the keys that are older and aren't being destroyed."""
        return self._where(keys.c.condemned_at.is_(None) & (keys.c.made_at < stamp(before)))

    def nonce(self, size: int) -> bytes:
        """Return random bytes for sealing an excerpt."""
        return self._random(size)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _where(self, some: Any) -> tuple[AccountKey, ...]:
        query = select(keys.c.account, keys.c.secret).where(some).order_by(keys.c.account)
        with reading(self.engine, self.place, code=UNUSABLE) as at:
            return tuple(AccountKey(row.account, bytes(row.secret)) for row in at.execute(query))


def default_place() -> str:
    """Return where keys are: `$USEPOLICY_LEDGER_KEYS`, else a folder of their own."""
    named = os.environ.get("USEPOLICY_LEDGER_KEYS", "")
    if is_postgresql(named):
        return named
    return str(data_file("USEPOLICY_LEDGER_KEYS", "ledger-keys/keys.sqlite"))


def _refuse_beside(place: str, ledger: str) -> None:
    """FAIL CLOSED: what is copied with the ledger is no protection of it."""
    if is_postgresql(place) != is_postgresql(ledger):
        return
    folders = [Path(each).resolve().parent for each in (place, ledger)]
    if is_same_place(place, ledger) or (not is_postgresql(place) and folders[0] == folders[1]):
        message = "keys can't lie where the ledger is: a backup of one would be one of both"
        help = "give them a folder or a database of their own: --keys, $USEPOLICY_LEDGER_KEYS"
        raise StoreError("keys-beside-ledger", message, place=shown_place(place), help=help)


def _make_private(path: Path) -> None:
    if not path.parent.exists():
        make_folder(path.parent / "file", code=UNUSABLE)
        path.parent.chmod(FOLDER_MODE)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), FILE_MODE))
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        raise StoreError(UNUSABLE, reason, place=str(path)) from error
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        message = f"others than its owner may read the keys (mode {mode:o})"
        raise StoreError("keys-exposed", message, place=str(path), help=f"chmod 600 {path}")


def _overwriting(engine: Engine) -> None:
    """Have SQLite overwrite what is deleted."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()
