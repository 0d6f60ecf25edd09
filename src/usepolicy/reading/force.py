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
    HARM = "harm"
    """It names something bad and says nothing of it."""
    ASIDE = "aside"
    """It speaks of something else: what stands further up lends nothing to what is below."""
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
    harm_heading: Pattern[str]
    bare_lead: Pattern[str]
    publisher_lead: Pattern[str]
    use_policy: Pattern[str]
    ignored_section: Pattern[str]
    aside_section: Pattern[str]
    telling_section: Pattern[str]
    policy_words: Pattern[str]
    error_page: Pattern[str]
    exception: Pattern[str]
    opens_prose: Pattern[str]
    goes_on: Pattern[str]
    is_not: Pattern[str]
    speaks: Pattern[str]
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
    names = {
        name: re.sub(r"\s*\n?\s{2,}|\n", "", table.pop(name)).replace("| ", "|")
        for name in ("users", "publisher", "things")
    }
    required = {
        CategoryId(name): compile_text(duty) for name, duty in table.pop("required").items()
    }
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
    if cues.forbids.search(bare) or cues.bare_lead.search(words):
        return Effect.FORBIDS
    return Effect.REQUIRES if cues.requires.search(words) else None


STOPS = (Section.ASIDE, Section.IGNORED)
"""Sections into which no force is handed down."""


def _of_lead(words: str) -> Effect | None:
    """Return what a lead-in without a verb does: "Prohibited businesses:"."""
    if not words.endswith(":") or len(words) > MAX_LEAD:
        return None
    return Effect.FORBIDS if _heads_a_ban(words) else None


def _heads_a_ban(words: str) -> bool:
    """Tell whether words without a sentence forbid; not "We never:", which promises."""
    cues = load_cues()
    if cues.permits.search(words):
        return False
    return bool(cues.forbidding_heading.search(words) and not cues.publisher_lead.search(words))


def section_of(words: str) -> Section:
    """Return what a heading does to the units below it."""
    cues = load_cues()
    if cues.telling_section.search(words):
        return Section.ASIDE
    if _heads_a_ban(words) or own_effect(words) is Effect.FORBIDS:
        return Section.FORBIDS
    if cues.requiring_heading.search(words):
        return Section.REQUIRES
    if cues.ignored_section.search(words):
        return Section.IGNORED
    if cues.aside_section.search(words):
        return Section.ASIDE
    return Section.HARM if cues.harm_heading.search(words) else Section.NEUTRAL


MAX_FRAGMENT = 400
"""Code points up to which a sentence under a heading may be read as an item of it."""
OPENING = 600
"""Code points in which a document on acceptable use says that it is one."""
MAX_LEAD = 90
"""Code points up to which a lead-in without a verb may be read like a heading."""
TITLE = 0
"""The first unit of a text: a heading there names the document and forbids no sentence."""


def weigh(units: Sequence[Unit], view: str) -> list[Force]:
    """Return the force of each unit, in order; `view` is the plain view of the text."""
    weigher = _Weigher(on_use=load_cues().use_policy.search(view[:OPENING]) is not None)
    for unit in units:
        weigher.take(unit, view[unit.start : unit.end].strip())
    return weigher.forces


class _Weigher:
    """The forces found so far: what stands above a unit is weighed before it."""

    def __init__(self, *, on_use: bool) -> None:
        self.on_use = on_use
        """Whether the whole document is about what one may use something for."""
        self.forces: list[Force] = []
        self.last: Unit | None = None
        self.sections: dict[int, Section] = {}
        self.items: set[int] = set()

    def take(self, unit: Unit, words: str) -> None:
        """Weigh one unit."""
        if unit.kind is UnitKind.HEADING:
            self.sections[len(self.forces)] = section = section_of(words)
            self.forces.append(self._of_heading(unit, section))
        else:
            if unit.kind is UnitKind.ITEM:
                self.items.add(len(self.forces))
            self.forces.append(self._of_prose(unit, words))
        self.last = unit

    def _of_heading(self, unit: Unit, section: Section) -> Force:
        """Return the force of a heading: its own, or that of the heading above it."""
        if section in (Section.FORBIDS, Section.REQUIRES):
            return Force(Effect(section.value), own=True)
        return NO_FORCE if section in STOPS else self._inherited(unit)

    def _of_prose(self, unit: Unit, words: str) -> Force:
        own = own_effect(words) or _of_lead(words)
        if self._is_passed_over(unit, own):
            return NO_FORCE
        inherited = self._inherited(unit)
        if own is None and self._is_told_more(unit, words):
            return self._told_more()
        if own in (Effect.FORBIDS, Effect.PERMITS):
            return Force(own, inherited.lead_ins if inherited.effect is own else (), own=True)
        if inherited.effect is Effect.REQUIRES and load_cues().is_not.search(words):
            return Force(Effect.FORBIDS, inherited.lead_ins, own=True)
        if inherited.effect is Effect.FORBIDS:
            goes_on = self._goes_on(unit, words, inherited)
            return inherited if goes_on else Force(own, own=own is not None)
        if own is not None:
            return Force(own, own=True)
        return inherited if unit.kind is UnitKind.ITEM else NO_FORCE

    def _is_told_more(self, unit: Unit, words: str) -> bool:
        """Tell whether a sentence goes on with the rule in the sentence right before it."""
        beside = self.last is not None and self.last.above == unit.above
        forbids = bool(self.forces) and self.forces[-1].effect is Effect.FORBIDS
        return beside and forbids and load_cues().goes_on.search(words) is not None

    def _told_more(self) -> Force:
        """Return the force of a sentence that goes on with the rule in front of it.

        All of them hang on the first, the rule itself, however many there are.
        """
        before, number = self.forces[-1], len(self.forces) - 1
        lead_ins = (*before.lead_ins, number) if before.own else before.lead_ins or (number,)
        return Force(before.effect, lead_ins)

    def _is_passed_over(self, unit: Unit, own: Effect | None) -> bool:
        """Tell whether a unit stands in a section that is not about use.

        A prohibition of its own counts all the same where only an outer heading says so.
        """
        nearest = [self.sections[number] for number in unit.above if number in self.sections][-2:]
        overruled = own is Effect.FORBIDS and nearest[-1:] != [Section.IGNORED]
        return Section.IGNORED in nearest and not overruled

    def _inherited(self, unit: Unit) -> Force:
        """Return the force that the nearest lead-in or heading above lends."""
        for place in range(len(unit.above) - 1, -1, -1):
            number = unit.above[place]
            force = self.forces[number]
            if force.effect is not None:
                lead_ins = (*force.lead_ins, *unit.above[place:])
                return Force(force.effect, tuple(dict.fromkeys(lead_ins)))
            section = self.sections.get(number)
            if section is Section.HARM and self.on_use and unit.kind is UnitKind.ITEM:
                return Force(Effect.FORBIDS, unit.above[place:])
            if section in STOPS:
                return NO_FORCE
        return NO_FORCE

    def _goes_on(self, unit: Unit, words: str, inherited: Force) -> bool:
        """Tell whether a unit goes on with what leads into it, or says something else."""
        cues = load_cues()
        nearest = unit.above[-1]
        from_heading = nearest in self.sections
        if unit.kind is UnitKind.ITEM:
            return not (from_heading and cues.opens_prose.search(words))
        prose = cues.opens_prose.search(words) or cues.speaks.search(words)
        is_fragment = not prose and len(words) < MAX_FRAGMENT
        in_item = nearest in self.items
        return (from_heading or in_item) and is_fragment and inherited.lead_ins != (TITLE,)
