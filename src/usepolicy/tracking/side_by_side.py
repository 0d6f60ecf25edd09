"""Side by side: the statements of two versions in rows, and which words of a row differ.

Owns the order of the rows: that of the new version, with what only the old one has where it stood.
It is pure, and judges no change: the same alignment is what changes are found from.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

from usepolicy.tracking.alignment import Alignment, align, weights_of
from usepolicy.tracking.changes import Change
from usepolicy.tracking.statements import Statement, Text

_TOKEN = re.compile(r" ?(?:\w+(?:['’]\w+)*|[^\w\s])")
"""A word or a mark, with the space before it."""
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
    """Words that both sides have, or one alone, with the spaces between them."""

    words: str
    differs: bool


Pieces = tuple[Piece, ...]


def rows_of(old: Text, new: Text, changes: Sequence[Change] = ()) -> tuple[Row, ...]:
    """Return two versions as rows.

    Args: changes: what was found between them; what they pair stands in one row.
    """
    pairs = align(old.statements, new.statements, weights_of((*old.statements, *new.statements)))
    return tuple(_rows(old.statements, new.statements, _told(old, new, pairs, changes)))


def _told(old: Text, new: Text, pairs: Alignment, changes: Sequence[Change]) -> Alignment:
    """Return an alignment with the pairs of changes whose statements have no counterpart."""
    left = {old.statements[i].evidence.span: i for i in pairs.old}
    right = {new.statements[j].evidence.span: j for j in pairs.new}
    near = list(pairs.near)
    for change in changes:
        i = left.get(change.old.span) if change.old else None
        j = right.get(change.new.span) if change.new else None
        if i is not None and j is not None:
            near.append((i, j))
            del left[old.statements[i].evidence.span], right[new.statements[j].evidence.span]
    return Alignment(pairs.same, tuple(near), tuple(left.values()), tuple(right.values()))


def _rows(old: Sequence[Statement], new: Sequence[Statement], pairs: Alignment) -> Iterator[Row]:
    partner = {j: i for i, j in (*pairs.same, *pairs.near)}
    same = {j for i, j in pairs.same if _line(old[i]) == _line(new[j])}
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


def _line(statement: Statement) -> str:
    """Return the words as they stand: a date is no word of a rule, but it is shown where it changed."""
    return " ".join(statement.evidence.quote.split())


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
    """Return the words of both sides, with what only one of them has told apart.

    The pieces of a side, one behind the other, are its words; white space is one space.
    """
    a, b = (_TOKEN.findall(" ".join(side.split())) for side in (old, new))
    if max(len(a), len(b)) > MOST_WORDS:
        return _pieces([("".join(a), True)]), _pieces([("".join(b), True)])
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    differs = [
        tag != "equal" or (0 < at < len(codes) - 1 and not _has_word(a[i:j]))
        for at, (tag, i, j, _, _) in enumerate(codes)
    ]
    return (
        _pieces([("".join(a[c[1] : c[2]]), d) for c, d in zip(codes, differs, strict=True)]),
        _pieces([("".join(b[c[3] : c[4]]), d) for c, d in zip(codes, differs, strict=True)]),
    )


def _has_word(tokens: Sequence[str]) -> bool:
    """Tell whether there is more than a comma: one between words that differ is no common ground."""
    return any(letter.isalnum() for token in tokens for letter in token)


def _pieces(parts: Sequence[tuple[str, bool]]) -> Pieces:
    """Return parts as pieces; the space before one that differs goes to what stands before it."""
    found: list[Piece] = []
    for differs, each in groupby(parts, key=lambda part: part[1]):
        words = "".join(part[0] for part in each)
        if differs and words.startswith(" ") and found:
            found[-1] = Piece(found[-1].words + " ", found[-1].differs)
        said = words.lstrip(" ") if differs else words
        if said:
            found.append(Piece(said, differs))
    return tuple(found)
