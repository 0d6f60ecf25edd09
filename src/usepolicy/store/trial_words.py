"""Words of a trial: kept words of past decisions, decided anew where their scores don't tell.

FAIL CLOSED: that words are read is recorded before, each time, and words of what is never kept are
not read. What the rules of then don't come to on the words that are kept is not told: more was
judged than is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.ledger import AccountLink
from usepolicy.enforcement.ledger_bodies import Decided
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Request, Role, Turn
from usepolicy.enforcement.unshown import categories_of, check_may_keep
from usepolicy.errors import StepError
from usepolicy.store.ledger import Ledger
from usepolicy.store.ledger_erasure import Acting, Reading, read_excerpt, with_words
from usepolicy.store.ledger_keys import Keys

PURPOSE = "to try other rules"
"""What the entry of each reading says."""
MOST_READ = 500
"""Decisions whose words one trial reads."""
_ROLES = {Channel.PROMPT: Role.USER, Channel.OUTPUT: Role.ASSISTANT}


@dataclass(slots=True)
class KeptWords:
    """Decides kept words anew; called with an entry."""

    ledger: Ledger
    keys: Keys
    account_of: Callable[[AccountLink | None], str | None]
    by: Acting
    new: Engine
    old: Engine | None = None
    """Of the rules in force: they must come to what was decided on the words that are kept."""
    read: int = field(default=0)
    """How many were read so far."""

    def __call__(self, entry: Entry) -> Outcome | None:
        """Return what the new rules come to; None where too little is kept to tell."""
        decided = entry.body
        if not isinstance(decided, Decided) or decided.grant is not None:
            return None  # which grants a request carried is not kept
        words = self._words(entry, decided)
        request = _request(entry, decided, words) if words is not None else None
        if request is None:
            return None
        if self.old is not None and _outcome(self.old, request) is not decided.outcome:
            return None
        return _outcome(self.new, request)

    def _words(self, entry: Entry, decided: Decided) -> str | None:
        account = self.account_of(entry.account)
        if account is None or self.read >= MOST_READ or not _may_be_read(decided):
            return None
        if not with_words(self.ledger, [entry.id], self.by.at):
            return None
        self.read += 1
        wanted = Reading(entry.id, account, PURPOSE)
        try:
            return read_excerpt(self.ledger, self.keys, wanted, by=self.by)
        except StepError:
            return None


def _may_be_read(decided: Decided) -> bool:
    try:
        check_may_keep(categories_of(decided))
    except StepError:
        return False
    return True


def _request(entry: Entry, decided: Decided, words: str) -> Request | None:
    place = {"surface": decided.surface, "jurisdiction": decided.jurisdiction}
    role = _ROLES.get(decided.channel)
    if role is not None:
        return Request(entry.id, (Turn(role, words),), **place)  # type: ignore[arg-type]
    if decided.channel is Channel.DECLARED_USE:
        return Request(entry.id, declared_use=words, **place)  # type: ignore[arg-type]
    return None


def _outcome(engine: Engine, request: Request) -> Outcome:
    (decision,) = engine.decide([request])
    return decision.outcome
