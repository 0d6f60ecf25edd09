"""Annotations: the qualifiers and the scope of units, each found once.

A lead-in counts for every item below it; without this it would be searched anew for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from usepolicy.policies.clauses import (
    Effect,
    Qualifier,
    QualifierKind,
    QualifierRole,
    Scope,
)
from usepolicy.policies.spans import Evidence
from usepolicy.reading.force import Force
from usepolicy.reading.qualify import find_qualifiers
from usepolicy.reading.scope import find_scope
from usepolicy.reading.structure import Structured

SAFEGUARDS = frozenset(
    {QualifierKind.HUMAN_REVIEW, QualifierKind.DISCLOSURE, QualifierKind.AGREEMENT}
)
"""What a section may require of every use that it lists."""


class Annotations:
    """The qualifiers and the scope of the units of one text."""

    def __init__(self, read: Structured) -> None:
        self._read = read
        self._qualifiers: dict[int, tuple[Qualifier, ...]] = {}
        self._scopes: dict[int, Scope] = {}

    def qualifiers(self, numbers: Iterable[int]) -> tuple[Qualifier, ...]:
        """Return the qualifiers of some units, in order of the text."""
        found = [q for number in sorted(set(numbers)) for q in self._of(number)]
        return tuple(found)

    def _of(self, number: int) -> tuple[Qualifier, ...]:
        if number not in self._qualifiers:
            read = self._read
            self._qualifiers[number] = find_qualifiers(read.text, read.view, [read.units[number]])
        return self._qualifiers[number]

    def scope(self, numbers: Iterable[int]) -> Scope:
        """Return the scope of a unit with its lead-ins, given outermost first; the innermost wins."""
        scopes = [self._scope(number) for number in numbers][::-1]
        return Scope(
            _first(scope.bound for scope in scopes),
            _first(scope.surface for scope in scopes),
            _first(scope.product for scope in scopes),
        )

    def _scope(self, number: int) -> Scope:
        if number not in self._scopes:
            read = self._read
            self._scopes[number] = find_scope(read.text, read.view, [read.units[number]])
        return self._scopes[number]

    def conditions_above(self, force: Force) -> tuple[Qualifier, ...]:
        """Return on which condition a section allows what it lists: "High-risk use requirements".

        The condition may stand anywhere in the section, before or behind the list.
        """
        if force.effect is not Effect.REQUIRES:
            return ()
        return next((self._safeguards[n] for n in force.lead_ins if n in self._safeguards), ())

    @cached_property
    def _safeguards(self) -> dict[int, tuple[Qualifier, ...]]:
        """The first safeguard of each section whose uses are allowed under a condition."""
        found: dict[int, tuple[Qualifier, ...]] = {}
        for heading in self._read.requiring:
            section = [n for n, unit in enumerate(self._read.units) if heading in unit.above]
            lifting = (q for q in self.qualifiers(section) if q.role is QualifierRole.LIFTS)
            found[heading] = tuple([q for q in lifting if q.kind in SAFEGUARDS][:1])
        return found


def _first(found: Iterable[Evidence | None]) -> Evidence | None:
    return next((evidence for evidence in found if evidence is not None), None)
