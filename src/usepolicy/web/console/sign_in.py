"""Signing in and out."""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.web.console.context import Address, Context, Done, View


@dataclass(frozen=True, slots=True)
class SignIn:
    """The page of the form."""

    then: str
    """The page to go on to."""


def form(context: Context) -> View:
    """Return the form to sign in."""
    return View("console/sign_in.html", "Sign in", SignIn(_own_page(context.query.get("then"))))


def sign_in(context: Context) -> Done:
    """Begin a session; one that the browser had is over."""
    name, password = context.form.get("name", ""), context.form.get("password", "")
    person = context.desk.people.check(name, password, address=context.address, now=context.now)
    if context.token:
        context.desk.sessions.end(context.token)
    token = context.desk.sessions.begin(person, now=context.now)
    return Done(_own_page(context.form.get("then")), session=token)


def sign_out(context: Context) -> Done:
    """End the session."""
    context.desk.sessions.end(context.token)
    return Done("/sign-in", session="")


def _own_page(wanted: str | None) -> str:
    """Return a page of this console; anything that could lead elsewhere becomes the first page."""
    path = wanted or "/"
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fine and path.isascii() and len(path) <= 500 else "/"


ADDRESSES = (
    Address("GET", "/sign-in", None, form, is_public=True),
    Address("POST", "/sign-in", None, sign_in, is_public=True),
    Address("POST", "/sign-out", None, sign_out),
)
