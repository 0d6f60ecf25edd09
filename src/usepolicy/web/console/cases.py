"""Cases: what was decided, and what a reviewer does with what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice

from usepolicy.enforcement.keys import content_hash
from usepolicy.enforcement.ledger import AccountLink, EntryId
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
from usepolicy.enforcement.roles import Right, may
from usepolicy.enforcement.sanctions import Review, label_referral
from usepolicy.enforcement.standing import Standing
from usepolicy.errors import UsageError
from usepolicy.store.ledger import View as LedgerView
from usepolicy.store.ledger import Wanted, new_id
from usepolicy.store.ledger_erasure import Acting
from usepolicy.store.lifting import ToLift, lift_sanction
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import Desk, actor_of, category_names
from usepolicy.web.console.forms import before_of, choice, day_of, reasons
from usepolicy.web.console.lines import EntryLine, StandingLine, line_of, standing_line

SHOWN = 50
"""Cases on one page."""
LOOKED_AT = 20_000
"""Entries that are looked through for them at most, from the newest back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which decisions are asked for; empty for any."""

    outcome: str
    account: str
    category: str
    first: str
    """Day."""
    last: str
    """Day."""


@dataclass(frozen=True, slots=True)
class Cases:
    """The list."""

    asked: Asked
    outcomes: tuple[str, ...]
    categories: tuple[tuple[str, str], ...]
    lines: tuple[EntryLine, ...]
    older: int | None
    """Before which entry the next page begins; None on the last."""


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
    then: StandingLine | None
    """Standing of the account just after the first entry."""
    standing: StandingLine | None
    waiting: tuple[Waiting, ...]
    labels: tuple[str, ...]
    liftable: tuple[EntryLine, ...]
    readable: tuple[EntryLine, ...]
    """Of which words are kept, for whoever may read them."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits."""

    waiting: tuple[Waiting, ...]


def people_of(desk: Desk) -> Mapping[str, str]:
    """Return the names of people by id."""
    return {person.id: person.name for person in desk.people.all()}


def cases(context: Context) -> View:
    """Return the newest decisions that are asked for; without an outcome those that were no yes."""
    query = context.query
    asked = Asked(
        choice(Outcome, query, "outcome").value if query.get("outcome") else "",
        query.get("account", "")[:200],
        load_taxonomy().get(query["category"]).id if query.get("category") else "",
        query.get("first", "") if day_of(query, "first") else "",
        query.get("last", "") if day_of(query, "last") else "",
    )
    names, people = category_names(), people_of(context.desk)
    found = islice(_decisions(context, asked), SHOWN)
    lines = tuple(line_of(entry, names, people) for entry in found)
    older = lines[-1].sequence if len(lines) == SHOWN else None
    content = Cases(asked, tuple(Outcome), tuple(names.items()), lines, older)
    return View("console/cases.html", "Cases", content)


def _decisions(context: Context, asked: Asked) -> Iterator[Entry]:
    """Yield what is asked for, the newest first."""
    desk, before = context.desk, before_of(context.query)
    link = desk.link_of(asked.account) if asked.account else None
    if asked.account and link is None:
        return
    last = day_of(context.query, "last")
    since, until = day_of(context.query, "first"), last + timedelta(days=1) if last else None
    if link is not None:
        wanted = Wanted(account=link, kinds=("decision",), last=before and before - 1)
        newest: Iterator[Entry] = reversed(list(desk.ledger.entries(wanted)))
    else:
        newest = islice(desk.newest(("decision",), before=before), LOOKED_AT)
    for entry in newest:
        if since and entry.at < since:
            return
        if (until is None or entry.at < until) and _is_asked(entry, asked):
            yield entry


def _is_asked(entry: Entry, asked: Asked) -> bool:
    body = entry.body
    if not isinstance(body, Decided):
        return False
    if asked.category and asked.category not in {each.category for each in body.restrictions}:
        return False
    return body.outcome == asked.outcome if asked.outcome else body.outcome is not Outcome.ALLOW


