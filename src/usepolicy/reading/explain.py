"""Explanation: why a policy has a category, or what came nearest and why it did not count.

It looks at the very units and forces that the reader looked at and reuses its vocabulary; it reads
nothing anew and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.labelling.vocabulary import WordMatch, load_vocabulary
from usepolicy.policies.clauses import CategoryId, Clause, Effect, Qualifier, Restriction, Strength
from usepolicy.policies.policies import Policy, restrictions_on, strength_of
from usepolicy.policies.spans import Evidence, Span
from usepolicy.reading.force import Section, load_cues, own_effect, section_of
from usepolicy.reading.qualify import find_qualifiers, without_exceptions
from usepolicy.reading.structure import Structured, structured
from usepolicy.reading.units import UnitKind

MAX_QUOTE = 200
MAX_NEAR = 5
"""Places shown that came near and do not count."""


class Ground(StrEnum):
    """Why the words of one place count, or why they do not."""

    COUNTS = "counts"
    PERMITS = "permits"
    SECTION = "section"
    DISCLAIMED = "disclaimed"
    NO_FORCE = "no_force"
    NO_DUTY = "no_duty"
    EXCEPTION = "exception"
    PASSED_OVER = "passed_over"
    NEEDS = "needs"


SENTENCES = {
    Ground.COUNTS: "its words name the category and it has force",
    Ground.PERMITS: "it says what is allowed",
    Ground.SECTION: "it stands in a section that is not about use",
    Ground.DISCLAIMED: "it speaks of what the publisher does or answers for, not of what users may do",
    Ground.NO_FORCE: "nothing in it or above it forbids or requires anything",
    Ground.NO_DUTY: "it requires something, and the duty is not the one that names this category",
    Ground.EXCEPTION: "it names the category only in what stays allowed",
    Ground.PASSED_OVER: "its words belong to a phrase that names something else",
    Ground.NEEDS: "its words count only together with others that are not there",
}
"""What each ground says to a person."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the text that names the category or comes near to it."""

    ground: Ground
    evidence: Evidence
    """The words of the place, cut where they are long."""
    phrases: tuple[str, ...] = ()
    """Phrases of the vocabulary that match there."""
    detail: str | None = None
    """The phrase that takes the words away, the words that are missing, the heading of a section."""
    effect: Effect | None = None
    strength: Strength | None = None
    lead_ins: tuple[Evidence, ...] = ()
    """What gives the place its force, outermost first."""
    qualifiers: tuple[Qualifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one cell of a policy's coding is what it is."""

    category: CategoryId
    value: str
    """`coded`, `not_coded` or `unknown`."""
    strength: Strength | None
    places: tuple[Place, ...]
    """Where it is coded: the places that count; else the nearest that do not."""


def explain(policy: Policy, category: CategoryId, *, text: str | None = None) -> Explanation:
    """Return why a policy has a category or not.

    Args: text: the canonical text; without it only the policy's own clauses can be looked at.
    """
    read = structured(text) if text is not None else None
    restricting = [
        _counting(clause, restriction, read)
        for clause, restriction in restrictions_on(policy, category)
    ]
    if restricting:
        strength = strength_of(policy, category)
        return Explanation(category, "coded", strength, tuple(restricting))
    near = tuple(_near(read, category)) if read else ()
    value = "not_coded" if policy.is_read else "unknown"
    return Explanation(category, value, None, near[:MAX_NEAR])


def _counting(clause: Clause, restriction: Restriction, read: Structured | None) -> Place:
    words = clause.text if read is None else read.view[clause.span.start : clause.span.end]
    context = words
    if read is not None:
        above = [read.view[span.start : span.end] for span in clause.lead_ins]
        context = " . ".join([*above, words])
    matches = _matches(restriction.category, words, context)
    return Place(
        Ground.COUNTS,
        restriction.evidence[0],
        tuple(dict.fromkeys(match.phrase for match in matches if match.counts)),
        effect=restriction.effect,
        strength=restriction.strength,
        lead_ins=() if read is None else tuple(_cut(read, span) for span in clause.lead_ins),
        qualifiers=restriction.qualifiers,
    )


def _matches(category: CategoryId | None, words: str, context: str) -> list[WordMatch]:
    if category is None:
        return []
    plain, around = (each.lower().encode("latin-1", "replace") for each in (words, context))
    return list(load_vocabulary().why(category, plain, around))


def _cut(read: Structured, span: Span) -> Evidence:
    return Evidence.of(read.text, span.start, min(span.end, span.start + MAX_QUOTE))


def _near(read: Structured, category: CategoryId) -> Iterator[Place]:
    """Yield the places whose words come near, the nearest first: those that lack least."""
    found = [
        place
        for number in range(len(read.units))
        if (place := _place(read, number, category)) is not None
    ]
    order = list(Ground)
    yield from sorted(found, key=lambda place: order.index(place.ground))


def _place(read: Structured, number: int, category: CategoryId) -> Place | None:
    unit, force = read.units[number], read.forces[number]
    above = [read.units[place] for place in force.lead_ins]
    context = " . ".join(read.view[u.start : u.end] for u in [*above, unit])
    matches = _matches(category, read.words(number), context)
    if not matches:
        return None
    ground, detail = _ground(read, number, matches)
    return Place(
        ground,
        _cut(read, Span(unit.start, unit.end)),
        tuple(dict.fromkeys(match.phrase for match in matches)),
        detail,
        force.effect,
        lead_ins=tuple(_cut(read, Span(u.start, u.end)) for u in above),
    )


def _ground(
    read: Structured, number: int, matches: Sequence[WordMatch]
) -> tuple[Ground, str | None]:
    """Return why words that match do not count."""
    counting = [match for match in matches if match.counts]
    if not counting:
        first = matches[0]
        if first.needs:
            return Ground.NEEDS, ", ".join(first.needs)
        return Ground.PASSED_OVER, first.passed_over
    effect = read.forces[number].effect
    if effect is Effect.FORBIDS:
        return Ground.EXCEPTION, _exception(read, number)
    if effect is Effect.REQUIRES:
        return Ground.NO_DUTY, None
    if effect is Effect.PERMITS or own_effect(read.words(number)) is Effect.PERMITS:
        return Ground.PERMITS, None
    section = _section(read, number)
    if section is not None:
        return Ground.SECTION, section
    disclaimed = load_cues().not_forbids.search(read.words(number)) is not None
    return (Ground.DISCLAIMED if disclaimed else Ground.NO_FORCE), None


def _exception(read: Structured, number: int) -> str | None:
    unit = read.units[number]
    qualifiers = find_qualifiers(read.text, read.view, [unit])
    left = without_exceptions(read.view, unit.start, unit.end, qualifiers)
    return next((q.evidence.quote for q in qualifiers if left != read.words(number)), None)


def _section(read: Structured, number: int) -> str | None:
    """Return the heading above a unit that says that its section is not about use."""
    for place in reversed(read.units[number].above):
        heading = read.units[place]
        is_ignored = section_of(read.words(place)) is Section.IGNORED
        if heading.kind is UnitKind.HEADING and is_ignored:
            return read.text[heading.start : heading.end]
    return None
