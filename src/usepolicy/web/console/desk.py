"""The desk: what the console works on, and the few questions that several pages ask of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from usepolicy.enforcement.keys import AccountKey, link_of
from usepolicy.enforcement.ladder import Ladder
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import PeopleChanged
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.notices import Sender
from usepolicy.enforcement.sanctions import Office, Telling
from usepolicy.enforcement.standing import Standing
from usepolicy.errors import StepError, UsePolicyError
from usepolicy.store.api_keys import ApiKeys
from usepolicy.store.identities import Identities
from usepolicy.store.ledger import Ledger, View, Wanted, new_id
from usepolicy.store.ledger_erasure import (
    Acting,
    Reading,
    keep_excerpt,
    kept_words,
    read_excerpt,
    with_words,
)
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.people import People, Person, Recorder
from usepolicy.store.sessions import Sessions
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.console.oidc import Provider
from usepolicy.web.console.rules_book import RulesBook

WORDS_KEPT = timedelta(days=365)
"""How long the words of an appeal and its reasons are kept, sealed."""
WINDOW = 2_000
"""Entries that are read at once, from the newest back."""


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The record of enforcement, and by what it goes."""

    ledger: Ledger
    account_keys: Keys
    ladder: Ladder
    sender: Sender
    language: str = "en"
    """Of notices."""

    @property
    def office(self) -> Office:
        """Return what all steps need."""
        return Office(self.ladder, new_id, Telling("standard", self.language, "page"))


class Desk:
    """What the console works on; several threads may use it."""

    def __init__(
        self,
        engine: Engine,
        enforcement: Enforcement,
        *,
        people: People | None = None,
        provider: Provider | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.people = people or People(engine)
        self.identities = Identities(engine)
        self.provider = provider
        self.rules: RulesBook | None = None
        """The rules in force, where the console was told of their file."""
        self.sessions = Sessions(engine)
        self.keys = ApiKeys(engine)
        self.enforcement = enforcement
        self.now = now
        self._accounts: dict[AccountLink, AccountKey] = {}
        self._lock = threading.Lock()

    @property
    def has_passwords(self) -> bool:
        """Whether one can sign in with a password."""
        return self.provider is None or self.provider.settings.passwords

    @property
    def ledger(self) -> Ledger:
        """Return the record."""
        return self.enforcement.ledger

    def account_of(self, link: AccountLink | None) -> str | None:
        """Return the operator's own id of an account; None where its key is gone."""
        if link is None:
            return None
        with self._lock:
            found = self._accounts.get(link)
            if found is None:
                keys = self.enforcement.account_keys.all()
                self._accounts = {link_of(key): key for key in keys}
                found = self._accounts.get(link)
        if found is None or self.enforcement.account_keys.find(found.account) is None:
            return None
        return found.account

    def link_of(self, account: str) -> AccountLink | None:
        """Return the account's name in the ledger; None where nothing is linked to it."""
        key = self.enforcement.account_keys.find(account)
        return link_of(key) if key else None

    def standing(self, link: AccountLink, at: datetime) -> Standing:
        """Return the standing of an account."""
        return self.ledger.standing(link, self.enforcement.ladder, at)

    def case_of(self, id: str) -> tuple[Entry, ...]:
        """Return the entries of a case; one that stands alone is a case of one.

        Raises: UsePolicyError: `no-such-case`.
        """
        case = self.ledger.case(EntryId(id))
        alone = self.ledger.entry(EntryId(id)) if not case else None
        if not case and alone is None:
            raise UsePolicyError("no-such-case", "there is no such case", help="see /cases")
        return case or ((alone,) if alone else ())

    def newest(self, kinds: Sequence[str], *, before: int | None = None) -> Iterator[Entry]:
        """Yield entries of some kinds, the newest first.

        Args: before: sequence before which they lie; None for no bound.
        """
        last = self.ledger.head().sequence
        last = last if before is None else min(last, before - 1)
        while last > 0:
            first = max(1, last - WINDOW + 1)
            wanted = Wanted(kinds=tuple(kinds), first=first, last=last)
            yield from reversed(list(self.ledger.entries(wanted)))
            last = first - 1

    def append_with_words(
        self, make: Callable[[View], Sequence[Draft]], draft: Draft, words: str, account: str
    ) -> None:
        """Append what `make` makes, with words of `draft`, which is among it, sealed."""
        keys, until = self.enforcement.account_keys, draft.at + WORDS_KEPT
        excerpt = keep_excerpt(keys, draft, words, account=account, expires_at=until)
        self.ledger.append_from(make, excerpts=[excerpt])

    def recorder(self, actor: Actor) -> Recorder:
        """Return what writes down that somebody changed who may do what."""

        def record(change: PeopleChanged) -> None:
            self.ledger.append(Draft(new_id("people"), self.now(), actor, change))

        return record

    def with_words(self, entries: Sequence[Entry]) -> frozenset[EntryId]:
        """Return of which entries words are kept that can be opened."""
        linked = [entry.id for entry in entries if self.account_of(entry.account) is not None]
        return with_words(self.ledger, linked, self.now())

    def own_words(self, entry: Entry) -> str | None:
        """Return words that the account wrote itself or that are addressed to it; None: none kept."""
        account = self.account_of(entry.account)
        if account is None:
            return None
        return kept_words(self.ledger, self.enforcement.account_keys, entry.id, account, self.now())

    def words(self, entry: Entry, by: Actor, purpose: str) -> str | None:
        """Return the words that were kept of an entry, recording who read them; None: none are."""
        account = self.account_of(entry.account)
        if account is None:
            return None
        try:
            return read_excerpt(
                self.ledger,
                self.enforcement.account_keys,
                Reading(entry.id, account, purpose),
                by=Acting(by, self.now(), new_id),
            )
        except StepError:
            return None


def actor_of(person: Person) -> Actor:
    """Return somebody of the operator's as the ledger names them."""
    return Actor(ActorKind.PERSON, person.id)


def category_names() -> Mapping[str, str]:
    """Return the names of categories by id."""
    return {category.id: category.name for category in load_taxonomy().categories}
