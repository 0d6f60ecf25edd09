"""Trials of ladders: what another ladder would have led to on the same past; pure.

Both ladders go over the same entries: what machines decided, what people said of it since, what was
overturned. Owns the replay of steps; how points add up is `standing`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from usepolicy.enforcement.ladder import Ladder, Rung
from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import Sanctioned
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.standing import (
    Mark,
    MarkKind,
    is_account_erasure,
    mark_of,
    severity_of,
    standing_of,
)
from usepolicy.enforcement.steps import Step

KINDS = (
    "decision",
    "signal",
    "user_report",
    "referral_labelled",
    "appeal_decided",
    "sanction",
    "erasure",
)
"""Kinds of entry that bear on what follows."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """A step that a ladder leads to."""

    case: EntryId
    at: datetime
    step: Step
    until: datetime | None
    waits: bool
    """A machine only proposes it: it holds once a person takes it."""


@dataclass(frozen=True, slots=True)
class StepShift:
    """A case in which the ladders lead to other steps; None is none."""

    case: EntryId
    account: AccountLink
    at: datetime
    before: Consequence | None
    after: Consequence | None


@dataclass(frozen=True, slots=True)
class StandingShift:
    """An account that would stand otherwise now."""

    account: AccountLink
    points_before: int
    points_after: int
    before: Step | None
    """The strictest step in force, steps that wait for a person left out."""
    after: Step | None


@dataclass(frozen=True, slots=True)
class LadderTrial:
    """What another ladder would have led to."""

    accounts: int
    """Accounts that were looked at."""
    cases: int
    """Cases in which either ladder leads to a step."""
    steps: tuple[StepShift, ...]
    standings: tuple[StandingShift, ...]


@dataclass(slots=True)
class _Account:
    """The marks of an account so far, and what each ladder made of them."""

    marks: list[Mark] = field(default_factory=list)
    steps: tuple[dict[EntryId, Consequence], dict[EntryId, Consequence]] = field(
        default_factory=lambda: ({}, {})
    )
    causes: dict[EntryId, EntryId] = field(default_factory=dict)
    """By the sanctions that were laid on it then: what each followed from."""


def try_ladder(
    entries: Iterable[Entry], old: Ladder, new: Ladder, since: datetime, at: datetime
) -> LadderTrial:
    """Return what a ladder would have led to that another did not.

    Args: entries: of all accounts, in their order, of the kinds `KINDS`, from before `since` too as
                   far as they may weigh; since: from when on cases are compared; at: now.
    """
    accounts: dict[AccountLink, _Account] = {}
    for entry in entries:
        if entry.account is not None:
            _take(accounts.setdefault(entry.account, _Account()), entry, (old, new))
    steps: list[StepShift] = []
    standings: list[StandingShift] = []
    cases = 0
    for link, each in accounts.items():
        recent = [c for made in each.steps for c in made.values() if c.at >= since]
        cases += len({c.case for c in recent})
        steps += _step_shifts(link, each, {c.case for c in recent})
        standings += _standing_shift(link, each, (old, new), at)
    return LadderTrial(
        len(accounts),
        cases,
        tuple(sorted(steps, key=lambda shift: (shift.at, shift.case))),
        tuple(sorted(standings, key=lambda shift: shift.account)),
    )


def _take(account: _Account, entry: Entry, ladders: tuple[Ladder, Ladder]) -> None:
    if is_account_erasure(entry):
        account.marks.clear()
        for made in account.steps:
            made.clear()
    if isinstance(entry.body, Sanctioned) and entry.body.causes:
        account.causes[entry.id] = entry.body.causes[0]
    mark = mark_of(entry)
    if mark is None or mark.kind is MarkKind.SANCTION:  # what followed by the ladder of then
        return
    for ladder, made in zip(ladders, account.steps, strict=True):
        for found in _follows(account.marks, mark, ladder):
            made[found.case] = found
    account.marks.append(mark)


def _follows(marks: list[Mark], new: Mark, ladder: Ladder) -> Iterator[Consequence]:
    """Yield the step that a case leads to, or a person's word that it is a violation."""
    if new.kind is MarkKind.CASE:
        if new.signal is not None or new.outcome in ladder.counted:
            yield from _step(new, new, [*marks, new], ladder)
    elif new.kind is MarkKind.LABEL:
        for about in [each for each in marks if each.id in new.targets]:
            yield from _step(about, new, [*marks, new], ladder)


def _step(case: Mark, cause: Mark, marks: list[Mark], ladder: Ladder) -> Iterator[Consequence]:
    severity = severity_of(case, ladder)
    if severity is None:
        return
    points = standing_of(marks, ladder, cause.at).points
    rung: Rung | None = ladder.rung_for(points, severity)
    if rung is not None:
        waits = rung.requires_person and cause.kind is not MarkKind.LABEL
        ends = rung.measure.ends(cause.at)
        yield Consequence(case.id, cause.at, rung.measure.step, ends, waits)


def _step_shifts(link: AccountLink, each: _Account, cases: set[EntryId]) -> Iterator[StepShift]:
    before, after = each.steps
    for case in cases:
        mine, theirs = before.get(case), after.get(case)
        if _said(mine) != _said(theirs):
            at = max(c.at for c in (mine, theirs) if c is not None)
            yield StepShift(case, link, at, mine, theirs)


def _said(found: Consequence | None) -> object:
    """What makes a step another: its kind, how long it lasts, whether a person is asked."""
    if found is None:
        return None
    return found.step, found.waits, found.until and found.until - found.at


def _standing_shift(
    link: AccountLink, each: _Account, ladders: tuple[Ladder, Ladder], at: datetime
) -> Iterator[StandingShift]:
    points = [standing_of(each.marks, ladder, at).points for ladder in ladders]
    gone = _taken_back(each)
    before, after = (_in_force(made.values(), gone, at) for made in each.steps)
    if points[0] != points[1] or before is not after:
        yield StandingShift(link, points[0], points[1], before, after)


def _taken_back(each: _Account) -> set[EntryId]:
    """Return the cases whose steps ended: they are no violation, or a person ended the sanction."""
    gone: set[EntryId] = set()
    for mark in each.marks:
        if mark.kind in (MarkKind.LABEL, MarkKind.REVERSAL):
            about = {each.causes.get(target, target) for target in mark.targets}
            gone = gone | about if mark.kind is MarkKind.REVERSAL else gone - about
    return gone


def _in_force(found: Iterable[Consequence], gone: set[EntryId], at: datetime) -> Step | None:
    steps = [
        each.step
        for each in found
        if not (each.waits or each.case in gone or each.step is Step.WARNING)
        and (each.until is None or each.until > at)
    ]
    return max(steps, key=_strictness, default=None)


def _strictness(step: Step) -> int:
    return step.rank
