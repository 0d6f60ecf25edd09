"""Accounts: where one stands, looked up by the operator's own id of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from usepolicy.enforcement.roles import Right
from usepolicy.store.ledger import Wanted
from usepolicy.web.console.cases import people_of
from usepolicy.web.console.context import Address, Context, View
from usepolicy.web.console.desk import category_names
from usepolicy.web.console.grants import KINDS as GRANT_KINDS
from usepolicy.web.console.grants import GrantLine, all_grants, grant_line
from usepolicy.web.console.lines import EntryLine, StandingLine, line_of, standing_line

SHOWN = 100
KINDS = ("decision", "sanction", "signal", "user_report", "appeal_filed", "appeal_decided")


@dataclass(frozen=True, slots=True)
class Account:
    """An account, or that nothing is known of it."""

    account: str
    is_known: bool
    standing: StandingLine | None
    grants: tuple[GrantLine, ...]
    """Those in force."""
    lines: tuple[EntryLine, ...]


def account(context: Context) -> View:
    """Return what is held against an account, and what it comes from."""
    desk = context.desk
    asked = context.query.get("account", "").strip()[:200]
    link = desk.link_of(asked) if asked else None
    if link is None:
        return View("console/account.html", "Accounts", Account(asked, False, None, (), ()))
    names, people = category_names(), people_of(desk)
    kept = list(desk.ledger.entries(Wanted(account=link, kinds=KINDS)))
    lines = tuple(line_of(entry, names, people) for entry in islice(reversed(kept), SHOWN))
    standing = standing_line(desk.standing(link, context.now))
    grants = tuple(
        grant_line(context, each)
        for each in all_grants(desk, Wanted(account=link, kinds=GRANT_KINDS))
        if each.holds(context.now)
    )
    return View("console/account.html", "Accounts", Account(asked, True, standing, grants, lines))


ADDRESSES = (Address("GET", "/accounts", Right.SEE_CASES, account),)
