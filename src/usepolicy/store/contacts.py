"""Contacts: where accounts are written to.

A mailbox is personal data: it lies with the account's key, apart from the ledger and its backups,
and goes with it. Whoever has a contact has a key, so that an erasure always finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from usepolicy.enforcement.keys import KEY_BYTES, AccountKey, link_of
from usepolicy.enforcement.ledger import AccountLink, stamp
from usepolicy.errors import StepError
from usepolicy.store.ledger_engine import reading, writing
from usepolicy.store.ledger_keys import UNUSABLE, Keys, contacts, keys


@dataclass(frozen=True, slots=True)
class Contact:
    """How an account is reached."""

    mailbox: str
    language: str | None = None
    """Of notices; None for that in which a notice was given."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """An account that has a key."""

    account: str
    """The operator's own id."""
    contact: Contact | None


class Contacts:
    """The contacts beside the keys of accounts."""

    def __init__(self, kept: Keys) -> None:
        self._kept = kept

    def put(self, wanted: Mapping[str, Contact | None], *, now: datetime) -> None:
        """Set the contacts of accounts, all or none; None removes one.

        Raises: StepError: `being-erased`.
        """
        with writing(self._kept.engine, self._kept.place, code=UNUSABLE) as at:
            rows = at.execute(select(keys.c.account, keys.c.condemned_at))
            known: dict[str, str | None] = {row.account: row.condemned_at for row in rows}
            if any(known.get(account) is not None for account in wanted):
                raise StepError("being-erased", "an account is being erased")
            for account, contact in wanted.items():
                at.execute(delete(contacts).where(contacts.c.account == account))
                if contact is None:
                    continue
                if account not in known:
                    secret = self._kept.nonce(KEY_BYTES)
                    row = {"account": account, "secret": secret, "made_at": stamp(now)}
                    at.execute(insert(keys).values(row))
                at.execute(insert(contacts).values(_row(account, contact)))

    def addressees(self) -> Mapping[AccountLink, Addressee]:
        """Return the accounts by their names in the ledger, those being erased left out."""
        joined = keys.outerjoin(contacts, contacts.c.account == keys.c.account)
        query = select(
            keys.c.account, keys.c.secret, contacts.c.mailbox, contacts.c.language
        ).select_from(joined)
        alive = query.where(keys.c.condemned_at.is_(None))
        with reading(self._kept.engine, self._kept.place, code=UNUSABLE) as at:
            rows = at.execute(alive).all()
        return {
            link_of(AccountKey(row.account, bytes(row.secret))): Addressee(
                row.account, Contact(row.mailbox, row.language) if row.mailbox else None
            )
            for row in rows
        }

    def count(self) -> int:
        """Return how many accounts have one."""
        with reading(self._kept.engine, self._kept.place, code=UNUSABLE) as at:
            return int(at.execute(select(func.count()).select_from(contacts)).scalar_one())


def _row(account: str, contact: Contact) -> dict[str, object]:
    return {"account": account, "mailbox": contact.mailbox, "language": contact.language}
