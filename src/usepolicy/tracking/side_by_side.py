"""Side by side: the statements of two versions in rows, and which words of a row differ.

Owns the order of the rows: that of the new version, with what only the old one has where it stood.
It is pure, and judges no change: the same alignment is what changes are found from.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from usepolicy.tracking.alignment import Alignment, align, weights_of
from usepolicy.tracking.statements import Statement, Text

MOST_WORDS = 1_500
"""Words of a side from which they are not compared one by one: the time grows with their square."""


class RowKind(StrEnum):
    """How the two sides of a row differ."""

    SAME = "same"
    MOVED = "moved"
    """Word for word the same, in another place."""
    CHANGED = "changed"
    OLD = "only old"
    NEW = "only new"


@dataclass(frozen=True, slots=True)
class Row:
    """A statement of the old version beside that of the new one which it became."""

    kind: RowKind
    old: Statement | None
    new: Statement | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that both sides have, or one alone."""

    words: str
    differs: bool


Pieces = tuple[Piece, ...]


def rows_of(old: Text, new: Text) -> tuple[Row, ...]:
    """Return two versions as rows."""
    pairs = align(old.statements, new.statements, weights_of((*old.statements, *new.statements)))
    return tuple(_rows(old.statements, new.statements, pairs))


def _rows(old: Sequence[Statement], new: Sequence[Statement], pairs: Alignment) -> Iterator[Row]:
    partner = {j: i for i, j in (*pairs.same, *pairs.near)}
    same = {j for _, j in pairs.same}
    stayed = _in_order([(j, partner[j]) for j in sorted(partner)])
    behind = _behind(pairs.old, {i: j for j, i in partner.items()})
    for i in behind[-1]:
        yield Row(RowKind.OLD, old[i], None)
    for j, statement in enumerate(new):
        kind = RowKind.NEW if j not in partner else RowKind.CHANGED
        if j in same:
            kind = RowKind.SAME if j in stayed else RowKind.MOVED
        yield Row(kind, old[partner[j]] if j in partner else None, statement)
        for i in behind[j]:
            yield Row(RowKind.OLD, old[i], None)


def _behind(left: Sequence[int], places: dict[int, int]) -> dict[int, list[int]]:
    """Return what only the old version has, by the new statement behind which it is shown."""
    found: dict[int, list[int]] = defaultdict(list)
    for i in left:
        before = next((n for n in range(i - 1, -1, -1) if n in places), None)
        found[-1 if before is None else places[before]].append(i)
    return found


def _in_order(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Return the new statements of a longest run of pairs whose order is the old one's."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_, i) in enumerate(pairs):
        length = bisect_left(tails, i)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [i]
        ends[length : length + 1] = [at]
    found, at = set(), ends[-1] if ends else -1
    while at >= 0:
        found.add(pairs[at][0])
        at = before[at]
    return found


def differing(old: str, new: str) -> tuple[Pieces, Pieces]:
    """Return the words of both sides, with what only one of them has told apart."""
    a, b = old.split(), new.split()
    if max(len(a), len(b)) > MOST_WORDS:
        return (Piece(" ".join(a), differs=True),), (Piece(" ".join(b), differs=True),)
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for words, side in ((a[i:j], sides[0]), (b[k:m], sides[1])):
            if words:
                side.append(Piece(" ".join(words), differs=tag != "equal"))
    return tuple(sides[0]), tuple(sides[1])
