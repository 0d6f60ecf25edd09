"""Force: whether a unit forbids, requires or permits, by its own words or by what leads into it.

Owns the cues (`data/vocabulary/cues.yaml`) and the rule of inheritance. What is forbidden is
the labeller's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, cast

from usepolicy.patterns import Pattern, compile_text, load_table
from usepolicy.policies.clauses import CategoryId, Effect
from usepolicy.reading.units import Unit, UnitKind


class Section(StrEnum):
    """What a heading does to the units below it."""

    NEUTRAL = "neutral"
    FORBIDS = "forbids"
    REQUIRES = "requires"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Cues:
    """The compiled cues."""

    forbids: Pattern[str]
    not_forbids: Pattern[str]
    requires: Pattern[str]
    permits: Pattern[str]
    forbidding_heading: Pattern[str]
    requiring_heading: Pattern[str]
    ignored_section: Pattern[str]
    policy_words: Pattern[str]
    error_page: Pattern[str]
    exception: Pattern[str]
    required: Mapping[CategoryId, Pattern[str]]
    """Categories for which a duty counts, and the words of that duty."""


@dataclass(frozen=True, slots=True)
class Force:
    """What a unit does, and which units above it make it do so."""

    effect: Effect | None
    lead_ins: tuple[int, ...] = ()
    own: bool = False
    """Whether its own words say so."""


NO_FORCE = Force(None)


@cache
def load_cues() -> Cues:
    """Return the cues, compiled once."""
    table = cast("dict[str, Any]", load_table("vocabulary/cues.yaml"))
    names = {name: re.sub(r"\s*\n?\s{2,}|\n", "", table.pop(name)).replace("| ", "|") for name in ("users", "publisher")}
    required = {CategoryId(name): compile_text(duty) for name, duty in table.pop("required").items()}
    compiled = {}
    for name, patterns in table.items():
        joined = "|".join([patterns] if isinstance(patterns, str) else patterns)
        for word, pattern in names.items():
            joined = joined.replace(f"{{{word}}}", rf"\b{pattern}")
        compiled[name] = compile_text(joined)
    return Cues(**compiled, required=required)


def own_effect(words: str) -> Effect | None:
    """Return what the words of a unit do by themselves; None if they do nothing."""
    cues = load_cues()
    bare = cues.not_forbids.sub(" ", words)
    # An exception says "does not apply": permission comes before prohibition.
    if cues.permits.search(words) and not cues.forbids.search(cues.permits.sub(" ", bare)):
        return Effect.PERMITS
    if cues.forbids.search(bare):
        return Effect.FORBIDS
    return Effect.REQUIRES if cues.requires.search(words) else None


def section_of(words: str) -> Section:
    """Return what a heading does to the units below it."""
    cues = load_cues()
    if cues.forbidding_heading.search(words):
        return Section.FORBIDS
    if cues.requiring_heading.search(words):
        return Section.REQUIRES
    return Section.IGNORED if cues.ignored_section.search(words) else Section.NEUTRAL


_OPENS_PROSE = re.compile(
    r"^(?:we|if|our|this|these|those|for more|please|in (?:some|order)|when|as|to (?:learn|report)|see|note|"
    r"it|there|while|because|the following)\b"
)
"""How a sentence begins that says something about the rules instead of going on with them."""
_SPEAKS = re.compile(r"\b(?:we|our|you can|you may|please)\b")


def weigh(units: Sequence[Unit], view: str) -> list[Force]:
    """Return the force of each unit, in order; `view` is the plain view of the text."""
    sections: dict[int, Section] = {}
    forces: list[Force] = []
    for number, unit in enumerate(units):
        words = view[unit.start : unit.end].strip()
        if unit.kind is UnitKind.HEADING:
            sections[number] = section_of(words)
            forces.append(_force_of_heading(unit, number, units, forces, sections))
            continue
        forces.append(_force(unit, words, units, forces, sections))
    return forces


def _force_of_heading(
    unit: Unit, number: int, units: Sequence[Unit], forces: Sequence[Force], sections: dict[int, Section]
) -> Force:
    """Return the force of a heading: its own, or that of the heading above it."""
    if sections[number] in (Section.FORBIDS, Section.REQUIRES):
        return Force(Effect(sections[number].value), own=True)
    return NO_FORCE if sections[number] is Section.IGNORED else _inherited(unit, units, forces, sections)


def _force(
    unit: Unit, words: str, units: Sequence[Unit], forces: Sequence[Force], sections: dict[int, Section]
) -> Force:
    headings = [number for number in unit.above if number in sections]
    own = own_effect(words)
    if headings and any(sections[number] is Section.IGNORED for number in headings[-2:]):
        if not (own is Effect.FORBIDS and sections[headings[-1]] is not Section.IGNORED):
            return NO_FORCE
    inherited = _inherited(unit, units, forces, sections)
    if own in (Effect.FORBIDS, Effect.PERMITS):
        return Force(own, inherited.lead_ins if inherited.effect is own else (), own=True)
    if inherited.effect is Effect.FORBIDS and _takes_up(unit, words, inherited, sections):
        return inherited
    if own is not None:
        return Force(own, own=True)
    return inherited if inherited.effect is not Effect.FORBIDS and unit.kind is UnitKind.ITEM else NO_FORCE


def _inherited(
    unit: Unit, units: Sequence[Unit], forces: Sequence[Force], sections: dict[int, Section]
) -> Force:
    """Return the force that the nearest lead-in or heading above lends."""
    chain = list(unit.above)
    for place in range(len(chain) - 1, -1, -1):
        number = chain[place]
        force = forces[number]
        if force.effect is not None:
            lead_ins = (*force.lead_ins, *chain[place:])
            return Force(force.effect, tuple(dict.fromkeys(lead_ins)))
        if number in sections and sections[number] is Section.IGNORED:
            return NO_FORCE
    return NO_FORCE


def _takes_up(unit: Unit, words: str, inherited: Force, sections: Mapping[int, Section]) -> bool:
    """Tell whether a unit goes on with what leads into it, or starts to say something else."""
    from_heading = all(number in sections for number in inherited.lead_ins)
    if unit.kind is UnitKind.ITEM:
        return not (from_heading and _OPENS_PROSE.search(words))
    prose = _OPENS_PROSE.search(words) or _SPEAKS.search(words)
    return from_heading and not prose and len(words) < MAX_FRAGMENT


MAX_FRAGMENT = 400
"""Code points up to which a sentence under a heading may be read as an item of it."""
