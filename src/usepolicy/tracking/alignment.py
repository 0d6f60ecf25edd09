"""Alignment: which statement of one version is which of the other, over the whole text.

Owns the pairing: first what says the same word for word, wherever it stands, then what is most
alike, best pair first. It judges no change.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.tracking.statements import Role, Statement
from usepolicy.tracking.words import Weight, Word

ALIKE = 0.5
"""Weighted Dice coefficient from which two statements are versions of one another: of the pairs
that we read, rewordings lie above and other rules that share a verb below (2026-11)."""
MAX_POSTINGS = 200
"""Statements with a stem from which it is too common to look for candidates by."""
LIGHT = 0.1
"""Weight of a stop word, that of a rare content word being 1."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of statement numbers, and what has no counterpart, each in order of the text."""

    same: tuple[tuple[int, int], ...]
    """Word for word."""
    near: tuple[tuple[int, int], ...]
    """Alike."""
    old: tuple[int, ...]
    new: tuple[int, ...]


Weights = Mapping[str, float]


def weights_of(statements: Iterable[Statement]) -> Weights:
    """Return what each stem is worth: a word that many statements share tells little.

    Source: Spärck Jones 1972, doi:10.1108/eb026526 (inverse document frequency), scaled to [0, 1].
    """
    every = list(statements)
    counts: Counter[str] = Counter()
    light: set[str] = set()
    for statement in every:
        counts.update({word.stem for word in statement.words})
        light |= {w.stem for w in statement.words if w.weight in (Weight.STOP, Weight.FRAME)}
    top = math.log(1 + len(every)) or 1.0
    return {
        stem: LIGHT if stem in light else max(LIGHT, math.log(1 + len(every) / count) / top)
        for stem, count in counts.items()
    }


def align(old: Sequence[Statement], new: Sequence[Statement], weights: Weights) -> Alignment:
    """Pair the statements of two versions; deterministic, whatever their order in the text."""
    same = _same(old, new)
    left = _without(len(old), (i for i, _ in same))
    right = _without(len(new), (j for _, j in same))
    near = _near([(i, old[i]) for i in left], [(j, new[j]) for j in right], weights)
    return Alignment(
        tuple(sorted(same)),
        tuple(sorted(near)),
        tuple(i for i in left if i not in {i for i, _ in near}),
        tuple(j for j in right if j not in {j for _, j in near}),
    )


def _without(size: int, taken: Iterable[int]) -> list[int]:
    gone = set(taken)
    return [number for number in range(size) if number not in gone]


def _same(old: Sequence[Statement], new: Sequence[Statement]) -> list[tuple[int, int]]:
    """Pair what says the same; of repeats those with the same lead-ins first, then in order."""
    pairs: list[tuple[int, int]] = []
    for contextual in (True, False):
        taken_old, taken_new = {i for i, _ in pairs}, {j for _, j in pairs}
        waiting: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for j, statement in enumerate(new):
            if j not in taken_new:
                waiting[_identity(new, statement, contextual=contextual)].append(j)
        for places in waiting.values():
            places.reverse()
        for i, statement in enumerate(old):
            places = waiting.get(_identity(old, statement, contextual=contextual), [])
            if i not in taken_old and places:
                pairs.append((i, places.pop()))
    return pairs


def _identity(
    every: Sequence[Statement], statement: Statement, *, contextual: bool
) -> tuple[str, ...]:
    above = (every[number].key for number in statement.above) if contextual else ()
    return (statement.key, *above)


Numbered = tuple[int, Statement]


def _near(
    old: Sequence[Numbered], new: Sequence[Numbered], weights: Weights
) -> list[tuple[int, int]]:
    """Pair what is alike, best first; of equals what stands at a like place in its text."""
    scored = sorted(_scored(old, new, weights))
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for _, _, i, j in scored:
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((i, j))
    return pairs


def _scored(
    old: Sequence[Numbered], new: Sequence[Numbered], weights: Weights
) -> Iterable[tuple[float, float, int, int]]:
    postings: dict[str, list[int]] = defaultdict(list)
    bags = {j: _bag(statement.words) for j, statement in new}
    by_number = dict(new)
    for j, bag in bags.items():
        for stem in bag:
            postings[stem].append(j)
    last_old, last_new = max((i for i, _ in old), default=1), max(bags, default=1)
    for i, statement in old:
        bag = _bag(statement.words)
        rare = [postings[stem] for stem in bag if 0 < len(postings.get(stem, ())) <= MAX_POSTINGS]
        for j in {j for places in rare for j in places}:
            alike = dice(bag, bags[j], weights)
            if alike >= ALIKE and _may_pair(statement, by_number[j], alike):
                away = abs(i / (last_old or 1) - j / (last_new or 1))
                yield -round(alike, 6), away, i, j


SURE = 0.8
"""Alikeness from which a heading and a sentence may be one statement."""


def _may_pair(a: Statement, b: Statement, alike: float) -> bool:
    loose = {a.role, b.role} & {Role.HEADING, Role.FURNITURE}
    return a.role is b.role or not loose or alike >= SURE


def _bag(words: Iterable[Word]) -> Counter[str]:
    return Counter(word.stem for word in words)


def dice(a: Counter[str], b: Counter[str], weights: Weights) -> float:
    """Return how alike two bags of stems are, in [0, 1].

    Source: Dice 1945, doi:10.2307/1932409, each stem weighted.
    """
    both = sum(weights.get(stem, 1.0) * count for stem, count in (a & b).items())
    total = sum(weights.get(s, 1.0) * n for bag in (a, b) for s, n in bag.items())
    return 2 * both / total if total else 0.0