def case(context: Context) -> View:
    """Return one case, and what can be done with it."""
    desk = context.desk
    entries = desk.case_of(context.id)
    link = next((entry.account for entry in entries if entry.account), None)
    names, people = category_names(), people_of(desk)
    readable = _readable(context, entries)
    lifted = {e.body.lifts for e in entries if isinstance(e.body, Sanctioned)}
    content = Case(
        context.id,
        desk.account_of(link),
        tuple(line_of(entry, names, people) for entry in entries),
        standing_line(desk.standing(link, entries[0].at)) if link else None,
        standing_line(desk.standing(link, context.now)) if link else None,
        tuple(waiting_in(entries)),
        tuple(Label),
        tuple(
            line_of(e, names, people)
            for e in entries
            if _is_in_force(e, context) and e.id not in lifted
        ),
        tuple(line_of(e, names, people) for e in entries if e.id in readable),
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
    """Say what a case is, and why; what follows from that is written with it, or nothing is."""
    desk, form = context.desk, context.form
    said, words = choice(Label, form, "label"), reasons(form.get("reasons", ""))
    entries = desk.case_of(context.id)
    referral = EntryId(form.get("referral", ""))
    link = next((entry.account for entry in entries if entry.account), None)
    account = desk.account_of(link)
    key = desk.enforcement.account_keys.find(account) if account else None
    # Of a case that is linked to nobody no words are kept: there is no key to seal them with.
    hashed = content_hash(key, words) if key else None
    review = Review(actor_of(context.person), context.now, said, hashed)
    step = Labelling(desk, EntryId(context.id), referral, review, link)
    if key is None:
        desk.ledger.append_from(step.follows)
    else:
        desk.append_with_words(step.follows, step.drafted, words, key.account)
    return Done(f"/cases/{context.id}")


@dataclass(frozen=True, slots=True)
class Labelling:
    """A review that is about to be written down."""

    desk: Desk
    case: EntryId
    referral: EntryId
    review: Review
    link: AccountLink | None
    id: EntryId = field(default_factory=lambda: new_id("referral_labelled"))

    @property
    def drafted(self) -> Draft:
        """Return the label as far as its words are bound to it."""
        review = self.review
        body = ReferralLabelled(self.referral, self.case, review.label, review.reason_hash)
        return Draft(self.id, review.at, review.reviewer, body, self.link, self.case)

    def follows(self, view: LedgerView) -> tuple[Draft, ...]:
        """Return the label and what follows from it."""
        enforcement, at, link = self.desk.enforcement, self.review.at, self.link
        standing = view.standing(link, enforcement.ladder, at) if link else Standing(at)
        office = replace(enforcement.office, new_id=self._new_id)
        return label_referral(view.case(self.case), self.referral, self.review, standing, office)

    def _new_id(self, kind: str) -> EntryId:
        return self.id if kind == "referral_labelled" else new_id(kind)


def lift_in_case(context: Context) -> Done:
    """End a sanction before its time, and say why."""
    desk, words = context.desk, reasons(context.form.get("reasons", ""))
    sanction = EntryId(context.form.get("sanction", ""))
    if sanction not in {entry.id for entry in desk.case_of(context.id)}:
        raise UsageError("no-sanction", "the case has no such sanction")
    by = Acting(actor_of(context.person), context.now, new_id)
    keys = desk.enforcement.account_keys
    lift_sanction(desk.ledger, keys, ToLift(sanction, words), by=by)
    return Done(f"/cases/{context.id}")


def _is_in_force(entry: Entry, context: Context) -> bool:
    body = entry.body
    if not isinstance(body, Sanctioned) or body.action is not SanctionAction.APPLIED:
        return False
    standing = context.desk.standing(entry.account, context.now) if entry.account else None
    return standing is not None and any(each.id == entry.id for each in standing.sanctions)


def _readable(context: Context, entries: tuple[Entry, ...]) -> frozenset[EntryId]:
    if not may(context.person.role, Right.REVIEW):
        return frozenset()
    return context.desk.with_words(entries)


ADDRESSES = (
    Address("GET", "/cases", Right.SEE_CASES, cases),
    Address("GET", "/cases/{id}", Right.SEE_CASES, case),
    Address("POST", "/cases/{id}/label", Right.REVIEW, label),
    Address("POST", "/cases/{id}/lift", Right.REVIEW, lift_in_case),
    Address("GET", "/referrals", Right.SEE_CASES, queue),
)
