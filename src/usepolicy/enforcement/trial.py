"""Trials: what other rules would have made of past decisions, as far as it can be told; pure.

A ledger keeps no request. It keeps what was cited with its scores, the versions and the faults; from
these follow bounds, and where the bounds meet, the outcome. What they leave open is told as open,
and can be decided anew where an operator keeps words. Owns the replay and its counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import Decided
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.plans import Watch, plan_for
from usepolicy.enforcement.requests import Request, Surface
from usepolicy.enforcement.trial_bounds import Bounds, Compared, Side

MOST_KEPT, MOST_PLANS = 50_000, 500
"""What is remembered of one replay; memory is bounded by it."""
Anew = Callable[[Entry], Outcome | None]
"""Decides kept words of an entry anew; None where none are kept, or too little to tell."""


class Basis(StrEnum):
    """From what an outcome under other rules is known."""

    SCORES = "scores"
    """From what the entry keeps."""
    WORDS = "words"
    """Kept words were decided anew."""
    NOT_KEPT = "not_kept"
    """It can't be told: neither scores nor words are kept of it."""
    OTHER_RULES = "other_rules"
    """It can't be told: it was decided by rules that are not at hand."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One decision, as it was and as it would be."""

    id: EntryId
    at: datetime
    account: AccountLink | None
    before: Outcome
    after: Bounds
    basis: Basis
    open_rules: tuple[str, ...] = ()
    """Rules of which it can't be told whether they would be stricter here."""

    @property
    def told(self) -> Outcome | None:
        """Return the outcome that it would have; None where that can't be told."""
        return self.after.low if self.after.low is self.after.high else None

    @property
    def is_changed(self) -> bool | None:
        """Tell whether it would be another; None where that can't be told."""
        if self.after.low.rank <= self.before.rank <= self.after.high.rank:
            return False if self.told else None
        return True


@dataclass(frozen=True, slots=True)
class Shift:
    """Decisions that go from one outcome to another."""

    before: Outcome
    after: Outcome | None
    """None: which can't be told."""
    decisions: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What rules would have made of past decisions."""

    replays: tuple[Replay, ...]

    @property
    def changed(self) -> tuple[Replay, ...]:
        """Return those that would be others for certain, the oldest first."""
        return tuple(each for each in self.replays if each.is_changed)

    @property
    def untold(self) -> tuple[Replay, ...]:
        """Return those of which it can't be told whether they would change."""
        return tuple(each for each in self.replays if each.is_changed is None)

    @property
    def accounts(self) -> frozenset[AccountLink]:
        """Return the accounts with a decision that changes for certain."""
        return frozenset(each.account for each in self.changed if each.account)

    def shifts(self) -> tuple[Shift, ...]:
        """Return how many decisions go from which outcome to which, by strictness."""
        found: dict[tuple[Outcome, Outcome | None], list[Replay]] = {}
        for each in self.replays:
            found.setdefault((each.before, each.told), []).append(each)
        return tuple(
            Shift(before, after, len(those), len({r.account for r in those if r.account}))
            for (before, after), those in sorted(found.items(), key=_by_strictness)
        )

    def open_rules(self) -> tuple[tuple[str, int], ...]:
        """Return the rules of which most can't be told, with how many decisions."""
        counts = Counter(rule for each in self.untold for rule in each.open_rules)
        return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    def by_basis(self) -> Mapping[Basis, int]:
        """Return how many decisions are told from what."""
        counts = Counter(each.basis for each in self.replays)
        return {basis: counts[basis] for basis in Basis}


@dataclass(slots=True)
class Replayer:
    """Replays decisions under other rules; decisions that are kept alike are replayed once."""

    new: Side
    old: Side | None
    """The rules in force, where they are at hand."""
    anew: Anew | None = None
    _plans: dict[tuple[bool, Surface, str | None], Compared] = field(default_factory=dict)
    _kept: dict[tuple[object, ...], tuple[Bounds, tuple[str, ...]]] = field(default_factory=dict)

    def replay(self, entries: Iterable[Entry]) -> Trial:
        """Return what the rules would have made of the decisions among entries."""
        return Trial(tuple(self._replays(entries)))

    def _replays(self, entries: Iterable[Entry]) -> Iterator[Replay]:
        for entry in entries:
            if isinstance(entry.body, Decided):
                yield self._replay(entry, entry.body)

    def _replay(self, entry: Entry, decided: Decided) -> Replay:
        is_at_hand = self._is_at_hand(decided)
        bounds, why = self._bounds(decided, is_at_hand)
        basis = Basis.SCORES
        if bounds.low is not bounds.high:
            basis = Basis.NOT_KEPT if is_at_hand else Basis.OTHER_RULES
            found = self.anew(entry) if self.anew else None
            if found is not None:
                bounds, why, basis = Bounds(found, found), (), Basis.WORDS
        return Replay(entry.id, entry.at, entry.account, decided.outcome, bounds, basis, why)

    def _is_at_hand(self, decided: Decided) -> bool:
        return self.old is not None and decided.versions.get("rules") == self.old.rules.version

    def _bounds(self, decided: Decided, is_at_hand: bool) -> tuple[Bounds, tuple[str, ...]]:
        key = (
            decided.outcome, decided.channel, decided.surface, decided.restrictions,
            tuple(sorted(decided.versions.items())), decided.jurisdiction, decided.errors,
        )  # fmt: skip
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            compared = self._compared(decided, is_at_hand)
            self._kept[key] = compared.bounds(decided), compared.open_rules(decided)
        return self._kept[key]

    def _compared(self, decided: Decided, is_at_hand: bool) -> Compared:
        key = (is_at_hand, decided.surface, decided.jurisdiction)
        if key not in self._plans:
            if len(self._plans) >= MOST_PLANS:  # a jurisdiction is the caller's word
                self._plans.clear()
            before = _watches_of(self.old, decided) if self.old and is_at_hand else ()
            self._plans[key] = Compared(before, _watches_of(self.new, decided), self.new)
        return self._plans[key]


def _watches_of(side: Side, decided: Decided) -> tuple[Watch, ...]:
    request = Request("", surface=decided.surface, jurisdiction=decided.jurisdiction)
    plan = plan_for(side.rules, request, side.knowledge)
    found: Sequence[Watch] = [watch for watches in plan.watches.values() for watch in watches]
    unique = {
        (watch.rule.id, watch.watched.category, watch.watched.targets): watch for watch in found
    }
    return tuple(unique.values())


def _by_strictness(
    item: tuple[tuple[Outcome, Outcome | None], list[Replay]],
) -> tuple[int, int]:
    (before, after), _ = item
    return before.rank, -1 if after is None else after.rank
