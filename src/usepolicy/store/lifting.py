"""Lifting: how a person ends a sanction before its time, with reasons that are kept.

Owns that the reasons and the lifting are one transaction, and that nothing is lifted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from usepolicy.enforcement.keys import AccountKey, content_hash, link_of
from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import Sanctioned
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.sanctions import Lifting, lift
from usepolicy.errors import StepError
from usepolicy.store.ledger import Ledger, View, Wanted
from usepolicy.store.ledger_erasure import Acting, keep_excerpt
from usepolicy.store.ledger_keys import Keys

WORDS_KEPT = timedelta(days=365)
"""How long the words of reasons are kept, sealed."""


@dataclass(frozen=True, slots=True)
class ToLift:
    """What is lifted, and why."""

    sanction: EntryId
    reasons: str


def lift_sanction(ledger: Ledger, keys: Keys, wanted: ToLift, *, by: Acting) -> Entry:
    """Lift a sanction and keep the reasons, sealed under the key of its account.

    Raises: StepError: `not-a-person`, `no-sanction`, `already-lifted`, `no-such-account`.
    """
    sanction = ledger.entry(wanted.sanction)
    if sanction is None or sanction.account is None:
        raise StepError("no-sanction", f"`{wanted.sanction[:100]}` is no sanction")
    key = key_of_link(keys, sanction.account)
    hashed = content_hash(key, wanted.reasons)
    draft = lift(sanction, Lifting(by.new_id("sanction"), by.actor, by.at, hashed))
    excerpt = keep_excerpt(
        keys, draft, wanted.reasons, account=key.account, expires_at=by.at + WORDS_KEPT
    )

    def make(view: View) -> list[Draft]:
        mine = view.entries(Wanted(account=sanction.account, kinds=("sanction",)))
        if any(isinstance(e.body, Sanctioned) and e.body.lifts == sanction.id for e in mine):
            raise StepError("already-lifted", f"`{sanction.id}` was lifted before")
        return [draft]

    return ledger.append_from(make, excerpts=[excerpt])[0]


def key_of_link(keys: Keys, link: AccountLink) -> AccountKey:
    """Return the key of an account by its name in the ledger.

    Raises: StepError: `no-such-account`.
    """
    for key in keys.all():
        if link_of(key) == link:
            return key
    raise StepError("no-such-account", "the account of this entry was erased")
