"""References: which other policies a policy binds to by naming them, near or far; pure.

Owns when a reference and a policy are the same document: by its address, by the name of its file,
or by its title where both are of one publisher. Likeness of titles alone proves nothing: many
publishers have "Terms of Service".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from usepolicy.policies.provisions import Reference, ReferenceKind
from usepolicy.supply_chain.asked import Asked

BINDING = (ReferenceKind.INCORPORATES, ReferenceKind.SUBJECT_TO)
"""Kinds of references by which what another document restricts binds too."""
MAX_STEPS = 8
"""References in a row that are followed."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A policy that another one binds to."""

    asked: Asked
    reference: Reference
    """The words of the policy that is asked which lead there, directly or through others."""
    steps: int


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the references of one policy lead."""

    reached: tuple[Reached, ...] = ()
    """Policies that are given, nearest first, each once."""
    missing: tuple[Reference, ...] = ()
    """Its own references to what is not given: what that restricts is unknown."""


class References:
    """The policies that are given, found by what others call them."""

    def __init__(self, given: Iterable[Asked]) -> None:
        self._named: dict[str, Asked] = {}
        for asked in given:
            for name in _names(asked):
                self._named.setdefault(name, asked)

    def follow(self, asked: Asked) -> Followed:
        """Return where the references of a policy lead; a circle ends where it began."""
        own = [(reference, self._found(asked, reference)) for reference in _binding(asked)]
        missing = tuple(reference for reference, found in own if found is None)
        waiting = [(reference, found, 1) for reference, found in own if found is not None]
        reached: list[Reached] = []
        seen = [asked]
        while waiting:
            reference, found, steps = waiting.pop(0)
            if any(found is each for each in seen) or steps > MAX_STEPS:
                continue
            seen.append(found)
            reached.append(Reached(found, reference, steps))
            further = (self._found(found, each) for each in _binding(found))
            waiting += [(reference, each, steps + 1) for each in further if each is not None]
        return Followed(tuple(reached), missing)

    def _found(self, asked: Asked, reference: Reference) -> Asked | None:
        found = (self._named.get(name) for name in _called(asked, reference))
        return next((each for each in found if each is not None), None)


def _binding(asked: Asked) -> Iterator[Reference]:
    return (each for each in asked.references if each.kind in BINDING)


def _names(asked: Asked) -> Iterator[str]:
    yield from map(_place, asked.addresses)
    if asked.file:
        yield f"file {asked.file.casefold()}"
    if asked.title and asked.publisher:
        yield _title(asked.publisher, asked.title)


def _called(asked: Asked, reference: Reference) -> Iterator[str]:
    """Yield the names under which the document that a reference means may be known."""
    target = reference.target or ""
    base = asked.addresses[0] if asked.addresses else ""
    whole = _joined(base, target)
    if "://" in whole:
        yield _place(whole)
    elif target:
        name = target.partition("#")[0].partition("?")[0].rpartition("/")[2]
        yield f"file {name.casefold()}"
    if asked.publisher:
        yield _title(asked.publisher, reference.evidence.quote)


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return ""


def _place(address: str) -> str:
    """Return an address without what makes no difference: scheme, `www`, case, anchor, last slash."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return f"at {address}"
    return f"at {host}{parts.path.rstrip('/')}?{parts.query}"


def _title(publisher: str, title: str) -> str:
    return f"title {publisher.casefold()} {' '.join(title.casefold().split())}"
