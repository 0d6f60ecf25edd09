"""Signals of a kept ledger: told again from its entries, and those written that none tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.recording import covering
from usepolicy.enforcement.sanctions import Office, respond
from usepolicy.enforcement.signal_replay import Raised, replayed
from usepolicy.store.ledger import Ledger, View
from usepolicy.store.ledger_erasure import Acting


@dataclass(frozen=True, slots=True)
class Term:
    """Between which times a signal was raised."""

    since: datetime | None = None
    before: datetime | None = None

    def has(self, at: datetime) -> bool:
        """Tell whether a time lies in it."""
        late_enough = self.since is None or at >= self.since
        return late_enough and (self.before is None or at < self.before)


def signals_in(ledger: Ledger, office: Office, term: Term) -> tuple[Raised, ...]:
    """Return the signals that the ladder of an office raises over all entries of a ledger."""
    found = replayed(ledger.entries(), office.ladder.watch)
    return tuple(each for each in found if term.has(each.at))


def write_missing(
    ledger: Ledger, found: Sequence[Raised], office: Office, *, by: Acting
) -> tuple[Entry, ...]:
    """Write the signals that no entry tells, each with what follows from it, at once.

    Raises: StoreError, LedgerError: nothing is written of the signal at hand.
    """
    written: list[Entry] = []
    for each in found:
        if each.recorded is None:
            written += ledger.append_from(_Following(each, office, by))
    return tuple(written)


@dataclass(frozen=True, slots=True)
class _Following:
    """What is appended of one signal."""

    raised: Raised
    office: Office
    by: Acting

    def __call__(self, view: View) -> Sequence[Draft]:
        each, at = self.raised, self.by.at
        if view.past(each.account).raised(each.signal.signal) == each.at:
            return ()  # somebody else was faster
        grants = view.grants(each.account)
        signal, surface = each.signal, each.surface
        grant = covering(signal.category, surface, grants, at=each.at)
        body = replace(signal, grant=grant)
        id = self.by.new_id("signal")
        draft = Draft(id, at, self.by.actor, body, each.account)
        standing = view.standing(each.account, self.office.ladder, at)
        return respond(draft, standing, self.office)
