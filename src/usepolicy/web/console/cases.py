"""Cases: what was decided, and what a reviewer does with what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    Decided,
    Label,
    ReferralLabelled,
    ReferralOpened,
    SanctionAction,
    Sanctioned,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.roles import Right
from usepolicy.enforcement.sanctions import Review, label_referral, lift
from usepolicy.enforcement.standing import Standing
from usepolicy.errors import UsageError
from usepolicy.store.ledger import View as LedgerView
from usepolicy.store.ledger import Wanted, new_id
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import Desk, actor_of, category_names
from usepolicy.web.console.lines import EntryLine, StandingLine, line_of, standing_line

SHOWN = 50
"""Cases on one page."""
LOOKED_AT = 20_000
"""Entries that are looked through for them at most, from the newest back."""


@dataclass(frozen=True, slots=True)
class Cases:
    """The list."""

    outcome: str
    outcomes: tuple[str, ...]
    account: str
    lines: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A referral that waits for a person."""

    id: str
    case: str
    at: str
    reason: str
    proposed: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    id: str
    account: str | None
    lines: tuple[EntryLine, ...]
    standing: StandingLine | None
    waiting: tuple[Waiting, ...]
    labels: tuple[str, ...]
    liftable: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits."""

    waiting: tuple[Waiting, ...]


def people_of(desk: Desk) -> Mapping[str, str]:
    """Return the names of people by id."""
    return {person.id: person.name for person in desk.people.all()}


def cases(context: Context) -> View:
    """Return the newest decisions that were no plain yes, of one outcome or account if asked."""
    desk = context.desk
    outcome = context.query.get("outcome", "")
    account = context.query.get("account", "")[:200]
    allowed = tuple(each.value for each in Outcome)
    if outcome and outcome not in allowed:
        help = f"one of: {', '.join(allowed)}"
        raise UsageError("unknown-value", f"`outcome` can't be `{outcome[:20]}`", help=help)
    link = desk.link_of(account) if account else None
    found = (
        entry
        for entry in islice(desk.newest(("decision",)), LOOKED_AT)
        if isinstance(entry.body, Decided)
        and (entry.body.outcome == outcome if outcome else entry.body.outcome is not Outcome.ALLOW)
        and (not account or (link is not None and entry.account == link))
    )
    names, people = category_names(), people_of(desk)
    lines = tuple(line_of(entry, names, people) for entry in islice(found, SHOWN))
    return View("console/cases.html", "Cases", Cases(outcome, allowed, account, lines))


def case(context: Context) -> View:
    """Return one case, and what can be done with it."""
    desk = context.desk
    entries = desk.case_of(context.id)
    link = next((entry.account for entry in entries if entry.account), None)
    names, people = category_names(), people_of(desk)
    lifted = {e.body.lifts for e in entries if isinstance(e.body, Sanctioned)}
    content = Case(
        context.id,
        desk.account_of(link),
        tuple(line_of(entry, names, people) for entry in entries),
        standing_line(desk.standing(link, context.now)) if link else None,
        tuple(waiting_in(entries)),
        tuple(Label),
        tuple(
            line_of(e, names, people)
            for e in entries
            if _is_in_force(e, context) and e.id not in lifted
        ),
    )
    return View("console/case.html", f"Case {context.id}", content)


def queue(context: Context) -> View:
    """Return what waits for a person, the oldest first."""
    wanted = Wanted(kinds=("referral_opened", "referral_labelled"))
    waiting = waiting_in(context.desk.ledger.entries(wanted))
    return View("console/referrals.html", "Referrals", Queue(tuple(waiting)))


def waiting_in(entries: Iterable[Entry]) -> list[Waiting]:
    """Return the referrals that nobody has labelled yet."""
    opened: dict[str, Waiting] = {}
    names: Mapping[str, str] = {}
    for entry in entries:
        if isinstance(entry.body, ReferralOpened):
            line = line_of(entry, names, names)
            reason, _, proposed = line.what.partition(": ")
            opened[entry.id] = Waiting(entry.id, line.case, line.at, reason, proposed)
        elif isinstance(entry.body, ReferralLabelled):
            opened.pop(entry.body.referral, None)
    return list(opened.values())


def label(context: Context) -> Done:
    """Say what a case is; what follows from that is written with it, or nothing is."""
    desk, form = context.desk, context.form
    entries = desk.case_of(context.id)
    said = _label(form.get("label", ""))
    referral = EntryId(form.get("referral", ""))
    link = next((entry.account for entry in entries if entry.account), None)
    review = Review(actor_of(context.person), context.now, said)

    def follows(view: LedgerView) -> tuple[Draft, ...]:
        now_ = view.case(EntryId(context.id))
        ladder = desk.enforcement.ladder
        standing = view.standing(link, ladder, context.now) if link else Standing(context.now)
        return label_referral(now_, referral, review, standing, desk.enforcement.office)

    desk.ledger.append_from(follows)
    return Done(f"/cases/{context.id}")


def lift_sanction(context: Context) -> Done:
    """End a sanction before its time."""
    desk = context.desk
    entries = {entry.id: entry for entry in desk.case_of(context.id)}
    sanction = entries.get(EntryId(context.form.get("sanction", "")))
    if sanction is None:
        raise UsageError("no-sanction", "the case has no such sanction")
    desk.ledger.append(lift(sanction, actor_of(context.person), context.now, new_id))
    return Done(f"/cases/{context.id}")


def _is_in_force(entry: Entry, context: Context) -> bool:
    body = entry.body
    if not isinstance(body, Sanctioned) or body.action is not SanctionAction.APPLIED:
        return False
    standing = context.desk.standing(entry.account, context.now) if entry.account else None
    return standing is not None and any(each.id == entry.id for each in standing.sanctions)


def _label(value: str) -> Label:
    try:
        return Label(value)
    except ValueError as error:
        help = f"one of: {', '.join(Label)}"
        raise UsageError("unknown-value", f"`label` can't be `{value[:20]}`", help=help) from error


ADDRESSES = (
    Address("GET", "/cases", Right.SEE_CASES, cases),
    Address("GET", "/cases/{id}", Right.SEE_CASES, case),
    Address("POST", "/cases/{id}/label", Right.REVIEW, label),
    Address("POST", "/cases/{id}/lift", Right.REVIEW, lift_sanction),
    Address("GET", "/referrals", Right.SEE_CASES, queue),
)
