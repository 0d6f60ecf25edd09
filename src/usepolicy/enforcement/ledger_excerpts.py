"""Excerpts: words of content that an operator chose to keep for a time, sealed and erasable.

They lie beside the chain, never in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from usepolicy.enforcement.keys import AccountKey, link_of, sealed
from usepolicy.enforcement.ledger import AccountLink, EntryId, stamp
from usepolicy.enforcement.ledger_bodies import Decided
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.unshown import categories_of, check_may_keep
from usepolicy.errors import StepError


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A sealed text of one entry."""

    id: EntryId
    account: AccountLink
    expires_at: datetime
    data: bytes = field(repr=False)

    def row(self) -> dict[str, object]:
        """Return it by the columns of the store."""
        return {
            "id": self.id,
            "account": self.account,
            "expires_at": stamp(self.expires_at),
            "data": self.data,
        }


def excerpt_of(
    draft: Draft, text: str, key: AccountKey, *, nonce: bytes, expires_at: datetime
) -> Excerpt:
    """Return the words of an entry, sealed under its account's key.

    The words are those of the content of a decision, of an appeal, or of a reviewer's reasons.

    Args:   nonce: random bytes, never used twice.
    Raises: StepError: `never-kept`: of child abuse, or of somebody in need; `no-account`.
            LedgerError: `excerpt-too-long`.
    """
    check_may_keep(categories_of(draft.body))
    if isinstance(draft.body, Decided) and draft.body.support:
        raise StepError("never-kept", "words of somebody in need are never kept")
    link = link_of(key)
    if draft.account != link:
        raise StepError("no-account", f"`{draft.id}` is not of the account whose key this is")
    return Excerpt(draft.id, link, expires_at, sealed(key, text, about=draft.id, nonce=nonce))
