"""Evaluation: what rules would do with labelled requests, before they are turned on; pure.

Owns the counts and their intervals. Nothing of the requests is kept but scores and the few
examples that are shown.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from usepolicy.enforcement.decisions import Decision
from usepolicy.enforcement.outcomes import ON_NO_MATCH, Outcome
from usepolicy.enforcement.rates import Rate
from usepolicy.enforcement.request_lines import Labelled
from usepolicy.enforcement.requests import Request
from usepolicy.enforcement.unshown import unshown_categories, unshown_in
from usepolicy.policies.clauses import CategoryId

EXAMPLES = 3
"""Requests that are shown of each restriction."""
STEPS = tuple(number / 20 for number in range(1, 21))
"""Thresholds of the sweep."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one threshold on the score would flag."""

    threshold: float
    recall: Rate
    """Of the unsafe requests."""
    false_alarms: Rate
    """Of the safe ones."""


@dataclass(slots=True)
class Tally:
    """What one restriction met."""

    met: int = 0
    """Requests that it gave an outcome."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    safe: int = 0
    """Of them labelled safe."""
    unsafe: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CategoryTally:
    """How well one category is told, where requests are labelled with categories."""

    right: int = 0
    found: int = 0
    labelled: int = 0

    @property
    def precision(self) -> Rate:
        """Of what was found, what is labelled so."""
        return Rate(self.right, self.found)

    @property
    def recall(self) -> Rate:
        """Of what is labelled so, what was found."""
        return Rate(self.right, self.labelled)


@dataclass(slots=True)
class Evaluation:
    """What rules did with the requests so far."""

    requests: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    supported: int = 0
    unsure: Counter[str] = field(default_factory=Counter)
    """Requests of which a detector could not tell, by code."""
    restrictions: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """By rule and category."""
    categories: dict[CategoryId, CategoryTally] = field(default_factory=dict)
    unsafe_outcomes: Counter[Outcome] = field(default_factory=Counter)
    safe_outcomes: Counter[Outcome] = field(default_factory=Counter)
    _unsafe: list[float] = field(default_factory=list)
    _safe: list[float] = field(default_factory=list)

    def add(self, labelled: Labelled, decision: Decision) -> None:
        """Count one request."""
        self.requests += 1
        self.outcomes[decision.outcome] += 1
        self.supported += decision.support
        self.unsure.update({failure.code for failure in decision.errors})
        if labelled.unsafe is not None:
            counts = self.unsafe_outcomes if labelled.unsafe else self.safe_outcomes
            counts[decision.outcome] += 1
            (self._unsafe if labelled.unsafe else self._safe).append(decision.score)
        self._add_restrictions(labelled, decision)
        if labelled.categories is not None:
            self._add_categories(labelled.categories, decision)

    def _add_restrictions(self, labelled: Labelled, decision: Decision) -> None:
        strictest: dict[tuple[str, str], Outcome] = {}
        for broken in decision.restrictions:  # the strictest come first
            strictest.setdefault((broken.rule, broken.restriction.category), broken.outcome)
        for key, outcome in strictest.items():
            tally = self.restrictions.setdefault(key, Tally())
            tally.met += 1
            tally.outcomes[outcome] += 1
            tally.safe += labelled.unsafe is False
            tally.unsafe += labelled.unsafe is True
            if len(tally.examples) < EXAMPLES and _may_show(labelled, decision):
                tally.examples.append(text_of(labelled.request))

    def _add_categories(self, labels: frozenset[CategoryId], decision: Decision) -> None:
        found = {broken.restriction.category for broken in decision.restrictions}
        for category in found | labels:
            tally = self.categories.setdefault(category, CategoryTally())
            tally.found += category in found
            tally.labelled += category in labels
            tally.right += category in found and category in labels

    def sweep(self, thresholds: Iterable[float] = STEPS) -> list[Step]:
        """Return what each threshold on the highest score would flag."""
        unsafe, safe = sorted(self._unsafe), sorted(self._safe)
        return [Step(t, _from(unsafe, t), _from(safe, t)) for t in thresholds]

    def threshold_for(self, false_alarms: float) -> Step | None:
        """Return the lowest threshold with at most this share of false alarms; None if none has.

        It is fitted to these requests: on others the share lies in the interval at best.
        """
        if not self._safe:
            return None
        tried = sorted({score for score in (*self._safe, *self._unsafe) if score > 0})
        steps = self.sweep([*tried, 1.0])
        fit = (s for s in steps if s.false_alarms.hits <= false_alarms * s.false_alarms.of)
        return next(fit, None)

    @property
    def area(self) -> float | None:
        """The probability that an unsafe request scores higher than a safe one (AUC)."""
        unsafe, safe = sorted(self._unsafe), sorted(self._safe)
        if not (unsafe and safe):
            return None
        wins = 0.0
        for score in unsafe:
            below = bisect_left(safe, score)
            equal = bisect_left(safe, math.nextafter(score, 2)) - below
            wins += below + equal / 2
        return wins / (len(unsafe) * len(safe))

    @property
    def labelled(self) -> tuple[int, int]:
        """How many requests are labelled unsafe, and safe."""
        return len(self._unsafe), len(self._safe)


def _may_show(labelled: Labelled, decision: Decision) -> bool:
    """Tell whether a request can be an example, by what it is labelled and by what was found."""
    return not (unshown_in(decision) or unshown_categories() & (labelled.categories or set()))


def _from(scores: Sequence[float], threshold: float) -> Rate:
    return Rate(len(scores) - bisect_left(scores, threshold), len(scores))


@dataclass(slots=True)
class Comparison:
    """Which decisions other rules would change."""

    changes: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    """From the old outcome to the new."""
    examples: dict[tuple[Outcome, Outcome], list[tuple[str, str]]] = field(default_factory=dict)
    """The text, and the categories of the rules that decide."""

    def add(self, request: Request, old: Decision, new: Decision) -> None:
        """Count one request that both rules decided."""
        key = (old.outcome, new.outcome)
        self.changes[key] += 1
        shown = self.examples.setdefault(key, [])
        hidden = unshown_in(old) | unshown_in(new)
        if old.outcome is not new.outcome and len(shown) < EXAMPLES and not hidden:
            deciding = new if new.outcome.rank > old.outcome.rank else old
            shown.append((text_of(request), ", ".join(determining(deciding))))

    @property
    def changed(self) -> int:
        """How many decisions differ."""
        return sum(n for (old, new), n in self.changes.items() if old is not new)


def determining(decision: Decision) -> list[str]:
    """Return the categories of the restrictions that determine the outcome."""
    if decision.outcome is ON_NO_MATCH:
        return []
    those = (b for b in decision.restrictions if b.outcome is decision.outcome)
    return sorted({broken.restriction.category for broken in those})


def text_of(request: Request) -> str:
    """Return what of a request is shown as an example."""
    return request.turns[-1].text if request.turns else request.declared_use or ""
