"""Structure: a canonical text with its units, what leads into them, and their force.

Owns what is derived from a text before any category is looked for; the reader and the explanation
of a reading stand on the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from usepolicy.reading.blocks import find_blocks
from usepolicy.reading.force import Force, Section, section_of, weigh
from usepolicy.reading.language import READ, detect_language
from usepolicy.reading.segment import segment
from usepolicy.reading.units import Unit, UnitKind
from usepolicy.reading.view import plain_view


@dataclass(frozen=True, slots=True)
class Structured:
    """A canonical text with what is derived from it once."""

    text: str
    view: str
    """Of the same length, for matching."""
    language: str
    units: tuple[Unit, ...]
    """In order; none in a language that is not read."""
    forces: tuple[Force, ...]
    """Of each unit."""
    leads: frozenset[int]
    """Units that lead into others."""
    requiring: frozenset[int]
    """Headings of sections whose uses are allowed under a condition."""
    too_deep: tuple[int, ...] = ()
    """Offsets of lines that lay too deep to be structured."""

    def words(self, number: int) -> str:
        """Return the plain view of a unit."""
        unit = self.units[number]
        return self.view[unit.start : unit.end]


def structured(text: str, *, spoken: Callable[[str], str] = str) -> Structured:
    """Return the units of a canonical text with their force.

    Args: spoken: how the text speaks: the view, as long as before, in which its force is weighed.
    """
    view = plain_view(text)
    language = detect_language(text)
    blocks = find_blocks(text)
    units = segment(text, blocks.blocks) if language in READ else ()
    requiring = frozenset(
        number
        for number, unit in enumerate(units)
        if unit.kind is UnitKind.HEADING
        and section_of(view[unit.start : unit.end]) is Section.REQUIRES
    )
    return Structured(
        text,
        view,
        language,
        units,
        tuple(weigh(units, spoken(view))),
        frozenset(unit.above[-1] for unit in units if unit.above),
        requiring,
        blocks.too_deep,
    )
