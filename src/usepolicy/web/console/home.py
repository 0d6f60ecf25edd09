"""The first page: what waits for somebody of this role."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from usepolicy.enforcement.grants import GrantState
from usepolicy.enforcement.roles import Right, may
from usepolicy.store.ledger import Wanted
from usepolicy.web.console.appeals import all_appeals, line_for
from usepolicy.web.console.cases import people_of, waiting_in
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import category_names
from usepolicy.web.console.grants import all_grants
from usepolicy.web.console.lines import EntryLine, line_of

REFERRALS = ("referral_opened", "referral_labelled")
LATEST = (
    "sanction", "appeal_filed", "appeal_decided", "referral_opened", "referral_labelled",
    "grant_applied", "grant_approved", "grant_refused", "grant_revoked", "rules_change",
)  # fmt: skip
"""Kinds of entry that somebody at the console wants to know of."""
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Home:
    """The page."""

    name: str
    role: str
    entries: int
    referrals: int
    appeals: int
    overdue: int
    grants: int
    newest: tuple[EntryLine, ...]
    """What was done last."""


def home(context: Context) -> View | Done:
    """Return what waits; an account holder is led to their own page."""
    person, desk = context.person, context.desk
    if may(person.role, Right.OWN_ACCOUNT):
        return Done("/me")
    appeals = [line_for(context, each) for each in all_appeals(desk)]
    names, people = category_names(), people_of(desk)
    waiting = waiting_in(desk.ledger.entries(Wanted(kinds=REFERRALS)))
    content = Home(
        person.name,
        person.role.value,
        desk.ledger.head().sequence,
        len(waiting),
        sum(line.state == "open" for line in appeals),
        sum(line.is_late for line in appeals),
        sum(each.state is GrantState.APPLIED for each in all_grants(desk)),
        tuple(line_of(entry, names, people) for entry in islice(desk.newest(LATEST), SHOWN)),
    )
    return View("console/home.html", "Overview", content)


ADDRESSES = (Address("GET", "/", None, home),)
