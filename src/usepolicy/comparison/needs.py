"""Needs: what an item of a law, a code or an index asks of a policy, and whether its text has it.

Owns the claims that a text can meet. Which item needs what is data (`data/instruments`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import CategoryId, Effect, Restriction
from usepolicy.policies.codings import Cell, CellValue
from usepolicy.policies.policies import Policy
from usepolicy.policies.spans import Evidence


class ClaimKind(StrEnum):
    """What a claim looks at."""

    PROVISION = "provision"
    """A provision of the kind named."""
    CATEGORY = "category"
    """A restriction on the category named."""
    RESTRICTIONS = "restrictions"
    """Any restriction at all."""
    PERMITS = "permits"
    """Any use that is permitted in words."""
    KIND = "kind"
    """The kind of policy named."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a policy may have, written `kind:value` or `kind`."""

    kind: ClaimKind
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.value}" if self.value else self.kind.value


@dataclass(frozen=True, slots=True)
class Need:
    """What meets a part of an item: any one of several claims."""

    any_of: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """Whether a need is met."""

    need: Need
    met: bool | None
    """None: unknown, the subject has no policy or it was not read."""
    evidence: tuple[Evidence, ...] = ()
    """The words that meet it; none where only a coding is known."""


def parse_need(words: str) -> Need:
    """Return a need from its form in the tables: claims with ` / ` between them."""
    parts = (claim.partition(":") for claim in words.split(" / "))
    return Need(tuple(Claim(ClaimKind(kind), value) for kind, _, value in parts))


def met(need: Need, subject: Subject) -> Met:
    """Tell whether a subject meets a need; unknown unless one claim is met or all are denied."""
    found = [_claim(claim, subject) for claim in need.any_of]
    for value, evidence in found:
        if value:
            return Met(need, True, evidence)
    unknown = any(value is None for value, _ in found)
    return Met(need, None if unknown else False)


Answer = tuple[bool | None, tuple[Evidence, ...]]


def _claim(claim: Claim, subject: Subject) -> Answer:
    if claim.kind is ClaimKind.CATEGORY:
        return _of_cells([subject.coding.cell(CategoryId(claim.value))])
    if claim.kind is ClaimKind.RESTRICTIONS:
        return _of_cells(list(subject.coding.cells.values()))
    if claim.kind is ClaimKind.KIND:
        kind = subject.coding.identity.kind
        return (None if kind is None else kind.value == claim.value), ()
    if subject.policy is None:
        return None, ()
    words = _words(claim, subject.policy)
    return (True if words else False if subject.policy.is_read else None), words


def _of_cells(cells: Sequence[Cell]) -> Answer:
    coded = [cell for cell in cells if cell.value is CellValue.CODED]
    if coded:
        return True, coded[0].evidence
    known = bool(cells) and all(cell.value is CellValue.NOT_CODED for cell in cells)
    return (False if known else None), ()


def _words(claim: Claim, policy: Policy) -> tuple[Evidence, ...]:
    if claim.kind is ClaimKind.PERMITS:
        permits = (r for r in _restrictions(policy) if r.effect is Effect.PERMITS)
        return tuple(words for restriction in permits for words in restriction.evidence)
    return tuple(p.evidence for p in policy.provisions if p.kind.value == claim.value)


def _restrictions(policy: Policy) -> Iterable[Restriction]:
    return (restriction for clause in policy.clauses for restriction in clause.restrictions)
