"""Grants: exemptions that accounts ask for, given for a time and a scope by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from usepolicy.enforcement.grants import By, Grant, GrantState, approve, grants_in, refuse, revoke
from usepolicy.enforcement.keys import content_hash
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import GrantApproved, GrantRefused, GrantRevoked, Scope
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.requests import Surface
from usepolicy.enforcement.roles import Right, may
from usepolicy.errors import UsePolicyError
from usepolicy.store.ledger import View as LedgerView
from usepolicy.store.ledger import Wanted, new_id
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import Desk, actor_of, category_names
from usepolicy.web.console.forms import day_of, reasons, ticked
from usepolicy.web.console.lines import day
from usepolicy.web.words import inert

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
    answer: str | None = None
    """Why it was refused or revoked, for whom it is addressed to."""


@dataclass(frozen=True, slots=True)
class GrantPage:
    """One grant, to be decided on."""

    line: GrantLine
    reason: str | None
    """What the account says, to whoever decides."""
    choices: tuple[tuple[str, str], ...]
    """Ids and names of the categories that were asked for."""
    last_day: str
    is_asked: bool
    is_in_force: bool


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


def grant_line(context: Context, grant: Grant, answer: str | None = None) -> GrantLine:
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
        answer,
    )


def answer_in(context: Context, id: EntryId, entries: Iterable[Entry]) -> str | None:
    """Return why a grant was refused or revoked, in the words that are addressed to the account."""
    ended = (
        entry
        for entry in entries
        if isinstance(entry.body, GrantRefused | GrantRevoked) and entry.body.grant == id
    )
    last = next(ended, None)
    words = context.desk.own_words(last) if last else None
    return inert(words) if words else None


def grant(context: Context) -> View:
    """Return one grant; that the account's words were read is recorded."""
    desk, person = context.desk, context.person
    case = desk.case_of(context.id)
    found = next(iter(grants_in(case)), None)
    if found is None or found.id != context.id:
        raise _none()
    asked = found.state is GrantState.APPLIED
    reads = asked and may(person.role, Right.DECIDE_GRANTS)
    reason = desk.words(case[0], actor_of(person), "to decide on a grant") if reads else None
    names = category_names()
    content = GrantPage(
        grant_line(context, found, answer_in(context, found.id, case)),
        inert(reason) if reason else None,
        tuple((each, names.get(each, each)) for each in found.scope.categories),
        f"{found.until:%Y-%m-%d}",
        asked,
        found.holds(context.now),
    )
    return View("console/grant.html", "Grant", content)


def give(context: Context) -> Done:
    """Give what was asked for, or less."""
    until = day_of(context.form, "until")

    def step(found: Grant, by: By) -> Draft:
        asked, form = found.scope, context.form
        surfaces = ticked(tuple(each.value for each in asked.surfaces), form, "surface")
        scope = Scope(
            ticked(asked.categories, form, "category"),
            tuple(Surface(each) for each in surfaces),
            asked.purposes,
        )
        # The last day that was asked for ends when it was asked to end, any other at midnight.
        whole = until is None or until.date() == found.until.date()
        end = found.until if whole or until is None else until + timedelta(days=1)
        given = GrantApproved(found.id, scope, found.starts, end)
        return approve(found, by, given=given)

    _append(context, step)
    return Done(f"/grants/{context.id}")


def not_give(context: Context) -> Done:
    """Refuse what was asked for, with reasons."""
    return _end(context, refuse)


def take_back(context: Context) -> Done:
    """Revoke what was given, with reasons."""
    return _end(context, revoke)


def _end(context: Context, step: Callable[..., Draft]) -> Done:
    """Refuse or revoke, with reasons, which the account gets to read."""
    desk = context.desk
    words = reasons(context.form.get("reasons", ""))
    found = _find(desk.ledger.entries(Wanted(kinds=KINDS)), context.id)
    account = desk.account_of(found.account)
    key = desk.enforcement.account_keys.find(account) if account else None
    hashed = content_hash(key, words) if key else None
    by = _by(context)

    def follows(view: LedgerView) -> tuple[Draft, ...]:
        now_ = _find(view.entries(Wanted(kinds=KINDS)), context.id)
        return (step(now_, by, reason_hash=hashed),)

    if key is None:
        desk.ledger.append_from(follows)
    else:
        drafted = step(found, by, reason_hash=hashed)
        desk.append_with_words(follows, drafted, words, key.account)
    return Done(f"/grants/{context.id}")


def _append(context: Context, step: Callable[[Grant, By], Draft]) -> None:
    def follows(view: LedgerView) -> tuple[Draft, ...]:
        found = _find(view.entries(Wanted(kinds=KINDS)), context.id)
        return (step(found, _by(context)),)

    context.desk.ledger.append_from(follows)


def _by(context: Context) -> By:
    return By(actor_of(context.person), context.now, EntryId(new_id("grant_step")))


def _find(entries: Iterable[Entry], id: str) -> Grant:
    found = next((each for each in grants_in(entries) if each.id == id), None)
    if found is None:
        raise _none()
    return found


def _none() -> UsePolicyError:
    return UsePolicyError("no-such-case", "there is no such grant", help="see /grants")


ADDRESSES = (
    Address("GET", "/grants", Right.SEE_CASES, grants),
    Address("GET", "/grants/{id}", Right.SEE_CASES, grant),
    Address("POST", "/grants/{id}/approve", Right.DECIDE_GRANTS, give),
    Address("POST", "/grants/{id}/refuse", Right.DECIDE_GRANTS, not_give),
    Address("POST", "/grants/{id}/revoke", Right.DECIDE_GRANTS, take_back),
)
