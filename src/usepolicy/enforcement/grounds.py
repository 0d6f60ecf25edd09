"""Grounds: what of the policies each rule rests on, and what a detector may score it by; pure.

Owns the way from a category to the restrictions that it may be enforced by: its own, or else those
of the nearest broader category. A rule without any has nothing to cite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from usepolicy.enforcement.detection import Target
from usepolicy.enforcement.rules import CitedRestriction, Watched
from usepolicy.policies.clauses import CategoryId, Clause, Effect, Restriction, Strength
from usepolicy.policies.policies import Policy
from usepolicy.supply_chain.asked import MAX_CLAUSE
from usepolicy.taxonomy.categories import Taxonomy


@dataclass(frozen=True, slots=True)
class Grounds:
    """The policies that rules enforce."""

    policies: Sequence[Policy]
    taxonomy: Taxonomy
    _found: dict[CategoryId, Watched | None] = field(default_factory=dict, compare=False)
    """What was looked up: a file may name a category in each of 2,000 rules."""

    def of_category(self, category: CategoryId) -> Watched | None:
        """Return what a rule on a category watches; None where no policy restricts it."""
        if category not in self._found:
            self._found[category] = self._of_category(category)
        return self._found[category]

    def _of_category(self, category: CategoryId) -> Watched | None:
        for named in (category, *self.taxonomy.ancestors(category)):
            found = tuple(self._restrictions(CategoryId(named)))
            if found:
                clauses = {Target(each.clause) for each in found if each.category == category}
                return Watched(category, self._below(category) | clauses, found)
        return None

    def of_clause(self, name: str) -> Iterator[Watched]:
        """Yield what a rule on a clause watches, by category; nothing where there is no such."""
        for policy in self.policies:
            for clause in policy.clauses:
                if name in (clause.id, f"#{clause.id.rpartition('#')[2]}"):
                    yield from self._of_clause(policy, clause)

    def categories(self) -> list[CategoryId]:
        """Return the categories that a policy forbids, in order of their ids."""
        found = {each.category for policy in self.policies for each in _forbidden(policy)}
        return sorted(found)

    def _of_clause(self, policy: Policy, clause: Clause) -> Iterator[Watched]:
        for restriction in clause.restrictions:
            cited = _cited(policy, clause, restriction)
            if cited is not None:
                targets = self._below(cited.category) | {Target(clause.id)}
                yield Watched(cited.category, targets, (cited,))

    def _below(self, category: CategoryId) -> frozenset[Target]:
        below = {c.id for c in self.taxonomy.categories if self.taxonomy.is_broader(category, c.id)}
        return frozenset(map(Target, {category, *below}))

    def _restrictions(self, category: CategoryId) -> Iterator[CitedRestriction]:
        for policy in self.policies:
            yield from (each for each in _forbidden(policy) if each.category == category)


def _forbidden(policy: Policy) -> Iterator[CitedRestriction]:
    for clause in policy.clauses:
        for restriction in clause.restrictions:
            cited = _cited(policy, clause, restriction)
            if cited is not None:
                yield cited


def _cited(policy: Policy, clause: Clause, restriction: Restriction) -> CitedRestriction | None:
    """Return a restriction that forbids; what is a duty or permitted can't be broken by asking."""
    if restriction.category is None or restriction.effect is not Effect.FORBIDS:
        return None
    whole = len(clause.text) <= MAX_CLAUSE or not restriction.evidence
    quote = clause.text if whole else restriction.evidence[0].quote
    strength = restriction.strength or Strength.PROHIBITED
    return CitedRestriction(policy.version.id, clause.id, restriction.category, quote, strength)
