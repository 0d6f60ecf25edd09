"""Rest: what became of the statements that have no counterpart in the other version.

Owns the judgement of rewrites: a rule may have become several, several one, and what repeats
another rule of its version is no news.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from usepolicy.policies.clauses import CategoryId, Effect
from usepolicy.tracking.alignment import Alignment, Weights, dice
from usepolicy.tracking.changes import ChangeKind
from usepolicy.tracking.coverage import Coverage, Place
from usepolicy.tracking.statements import Role, Statement, Text
from usepolicy.tracking.words import stems

REPEATS = 0.85
"""Alikeness from which a rule repeats another of its own version, in another section."""


@dataclass(frozen=True, slots=True)
class Left:
    """A statement without counterpart and what that means."""

    change: ChangeKind | None
    """None: nothing for what users may do."""
    old: Statement | None
    new: Statement | None


class Side:
    """One version in a comparison."""

    def __init__(
        self,
        text: Text,
        left: Sequence[int],
        same: Iterable[int],
        weights: Weights,
        label: Callable[[str, str], Sequence[CategoryId]],
    ) -> None:
        self.text, self.left, self.weights, self._label = text, tuple(left), weights, label
        self.coverage = Coverage.of(text.statements, weights, left=left, same=same)
        self._left = frozenset(left)
        self._open = [
            number
            for number, statement in enumerate(text.statements)
            if statement.binds and number not in self.coverage.same
        ]
        self.rules = [n for n in left if text.statements[n].role is Role.RULE]
        self._bags = {
            n: Counter(word.stem for word in text.statements[n].words)
            for n in (*self._open, *self.left)
        }
        self._named: dict[int, frozenset[CategoryId]] = {}

    def named(self, number: int) -> frozenset[CategoryId]:
        """Return the categories that a statement names."""
        if number not in self._named:
            statement = self.text.statements[number]
            words = statement.evidence.span.cut(self.text.view)
            self._named[number] = frozenset(self._label(words, self.text.lead_words(statement)))
        return self._named[number]

    def places(self, other: Side) -> dict[int, Place]:
        """Return where each statement without counterpart stands in the other version."""
        return {n: other.coverage.of_statement(self.text.statements[n]) for n in self.left}

    def repeats(self, number: int) -> bool:
        """Tell whether a statement repeats an earlier one without counterpart, or one that changed.

        A rule that stands in both versions is no such: the new one holds in another section.
        """
        bag = self._bags[number]
        return any(
            other != number
            and (other < number or other not in self._left)
            and dice(bag, self._bags[other], self.weights) >= REPEATS
            for other in self._open
        )


class Rest:
    """The statements without counterpart on both sides."""

    def __init__(
        self,
        old: Text,
        new: Text,
        pairs: Alignment,
        weights: Weights,
        label: Callable[[str, str], Sequence[CategoryId]],
    ) -> None:
        self.old = Side(old, pairs.old, (i for i, _ in pairs.same), weights, label)
        self.new = Side(new, pairs.new, (j for _, j in pairs.same), weights, label)
        self.in_new = self.old.places(self.new)
        self.in_old = self.new.places(self.old)
        self._told = [n for n in self.new.rules if not self.in_old[n].wholly]
        """New rules of which it is told what they say."""
        self._from_old = _spills(self.in_old, self.new)
        self._from_new = _spills(self.in_new, self.old)

    def spilled(self, i: int, j: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the stems of a pair that statements without counterpart hold."""
        return self._from_old[i], self._from_new[j]

    def mutual(self) -> Iterator[tuple[int, int]]:
        """Yield pairs of which each holds more of the other than any other statement does."""
        for j, place in self.in_old.items():
            back = self.in_new.get(place.number)
            if back is not None and back.number == j and (place.holds or back.holds):
                yield place.number, j

    def found(self) -> Iterator[Left]:
        """Yield what became of each other statement, those of the new version first."""
        paired = list(self.mutual())
        for j in self.in_old.keys() - {j for _, j in paired}:
            yield from self._left(self.new, self.old, j, self.in_old[j])
        for i in self.in_new.keys() - {i for i, _ in paired}:
            yield from self._left(self.old, self.new, i, self.in_new[i])

    def _left(self, side: Side, other: Side, number: int, place: Place) -> Iterator[Left]:
        statement = side.text.statements[number]
        is_old = side is self.old
        passed = statement.role is Role.HEADING and place.wholly
        if statement.role is Role.FURNITURE or passed:
            return
        counterpart = other.text.statements[place.number] if place.holds else None
        sides = (statement, counterpart) if is_old else (counterpart, statement)
        yield Left(self._change(side, number, place), *sides)

    def _change(self, side: Side, number: int, place: Place) -> ChangeKind | None:
        statement = side.text.statements[number]
        if statement.role not in (Role.RULE, Role.ENFORCEMENT) or self._items_tell(side, number):
            return None
        if place.wholly or side.repeats(number) or self._was_rewritten(side, number):
            return ChangeKind.REWORDED
        return _of_left(statement, place, is_old=side is self.old)

    def _was_rewritten(self, side: Side, number: int) -> bool:
        """Tell whether a rule that is gone gave way to a new one about one of the same uses.

        What the new one says is told of the new one; that the old one is gone is no news beside it.
        """
        named = side.named(number)
        rule = side.text.statements[number].role is Role.RULE
        return rule and side is self.old and any(named & self.new.named(n) for n in self._told)

    def _items_tell(self, side: Side, number: int) -> bool:
        """Tell whether what a lead-in says is said by its items, which have no counterpart either."""
        items = [
            n
            for n in side.left
            if number in side.text.statements[n].above and side.text.statements[n].binds
        ]
        named = frozenset(category for n in items for category in side.named(n))
        return bool(items) and side.named(number) <= named


def _spills(places: dict[int, Place], side: Side) -> dict[int, frozenset[str]]:
    """Return for each statement of the other version which of its stems statements here took."""
    taken: dict[int, frozenset[str]] = defaultdict(frozenset)
    for number, place in places.items():
        if place.wholly:
            taken[place.number] |= stems(side.text.statements[number].words)
    return taken


def _of_left(statement: Statement, place: Place, *, is_old: bool) -> ChangeKind:
    """Return what it means that a statement has no counterpart."""
    if statement.role is Role.ENFORCEMENT:
        return ChangeKind.ENFORCEMENT_REMOVED if is_old else ChangeKind.ENFORCEMENT_ADDED
    if statement.effect is Effect.PERMITS:
        return ChangeKind.WIDENED if is_old else ChangeKind.NARROWED
    if place.partly:
        return ChangeKind.NARROWED if is_old else ChangeKind.WIDENED
    return ChangeKind.REMOVED if is_old else ChangeKind.ADDED
