"""Coverage: how far a policy covers the targets of a scheme, a law or a code.

Owns the relations of a crosswalk, the grades of coverage and the rules between them:

- `exact`, `close` and `narrow` (the target lies inside the category) cover, if the use is
  prohibited outright; `broad` (the target is wider), a mapping that is partial, and a restriction
  that a qualifier lifts cover partly;
- a need that a provision meets covers; where not all needs are met, or a text alone cannot
  meet them, partly;
- what is not known is never "not covered".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.comparison.needs import Met, Need, met
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import Cell, CellValue


class Relation(StrEnum):
    """How a target of a scheme relates to a category of ours, read from ours to theirs."""

    EXACT = "exact"
    CLOSE = "close"
    BROAD = "broad"
    """Theirs is wider."""
    NARROW = "narrow"
    """Theirs is narrower."""


class Coverage(StrEnum):
    """How far a target is covered."""

    COVERED = "covered"
    PARTLY = "partly"
    NOT = "not"
    UNKNOWN = "unknown"
    """The coder did not look, or the text could not be read."""
    NO_MAPPING = "no mapping"
    """Nothing of ours is mapped to the target: nothing can be said."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A category of ours that a target relates to."""

    category: CategoryId
    relation: Relation
    partial: bool
    """Overlap only, however near the relation."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """An item of an instrument: a hazard, a provision of a law, a commitment."""

    id: str
    name: str
    kind: str
    """`hazard`, or as the tables of regulations have it: `prohibited_practice`, ..."""
    description: str
    source: str
    mappings: tuple[Mapping, ...] = ()
    needs: tuple[Need, ...] = ()
    partial: bool = False
    """Whether a text alone can't meet the needs in full."""
    recalled: bool = False
    """Written down from memory, not verified against the instrument."""


@dataclass(frozen=True, slots=True)
class Match:
    """A restriction that covers a target, wholly or in part."""

    mapping: Mapping
    cell: Cell
    full: bool


@dataclass(frozen=True, slots=True)
class Covered:
    """What a subject has for one target."""

    target: Target
    coverage: Coverage
    matches: tuple[Match, ...] = ()
    """Full ones first, then in the order of the crosswalk."""
    met: tuple[Met, ...] = ()

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What covers it, for people: category and relation, or the needs that are met."""
        matches = tuple(
            f"{m.mapping.category} ({'partial' if m.mapping.partial else m.mapping.relation.value}"
            f"{', restricted' if m.cell.strength is Strength.RESTRICTED else ''})"
            for m in self.matches
        )
        needs = tuple(" / ".join(map(str, m.need.any_of)) for m in self.met if m.met)
        return matches + needs

    @property
    def quote(self) -> str:
        """The first words that cover it; empty where there is no text."""
        words = [e for match in self.matches for e in match.cell.evidence]
        words += [e for each in self.met for e in each.evidence]
        return words[0].quote if words else ""


def coverage_of(subject: Subject, targets: Sequence[Target]) -> tuple[Covered, ...]:
    """Return how far `subject` covers each target, in their order."""
    return tuple(_covered(subject, target) for target in targets)


def tally(rows: Sequence[Covered]) -> dict[Coverage, int]:
    """Count the targets of each grade, all grades named."""
    counts = Counter(row.coverage for row in rows)
    return {grade: counts[grade] for grade in Coverage}


def unmatched(subject: Subject, rows: Sequence[Covered]) -> tuple[CategoryId, ...]:
    """Return what the subject restricts and no target of the instrument asks for."""
    asked = {mapping.category for row in rows for mapping in row.target.mappings}
    coded = (c for c, cell in subject.coding.cells.items() if cell.value is CellValue.CODED)
    return tuple(category for category in coded if category not in asked)


def _covered(subject: Subject, target: Target) -> Covered:
    cells = [(mapping, subject.coding.cell(mapping.category)) for mapping in target.mappings]
    matches = [
        Match(mapping, cell, _is_full(mapping, cell))
        for mapping, cell in cells
        if cell.value is CellValue.CODED
    ]
    matches.sort(key=lambda match: not match.full)
    needs = tuple(met(need, subject) for need in target.needs)
    unknown = any(cell.value is CellValue.UNKNOWN for _, cell in cells)
    return Covered(target, _grade(target, matches, needs, unknown), tuple(matches), needs)


def _grade(
    target: Target, matches: Sequence[Match], needs: Sequence[Met], unknown: bool
) -> Coverage:
    if not target.mappings and not target.needs:
        return Coverage.NO_MAPPING
    answers = [need.met for need in needs]
    if any(match.full for match in matches) or (answers and all(answers) and not target.partial):
        return Coverage.COVERED
    if matches or any(answers):
        return Coverage.PARTLY
    return Coverage.UNKNOWN if unknown or None in answers else Coverage.NOT


def _is_full(mapping: Mapping, cell: Cell) -> bool:
    inside = mapping.relation is not Relation.BROAD and not mapping.partial
    return inside and cell.strength is not Strength.RESTRICTED
