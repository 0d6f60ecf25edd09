"""Chains: links from a developer to a user, who takes from whom, and with which policies.

Owns the links, their order and the errors of a chain that has none; pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import NewType

from usepolicy.errors import SchemaError
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.policies import PolicyKind
from usepolicy.supply_chain.asked import Asked
from usepolicy.supply_chain.duties import Duty, DutyKind
from usepolicy.taxonomy.names import offer

LinkId = NewType("LinkId", str)
"""Short name of a link, unique in its chain."""
ALL = LinkId("all")
"""In `passes_on`: the policies of every link above."""


class LinkKind(StrEnum):
    """What a link is in the chain."""

    DATASET = "dataset"
    DEVELOPER = "developer"
    LICENCE = "licence"
    CLOUD = "cloud"
    HOST = "host"
    DEPLOYER = "deployer"
    APPLICATION = "application"
    USER = "user"


class Access(StrEnum):
    """How a link gives what it has to the next."""

    API = "api"
    INTERFACE = "interface"
    """An app or page of its own."""
    WEIGHTS = "weights"
    """Files that run elsewhere: the model, or the data."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract of a link with one above that lifts restrictions for it."""

    with_link: LinkId
    lifts: tuple[CategoryId, ...]
    document: str


@dataclass(frozen=True, slots=True)
class ChainPolicy:
    """A policy of a link, as it is asked."""

    link: LinkId
    asked: Asked
    kind: PolicyKind | None = None
    duties: tuple[Duty, ...] = ()
    has_text: bool = True
    """False: only a coding is known, so that no duty can be."""

    def duty(self, kind: DutyKind) -> Duty | None:
        """Return the first duty of a kind."""
        return next((duty for duty in self.duties if duty.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Link:
    """One party of a chain."""

    id: LinkId
    kind: LinkKind
    name: str
    sources: tuple[LinkId, ...] = ()
    """The links that it takes from."""
    access: Access | None = None
    """How it gives; None at the end."""
    policies: tuple[ChainPolicy, ...] = ()
    passes_on: tuple[LinkId, ...] = ()
    """The links whose policies its own terms bind those below to."""
    documents: tuple[DutyKind, ...] = ()
    """What it hands on in writing."""
    agreements: tuple[Agreement, ...] = ()

    def hands_on(self, link: LinkId) -> bool:
        """Tell whether it binds those below to the policies of `link`."""
        return ALL in self.passes_on or link in self.passes_on


@dataclass(frozen=True, slots=True)
class Chain:
    """Links in an order in which each comes after those that it takes from."""

    name: str
    links: tuple[Link, ...]

    @property
    def ends(self) -> tuple[Link, ...]:
        """The links that nobody takes from."""
        taken = {source for link in self.links for source in link.sources}
        return tuple(link for link in self.links if link.id not in taken)

    def get(self, link: LinkId) -> Link:
        """Return a link that is known to be there."""
        return next(each for each in self.links if each.id == link)


def chain_of(name: str, links: Sequence[Link], *, place: str) -> Chain:
    """Return the links as a chain, in order.

    Raises: SchemaError: `duplicate-link`, `unknown-link`, `cyclic-chain`.
    """
    by_id: dict[LinkId, Link] = {}
    for link in links:
        if link.id in by_id:
            raise SchemaError("duplicate-link", f"two links are called `{link.id}`", place=place)
        by_id[link.id] = link
    for link in links:
        named = [*link.sources, *link.passes_on, *(a.with_link for a in link.agreements)]
        for other in named:
            if other not in by_id and other != ALL:
                raise _unknown(link, other, list(by_id), place)
    try:
        order = TopologicalSorter({link.id: link.sources for link in links}).static_order()
        return Chain(name, tuple(by_id[LinkId(each)] for each in order))
    except CycleError as error:
        loop = " -> ".join(reversed(error.args[1]))
        help_ = "a link takes from those above it: look at `takes_from`"
        message = f"the links take from one another: {loop}"
        raise SchemaError("cyclic-chain", message, place=place, help=help_) from error


def _unknown(link: Link, other: str, names: list[LinkId], place: str) -> SchemaError:
    help_ = offer(other, names, f"the links are: {', '.join(names)}")
    message = f"the link `{link.id}` names `{other}`, which is no link"
    return SchemaError("unknown-link", message, place=place, help=help_)
