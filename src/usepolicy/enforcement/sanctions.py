"""Sanctions: the entries that follow a decision, and what a person does with a referral.

Owns which entries belong together; whoever appends them does so in one transaction, so that no
sanction stands without its decision and its notice. Pure: ids and times come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from usepolicy.enforcement.ladder import Ladder, Rung, Severity
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Body,
    Decided,
    Ids,
    Label,
    Notified,
    ReferralLabelled,
    ReferralOpened,
    ReferralReason,
    SanctionAction,
    Sanctioned,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.standing import Mark, Standing, mark_of, severity_of, standing_after
from usepolicy.enforcement.steps import Measure
from usepolicy.errors import StepError

NewId = Callable[[str], EntryId]
"""From a kind of entry to an id that no other entry has."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How an account is told."""

    template: str
    language: str
    by: str


@dataclass(frozen=True, slots=True)
class Office:
    """What all steps need that are taken by the same rules."""

    ladder: Ladder
    new_id: NewId
    telling: Telling


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer says of a referral, and when."""

    reviewer: Actor
    at: datetime
    label: Label
    reason_hash: str | None = None
    reverses: Ids = ()


def respond(trigger: Draft, standing: Standing, office: Office) -> tuple[Draft, ...]:
    """Return a decision, signal or user report with all that follows from it, to append at once.

    Args: standing: of the account just before.
    """
    first = replace(trigger, case=trigger.case or trigger.id)
    body = first.body
    mark = _mark_of(first)
    follows: list[Draft] = []
    if isinstance(body, UserReported):
        follows = [_referral(first, ReferralReason.USER_REPORT, office)]
    elif isinstance(body, Decided) and body.outcome is Outcome.REFER and body.grant is None:
        follows = [_referral(first, ReferralReason.OUTCOME, office)]
    if mark is not None and _counts_now(mark, office.ladder):
        follows += _consequence(first, mark, standing, office)
    return (first, *follows, *_notice(first, follows, office))


def label_referral(
    case: Iterable[Entry], referral: EntryId, review: Review, standing: Standing, office: Office
) -> tuple[Draft, ...]:
    """Return a reviewer's label of a referral with all that follows from it, to append at once.

    Args:   case: all entries of the case; standing: of the account, at the time of the review.
    Raises: StepError: `not-a-person`, `no-referral`, `already-labelled`.
    """
    require_person(review.reviewer)
    entries = {entry.id: entry for entry in case}
    opened = entries.get(referral)
    if opened is None or not isinstance(opened.body, ReferralOpened):
        raise StepError("no-referral", f"no referral `{referral}` in this case")
    if any(getattr(e.body, "referral", None) == referral for e in entries.values()):
        raise StepError("already-labelled", f"the referral `{referral}` was labelled before")
    about = entries.get(opened.body.about)
    said = ReferralLabelled(
        referral, opened.body.about, review.label, review.reason_hash, review.reverses
    )
    label = Draft(
        office.new_id("referral_labelled"),
        review.at,
        review.reviewer,
        said,
        opened.account,
        opened.case,
    )
    if review.label is not Label.VIOLATES or about is None or opened.account is None:
        return (label,)
    follows = _by_person(opened.body, about, label, standing, office)
    return (label, *follows, *_notice(label, follows, office))


@dataclass(frozen=True, slots=True)
class Lifting:
    """Who ends a sanction before its time, when, and for what."""

    id: EntryId
    """Of the entry that says so."""
    by: Actor
    at: datetime
    reason_hash: str


def lift(sanction: Entry, lifting: Lifting) -> Draft:
    """Return the entry by which a person ends a sanction before its time.

    Raises: StepError: `not-a-person`, `no-sanction`.
    """
    require_person(lifting.by)
    body = sanction.body
    if not isinstance(body, Sanctioned) or body.action is not SanctionAction.APPLIED:
        raise StepError("no-sanction", f"`{sanction.id}` is no sanction")
    lifted = Sanctioned(
        SanctionAction.LIFTED,
        body.measure,
        lifting.at,
        None,
        Automation.NONE,
        lifts=sanction.id,
        reason_hash=lifting.reason_hash,
    )
    return Draft(lifting.id, lifting.at, lifting.by, lifted, sanction.account, sanction.case)


def followed(before: Standing, drafts: Iterable[Draft], ladder: Ladder) -> Standing:
    """Return the standing of an account once drafts that `respond` made are appended."""
    marks = (mark for draft in drafts if (mark := _mark_of(draft)) is not None)
    return standing_after(before, marks, ladder)


def require_person(actor: Actor) -> None:
    """Refuse a step that only a person takes.

    Raises: StepError: `not-a-person`.
    """
    if actor.kind is not ActorKind.PERSON:
        raise StepError("not-a-person", "only a person of the operator's may do this")


def _mark_of(draft: Draft) -> Mark | None:
    return mark_of(
        Entry(0, draft.id, draft.at, draft.actor, draft.body, draft.account, draft.case, "")
    )


def _counts_now(mark: Mark, ladder: Ladder) -> bool:
    return mark.signal is not None or mark.outcome in ladder.counted


def _consequence(first: Draft, mark: Mark, standing: Standing, office: Office) -> list[Draft]:
    severity = severity_of(mark, office.ladder)
    if severity is None:
        return []
    points = standing.points + severity.points
    rung = office.ladder.rung_for(points, severity)
    if rung is None:
        return []
    if rung.requires_person:
        opened = ReferralOpened(first.id, ReferralReason.PROPOSED_SANCTION, rung.measure, points)
        return [_beside(first, "referral_opened", opened, office)]
    return [_sanction(first, rung.measure, points, Automation.FULLY, office)]


def _by_person(
    opened: ReferralOpened, about: Entry, label: Draft, standing: Standing, office: Office
) -> list[Draft]:
    """What follows when a person found a violation: a person has decided, so no rung waits."""
    if opened.proposed is not None:
        points = opened.points or 0
        return [_sanction(label, opened.proposed, points, Automation.PARTLY, office)]
    mark = mark_of(about)
    severity = severity_of(mark, office.ladder) if mark else None
    if mark is None or severity is None:
        return []
    rung, points = _reached(mark, severity, standing, office)
    if rung is None:
        return []
    return [_sanction(label, rung.measure, points, Automation.PARTLY, office)]


def _reached(
    mark: Mark, severity: Severity, standing: Standing, office: Office
) -> tuple[Rung | None, int]:
    counted = mark.id in standing.violations
    weight = office.ladder.weight(severity, since=mark.at, at=standing.at)
    points = standing.points + (0 if counted else weight)
    return office.ladder.rung_for(points, severity), points


def _sanction(
    cause: Draft, measure: Measure, points: int, automation: Automation, office: Office
) -> Draft:
    about = cause.body.about if isinstance(cause.body, ReferralLabelled) else cause.id
    body = Sanctioned(
        SanctionAction.APPLIED,
        measure,
        cause.at,
        measure.ends(cause.at),
        automation,
        (about,),
        points,
    )
    return _beside(cause, "sanction", body, office)


def _referral(first: Draft, reason: ReferralReason, office: Office) -> Draft:
    return _beside(first, "referral_opened", ReferralOpened(first.id, reason), office)


def _notice(first: Draft, follows: Iterable[Draft], office: Office) -> list[Draft]:
    """Every action tells the account; what let it be, and what a person still looks at, does not."""
    sanctions = [draft.id for draft in follows if isinstance(draft.body, Sanctioned)]
    decided = isinstance(first.body, Decided) and first.body.outcome is not Outcome.ALLOW
    if first.account is None or not (decided or sanctions):
        return []
    cause = first.body.about if isinstance(first.body, ReferralLabelled) else first.id
    telling = office.telling
    until: datetime | None = first.at + timedelta(seconds=office.ladder.appeals.file_within)
    if isinstance(first.body, Decided) and first.body.refusal is not None:
        until = first.body.refusal.appeal_until  # what can be contested is the sanction
    body = Notified((cause, *sanctions), telling.template, telling.language, telling.by, until)
    return [_beside(first, "notice", body, office)]


def _beside(first: Draft, kind: str, body: Body, office: Office) -> Draft:
    return Draft(office.new_id(kind), first.at, first.actor, body, first.account, first.case)
