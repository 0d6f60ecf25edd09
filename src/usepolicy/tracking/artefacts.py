"""Artefacts: what a recorder made of pages, where the text shows it.

Owns the signs that a difference is not the publisher's: a page recorded twice in one file, other
pages put behind it, one page of several exchanged. They are noted beside the change, and what the
new text holds is told all the same: whoever reads the file reads it there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from usepolicy.tracking.changes import Artefact
from usepolicy.tracking.statements import Role, Statement, Text

DOUBLED = 0.8
"""Share of the statements that stand twice as often as before."""
KEPT = 0.95
"""Share of the old statements that stand on, in front of what was put behind them."""
SAME_PAGE = 0.3
"""Share of its statements by which a page is another version of one and not another page."""
MIN_PAGE = 4
"""Statements that make a page of a headed part."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A part of a text under a heading of its own and a date line."""

    keys: tuple[str, ...]


def artefact_of(old: Text, new: Text) -> Artefact | None:
    """Return what the recorder did between two versions; None where nothing shows it."""
    a, b = _keys(old.statements), _keys(new.statements)
    if not a or not b:
        return None
    if _is_doubled(a, b):
        return Artefact.DOUBLED
    if _is_doubled(b, a):
        return Artefact.UNDOUBLED
    pages, later = _pages(old), _pages(new)
    if len(later) > len(pages) and _goes_on(pages, later, a, b):
        return Artefact.APPENDED
    if len(later) < len(pages) and _goes_on(later, pages, b, a):
        return Artefact.DETACHED
    return Artefact.SWAPPED if _is_swapped(pages, later) else None


def _keys(statements: Sequence[Statement]) -> list[str]:
    return [s.key for s in statements if s.role is not Role.FURNITURE and s.key]


def _is_doubled(single: Sequence[str], double: Sequence[str]) -> bool:
    once, twice = Counter(single), Counter(double)
    more = sum(twice[key] >= 2 * count for key, count in once.items())
    return len(once) >= MIN_PAGE and more >= DOUBLED * len(once)


def _pages(text: Text) -> list[_Page]:
    """Return the parts of a text that have a heading and a date line of their own."""
    every = text.statements
    starts = [n for n, statement in enumerate(every) if _opens_page(every, n, statement)]
    borders = [*starts, len(every)]
    found = [_Page(tuple(_keys(every[a:b]))) for a, b in pairwise(borders)]
    return [page for page in found if len(page.keys) >= MIN_PAGE]


def _opens_page(every: Sequence[Statement], number: int, statement: Statement) -> bool:
    if statement.role is not Role.HEADING or statement.above:
        return False
    beside = (*every[max(0, number - 1) : number], *every[number + 1 : number + 2])
    return any(_is_date_line(each) for each in beside)


def _is_date_line(statement: Statement) -> bool:
    """Tell whether it is furniture whose words say when something was changed."""
    said = {word.text for word in statement.words}
    names = {"updated", "effective", "modified", "revised", "published", "date"}
    dated = bool(said & names) or any(name in key for key in said for name in names)
    return statement.role is Role.FURNITURE and dated


def _goes_on(
    few: Sequence[_Page], many: Sequence[_Page], short: Sequence[str], long: Sequence[str]
) -> bool:
    """Tell whether the longer text is the shorter one with further pages behind it."""
    there = Counter(long)
    kept = sum((Counter(short) & there).values())
    if not few or kept < KEPT * len(short):
        return False
    further = many[len(few) :]
    return all(_alike(few[n], many[n]) for n in range(len(few))) and bool(further)


def _is_swapped(old: Sequence[_Page], new: Sequence[_Page]) -> bool:
    """Tell whether one of several pages gave way to another, and the others stayed."""
    if len(old) < 2 or len(old) != len(new):
        return False
    stayed = [_alike(a, b) for a, b in zip(old, new, strict=True)]
    return any(stayed) and not all(stayed)


def _alike(a: _Page, b: _Page) -> bool:
    both = sum((Counter(a.keys) & Counter(b.keys)).values())
    return both >= SAME_PAGE * min(len(a.keys), len(b.keys))
