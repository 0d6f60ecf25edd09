"""Identities: whom a provider knows by which subject, and whether they may enter.

Owns the links of people to subjects. An e-mail address finds somebody once; from then on the
subject does, since addresses are given to others when people go.
"""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from usepolicy.enforcement.ledger_bodies import PeopleAction, PeopleChanged
from usepolicy.enforcement.roles import Role
from usepolicy.errors import DeniedError, UsageError
from usepolicy.store.ledger_engine import WRITE, take_turn
from usepolicy.store.people import Person, Recorder, fold, moment, person_of, unrecorded
from usepolicy.store.people_tables import identities, people, sessions

LONGEST = 255
"""Characters of a subject (OpenID Connect Core 1.0, 2)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as a provider knows them."""

    issuer: str
    subject: str
    email: str | None = None
    """None where there is none that the provider has verified."""
    role: Role | None = None
    """What the provider's word gives; never that of an administrator."""


class Identities:
    """The links of a console's people to a provider's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes = engine.execution_options(**{WRITE: True})
        self._record: Recorder = unrecorded

    def recorded(self, record: Recorder) -> Identities:
        """Return the same links, of which no change is kept that was not recorded before."""
        bound = copy.copy(self)
        bound._record = record
        return bound

    def enter(self, who: Identity, *, now: datetime) -> Person:
        """Return which person this is; linked now where the address is of somebody who was added.

        Raises: DeniedError: `not-added`, `email-not-verified`, `disabled`, `no-role`,
                `linked-to-another`.
        """
        found = self._entered(who, now)
        if isinstance(found, DeniedError):
            raise found
        return found

    def link(self, person: str, issuer: str, subject: str, *, now: datetime) -> None:
        """Let a subject in as somebody who was added.

        Raises: UsageError: `no-subject`, `linked-before`.
        """
        if not (0 < len(subject) <= LONGEST and subject.isprintable()):
            raise UsageError("no-subject", f"a subject has 1 to {LONGEST} characters")
        try:
            with self._writes.begin() as at:
                self._link(at, person, Identity(issuer, subject), now)
        except IntegrityError as error:
            message = "the person or the subject is linked already"
            raise UsageError("linked-before", message, help="people unlink NAME") from error

    def unlink(self, person: str) -> None:
        """Forget the subjects of somebody, and end their sessions."""
        with self._writes.begin() as at:
            gone = at.execute(delete(identities).where(identities.c.person == person)).rowcount
            at.execute(delete(sessions).where(sessions.c.person == person))
            if gone:
                self._record(PeopleChanged(PeopleAction.UNLINKED, person))

    def linked(self) -> frozenset[str]:
        """Return the ids of the people who are linked."""
        with self._engine.connect() as connection:
            return frozenset(connection.execute(select(identities.c.person)).scalars())

    def _entered(self, who: Identity, now: datetime) -> Person | DeniedError:
        """Return an error where there is one: what was written down of it is kept."""
        with self._writes.begin() as at:
            take_turn(at)
            known = at.execute(
                select(people)
                .join(identities, identities.c.person == people.c.id)
                .where(identities.c.issuer == who.issuer, identities.c.subject == who.subject)
            ).mappings()
            row = known.first()
            return self._new(at, who, now) if row is None else self._judged(at, row, who)

    def _judged(self, at: Connection, row: RowMapping, who: Identity) -> Person | DeniedError:
        """Return whether somebody may enter; a role that the provider gave, it can take."""
        person = person_of(row)
        if person.is_disabled:
            return _disabled()
        if not row["role_by_claim"] or who.role is person.role:
            return person
        at.execute(delete(sessions).where(sessions.c.person == person.id))
        if who.role is None:
            return _no_role()
        at.execute(update(people).where(people.c.id == person.id).values(role=who.role.value))
        self._record(PeopleChanged(PeopleAction.ROLE_CHANGED, person.id, (who.role.value,)))
        return Person(person.id, person.name, who.role)

    def _new(self, at: Connection, who: Identity, now: datetime) -> Person | DeniedError:
        if who.email is None:
            return _not_verified()
        name = fold(who.email)
        row = at.execute(select(people).where(people.c.name == name)).mappings().first()
        if row is None:
            return self._added(at, name, who, now) if who.role else _not_added()
        person = self._judged(at, row, who)
        if isinstance(person, DeniedError):
            return person
        mine = (identities.c.person == person.id) & (identities.c.issuer == who.issuer)
        if at.execute(select(identities.c.subject).where(mine)).first():
            return _another()
        self._link(at, person.id, who, now)
        return person

    def _added(self, at: Connection, name: str, who: Identity, now: datetime) -> Person:
        assert who.role in (Role.REVIEWER, Role.AUDITOR), "no provider makes an administrator"
        person = Person("p-" + secrets.token_hex(8), name, who.role)
        row = {"id": person.id, "name": name, "role": who.role.value, "password": ""}
        row |= {"created_at": moment(now)}
        at.execute(insert(people).values(role_by_claim=True, **row))
        self._record(PeopleChanged(PeopleAction.ADDED, person.id, (who.role.value,)))
        self._link(at, person.id, who, now)
        return person

    def _link(self, at: Connection, person: str, who: Identity, now: datetime) -> None:
        row = {"issuer": who.issuer, "subject": who.subject, "person": person}
        row |= {"linked_at": moment(now)}
        at.execute(insert(identities).values(row))
        self._record(PeopleChanged(PeopleAction.LINKED, person))


ASK = "ask an administrator of the console"


def _not_added() -> DeniedError:
    message = "you are none of this console's people"
    return DeniedError("not-added", message, help=f"{ASK} to add your e-mail address")


def _not_verified() -> DeniedError:
    message = "the provider has verified no e-mail address of yours"
    return DeniedError("email-not-verified", message, help=f"verify it there, or {ASK} to link you")


def _disabled() -> DeniedError:
    return DeniedError("disabled", "you may not sign in any more", help=ASK)


def _no_role() -> DeniedError:
    message = "the provider gives you no role here any more"
    return DeniedError("no-role", message, help=ASK)


def _another() -> DeniedError:
    message = "your e-mail address is that of somebody whom the provider knew by another subject"
    return DeniedError("linked-to-another", message, help=f"{ASK} to unlink who had it before")
