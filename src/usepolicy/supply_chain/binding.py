"""Binding: which policy of a chain binds which link, and why; pure.

A policy binds whoever takes from its link. Further down it binds where each link between binds
those below to it, or where it is a licence and the files themselves are passed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.policies.clauses import CategoryId, Effect, QualifierKind, QualifierRole, Strength
from usepolicy.policies.policies import PolicyKind
from usepolicy.policies.provisions import Reference
from usepolicy.supply_chain.asked import Named
from usepolicy.supply_chain.chains import (
    Access,
    Agreement,
    Chain,
    ChainPolicy,
    Link,
    LinkId,
    LinkKind,
)
from usepolicy.supply_chain.duties import DutyKind
from usepolicy.supply_chain.references import Reached, References


class Via(StrEnum):
    """Why a policy binds a link, the strongest first; or that it does not."""

    DIRECT = "direct"
    """The link takes from the policy's own link."""
    LICENCE = "licence"
    """A licence travels with the files."""
    PASSED_ON = "passed_on"
    """Each link between binds those below to it."""
    REFERENCE = "reference"
    """A policy that binds the link names it as binding too."""
    NOT_PASSED_ON = "not_passed_on"
    """It does not reach the link."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Whether one policy binds one link."""

    policy: ChainPolicy
    at: LinkId
    via: Via
    stops_at: LinkId | None = None
    """The link that does not pass it on; None where it binds."""
    by: ChainPolicy | None = None
    """The policy that names it, of what binds by reference."""
    reference: Reference | None = None
    """The words that name it."""

    @property
    def binds(self) -> bool:
        """Whether the link is bound."""
        return self.via is not Via.NOT_PASSED_ON


@dataclass(frozen=True, slots=True)
class Source:
    """Words of a policy that restrict a category, or permit it."""

    link: LinkId
    policy: str
    named: Named


@dataclass(frozen=True, slots=True)
class Bound:
    """What is restricted of one category: the union, at the strictest strength."""

    category: CategoryId
    strength: Strength
    sources: tuple[Source, ...]
    lifted: tuple[Agreement, ...] = ()
    """Agreements that lift it for the link, where the policy allows agreements."""


def bindings(chain: Chain) -> tuple[Binding, ...]:
    """Return for each policy and each link below its own whether it binds, in the chain's order."""
    policies = [policy for link in chain.links for policy in link.policies]
    found = [binding for policy in policies for binding in _of(chain, policy)]
    references = References(policy.asked for policy in policies)
    named = {id(p.asked): references.follow(p.asked).reached for p in policies}
    for link in chain.links:
        _refer(link, found, policies, named)
    order = {id(policy): number for number, policy in enumerate(policies)}
    return tuple(sorted(found, key=lambda each: order[id(each.policy)]))


def _refer(
    link: Link,
    found: list[Binding],
    policies: list[ChainPolicy],
    named: Mapping[int, tuple[Reached, ...]],
) -> None:
    """Bind a link to what the policies that bind it name, unless it is bound already or its own."""
    at = {id(each.policy): each for each in found if each.at == link.id}
    for each in [each for each in at.values() if each.binds]:
        for reached in named[id(each.policy.asked)]:
            policy = next(p for p in policies if p.asked is reached.asked)
            before = at.get(id(policy))
            if policy.link == link.id or (before is not None and before.binds):
                continue
            if before is not None:
                found.remove(before)
            new = Binding(policy, link.id, Via.REFERENCE, None, each.policy, reached.reference)
            at[id(policy)] = new
            found.append(new)


def _of(chain: Chain, policy: ChainPolicy) -> Iterator[Binding]:
    reached: dict[LinkId, Binding] = {}
    for link in chain.links:
        ways = [way for source in link.sources if (way := _way(chain, policy, source, reached))]
        if ways:
            via, stops = min(ways, key=lambda way: list(Via).index(way[0]))
            reached[link.id] = Binding(policy, link.id, via, stops)
            yield reached[link.id]


def _way(
    chain: Chain, policy: ChainPolicy, source: LinkId, reached: dict[LinkId, Binding]
) -> tuple[Via, LinkId | None] | None:
    """Return how a policy comes to whoever takes from `source`; None where it is not above."""
    if source == policy.link:
        return Via.DIRECT, None
    above = reached.get(source)
    if above is None:
        return None
    if not above.binds:
        return Via.NOT_PASSED_ON, above.stops_at
    link = chain.get(source)
    if link.hands_on(policy.link):
        return Via.PASSED_ON, None
    if travels(chain, policy) and link.access is Access.WEIGHTS:
        return Via.LICENCE, None
    return Via.NOT_PASSED_ON, source


def travels(chain: Chain, policy: ChainPolicy) -> bool:
    """Tell whether a policy goes with the files wherever they go."""
    kinds = (LinkKind.LICENCE, LinkKind.DATASET)
    return policy.kind is PolicyKind.LICENCE or chain.get(policy.link).kind in kinds


def policies_at(found: Iterable[Binding], link: LinkId, *, bind: bool) -> tuple[ChainPolicy, ...]:
    """Return the policies above a link that bind it, or those that don't reach it."""
    return tuple(each.policy for each in found if each.at == link and each.binds is bind)


def restrictions_of(
    chain: Chain, link: Link, policies: tuple[ChainPolicy, ...]
) -> tuple[Bound, ...]:
    """Return what policies restrict for a link, by category: a permission above lifts nothing."""
    sources: dict[CategoryId, list[Source]] = {}
    for policy in policies:
        for category, places in policy.asked.named.items():
            limits = (Source(policy.link, policy.asked.id, p) for p in places if limits_use(p))
            sources.setdefault(category, []).extend(limits)
    return tuple(
        Bound(category, _strictest(each), tuple(each), _lifting(chain, link, each, policies))
        for category, each in sorted(sources.items())
        if each
    )


def limits_use(place: Named) -> bool:
    """Tell whether a place forbids or requires."""
    return place.effect is not Effect.PERMITS


def _strictest(sources: Iterable[Source]) -> Strength:
    prohibited = any(each.named.strength is Strength.PROHIBITED for each in sources)
    return Strength.PROHIBITED if prohibited else Strength.RESTRICTED


def _lifting(
    chain: Chain, link: Link, sources: list[Source], policies: tuple[ChainPolicy, ...]
) -> tuple[Agreement, ...]:
    """Return agreements that lift every source of a restriction for a link."""
    held = [
        agreement
        for each in (link, *above(chain, link))
        for agreement in each.agreements
        if sources[0].named.category in agreement.lifts
    ]
    lifting = tuple(a for a in held if _allows(a, sources, policies))
    return lifting if {source.link for source in sources} <= {a.with_link for a in lifting} else ()


def _allows(agreement: Agreement, sources: list[Source], policies: Iterable[ChainPolicy]) -> bool:
    """Tell whether the policy itself leaves room for an agreement."""
    own = [policy for policy in policies if policy.link == agreement.with_link]
    general = any(policy.duty(DutyKind.AGREEMENT) for policy in own)
    return general or any(
        qualifier.role is QualifierRole.LIFTS
        and qualifier.kind in (QualifierKind.AGREEMENT, QualifierKind.LICENCE)
        for source in sources
        if source.link == agreement.with_link
        for qualifier in source.named.qualifiers
    )


def above(chain: Chain, link: Link) -> tuple[Link, ...]:
    """Return every link that a link takes from, near or far, in the chain's order."""
    ids = set(link.sources)
    for each in reversed(chain.links):
        if each.id in ids:
            ids.update(each.sources)
    return tuple(each for each in chain.links if each.id in ids)
