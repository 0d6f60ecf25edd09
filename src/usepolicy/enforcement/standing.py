"""Standing: what is held against an account at a time, computed from the ledger alone.

Owns which entries bear on it (each gives a mark) and how marks add up. Marks do not depend on the
ladder, so that a store can keep them and another ladder be tried on the same past.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from usepolicy.enforcement.ladder import Ladder, Severity
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    AppealDecided,
    Decided,
    Erased,
    ErasureScope,
    Ids,
    Label,
    Moment,
    ReferralLabelled,
    Result,
    SanctionAction,
    Sanctioned,
    SignalKind,
    Signalled,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.steps import Measure, Step


class MarkKind(StrEnum):
    """How an entry bears on a standing."""

    CASE = "case"
    """It may be a violation."""
    LABEL = "label"
    """A person says that its targets are violations."""
    REVERSAL = "reversal"
    """Its targets no longer count."""
    SANCTION = "sanction"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one entry means for the standing of its account."""

    sequence: int
    id: EntryId
    at: Moment
    kind: MarkKind
    outcome: Outcome | None = None
    restrictions: tuple[tuple[str, str | None], ...] = ()
    """Clause and category of each."""
    signal: SignalKind | None = None
    targets: Ids = ()
    measure: Measure | None = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """A sanction that holds."""

    id: EntryId
    measure: Measure
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is held against an account at a time."""

    at: datetime
    points: int = 0
    violations: Ids = ()
    """What the points are of, the oldest first."""
    sanctions: tuple[InForce, ...] = ()
    """What is in force, the oldest first."""

    @property
    def strictest(self) -> InForce | None:
        """Return the strictest sanction in force; of two alike the one that lasts longer."""
        return max(self.sanctions, key=_strictness, default=None)


def mark_of(entry: Entry) -> Mark | None:
    """Return how an entry bears on the standing of its account; None where it does not."""
    if entry.account is None:
        return None
    return _case_mark(entry) or _said_mark(entry)


def standing_at(entries: Iterable[Entry], ladder: Ladder, at: datetime) -> Standing:
    """Return the standing of an account at a time from its entries, in their order.

    What is before an erasure of the account is of nobody.
    """
    marks: list[Mark] = []
    for entry in entries:
        if entry.at > at:
            break
        if is_account_erasure(entry):
            marks.clear()
        mark = mark_of(entry)
        marks += [mark] if mark is not None else []
    return standing_of(marks, ladder, at)


def is_account_erasure(entry: Entry) -> bool:
    """Tell whether an entry says that the key of its account was destroyed."""
    return isinstance(entry.body, Erased) and entry.body.scope is ErasureScope.ACCOUNT


def standing_of(marks: Iterable[Mark], ladder: Ladder, at: datetime) -> Standing:
    """Return the standing from an account's marks in their order, none of them later than `at`."""
    kept = list(marks)
    counts: dict[EntryId, bool] = {}  # what a person said last of a case or a sanction
    for mark in kept:
        if mark.kind in (MarkKind.LABEL, MarkKind.REVERSAL):
            counts.update(dict.fromkeys(mark.targets, mark.kind is MarkKind.LABEL))
    points, violations, sanctions = 0, [], []
    for mark in kept:
        if mark.kind is MarkKind.SANCTION and counts.get(mark.id, True):
            sanctions += _in_force(mark, at)
        elif mark.kind is MarkKind.CASE and counts.get(mark.id, _counts_itself(mark, ladder)):
            severity = severity_of(mark, ladder)
            weight = ladder.weight(severity, since=mark.at, at=at) if severity else 0
            points += weight
            violations += [mark.id] if weight else []
    return Standing(at, points, tuple(violations), tuple(sanctions))


def standing_after(before: Standing, marks: Iterable[Mark], ladder: Ladder) -> Standing:
    """Return the standing once entries that follow at the same time are there, too.

    Args: marks: of violations and sanctions alone.
    """
    points, violations = before.points, list(before.violations)
    sanctions = list(before.sanctions)
    for mark in marks:
        if mark.kind is MarkKind.SANCTION:
            sanctions += _in_force(mark, before.at)
        severity = severity_of(mark, ladder)
        if mark.kind is MarkKind.CASE and severity and _counts_itself(mark, ladder):
            points += severity.points
            violations += [mark.id] if severity.points else []
    return Standing(before.at, points, tuple(violations), tuple(sanctions))


def severity_of(mark: Mark, ladder: Ladder) -> Severity | None:
    """Return how much the case of a mark weighs; None where a ladder gives its signal no weight."""
    if mark.signal is not None:
        return ladder.severity_of_signal(mark.signal)
    return ladder.severity_of(mark.restrictions)


def _case_mark(entry: Entry) -> Mark | None:
    """What may be a violation."""
    match entry.body:
        case Decided() as body if _may_count(body):
            return _mark(entry, MarkKind.CASE, outcome=body.outcome, restrictions=_cited(body))
        case Signalled(signal=signal, grant=None):
            return _mark(entry, MarkKind.CASE, signal=signal)
        case UserReported(category=category):
            cited = (("", category),)
            return _mark(entry, MarkKind.CASE, outcome=Outcome.REFER, restrictions=cited)
    return None


def _said_mark(entry: Entry) -> Mark | None:
    """What is said of a case, or laid on the account."""
    match entry.body:
        case ReferralLabelled() as body:
            return _label_mark(entry, body)
        case AppealDecided(result=Result.OVERTURNED, reverses=reverses):
            return _mark(entry, MarkKind.REVERSAL, targets=reverses)
        case Sanctioned() as body:
            return _sanction_mark(entry, body)
    return None


def _may_count(body: Decided) -> bool:
    """INVARIANT: support, what a grant covers, and what a sanction kept out, never counts."""
    spared = body.support or body.grant is not None or body.refusal is not None
    return not spared and body.outcome is not Outcome.ALLOW


def _counts_itself(mark: Mark, ladder: Ladder) -> bool:
    return mark.signal is not None or mark.outcome in ladder.counted


def _cited(body: Decided) -> tuple[tuple[str, str | None], ...]:
    return tuple((each.clause, each.category) for each in body.restrictions)


def _label_mark(entry: Entry, body: ReferralLabelled) -> Mark | None:
    if body.label is Label.VIOLATES:
        return _mark(entry, MarkKind.LABEL, targets=(body.about,))
    targets = (body.about, *body.reverses) if body.label is Label.DOES_NOT_VIOLATE else ()
    return _mark(entry, MarkKind.REVERSAL, targets=targets) if targets else None


def _sanction_mark(entry: Entry, body: Sanctioned) -> Mark | None:
    if body.action is SanctionAction.LIFTED:
        return _mark(entry, MarkKind.REVERSAL, targets=(body.lifts,) if body.lifts else ())
    if body.measure.step is Step.WARNING:
        return None  # it is given and over
    return _mark(entry, MarkKind.SANCTION, measure=body.measure, until=body.until)


def _mark(entry: Entry, kind: MarkKind, **more: object) -> Mark:
    return Mark(entry.sequence, entry.id, entry.at, kind, **more)  # type: ignore[arg-type]


def _in_force(mark: Mark, at: datetime) -> list[InForce]:
    if mark.measure is None or (mark.until is not None and mark.until <= at):
        return []
    return [InForce(mark.id, mark.measure, mark.at, mark.until)]


def _strictness(each: InForce) -> tuple[int, bool, datetime]:
    return each.measure.step.rank, each.until is None, each.until or each.since
