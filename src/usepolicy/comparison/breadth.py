"""Breadth: how many fields a policy touches, and in how much detail.

Owns the measures and the three classes: minimal, broad, granular. Only what the coder looked at
counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.comparison.matrix import Row
from usepolicy.policies.codings import CellValue, Coding

MINIMAL = 0.4
"""Share of the fields below which a policy is minimal: 8 of the study's 30 (2026-11)."""
GRANULAR = 2.0
"""Categories a touched field from which a policy is granular: 12 of the study's 30 (2026-11)."""


class BreadthClass(StrEnum):
    """How a policy goes about its restrictions."""

    MINIMAL = "minimal"
    """Few fields."""
    BROAD = "broad"
    """Many fields, in few words each."""
    GRANULAR = "granular"
    """Many fields, in detail."""


@dataclass(frozen=True, slots=True)
class Breadth:
    """How broad and how detailed one coding is."""

    coding: Coding
    categories: int
    """Coded."""
    fields: int
    """Fields with at least one category coded."""
    known_fields: int
    """Fields of which the coder looked at anything."""

    @property
    def share(self) -> float | None:
        """Fields touched, of those looked at, in [0, 1]; None where nothing was looked at."""
        return self.fields / self.known_fields if self.known_fields else None

    @property
    def detail(self) -> float:
        """Categories for each field touched."""
        return self.categories / self.fields if self.fields else 0.0

    @property
    def kind(self) -> BreadthClass | None:
        """The class; None where nothing was looked at."""
        if self.share is None:
            return None
        if self.share < MINIMAL:
            return BreadthClass.MINIMAL
        return BreadthClass.GRANULAR if self.detail >= GRANULAR else BreadthClass.BROAD


def breadth_of(coding: Coding, fields: Sequence[Row]) -> Breadth:
    """Return the breadth of `coding` over fields that share no category."""
    coded = [_count(coding, field, {CellValue.CODED}) for field in fields]
    known = [_count(coding, field, {CellValue.CODED, CellValue.NOT_CODED}) for field in fields]
    return Breadth(coding, sum(coded), sum(map(bool, coded)), sum(map(bool, known)))


def _count(coding: Coding, field: Row, values: set[CellValue]) -> int:
    return sum(coding.cell(category).value in values for category in field.categories)
