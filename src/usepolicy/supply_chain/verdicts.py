"""Verdicts: what one policy says of one use, and the words that decide it.

Owns the rules; pure. A verdict is never a bare yes: silence is `not_addressed`, a catch-all alone
is cited and decides nothing, and what could not be read is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from usepolicy.policies.clauses import (
    CategoryId,
    Effect,
    QualifierKind,
    QualifierRole,
    Strength,
)
from usepolicy.supply_chain.asked import Asked, Named
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.uses import Use
from usepolicy.taxonomy.categories import Taxonomy

CATCH_ALLS = (
    CategoryId("damaging-the-developer"),
    CategoryId("harm"),
    CategoryId("violate-third-party-rights"),
    CategoryId("violating-the-law"),
)
"""Categories that say nothing of a use beyond "anything bad"; the taxonomy defines them so."""
EXEMPTING = (
    QualifierKind.AUDIENCE,
    QualifierKind.JURISDICTION,
    QualifierKind.LAW,
    QualifierKind.PURPOSE,
)
"""Kinds of what lifts a restriction for some; the other kinds are conditions anyone can fulfil."""
GENERAL = "general"
"""Kind of an exemption that names no use."""
MAX_CATCH_ALLS = 3
"""Catch-all clauses cited where nothing else is said."""


class VerdictValue(StrEnum):
    """What a policy says of a use, the strictest first."""

    PROHIBITED = "prohibited"
    RESTRICTED = "restricted"
    PERMITTED = "permitted"
    NOT_ADDRESSED = "not_addressed"
    UNKNOWN = "unknown"
    """The text could not be read, or nobody coded the category."""


class Basis(StrEnum):
    """What a verdict rests on."""

    EXPLICIT = "explicit"
    BROADER = "broader"
    CATCH_ALL = "catch_all"


@dataclass(frozen=True, slots=True)
class Condition:
    """What makes a restriction apply or lifts it, in the policy's words."""

    kind: str
    role: QualifierRole
    quote: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one policy says of a use."""

    asked: Asked
    value: VerdictValue
    basis: Basis | None
    """None where nothing is said."""
    restrictions: tuple[Named, ...] = ()
    """What decides it; of a basis `catch_all` what is cited beside."""
    conditions: tuple[Condition, ...] = ()
    exemptions: tuple[Condition, ...] = ()
    near: tuple[Named, ...] = ()
    """What the policy restricts nearby: narrower categories, and what the use only deals with."""


class _Found(NamedTuple):
    value: VerdictValue
    basis: Basis
    places: tuple[Named, ...]


def verdict_of(use: Use, asked: Asked, taxonomy: Taxonomy) -> Verdict:
    """Return what a policy says of a use that is clear.

    The strictest of the categories that decide counts; of equal ones the explicit.
    """
    deciding = [found.category for found in use.categories if found.decides]
    finds = [find for c in deciding if (find := _find(c, asked, taxonomy)) is not None]
    near = tuple(_near(use, asked, taxonomy))
    if not finds:
        return _silent(use, deciding, asked, near)
    order = list(VerdictValue)
    value = min((find.value for find in finds), key=order.index)
    same = [find for find in finds if find.value is value]
    basis = min((find.basis for find in same), key=list(Basis).index)
    places = tuple(dict.fromkeys(place for find in same for place in find.places))
    said = (place for category in deciding for place in asked.of(category))
    others = (place for place in said if place not in places)
    exemptions = tuple(dict.fromkeys([*_exemptions(places, others), *_research(use, asked)]))
    return Verdict(asked, value, basis, places, tuple(_conditions(places)), exemptions, near)


def _find(category: CategoryId, asked: Asked, taxonomy: Taxonomy) -> _Found | None:
    """Return what is said of a category: by its name, else by the nearest broader one's."""
    above = [CategoryId(each) for each in taxonomy.ancestors(category) if each not in CATCH_ALLS]
    for number, each in enumerate([category, *above]):
        places = asked.of(each)
        if places:
            return _weigh(places, Basis.EXPLICIT if number == 0 else Basis.BROADER)
    return None


