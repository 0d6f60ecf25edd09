"""Differences: two policies category by category, and provision by provision.

Owns the verdicts. A use policy and a behaviour policy are compared the same way: what one forbids
users to do, the other makes the model not do; a match may be broader or narrower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import Cell, CellValue
from usepolicy.policies.provisions import Provision, ProvisionKind


class Verdict(StrEnum):
    """What two policies have of one category."""

    BOTH = "both"
    STRICTER_A = "a is stricter"
    STRICTER_B = "b is stricter"
    BROADER_A = "broader in a"
    """B has it; A has only something that holds it."""
    BROADER_B = "broader in b"
    NARROWER_A = "narrower in a"
    """B has it; A has only a part of it."""
    NARROWER_B = "narrower in b"
    ONLY_A = "only a"
    ONLY_B = "only b"
    UNKNOWN = "unknown"
    """One has it, and of the other nothing can be said."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A category that at least one of two policies restricts."""

    category: CategoryId
    a: Cell
    b: Cell
    verdict: Verdict
    near: tuple[CategoryId, ...] = ()
    """What the other has that is broader, or else narrower."""


@dataclass(frozen=True, slots=True)
class ProvisionPair:
    """One kind of provision in two policies; None where there is none or it is unknown."""

    kind: ProvisionKind
    a: Provision | None
    b: Provision | None
    known: bool
    """Whether silence of either side is silence of its text."""


def differences(
    a: Subject, b: Subject, ancestors: Mapping[CategoryId, tuple[str, ...]]
) -> tuple[Difference, ...]:
    """Return what A, B or both restrict, in the order of `ancestors`.

    Args: ancestors: of each category of the taxonomy, what is broader.
    """
    found = []
    for category in ancestors:
        cells = (a.coding.cell(category), b.coding.cell(category))
        if any(cell.value is CellValue.CODED for cell in cells):
            found.append(_difference(a, b, category, ancestors))
    return tuple(found)


def provision_pairs(a: Subject, b: Subject) -> tuple[ProvisionPair, ...]:
    """Return every kind of provision with the first of each policy."""
    known = all(s.policy is not None and s.policy.is_read for s in (a, b))
    return tuple(ProvisionPair(k, _first(a, k), _first(b, k), known) for k in ProvisionKind)


def _difference(
    a: Subject,
    b: Subject,
    category: CategoryId,
    ancestors: Mapping[CategoryId, tuple[str, ...]],
) -> Difference:
    mine, theirs = a.coding.cell(category), b.coding.cell(category)
    if mine.value is theirs.value is CellValue.CODED:
        return Difference(category, mine, theirs, _strictness(mine, theirs))
    in_a = mine.value is CellValue.CODED
    other = b if in_a else a
    broader = _coded(other, ancestors[category])
    if broader:
        verdict = Verdict.BROADER_B if in_a else Verdict.BROADER_A
        return Difference(category, mine, theirs, verdict, broader)
    narrower = _coded(other, (c for c, above in ancestors.items() if category in above))
    if narrower:
        verdict = Verdict.NARROWER_B if in_a else Verdict.NARROWER_A
        return Difference(category, mine, theirs, verdict, narrower)
    if (theirs if in_a else mine).value is CellValue.UNKNOWN:
        return Difference(category, mine, theirs, Verdict.UNKNOWN)
    return Difference(category, mine, theirs, Verdict.ONLY_A if in_a else Verdict.ONLY_B)


def _coded(subject: Subject, categories: Iterable[str]) -> tuple[CategoryId, ...]:
    ids = map(CategoryId, categories)
    return tuple(c for c in ids if subject.coding.cell(c).value is CellValue.CODED)


def _strictness(a: Cell, b: Cell) -> Verdict:
    if a.strength is b.strength or None in (a.strength, b.strength):
        return Verdict.BOTH
    return Verdict.STRICTER_A if a.strength is Strength.PROHIBITED else Verdict.STRICTER_B


def _first(subject: Subject, kind: ProvisionKind) -> Provision | None:
    provisions = subject.policy.provisions if subject.policy else ()
    return next((provision for provision in provisions if provision.kind is kind), None)
