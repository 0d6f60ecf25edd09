"""People and keys: who may use the console and its API, seen and changed by an administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from usepolicy.enforcement.roles import Right, Role
from usepolicy.errors import UsageError
from usepolicy.store.api_keys import ApiKeys, KeyScope
from usepolicy.store.people import People, Person
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import actor_of
from usepolicy.web.console.forms import whole

MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key in the list."""

    id: str
    shown: str
    label: str
    scopes: tuple[str, ...]
    made_by: str
    created: str
    expires: str | None
    state: str


@dataclass(frozen=True, slots=True)
class PeopleAndKeys:
    """The page."""

    people: tuple[Person, ...]
    linked: tuple[str, ...]
    """Ids of those whom a provider signs in."""
    has_provider: bool
    roles: tuple[str, ...]
    keys: tuple[ShownKey, ...]
    scopes: tuple[str, ...]
    new_key: str | None = None
    """Shown this once."""


def page(context: Context) -> View:
    """Return everybody, and every key."""
    return _view(context)


def add_person(context: Context) -> Done:
    """Add somebody with a first password, which they are told by other means.

    Where a provider signs people in, they may have none.
    """
    form = context.form
    password = form.get("password", "")
    _people(context).add(
        form.get("name", ""),
        _one_of(Role, form.get("role", "")),
        None if context.desk.provider and not password else password,
        account=form.get("account") or None,
        now=context.now,
    )
    return Done("/people")


def disable(context: Context) -> Done:
    """Keep somebody out; nobody can do it to themselves, so that an administrator remains."""
    if context.id == context.person.id:
        raise UsageError("yourself", "you can't disable yourself", help="ask another administrator")
    _people(context).disable(context.id, now=context.now)
    return Done("/people")


def set_password(context: Context) -> Done:
    """Give somebody a new password."""
    _people(context).set_password(context.id, context.form.get("password", ""))
    return Done("/people")


def unlink(context: Context) -> Done:
    """Forget by which subject a provider knows somebody."""
    recorder = context.desk.recorder(actor_of(context.person))
    context.desk.identities.recorded(recorder).unlink(context.id)
    return Done("/people")


def make_key(context: Context) -> View:
    """Make a key, and show it once."""
    form = context.form
    scopes = [scope for scope in KeyScope if form.get(f"scope-{scope}")]
    ends = _ends(form, context.now)
    key, _ = _keys(context).make(
        form.get("label", ""), scopes, by=context.person, now=context.now, expires_at=ends
    )
    return _view(context, new_key=key)


def revoke_key(context: Context) -> Done:
    """Have a key open nothing any more."""
    _keys(context).revoke(context.id, now=context.now)
    return Done("/people")


def _people(context: Context) -> People:
    return context.desk.people.recorded(context.desk.recorder(actor_of(context.person)))


def _keys(context: Context) -> ApiKeys:
    return context.desk.keys.recorded(context.desk.recorder(actor_of(context.person)))


def _view(context: Context, new_key: str | None = None) -> View:
    people = tuple(context.desk.people.all())
    names = {person.id: person.name for person in people}
    keys = tuple(
        ShownKey(
            key.id,
            key.shown,
            key.label,
            tuple(sorted(key.scopes)),
            names.get(key.made_by, key.made_by),
            _day(key.created_at),
            _day(key.expires_at) if key.expires_at else None,
            "in force" if key.holds(context.now) else "revoked" if key.revoked_at else "over",
        )
        for key in context.desk.keys.all()
    )
    linked = context.desk.identities.linked()
    content = PeopleAndKeys(
        people,
        tuple(person.id for person in people if person.id in linked),
        context.desk.provider is not None,
        tuple(Role),
        keys,
        tuple(KeyScope),
        new_key,
    )
    return View("console/people.html", "People and keys", content)


def _one_of(kind: type[Role], value: str) -> Role:
    try:
        return kind(value)
    except ValueError as error:
        help = f"one of: {', '.join(kind)}"
        raise UsageError("unknown-role", f"`{value[:50]}` is no role", help=help) from error


def _ends(form: Mapping[str, str], now: datetime) -> datetime | None:
    if not form.get("days"):
        return None
    return now + timedelta(days=whole(form, "days", MOST_DAYS))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


ADDRESSES = (
    Address("GET", "/people", Right.MANAGE_PEOPLE, page),
    Address("POST", "/people", Right.MANAGE_PEOPLE, add_person),
    Address("POST", "/people/{id}/disable", Right.MANAGE_PEOPLE, disable),
    Address("POST", "/people/{id}/password", Right.MANAGE_PEOPLE, set_password),
    Address("POST", "/people/{id}/unlink", Right.MANAGE_PEOPLE, unlink),
    Address("POST", "/keys", Right.MANAGE_PEOPLE, make_key),
    Address("POST", "/keys/{id}/revoke", Right.MANAGE_PEOPLE, revoke_key),
)
