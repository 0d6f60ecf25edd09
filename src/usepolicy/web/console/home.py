"""The first page: what somebody of this role can do here."""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.web.console.context import Address, Context, View


@dataclass(frozen=True, slots=True)
class Home:
    """The page."""

    name: str
    role: str


def home(context: Context) -> View:
    """Return the first page of whoever is signed in."""
    person = context.person
    return View("console/home.html", "Console", Home(person.name, person.role.value))


ADDRESSES = (Address("GET", "/", None, home),)
