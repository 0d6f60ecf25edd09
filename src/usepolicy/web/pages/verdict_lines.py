"""Verdicts as lines of a page: what one policy says of a use, with its words and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy.policies.clauses import Effect, QualifierRole
from usepolicy.policies.provisions import Reference
from usepolicy.supply_chain.answers import Through
from usepolicy.supply_chain.asked import Asked, Named
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.references import Reached
from usepolicy.supply_chain.uses import DECIDES, Use
from usepolicy.supply_chain.verdicts import GENERAL, Basis, Condition, Verdict
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.shelf import Shelf
from usepolicy.web.words import cut, exact, web_address

MOST_PLACES = 3
"""Quotes of one verdict on the page."""
LEADS = {"duty": "you must", "permitted": "permitted", GENERAL: "in general"}
"""What stands before the words of a condition or exemption; before others `unless` or `where`."""


@dataclass(frozen=True, slots=True)
class NamedCategory:
    """A category that the use names."""

    id: str
    name: str
    sure: bool
    manner: str
    """How the use deals with it, where it does not do it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A quote, and where it stands."""

    quote: str
    address: str | None
    category: str
    said: str
    """What the policy does with it: prohibited, restricted or permitted."""


@dataclass(frozen=True, slots=True)
class Term:
    """A condition or an exemption."""

    lead: str
    kind: str
    quote: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """A document that the policy names as binding too."""

    name: str
    quote: str
    """The sentence that names it; empty where only the name is known."""
    label: str
    """Whose policy that is; empty where it is not given."""
    verdict: str
    address: str | None


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What one policy says."""

    label: str
    title: str
    address: str | None
    dated: str
    verdict: str
    basis: str
    broader: tuple[str, ...]
    words: tuple[Words, ...]
    more: int
    """Quotes beyond those that are shown."""
    conditions: tuple[Term, ...]
    exemptions: tuple[Term, ...]
    near: tuple[Words, ...]
    through: tuple[Pointer, ...]
    not_given: tuple[Pointer, ...]
    quoted: bool


def named_categories(use: Use) -> tuple[NamedCategory, ...]:
    """Return what a use names, the surest first."""
    names = load_taxonomy()
    return tuple(
        NamedCategory(
            found.category,
            names.get(found.category).name,
            found.confidence >= DECIDES,
            "" if found.manner is Manner.GENERATION else found.manner.value,
        )
        for found in use.categories
    )


def verdict_line(shelf: Shelf, verdict: Verdict, through: Through) -> VerdictLine:
    """Return a verdict as a page shows it; `through` knows the policies that it may bind to."""
    asked, places = verdict.asked, verdict.restrictions
    entry = shelf.by_id.get(asked.id)
    names = dict.fromkeys(load_taxonomy().get(place.category).name for place in places)
    return VerdictLine(
        label=entry.label if entry else cut(asked.developer),
        title=entry.title if entry else cut(asked.title or asked.id),
        address=entry.address if entry else None,
        dated=entry.dated if entry else "",
        verdict=verdict.value.value,
        basis=verdict.basis.value if verdict.basis else "",
        broader=tuple(names) if verdict.basis is Basis.BROADER else (),
        words=_words(shelf, asked, places),
        more=max(0, len(places) - MOST_PLACES),
        conditions=tuple(_term(shelf, each) for each in verdict.conditions),
        exemptions=tuple(_term(shelf, each) for each in verdict.exemptions),
        near=_words(shelf, asked, _other(verdict)),
        through=tuple(_pointer(shelf, *each) for each in through.of(verdict)),
        not_given=tuple(_missing(shelf, each) for each in through.missing(verdict)),
        quoted=asked.quoted,
    )


def _other(verdict: Verdict) -> tuple[Named, ...]:
    """Return what is nearby, each of its words once and none that decide."""
    said = {place.quote for place in verdict.restrictions}
    near = {place.quote: place for place in reversed(verdict.near) if place.quote not in said}
    return tuple(reversed(near.values()))


def _words(shelf: Shelf, asked: Asked, places: Sequence[Named]) -> tuple[Words, ...]:
    return tuple(
        Words(
            quote=exact(place.quote, shelf.limit) if place.quote else "",
            address=address_of_words(shelf, asked.id, place),
            category=load_taxonomy().get(place.category).name,
            said=said_of(place),
        )
        for place in places[:MOST_PLACES]
    )


def address_of_words(shelf: Shelf, policy: str, place: Named) -> str | None:
    """Return where the words of a policy stand on the site; None where the site has it not."""
    if policy not in shelf.by_id:
        return None
    return f"/policies/{place.clause}" if place.clause else shelf.by_id[policy].address


def said_of(place: Named) -> str:
    """Return what a place does with its category, in a word."""
    if place.effect is Effect.FORBIDS:
        return place.strength.value if place.strength else ""
    return "permitted" if place.effect is Effect.PERMITS else "required"


def _term(shelf: Shelf, condition: Condition) -> Term:
    lead = "unless" if condition.role is QualifierRole.LIFTS else "where"
    kind = "" if condition.kind in LEADS else condition.kind.replace("_", " ")
    return Term(LEADS.get(condition.kind, lead), kind, exact(condition.quote, shelf.limit))


def _pointer(shelf: Shelf, reached: Reached, found: Verdict) -> Pointer:
    entry = shelf.by_id.get(found.asked.id)
    label = f"{entry.label}: {entry.title}" if entry else cut(found.asked.developer)
    verdict = found.value.value.replace("_", " ")
    address = entry.address if entry else None
    return Pointer(*_named_by(shelf, reached.reference), label, verdict, address)


def _missing(shelf: Shelf, reference: Reference) -> Pointer:
    return Pointer(*_named_by(shelf, reference), "", "", web_address(reference.target))


def _named_by(shelf: Shelf, reference: Reference) -> tuple[str, str]:
    sentence = reference.sentence
    return cut(reference.evidence.quote), exact(sentence.quote, shelf.limit) if sentence else ""
