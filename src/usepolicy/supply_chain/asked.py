"""What is asked: policies and codings as what they say of each category, found at once.

Owns the two views; pure. A coding without a text answers too, without a quote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from usepolicy.policies.clauses import (
    CategoryId,
    Clause,
    ClauseId,
    Effect,
    Qualifier,
    Restriction,
    Strength,
)
from usepolicy.policies.codings import CellValue, Coding
from usepolicy.policies.policies import Policy
from usepolicy.policies.provisions import ProvisionKind, Reference
from usepolicy.supply_chain.exempting import Exempting, exempting_of

MAX_CLAUSE = 300
"""Code points up to which a clause is quoted whole; of a longer one only the words that count."""


@dataclass(frozen=True, slots=True)
class Named:
    """One place that names a category; in a coding without evidence a cell, no place."""

    category: CategoryId
    effect: Effect
    strength: Strength | None
    """None for what is permitted."""
    clause: ClauseId | None = None
    quote: str | None = None
    """Words of the policy, exactly; None where there is no text."""
    qualifiers: tuple[Qualifier, ...] = ()
    general: tuple[str, ...] = ()
    """Words elsewhere in the policy that exempt from all that it restricts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A policy or a coding that is asked."""

    id: str
    developer: str
    named: Mapping[CategoryId, tuple[Named, ...]]
    silent: bool = True
    """Whether silence is known to be silence: the text was read, or the coder looked at it."""
    unknown: frozenset[CategoryId] = frozenset()
    """Categories that nobody looked for."""
    research: str | None = None
    """The words that exempt researchers."""
    quoted: bool = True
    """Whether there is a text that can be quoted."""
    references: tuple[Reference, ...] = ()
    """The documents that it names."""
    addresses: tuple[str, ...] = ()
    """Where its pages are published."""
    file: str = ""
    """Name of the file that it was read from."""
    title: str = ""
    publisher: str = ""
    """As the policy states it; empty where only whoever asks names it."""

    def of(self, category: CategoryId) -> tuple[Named, ...]:
        """Return what is said of a category, in order of the text."""
        return self.named.get(category, ())


def asked_policy(policy: Policy, *, label: str = "", longest: int = MAX_CLAUSE) -> Asked:
    """Return a policy as it is asked.

    Args:   label: what it is called where the policy names nobody, such as its file;
            longest: code points up to which a clause is quoted whole.
    """
    exempting = exempting_of(policy, longest=longest)
    named: dict[CategoryId, list[Named]] = {}
    for clause in policy.clauses:
        for restriction in clause.restrictions:
            each = _named(clause, restriction, longest, exempting)
            if each is not None:
                named.setdefault(each.category, []).append(each)
    kinds = (p for p in policy.provisions if p.kind is ProvisionKind.RESEARCHER_EXEMPTION)
    parts = policy.version.parts
    titles = (policy.identity.title, *(part.title for part in parts))
    return Asked(
        id=policy.version.id,
        developer=policy.identity.developer or label or policy.identity.title or policy.version.id,
        named=MappingProxyType({category: tuple(each) for category, each in named.items()}),
        silent=policy.is_read,
        research=next((p.evidence.quote for p in kinds), None),
        references=policy.references,
        addresses=tuple(part.address for part in parts if part.address),
        file=label.replace("\\", "/").rpartition("/")[2],
        title=next((title for title in titles if title), ""),
        publisher=policy.identity.developer or "",
    )


def asked_coding(coding: Coding, categories: frozenset[CategoryId]) -> Asked:
    """Return a coding as it is asked.

    A cell without strength counts as prohibited: the study codes prohibited uses, and does not
    say which of them a condition lifts.
    """
    cells = coding.cells.items()
    named = {c: _cells(c, coding) for c, cell in cells if cell.value is CellValue.CODED}
    unknown = {c for c in categories if coding.cell(c).value is CellValue.UNKNOWN}
    quoted = any(cell.evidence for _, cell in cells)
    return Asked(
        coding.id, coding.label, MappingProxyType(named), unknown=frozenset(unknown), quoted=quoted
    )


def _named(
    clause: Clause, restriction: Restriction, longest: int, exempting: Exempting
) -> Named | None:
    """Return the place that a restriction is; None where it names no category."""
    if restriction.category is None:
        return None
    whole = len(clause.text) <= longest or not restriction.evidence
    limits = restriction.effect is not Effect.PERMITS
    behind = (exempting.of[clause.id],) if limits and clause.id in exempting.of else ()
    return Named(
        restriction.category,
        restriction.effect,
        restriction.strength,
        clause.id,
        clause.text if whole else restriction.evidence[0].quote,
        (*restriction.qualifiers, *behind),
        exempting.general if limits else (),
    )


def _cells(category: CategoryId, coding: Coding) -> tuple[Named, ...]:
    cell = coding.cell(category)
    strength = cell.strength or Strength.PROHIBITED
    quotes: list[str | None] = [each.quote for each in cell.evidence]
    return tuple(
        Named(category, Effect.FORBIDS, strength, None, quote) for quote in quotes or [None]
    )
