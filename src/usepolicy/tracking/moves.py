"""Moves: what stands in another part of the document, word for word.

Owns when a place counts as another one: the heading or lead-in that a statement stood under is in
both versions and no longer above it, and what is above it now is new or was not above it; or a
whole section stands before or behind others than it did. Items that change places under one lead-in
have not moved, and where a lead-in bounds what it leads into, the scope may be another: then
nothing is said of a move.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from usepolicy.tracking.alignment import Alignment
from usepolicy.tracking.statements import Role, Statement, Text
from usepolicy.tracking.words import load_lexicon, stems

Pair = tuple[int, int]
SAME_HOME = 0.5
"""Share of content words above which a heading is another one by another name."""
SAID_BY_LEADS = 2
"""Content words that sentences share then at least; one may be the name of the service."""


def moved(old: Text, new: Text, pairs: Alignment) -> Iterator[Pair]:
    """Yield the statements that say the same in another place, and the headings of such sections."""
    there = dict((*pairs.same, *pairs.near))
    back = {j: i for i, j in there.items()}
    lone = _lone(old.statements) & _lone(new.statements)
    for i, j in pairs.same:
        a, b = old.statements[i], new.statements[j]
        if a.key in lone and _keeps_force(a, b) and _has_moved(a, b, there, back):
            left, came = tuple(_only(old, a, b, there)), tuple(_only(new, b, a, back))
            if not (any(map(_bounds, (*left, *came))) or _renamed(left, came)):
                yield i, j
    yield from _sections(old, new, there, lone)


def _lone(statements: Sequence[Statement]) -> frozenset[str]:
    """Return what a version says once: of repeats nobody can tell which one went where."""
    counts = Counter(statement.key for statement in statements)
    return frozenset(key for key, count in counts.items() if count == 1 and key)


def _keeps_force(a: Statement, b: Statement) -> bool:
    return a.binds and a.role is b.role and a.effect is b.effect


def _has_moved(
    a: Statement, b: Statement, there: Mapping[int, int], back: Mapping[int, int]
) -> bool:
    """Tell whether the home that a statement had is still there and no more its own."""
    left = next((there[n] for n in reversed(a.above) if n in there), None)
    came = next((back[n] for n in reversed(b.above) if n in back), None)
    went = left is not None and left not in b.above
    is_new = bool(b.above) and b.above[-1] not in back
    return went and bool(b.above) and (is_new or came not in a.above)


def _only(
    text: Text, mine: Statement, other: Statement, across: Mapping[int, int]
) -> Iterator[Statement]:
    """Yield what leads into a statement in one version and not in the other."""
    for number in mine.above:
        if across.get(number) not in other.above:
            yield text.statements[number]


def _renamed(left: Sequence[Statement], came: Sequence[Statement]) -> bool:
    """Tell whether the new home is the old one by another name."""
    return any(_alike(a, b) for a in left for b in came if a.key != b.key)


def _alike(a: Statement, b: Statement) -> bool:
    old, new = stems(a.words), stems(b.words)
    both = len(old & new)
    least = 1 if a.role is b.role is Role.HEADING else SAID_BY_LEADS
    return both >= least and both > SAME_HOME * min(len(old), len(new))


def _bounds(lead: Statement) -> bool:
    """Tell whether a lead-in says for whom or when what it leads into holds."""
    condition = load_lexicon().condition.search(lead.evidence.quote.casefold())
    return lead.role is Role.SCOPE or condition is not None


def _sections(
    old: Text, new: Text, there: Mapping[int, int], lone: frozenset[str]
) -> Iterator[Pair]:
    """Yield the headings of the fewest sections that changed places with the others."""
    beneath = {n for s in old.statements if s.binds for n in s.above}
    by_parent: dict[int | None, list[Pair]] = {}
    for i in sorted(beneath & there.keys()):
        a, b = old.statements[i], new.statements[there[i]]
        if a.role is b.role is Role.HEADING and a.key in lone and b.key == a.key:
            above = a.above[-1] if a.above else None
            same = (there.get(above) if above is not None else None) == (
                b.above[-1] if b.above else None
            )
            by_parent.setdefault(above if same else -1 - i, []).append((i, there[i]))
    for siblings in by_parent.values():
        stay = _in_order([j for _, j in siblings])
        yield from (pair for pair in siblings if pair[1] not in stay)


def _in_order(places: Sequence[int]) -> frozenset[int]:
    """Return a longest increasing subsequence.

    Source: Schensted 1961, doi:10.4153/CJM-1961-015-3
    """
    tails: list[int] = []
    chains: list[tuple[int, ...]] = []
    for place in places:
        at = bisect_left(tails, place)
        chain = (*(chains[at - 1] if at else ()), place)
        tails[at : at + 1] = [place]
        chains[at : at + 1] = [chain]
    return frozenset(chains[-1] if chains else ())
