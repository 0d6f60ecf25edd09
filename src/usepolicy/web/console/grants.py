"""Grants: exemptions that accounts ask for, given for a time and a scope by a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from usepolicy.enforcement.grants import By, Grant, GrantState, approve, grants_in, refuse, revoke
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.roles import Right
from usepolicy.errors import UsePolicyError
from usepolicy.store.ledger import Wanted, new_id
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import Desk, actor_of, category_names
from usepolicy.web.console.lines import day

KINDS = ("grant_applied", "grant_approved", "grant_refused", "grant_revoked", "grant_expired")


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant."""

    id: str
    account: str | None
    kind: str
    categories: tuple[str, ...]
    surfaces: tuple[str, ...]
    purposes: tuple[str, ...]
    starts: str
    until: str
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Grants:
    """The page."""

    asked: tuple[GrantLine, ...]
    in_force: tuple[GrantLine, ...]
    over: tuple[GrantLine, ...]


def grants(context: Context) -> View:
    """Return what is asked for, what is in force, and what is over."""
    found = all_grants(context.desk)
    lines = [(each, grant_line(context, each)) for each in found]
    asked = tuple(line for each, line in lines if each.state is GrantState.APPLIED)
    in_force = tuple(line for each, line in lines if each.holds(context.now))
    over = tuple(
        line
        for each, line in lines
        if each.state is not GrantState.APPLIED and not each.holds(context.now)
    )
    return View("console/grants.html", "Grants", Grants(asked, in_force, over[::-1][:50]))


def all_grants(desk: Desk, wanted: Wanted | None = None) -> tuple[Grant, ...]:
    """Return every grant, or those of an account, in the order in which they were asked for."""
    return grants_in(desk.ledger.entries(wanted or Wanted(kinds=KINDS)))


def grant_line(context: Context, grant: Grant) -> GrantLine:
    """Return a grant in words."""
    names = category_names()
    return GrantLine(
        grant.id,
        context.desk.account_of(grant.account),
        grant.kind.value.replace("_", " "),
        tuple(names.get(each, each) for each in grant.scope.categories),
        tuple(each.value for each in grant.scope.surfaces),
        grant.scope.purposes,
        day(grant.starts),
        day(grant.until),
        "over"
        if grant.state is GrantState.APPROVED and grant.until <= context.now
        else grant.state,
    )


def _does(step: Callable[[Grant, By], Draft]) -> Callable[[Context], Done]:
    def do(context: Context) -> Done:
        def follows(view: object) -> tuple[Draft, ...]:
            entries = view.entries(Wanted(kinds=KINDS))  # type: ignore[attr-defined]
            found = next((g for g in grants_in(entries) if g.id == context.id), None)
            if found is None:
                raise UsePolicyError("no-such-case", "there is no such grant", help="see /grants")
            by = By(actor_of(context.person), context.now, EntryId(new_id("grant_step")))
            return (step(found, by),)

        context.desk.ledger.append_from(follows)
        return Done("/grants")

    return do


ADDRESSES = (
    Address("GET", "/grants", Right.SEE_CASES, grants),
    Address("POST", "/grants/{id}/approve", Right.DECIDE_GRANTS, _does(approve)),
    Address("POST", "/grants/{id}/refuse", Right.DECIDE_GRANTS, _does(refuse)),
    Address("POST", "/grants/{id}/revoke", Right.DECIDE_GRANTS, _does(revoke)),
)
