"""Grants: exemptions of an account that are scoped, have an end, and were given by a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from usepolicy.enforcement.ledger import AccountLink, Actor, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Body,
    GrantApplied,
    GrantApproved,
    GrantExpired,
    GrantKind,
    GrantRefused,
    GrantRevoked,
    Scope,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.requests import Surface
from usepolicy.enforcement.sanctions import require_person
from usepolicy.errors import StepError


class GrantState(StrEnum):
    """Where a grant stands."""

    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Grant:
    """An exemption as entries tell of it."""

    id: EntryId
    account: AccountLink
    applicant: Actor
    kind: GrantKind
    scope: Scope
    starts: datetime
    until: datetime
    state: GrantState = GrantState.APPLIED
    decided_by: Actor | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether it is in force: its end needs no entry."""
        return self.state is GrantState.APPROVED and self.starts <= at < self.until

    def covers(self, *, category: str, surface: Surface, purpose: str, at: datetime) -> bool:
        """Tell whether it lets a use through."""
        return (
            self.holds(at)
            and category in self.scope.categories
            and surface in self.scope.surfaces
            and purpose in self.scope.purposes
        )


@dataclass(frozen=True, slots=True)
class By:
    """Who does something to a grant, when, under which id of an entry."""

    actor: Actor
    at: datetime
    id: EntryId


def grants_in(entries: Iterable[Entry]) -> tuple[Grant, ...]:
    """Return the grants that entries tell of, in the order in which they were applied for."""
    found: dict[EntryId, Grant] = {}
    for entry in entries:
        if isinstance(entry.body, GrantApplied) and entry.account is not None:
            body = entry.body
            found[entry.id] = Grant(
                entry.id, entry.account, entry.actor, body.kind, body.scope, body.starts, body.until
            )
        elif (id := getattr(entry.body, "grant", None)) in found and id is not None:
            found[id] = _after(found[id], entry)
    return tuple(found.values())


def apply_for(asked: GrantApplied, by: By, account: AccountLink) -> Draft:
    """Return the entry by which a grant is asked for; its id is the grant's.

    Raises: StepError: `empty-scope`, `no-term`.
    """
    _check_scope(asked.scope)
    if not by.at < asked.until or not asked.starts < asked.until:
        raise StepError("no-term", "a grant ends after it starts, and in the future")
    return Draft(by.id, by.at, by.actor, asked, account, by.id)


def approve(grant: Grant, by: By, *, given: GrantApproved | None = None) -> Draft:
    """Return the entry by which a person gives a grant.

    Args:   given: what is given where it is less than what was asked.
    Raises: StepError: `not-a-person`, `own-grant`, `wrong-state`, `empty-scope`, `wider-grant`,
            `no-term`.
    """
    _check_decides(grant, by)
    body = given or GrantApproved(grant.id, grant.scope, grant.starts, grant.until)
    _check_scope(body.scope)
    if body.grant != grant.id or not _within(body, grant):
        raise StepError("wider-grant", "a grant gives no more than what was asked for")
    if not max(by.at, body.starts) < body.until:
        raise StepError("no-term", "a grant ends after it starts, and in the future")
    return _draft(grant, by, body)


def refuse(grant: Grant, by: By, *, reason_hash: str | None = None) -> Draft:
    """Return the entry by which a person does not give a grant.

    Raises: StepError: `not-a-person`, `own-grant`, `wrong-state`.
    """
    _check_decides(grant, by)
    return _draft(grant, by, GrantRefused(grant.id, reason_hash))


def revoke(grant: Grant, by: By, *, reason_hash: str | None = None) -> Draft:
    """Return the entry by which a person takes a grant back.

    Raises: StepError: `not-a-person`, `wrong-state`.
    """
    require_person(by.actor)
    if not (grant.state is GrantState.APPROVED and by.at < grant.until):
        raise StepError("wrong-state", f"the grant `{grant.id}` is not in force")
    return _draft(grant, by, GrantRevoked(grant.id, reason_hash))


def expire(grant: Grant, by: By) -> Draft:
    """Return the entry that tells that the time of a grant is over.

    Raises: StepError: `wrong-state`.
    """
    if grant.state is not GrantState.APPROVED or by.at < grant.until:
        raise StepError("wrong-state", f"the grant `{grant.id}` has not run out")
    return _draft(grant, by, GrantExpired(grant.id))


def _after(grant: Grant, entry: Entry) -> Grant:
    match entry.body:
        case GrantApproved(scope=scope, starts=starts, until=until):
            return replace(
                grant,
                scope=scope,
                starts=starts,
                until=until,
                state=GrantState.APPROVED,
                decided_by=entry.actor,
            )
        case GrantRefused():
            return replace(grant, state=GrantState.REFUSED, decided_by=entry.actor)
        case GrantRevoked():
            return replace(grant, state=GrantState.REVOKED)
        case GrantExpired():
            return replace(grant, state=GrantState.EXPIRED)
    return grant  # a decision that used it


def _check_decides(grant: Grant, by: By) -> None:
    require_person(by.actor)
    if by.actor.id == grant.applicant.id:
        raise StepError("own-grant", "who applied for a grant can't decide on it")
    if grant.state is not GrantState.APPLIED:
        raise StepError("wrong-state", f"the grant `{grant.id}` was decided before")


def _check_scope(scope: Scope) -> None:
    if not (scope.categories and scope.surfaces and scope.purposes):
        message = "a grant names its categories, surfaces and purposes"
        raise StepError("empty-scope", message)


def _within(body: GrantApproved, asked: Grant) -> bool:
    return (
        set(body.scope.categories) <= set(asked.scope.categories)
        and set(body.scope.surfaces) <= set(asked.scope.surfaces)
        and set(body.scope.purposes) <= set(asked.scope.purposes)
        and asked.starts <= body.starts
        and body.until <= asked.until
    )


def _draft(grant: Grant, by: By, body: Body) -> Draft:
    return Draft(by.id, by.at, by.actor, body, grant.account, grant.id)