def _weigh(places: tuple[Named, ...], basis: Basis) -> _Found:
    """Return the strictest of what several places say.

    What is permitted only under a condition ("only with your consent") is restricted by it.
    """
    limits = tuple(place for place in places if place.effect is not Effect.PERMITS)
    if not limits:
        free = not all(map(_is_conditional, places))
        value = VerdictValue.PERMITTED if free else VerdictValue.RESTRICTED
        return _Found(value, basis, places)
    prohibited = any(place.strength is Strength.PROHIBITED for place in limits)
    value = VerdictValue.PROHIBITED if prohibited else VerdictValue.RESTRICTED
    return _Found(value, basis, limits)


def _is_conditional(place: Named) -> bool:
    lifts = (q.kind for q in place.qualifiers if q.role is QualifierRole.LIFTS)
    return any(kind not in EXEMPTING for kind in lifts)


def _silent(
    use: Use, deciding: Sequence[CategoryId], asked: Asked, near: tuple[Named, ...]
) -> Verdict:
    """Return the verdict where no category that decides is named."""
    if not asked.silent or (deciding and all(category in asked.unknown for category in deciding)):
        return Verdict(asked, VerdictValue.UNKNOWN, None, near=near)
    permits = tuple(place for place in near if place.effect is Effect.PERMITS)
    if permits and not deciding:
        return Verdict(asked, VerdictValue.PERMITTED, Basis.EXPLICIT, permits, near=near)
    catch_alls = tuple(place for each in CATCH_ALLS for place in asked.of(each)[:1])
    if deciding and catch_alls:
        cited = catch_alls[:MAX_CATCH_ALLS]
        return Verdict(asked, VerdictValue.NOT_ADDRESSED, Basis.CATCH_ALL, cited, near=near)
    exemptions = tuple(_research(use, asked))
    return Verdict(asked, VerdictValue.NOT_ADDRESSED, None, exemptions=exemptions, near=near)


def _near(use: Use, asked: Asked, taxonomy: Taxonomy) -> Iterator[Named]:
    """Yield what is said of what the use only deals with, and of what is narrower."""
    for found in use.categories:
        if found.manner is not Manner.GENERATION:
            yield from asked.of(found.category)[:1]
        elif found.decides and not asked.of(found.category):
            for below in taxonomy.children(found.category):
                yield from asked.of(below.id)[:1]


def _conditions(places: Iterable[Named]) -> Iterator[Condition]:
    """Yield what must be fulfilled, and what makes the restriction apply; each once."""
    seen = set()
    for place in places:
        for qualifier in place.qualifiers:
            lifts = qualifier.role is QualifierRole.LIFTS and qualifier.kind in EXEMPTING
            one = Condition(qualifier.kind, qualifier.role, qualifier.evidence.quote)
            if not lifts and one not in seen:
                seen.add(one)
                yield one
        if place.effect is Effect.REQUIRES and place.quote:
            yield Condition("duty", QualifierRole.LIFTS, place.quote)


def _exemptions(places: Iterable[Named], others: Iterable[Named]) -> Iterator[Condition]:
    """Yield what lifts a restriction for some, and what the policy permits nearby or in general."""
    places = tuple(places)
    for place in places:
        for qualifier in place.qualifiers:
            if qualifier.role is QualifierRole.LIFTS and qualifier.kind in EXEMPTING:
                yield Condition(qualifier.kind, qualifier.role, qualifier.evidence.quote)
    for place in others:
        if place.effect is Effect.PERMITS and place.quote:
            yield Condition("permitted", QualifierRole.LIFTS, place.quote)
    yield from _general(places)


def _general(places: Iterable[Named]) -> Iterator[Condition]:
    """Yield what the policy exempts without naming a use: whether it covers this one is open."""
    for words in dict.fromkeys(words for place in places for words in place.general):
        yield Condition(GENERAL, QualifierRole.LIFTS, words)


def _research(use: Use, asked: Asked) -> Iterator[Condition]:
    if asked.research and any(found.manner is Manner.RESEARCH for found in use.categories):
        yield Condition("research", QualifierRole.LIFTS, asked.research)
