"""Grants: scoped, with an end, given by a person who is not the applicant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from ledger_past import ANN, DAY, LADDER, MACHINE, MIA, NOAH, NOW, decision, entries_of

from usepolicy.enforcement.grants import (
    By,
    Grant,
    GrantState,
    apply_for,
    approve,
    expire,
    grants_in,
    refuse,
    revoke,
)
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import GrantApplied, GrantApproved, GrantKind, Scope
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.requests import Surface
from usepolicy.enforcement.standing import standing_at
from usepolicy.errors import StepError

E = EntryId
APPLICANT = Actor(ActorKind.ACCOUNT, ANN)
SCOPE = Scope(("malware", "weapons"), (Surface.API,), ("research",))
ASKED = GrantApplied(GrantKind.RESEARCH, SCOPE, NOW, NOW + 90 * DAY)


def by(actor: Actor, days: int = 1, id: str = "step") -> By:
    return By(actor, NOW + days * DAY, E(id))


APPLIED = [apply_for(ASKED, by(APPLICANT, 0, "g1"), ANN)]


def grant(drafts: list[Draft]) -> Grant:
    [found] = grants_in(entries_of(drafts))
    return found


APPROVED = [*APPLIED, approve(grant(APPLIED), by(MIA, 1, "ok"))]
REFUSED = [*APPLIED, refuse(grant(APPLIED), by(MIA, 1, "no"))]
REVOKED = [*APPROVED, revoke(grant(APPROVED), by(NOAH, 5, "back"))]
EXPIRED = [*APPROVED, expire(grant(APPROVED), by(MACHINE, 90, "over"))]


@pytest.mark.parametrize(
    ("drafts", "state"),
    [
        (APPLIED, GrantState.APPLIED),
        (APPROVED, GrantState.APPROVED),
        (REFUSED, GrantState.REFUSED),
        (REVOKED, GrantState.REVOKED),
        (EXPIRED, GrantState.EXPIRED),
    ],
)
def test_where_a_grant_stands(drafts: list[Draft], state: GrantState) -> None:
    found = grant(drafts)
    assert (found.id, found.state) == ("g1", state)
    assert {draft.case for draft in drafts} == {"g1"}


@pytest.mark.parametrize(
    ("drafts", "at", "category", "surface", "purpose", "covers", "why"),
    [
        (APPROVED, NOW + DAY, "malware", Surface.API, "research", True, "all of it"),
        (APPROVED, NOW + DAY, "spam", Surface.API, "research", False, "another category"),
        (APPROVED, NOW + DAY, "malware", Surface.INTERFACE, "research", False, "another surface"),
        (APPROVED, NOW + DAY, "malware", Surface.API, "play", False, "another purpose"),
        (APPROVED, NOW + DAY, "malware", Surface.API, "", False, "no purpose was declared"),
        (APPROVED, NOW - DAY, "malware", Surface.API, "research", False, "before it starts"),
        (APPROVED, NOW + 89 * DAY, "malware", Surface.API, "research", True, "just before its end"),
        (APPROVED, NOW + 90 * DAY, "malware", Surface.API, "research", False, "its end, without an entry"),
        (APPLIED, NOW + DAY, "malware", Surface.API, "research", False, "nobody gave it"),
        (REFUSED, NOW + DAY, "malware", Surface.API, "research", False, "it was refused"),
        (REVOKED, NOW + 6 * DAY, "malware", Surface.API, "research", False, "it was taken back"),
    ],
)  # fmt: skip
def test_what_a_grant_covers(
    drafts: list[Draft], at: datetime, category: str, surface: Surface, purpose: str, covers: bool, why: str
) -> None:  # fmt: skip
    found = grant(drafts)
    assert found.covers(category=category, surface=surface, purpose=purpose, at=at) is covers


@pytest.mark.parametrize(
    ("asked", "code", "why"),
    [
        (replace(ASKED, scope=replace(SCOPE, categories=())), "empty-scope", "empty is none, never all"),
        (replace(ASKED, scope=replace(SCOPE, surfaces=())), "empty-scope", "no surface"),
        (replace(ASKED, scope=replace(SCOPE, purposes=())), "empty-scope", "no purpose"),
        (replace(ASKED, until=NOW), "no-term", "it ends where it starts"),
        (replace(ASKED, starts=NOW - 9 * DAY, until=NOW - DAY), "no-term", "it is over already"),
    ],
)  # fmt: skip
def test_applications_that_are_refused(asked: GrantApplied, code: str, why: str) -> None:
    with pytest.raises(StepError) as refused:
        apply_for(asked, by(APPLICANT, 0, "g1"), ANN)
    assert refused.value.code == code


GIVEN = GrantApproved(E("g1"), SCOPE, NOW, NOW + 90 * DAY)


def test_less_than_what_was_asked_can_be_given() -> None:
    less = replace(GIVEN, scope=replace(SCOPE, categories=("malware",)), until=NOW + 9 * DAY)
    found = grant([*APPLIED, approve(grant(APPLIED), by(MIA), given=less)])
    assert (found.scope.categories, found.until, found.decided_by) == (("malware",), less.until, MIA)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code", "why"),
    [
        (replace(GIVEN, scope=replace(SCOPE, categories=("malware", "spam"))), "wider-grant", "category"),
        (replace(GIVEN, scope=replace(SCOPE, surfaces=(Surface.API, Surface.INTERFACE))), "wider-grant", "surface"),
        (replace(GIVEN, scope=replace(SCOPE, purposes=("play",))), "wider-grant", "another purpose"),
        (replace(GIVEN, until=NOW + 91 * DAY), "wider-grant", "longer"),
        (replace(GIVEN, starts=NOW - DAY), "wider-grant", "sooner"),
        (replace(GIVEN, grant=E("g2")), "wider-grant", "another grant"),
        (replace(GIVEN, scope=Scope((), (), ())), "empty-scope", "nothing"),
        (replace(GIVEN, until=NOW + DAY / 2), "no-term", "over when it is given"),
    ],
)  # fmt: skip
def test_what_cannot_be_given(given: GrantApproved, code: str, why: str) -> None:
    with pytest.raises(StepError) as refused:
        approve(grant(APPLIED), by(MIA), given=given)
    assert refused.value.code == code


OWN = [apply_for(ASKED, by(MIA, 0, "g1"), ANN)]
"""A reviewer applied on behalf of somebody."""


@pytest.mark.parametrize(
    ("step", "drafts", "who", "code", "why"),
    [
        (approve, APPLIED, by(MACHINE), "not-a-person", "a machine gives no exemption"),
        (approve, APPLIED, by(APPLICANT), "not-a-person", "nor does the account"),
        (approve, OWN, by(MIA), "own-grant", "who applied does not approve"),
        (refuse, OWN, by(MIA), "own-grant", "nor refuse"),
        (approve, APPROVED, by(NOAH), "wrong-state", "once"),
        (approve, REFUSED, by(NOAH), "wrong-state", "it was refused"),
        (refuse, APPROVED, by(NOAH), "wrong-state", "it was given"),
        (refuse, APPLIED, by(MACHINE), "not-a-person", "a person refuses"),
        (revoke, APPLIED, by(NOAH), "wrong-state", "there is nothing to take back"),
        (revoke, REVOKED, by(NOAH, 6), "wrong-state", "once"),
        (revoke, APPROVED, by(NOAH, 90), "wrong-state", "it ended by itself"),
        (revoke, APPROVED, by(MACHINE), "not-a-person", "a person takes it back"),
        (expire, APPROVED, by(MACHINE, 89), "wrong-state", "it holds"),
        (expire, REVOKED, by(MACHINE, 99), "wrong-state", "it was taken back"),
    ],
)
def test_steps_that_are_refused(step, drafts: list[Draft], who: By, code: str, why: str) -> None:
    with pytest.raises(StepError) as refused:
        step(grant(drafts), who)
    assert refused.value.code == code


def test_what_used_a_grant_names_it_and_is_no_violation() -> None:
    used = decision("d1", category="malware", grant=E("g1"), at=NOW + 2 * DAY)
    entries = entries_of([*APPROVED, used])
    assert standing_at(entries, LADDER, NOW + 2 * DAY).points == 0
    [found] = grants_in(entries)
    assert found.state is GrantState.APPROVED
