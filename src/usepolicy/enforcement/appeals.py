"""Appeals: an account contests, another person decides, and what was wrong no longer counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from usepolicy.enforcement.ladder import AppealTerms
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Accessed,
    AppealDecided,
    AppealFiled,
    Decided,
    Ids,
    Notified,
    Result,
    SanctionAction,
    Sanctioned,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.sanctions import require_person
from usepolicy.errors import StepError


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal and where it stands."""

    id: EntryId
    account: AccountLink
    case: EntryId | None
    against: Ids
    filed_at: datetime
    result: Result | None = None
    """None while it is open."""
    decided_at: datetime | None = None
    decided_by: Actor | None = None

    def due(self, terms: AppealTerms) -> datetime:
        """Return until when it is to be decided."""
        return self.filed_at + timedelta(seconds=terms.decide_within)


@dataclass(frozen=True, slots=True)
class Filing:
    """What an account says."""

    id: EntryId
    at: datetime
    account: AccountLink
    against: Ids
    reason_hash: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer says of an appeal."""

    id: EntryId
    at: datetime
    reviewer: Actor
    result: Result
    reason_hash: str
    also: Ids = ()
    """What else of the account is reversed, such as later sanctions that built on it."""


def appeals_in(entries: Iterable[Entry]) -> tuple[Appeal, ...]:
    """Return the appeals that entries tell of, in the order in which they were filed."""
    found: dict[EntryId, Appeal] = {}
    for entry in entries:
        match entry.body:
            case AppealFiled(against=against) if entry.account is not None:
                found[entry.id] = Appeal(entry.id, entry.account, entry.case, against, entry.at)
            case AppealDecided(appeal=id, result=result) if id in found:
                filed = found[id]
                found[id] = Appeal(
                    id, filed.account, filed.case, filed.against, filed.filed_at,
                    result, entry.at, entry.actor,
                )  # fmt: skip
    return tuple(found.values())


def overdue(appeals: Iterable[Appeal], terms: AppealTerms, at: datetime) -> tuple[Appeal, ...]:
    """Return the open appeals whose time is over, the longest first."""
    late = (each for each in appeals if each.result is None and each.due(terms) < at)
    return tuple(sorted(late, key=lambda each: (each.filed_at, each.id)))


def file_appeal(case: Sequence[Entry], filing: Filing, terms: AppealTerms) -> Draft:
    """Return the entry by which an account contests entries of one case.

    Raises: StepError: `not-yours`, `not-appealable`, `already-appealed`, `too-late`.
    """
    mine = {entry.id: entry for entry in case if entry.account == filing.account}
    if not filing.against:
        raise StepError("not-appealable", "an appeal is against something")
    for id in filing.against:
        if id not in mine:
            # The same words whether it is another account's or nobody's.
            raise StepError("not-yours", f"this account has no decision or sanction `{id}`")
        _check_appealable(mine[id])
        if any(id in appeal.against for appeal in appeals_in(case)):
            raise StepError("already-appealed", f"`{id}` was appealed against before")
        last = _appealable_until(case, mine[id], terms)
        if filing.at > last:
            raise StepError("too-late", f"`{id}` could be appealed against until {last:%Y-%m-%d}")
    actor = Actor(ActorKind.ACCOUNT, filing.account)
    body = AppealFiled(filing.against, filing.reason_hash)
    about = mine[filing.against[0]].case
    return Draft(filing.id, filing.at, actor, body, filing.account, about)


def decide_appeal(case: Sequence[Entry], appeal: EntryId, ruling: Ruling) -> Draft:
    """Return the entry by which a person decides an appeal.

    What is overturned takes the sanctions with it that followed from nothing else.

    Raises: StepError: `not-a-person`, `no-appeal`, `already-decided`, `own-decision`.
    """
    require_person(ruling.reviewer)
    filed = next((each for each in appeals_in(case) if each.id == appeal), None)
    if filed is None:
        raise StepError("no-appeal", f"no appeal `{appeal}` in this case")
    if filed.result is not None:
        raise StepError("already-decided", f"the appeal `{appeal}` was decided before")
    acted = (entry for entry in case if not isinstance(entry.body, Accessed))
    if any(entry.actor == ruling.reviewer for entry in acted):
        # Whoever labelled, sanctioned or decided anything of a case is not its judge on appeal;
        # who read its words to judge it is.
        raise StepError("own-decision", "whoever acted in a case can't decide its appeal")
    overturned = ruling.result is Result.OVERTURNED
    reverses = _with_consequences(case, (*filed.against, *ruling.also)) if overturned else ()
    body = AppealDecided(appeal, ruling.result, ruling.reason_hash, reverses)
    return Draft(ruling.id, ruling.at, ruling.reviewer, body, filed.account, filed.case)


def _check_appealable(entry: Entry) -> None:
    is_sanction = isinstance(entry.body, Sanctioned)
    applied = is_sanction and entry.body.action is SanctionAction.APPLIED  # type: ignore[attr-defined]
    if not (applied or isinstance(entry.body, Decided)):
        raise StepError("not-appealable", f"`{entry.id}` is neither a decision nor a sanction")


def _appealable_until(case: Iterable[Entry], entry: Entry, terms: AppealTerms) -> datetime:
    """The term begins with the notice; the account keeps the longest that it was told."""
    told = [
        each.body.appeal_until or each.at + timedelta(seconds=terms.file_within)
        for each in case
        if isinstance(each.body, Notified) and entry.id in each.body.about
    ]
    return max(told, default=entry.at + timedelta(seconds=terms.file_within))


def _with_consequences(case: Iterable[Entry], ids: Ids) -> Ids:
    reversed_ = dict.fromkeys(ids)
    for entry in case:
        causes = entry.body.causes if isinstance(entry.body, Sanctioned) else ()
        if causes and all(cause in reversed_ for cause in causes):
            reversed_[entry.id] = None
    return tuple(reversed_)
