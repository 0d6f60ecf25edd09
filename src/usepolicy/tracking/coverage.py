"""Coverage: where the words of a statement stand in the other version, and how much of them.

Owns the measure for rewrites, in which one rule becomes several or several become one, so that no
pairing of statements tells what was dropped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.tracking.alignment import Weights
from usepolicy.tracking.statements import Statement
from usepolicy.tracking.words import Weight, Word

WHOLLY = 0.8
"""Share of the content of a statement that stands in another from which it says the same."""
PARTLY = 0.45
"""From which the one became the other."""


COMMON = 2
"""Content words that two statements share at least if the one became the other."""


@dataclass(frozen=True, slots=True)
class Place:
    """The statement of the other version that holds most of a statement."""

    number: int
    """-1: none holds any of it."""
    share: float
    """Of the content, in [0, 1]."""
    common: int
    """Content words that both have."""
    is_left: bool
    """Whether that statement has no counterpart either."""
    stands: bool
    """Whether that statement stands word for word in both versions."""

    @property
    def wholly(self) -> bool:
        """Whether it says the same; a rule that stands in both versions was not there instead."""
        return self.share >= WHOLLY and not self.stands

    @property
    def partly(self) -> bool:
        """Whether the one became the other: what still has its own counterpart did not."""
        return self.is_left and PARTLY <= self.share < WHOLLY and self.common >= COMMON

    @property
    def holds(self) -> bool:
        """Whether that statement is what this one was or became."""
        return self.wholly or self.partly


NOWHERE = Place(-1, 0.0, 0, is_left=False, stands=False)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The binding statements of a version by their content."""

    postings: Mapping[str, frozenset[int]]
    left: frozenset[int]
    """Statements without counterpart."""
    same: frozenset[int]
    """Statements that stand word for word in the other version."""
    weights: Weights

    @classmethod
    def of(
        cls,
        statements: Sequence[Statement],
        weights: Weights,
        *,
        left: Iterable[int],
        same: Iterable[int],
    ) -> Coverage:
        """Index a version."""
        postings: dict[str, set[int]] = defaultdict(set)
        for number, statement in enumerate(statements):
            for word in statement.words if statement.binds else ():
                postings[word.stem].add(number)
        found = {stem: frozenset(numbers) for stem, numbers in postings.items()}
        return cls(found, frozenset(left), frozenset(same), weights)

    def of_statement(self, statement: Statement) -> Place:
        """Return where most of a statement stands."""
        return self._best(_content(statement.words))

    def _best(self, content: frozenset[str]) -> Place:
        total = sum(self.weights.get(stem, 1.0) for stem in content)
        if not total:
            return NOWHERE
        shares: dict[int, float] = defaultdict(float)
        for stem in content:
            for number in self.postings.get(stem, ()):
                shares[number] += self.weights.get(stem, 1.0)
        if not shares:
            return NOWHERE
        number = max(shares, key=lambda n: (round(shares[n], 6), n not in self.same, -n))
        common = sum(number in self.postings.get(stem, ()) for stem in content)
        share = shares[number] / total
        return Place(number, share, common, number in self.left, number in self.same)


def _content(words: Sequence[Word]) -> frozenset[str]:
    return frozenset(word.stem for word in words if word.weight is Weight.CONTENT)
