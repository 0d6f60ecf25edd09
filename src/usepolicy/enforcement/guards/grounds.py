"""Grounds: what policies forbid, gathered such that a guard can be asked about it.

Owns the choice of restrictions (only what is forbidden), their order, and the exemptions beside
them. In which words a guard is asked is for the forms.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.detection import Target
from usepolicy.policies.clauses import (
    CategoryId,
    Clause,
    ClauseId,
    Effect,
    Qualifier,
    Restriction,
    Strength,
)
from usepolicy.policies.policies import Policy
from usepolicy.policies.provisions import ProvisionKind
from usepolicy.taxonomy.categories import load_taxonomy

JOIN = " … "
"""Between words of one restriction that stand apart in the text."""
_CONDITION = re.compile(r"\b(?:if|unless|only|provided|subject to|approv\w*)\b", re.IGNORECASE)
"""Words after which a permission depends on something that a text doesn't show."""
NO_CATEGORY = "Other use that the policy forbids"
_RESEARCH = ProvisionKind.RESEARCHER_EXEMPTION


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A forbidding restriction, with what is cited of it."""

    clause: ClauseId
    category: CategoryId | None
    quote: str
    """The words of the policy, exactly; pieces that stand apart are joined by `JOIN`."""
    strength: Strength
    qualifiers: tuple[Qualifier, ...] = ()

    @property
    def targets(self) -> frozenset[Target]:
        """What a hit tells of: the clause and, where there is one, the category."""
        found = {Target(self.clause)}
        return frozenset(found | {Target(self.category)} if self.category else found)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The words of its qualifiers that are not among the quote, in order, each once."""
        words = (q.evidence.quote for q in self.qualifiers)
        return tuple(dict.fromkeys(w for w in words if w not in self.quote))


@dataclass(frozen=True, slots=True)
class Ground:
    """What one code of a guard stands for: restrictions that are asked about together."""

    name: str
    definition: str
    restrictions: tuple[Forbidden, ...]


@dataclass(frozen=True, slots=True)
class Exemption:
    """Words of a policy that permit something."""

    category: CategoryId | None
    """None: it speaks of no category of ours."""
    quote: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that a guard is asked about."""

    policies: tuple[str, ...]
    """Ids of the versions."""
    forbidden: tuple[Forbidden, ...]
    """In order of the text."""
    exemptions: tuple[Exemption, ...]
    """Those without a condition: a condition is for a person or a grant to check."""
    conditional: tuple[Exemption, ...]
    """Those left out, because a guard can't check their condition."""


def gather(policies: Sequence[Policy], categories: Collection[CategoryId] = ()) -> Grounds:
    """Return what policies forbid, of all categories or of those named and what is below them."""
    wanted = _with_narrower(categories)
    forbidden = [f for policy in policies for f in _forbidden(policy) if _is_in(f, wanted)]
    permits = [pair for policy in policies for pair in _permits(policy)]
    asked = {f.category for f in forbidden} | {None}
    return Grounds(
        tuple(policy.version.id for policy in policies),
        tuple(dict.fromkeys(forbidden)),
        tuple(dict.fromkeys(e for e, free in permits if free and e.category in asked)),
        tuple(dict.fromkeys(e for e, free in permits if not free and e.category in asked)),
    )


def by_category(grounds: Grounds) -> tuple[Ground, ...]:
    """Return one ground for each category, one for each clause without; in order of the text."""
    groups: dict[str, list[Forbidden]] = {}
    for each in grounds.forbidden:
        groups.setdefault(each.category or each.clause, []).append(each)
    return tuple(ground_of(group) for group in groups.values())


def ground_of(restrictions: Sequence[Forbidden]) -> Ground:
    """Return the ground of restrictions of one category."""
    category = restrictions[0].category
    if category is None:
        return Ground(NO_CATEGORY, "", tuple(restrictions))
    known = load_taxonomy().by_id.get(category)
    name, definition = (known.name, known.definition) if known else (category, "")
    return Ground(name, definition, tuple(restrictions))


def _forbidden(policy: Policy) -> Iterator[Forbidden]:
    for clause, restriction in _of_effect(policy, Effect.FORBIDS):
        strength = restriction.strength
        if strength is not None:
            quote = _quote(clause, restriction)
            yield Forbidden(
                clause.id, restriction.category, quote, strength, restriction.qualifiers
            )


def _permits(policy: Policy) -> Iterator[tuple[Exemption, bool]]:
    """Yield what is permitted, and whether without a condition."""
    researchers = {p.evidence.quote for p in policy.provisions if p.kind is _RESEARCH}
    for clause, restriction in _of_effect(policy, Effect.PERMITS):
        quote = _quote(clause, restriction)
        # FAIL CLOSED: who says "I am a researcher" in a prompt is none; a grant says who is.
        bound = restriction.qualifiers or quote in researchers or _CONDITION.search(quote)
        yield Exemption(restriction.category, quote), not bound


def _of_effect(policy: Policy, effect: Effect) -> Iterator[tuple[Clause, Restriction]]:
    for clause in policy.clauses:
        for restriction in clause.restrictions:
            if restriction.effect is effect:
                yield clause, restriction


def _quote(clause: Clause, restriction: Restriction) -> str:
    return JOIN.join(evidence.quote for evidence in restriction.evidence) or clause.text


def _with_narrower(categories: Collection[CategoryId]) -> frozenset[str]:
    taxonomy = load_taxonomy()
    return frozenset(
        c.id
        for c in taxonomy.categories
        if c.id in categories or any(above in categories for above in taxonomy.ancestors(c.id))
    )


def _is_in(forbidden: Forbidden, wanted: frozenset[str]) -> bool:
    return not wanted or forbidden.category in wanted
