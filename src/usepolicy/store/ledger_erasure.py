"""Erasure, retention and access: what may be shown or destroyed, each with its entry.

Owns the order in which a ledger and its keys change, so that a program that is killed in between
leaves nothing half done that the next run doesn't finish.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from usepolicy.enforcement.account_signals import LONGEST_HISTORY, LONGEST_WINDOW
from usepolicy.enforcement.keys import NONCE_BYTES, AccountKey, link_of, unsealed
from usepolicy.enforcement.ledger import AccountLink, Actor, EntryId, stamp
from usepolicy.enforcement.ledger_bodies import Accessed, Erased, ErasureReason, ErasureScope
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_counts import freeze
from usepolicy.enforcement.ledger_excerpts import Excerpt, excerpt_of
from usepolicy.errors import StepError
from usepolicy.store.ledger import UNUSABLE, Ledger, View, Wanted
from usepolicy.store.ledger_activity import forget_activity
from usepolicy.store.ledger_engine import reading, writing
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.ledger_tables import entries, excerpts
from usepolicy.store.outbox import forget_account, forget_old

MARGIN = timedelta(days=1)
"""Kept beyond the longest history: it is counted in full hours."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Who does something, when, and how an entry gets its id."""

    actor: Actor
    at: datetime
    new_id: Callable[[str], EntryId]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is past its term."""

    links_before: datetime | None = None
    """Accounts whose last entry is older lose their link and contact; None for no term."""
    sendings_before: datetime | None = None
    """That something was sent is forgotten of entries that are older; None for no term."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What retention destroyed."""

    excerpts: int
    accounts: int
    sendings: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """Whose words of which entry somebody wants to read, and for what."""

    id: EntryId
    account: str
    purpose: str


def erase(ledger: Ledger, keys: Keys, account: str, *, reason: ErasureReason, by: Acting) -> Entry:
    """Destroy what links an account to the ledger; return the entry that says so.

    Raises: StepError: `no-such-account`: it has no key, so that nothing links it.
    """
    # INVARIANT: condemned, then recorded, then destroyed: each step can be done again.
    key = keys.condemn(account, now=by.at)
    if key is None:
        raise StepError("no-such-account", "nothing in the ledger is linked to this account")
    entry = _record_erasure(ledger, key, reason, by)
    keys.destroy(account)
    return entry


def retain(ledger: Ledger, keys: Keys, *, terms: Terms, by: Acting) -> Retained:
    """Destroy what is past its term, and finish erasures that were broken off.

    It can be run by several at once, and again after it was killed.
    """
    unfinished = keys.condemned()
    for key in unfinished:
        _record_erasure(ledger, key, ErasureReason.REQUEST, by)
        keys.destroy(key.account)
    gone = _expire_excerpts(ledger, by)
    _forget_activity(ledger, by.at)
    erased = sum(_erased_idle(ledger, keys, key, by=by) for key in _idle(ledger, keys, terms))
    sendings = forget_old(ledger, terms.sendings_before) if terms.sendings_before else 0
    return Retained(gone, len(unfinished) + erased, sendings)


def keep_excerpt(
    keys: Keys, draft: Draft, text: str, *, account: str, expires_at: datetime
) -> Excerpt:
    """Return the words of an entry, sealed, to be appended with it.

    Raises: StepError: `no-such-account`, `never-kept`, `no-account`.
            LedgerError: `excerpt-too-long`.
    """
    key = _key(keys, account)
    return excerpt_of(draft, text, key, nonce=keys.nonce(NONCE_BYTES), expires_at=expires_at)


def read_excerpt(ledger: Ledger, keys: Keys, wanted: Reading, *, by: Acting) -> str:
    """Return the words that were kept of an entry; that somebody read them is recorded first.

    Raises: StepError: `no-excerpt`, `no-such-account`. LedgerError: `excerpt-broken`.
    """
    key = _key(keys, wanted.account)
    data = _sealed_words(ledger, key, wanted.id, by.at)
    if data is None:
        raise StepError("no-excerpt", f"no words are kept of `{wanted.id}`")
    # FAIL CLOSED: what can't be recorded is not shown.
    shown = Accessed(wanted.id, wanted.purpose)
    ledger.append(Draft(by.new_id("access"), by.at, by.actor, shown, link_of(key), wanted.id))
    return unsealed(key, data, about=wanted.id)


