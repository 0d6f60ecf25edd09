"""Signing in, with a password or by the word of a provider, and out."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from usepolicy.enforcement.ledger import Actor, ActorKind
from usepolicy.errors import DeniedError, UsePolicyError
from usepolicy.store.people import Person
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.oidc import Provider
from usepolicy.web.console.oidc_file import RETURN
from usepolicy.web.console.pending import begun, cookie_of, pending_in

BY_PROVIDER = Actor(ActorKind.SYSTEM, "oidc")
"""Who links people, and adds them where a provider's word gives roles."""
_log = logging.getLogger("usepolicy.console")


@dataclass(frozen=True, slots=True)
class SignIn:
    """The page of the form."""

    then: str
    """The page to go on to."""
    provider: str | None
    """Its name on the button; None where there is none."""
    provider_page: str
    """The address of the button."""
    has_passwords: bool


def form(context: Context) -> View:
    """Return the form to sign in."""
    desk, then = context.desk, _own_page(context.query.get("then"))
    name = desk.provider.settings.name if desk.provider else None
    page = "/sign-in/oidc?" + urlencode({"then": then})
    return View("console/sign_in.html", "Sign in", SignIn(then, name, page, desk.has_passwords))


def sign_in(context: Context) -> Done:
    """Begin a session; one that the browser had is over."""
    if not context.desk.has_passwords:
        message = "nobody signs in with a password here"
        raise DeniedError("passwords-off", message, help="sign in with the provider: /sign-in")
    name, password = context.form.get("name", ""), context.form.get("password", "")
    person = context.desk.people.check(name, password, address=context.address, now=context.now)
    return Done(_own_page(context.form.get("then")), session=_begin(context, person))


def go_to_provider(context: Context) -> Done:
    """Lead to the provider, where one signs in."""
    then = _own_page(context.query.get("then"))
    pending = begun(secrets.token_urlsafe(32), context.now, then)
    address = _provider(context).address_for(pending, context.now)
    return Done(address, pending=cookie_of(pending))


def come_back(context: Context) -> Done:
    """Begin a session for whom the provider sends back; one that the browser had is over."""
    provider = _provider(context)
    try:
        person, then = _found(context, provider)
    except UsePolicyError as error:  # a person at the provider's can't see why; the operator must
        _log.warning("nobody was signed in by the provider: %s: %s", error.code, error.message)
        raise
    session = _begin(context, person)
    return Done(then, session=session, pending="", comes_from_elsewhere=True)


def sign_out(context: Context) -> Done:
    """End the session; that at the provider is the provider's."""
    context.desk.sessions.end(context.token)
    return Done("/sign-in", session="")


def _found(context: Context, provider: Provider) -> tuple[Person, str]:
    """Return whom the provider sends back, and where they were going."""
    pending = pending_in(context.pending)
    if pending is None or not pending.holds(context.query.get("state", ""), context.now):
        message = "this sign-in was not begun in this browser, or too long ago"
        raise DeniedError("oidc-not-begun", message, help="begin again: /sign-in")
    who = provider.identity(context.query, pending, context.now)
    known = context.desk.identities.recorded(context.desk.recorder(BY_PROVIDER))
    return known.enter(who, now=context.now), _own_page(pending.then)


def _provider(context: Context) -> Provider:
    if context.desk.provider is None:
        raise UsePolicyError("no-oidc", "there is no such page", help="begin at: /")
    return context.desk.provider


def _begin(context: Context, person: Person) -> str:
    if context.token:
        context.desk.sessions.end(context.token)
    return context.desk.sessions.begin(person, now=context.now)


def _own_page(wanted: str | None) -> str:
    """Return a page of this console; anything that could lead elsewhere becomes the first page."""
    path = wanted or "/"
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine and path.isascii() and len(path) <= 500 else "/"


ADDRESSES = (
    Address("GET", "/sign-in", None, form, is_public=True),
    Address("POST", "/sign-in", None, sign_in, is_public=True),
    Address("GET", "/sign-in/oidc", None, go_to_provider, is_public=True),
    Address("GET", RETURN, None, come_back, is_public=True),
    Address("POST", "/sign-out", None, sign_out),
)
