"""Context: what an address of the console has at hand, and what it may answer with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from usepolicy.enforcement.roles import Right
from usepolicy.errors import DeniedError
from usepolicy.store.people import Person
from usepolicy.store.sessions import Session
from usepolicy.web.console.desk import Desk

MOST_BYTES = 64 * 1024
"""Of a form, where an address says nothing else."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request to the console, as far as its pages may see it."""

    desk: Desk
    now: datetime
    path: str
    address: str
    """Where it comes from."""
    token: str = ""
    """Of the session; empty where there is none."""
    pending: str = ""
    """Of a sign-in at a provider's; empty where there is none."""
    session: Session | None = None
    id: str = ""
    """What the path names."""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def person(self) -> Person:
        """Return who asks.

        Raises: DeniedError: `not-signed-in`.
        """
        if self.session is None:
            raise DeniedError("not-signed-in", "nobody is signed in", help="sign in: /sign-in")
        return self.session.person


@dataclass(frozen=True, slots=True)
class View:
    """A page, from which HTML and JSON are made alike."""

    template: str
    title: str
    content: object


@dataclass(frozen=True, slots=True)
class Done:
    """Something was done; a browser goes on to a page."""

    to: str
    session: str | None = None
    """Token of a session that begins; empty for one that ends."""
    pending: str | None = None
    """What ties a sign-in that begins to its end at a provider's; empty for one that ends."""
    comes_from_elsewhere: bool = False
    """Another site led here, to which a browser may not yet show the session's cookie: it is taken
    on by a page of ours."""


@dataclass(frozen=True, slots=True)
class File:
    """Something to keep, sent as a file."""

    name: str
    """Letters, digits, `-` and `.`: it stands in a header."""
    text: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the console."""

    method: str
    path: str
    right: Right | None
    """Who may; None: whoever is signed in, or anybody where it is public."""
    do: Callable[[Context], View | Done | File]
    is_public: bool = False
    most_bytes: int = MOST_BYTES
    """Of a form, from whoever may send one."""