def kept_words(ledger: Ledger, keys: Keys, id: EntryId, account: str, now: datetime) -> str | None:
    """Return words of an entry to the account that they are of or addressed to; None: none are kept.

    Raises: StepError: `no-such-account`. LedgerError: `excerpt-broken`.
    """
    key = _key(keys, account)
    data = _sealed_words(ledger, key, id, now)
    return None if data is None else unsealed(key, data, about=id)


def with_words(ledger: Ledger, ids: Sequence[EntryId], now: datetime) -> frozenset[EntryId]:
    """Return of which of some entries words are kept."""
    alive = excerpts.c.expires_at > stamp(now)
    with reading(ledger.engine, ledger.place, code=UNUSABLE) as at:
        rows = at.execute(select(excerpts.c.id).where(excerpts.c.id.in_(ids), alive))
        return frozenset(EntryId(row.id) for row in rows)


def _sealed_words(ledger: Ledger, key: AccountKey, id: EntryId, now: datetime) -> bytes | None:
    alive = excerpts.c.expires_at > stamp(now)
    mine = excerpts.c.id == id, excerpts.c.account == link_of(key), alive
    with reading(ledger.engine, ledger.place, code=UNUSABLE) as at:
        row = at.execute(select(excerpts.c.data).where(*mine)).first()
    return None if row is None else bytes(row.data)


def _key(keys: Keys, account: str) -> AccountKey:
    key = keys.find(account)
    if key is None:
        raise StepError("no-such-account", "nothing in the ledger is linked to this account")
    return key


def _record_erasure(ledger: Ledger, key: AccountKey, reason: ErasureReason, by: Acting) -> Entry:
    link = link_of(key)

    def make(view: View) -> list[Draft]:
        before = list(view.entries(Wanted(account=link)))
        if any(isinstance(e.body, Erased) and e.body.scope is ErasureScope.ACCOUNT for e in before):
            return []
        at = view.connection
        mine = excerpts.c.account == link
        count = at.execute(select(func.count()).select_from(excerpts).where(mine)).scalar_one()
        at.execute(delete(excerpts).where(mine))
        forget_account(at, link)
        body = Erased(ErasureScope.ACCOUNT, reason, count, freeze(before))
        return [Draft(by.new_id("erasure"), by.at, by.actor, body, link)]

    written = ledger.append_from(make)
    if written:
        return written[0]
    return list(ledger.entries(Wanted(account=link, kinds=("erasure",))))[-1]


def _expire_excerpts(ledger: Ledger, by: Acting) -> int:
    def make(view: View) -> list[Draft]:
        at, past = view.connection, excerpts.c.expires_at <= stamp(by.at)
        count = at.execute(delete(excerpts).where(past)).rowcount
        body = Erased(ErasureScope.EXCERPTS, ErasureReason.RETENTION, count)
        return [Draft(by.new_id("erasure"), by.at, by.actor, body)] if count else []

    return sum(
        entry.body.excerpts for entry in ledger.append_from(make) if isinstance(entry.body, Erased)
    )


def _forget_activity(ledger: Ledger, now: datetime) -> None:
    """Forget times and likenesses that no window of a ladder reaches; the entries have them."""
    requests, hours = (timedelta(seconds=each) for each in (LONGEST_WINDOW, LONGEST_HISTORY))
    with writing(ledger.engine, ledger.place, code=UNUSABLE) as at:
        forget_activity(at, requests_before=now - requests, hours_before=now - hours - MARGIN)


def _idle(ledger: Ledger, keys: Keys, terms: Terms) -> list[AccountKey]:
    """Return the keys of accounts without an entry since the term; a newer key is in use."""
    if terms.links_before is None:
        return []
    before, old = stamp(terms.links_before), keys.made_before(terms.links_before)
    with reading(ledger.engine, ledger.place, code=UNUSABLE) as at:
        return [key for key in old if (_last(at, link_of(key)) or "") < before]


def _erased_idle(ledger: Ledger, keys: Keys, key: AccountKey, *, by: Acting) -> bool:
    try:
        erase(ledger, keys, key.account, reason=ErasureReason.RETENTION, by=by)
    except StepError:  # somebody else was faster
        return False
    return True


def _last(at: Connection, link: AccountLink) -> str | None:
    mine = select(func.max(entries.c.at)).where(entries.c.account == link)
    return at.execute(mine).scalar_one()
