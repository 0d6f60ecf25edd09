"""Codings: who says which categories a policy names, with evidence or without.

A coding is what comparison works on: the table of the study, a person's sheet and the
built-in reader's policies all become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.policies import Identity, Policy, restrictions_on, strength_of
from usepolicy.policies.spans import Evidence


class CellValue(StrEnum):
    """What a coder says of one category: silence is not permission."""

    CODED = "coded"
    NOT_CODED = "not_coded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """One category of one coding."""

    value: CellValue
    strength: Strength | None = None
    """None where it is not coded or the coder does not say."""
    evidence: tuple[Evidence, ...] = ()


UNKNOWN = Cell(CellValue.UNKNOWN)
NOT_CODED = Cell(CellValue.NOT_CODED)


@dataclass(frozen=True, slots=True)
class Coding:
    """One coder's cells for one policy."""

    id: str
    """Stable name, e.g. `study/anthropic` or the version's id."""
    label: str
    """What a table shows as the head of the column."""
    coder: str
    """Who coded: `Klyman 2024`, `built-in reader 0.1.0`."""
    identity: Identity
    cells: Mapping[CategoryId, Cell] = field(default_factory=lambda: MappingProxyType({}))

    def cell(self, category: CategoryId) -> Cell:
        """Return the cell of `category`, UNKNOWN where the coder did not look at it."""
        return self.cells.get(category, UNKNOWN)


def coding_of(policy: Policy, categories: Iterable[CategoryId], *, coder: str) -> Coding:
    """Return the coding that `policy` yields: one cell for each of `categories`.

    A category counts where a restriction that forbids or requires names it. A policy that
    could not be read is unknown throughout, never "not coded".
    """
    cells = {category: _cell(policy, category) for category in categories}
    label = policy.identity.developer or policy.identity.title or policy.version.id
    return Coding(policy.version.id, label, coder, policy.identity, MappingProxyType(cells))


def _cell(policy: Policy, category: CategoryId) -> Cell:
    found = restrictions_on(policy, category)
    if found:
        evidence = tuple(e for _, restriction in found for e in restriction.evidence)
        return Cell(CellValue.CODED, strength_of(policy, category), evidence)
    return NOT_CODED if policy.is_read else UNKNOWN
