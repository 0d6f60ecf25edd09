"""Outline: how deep headings stand, where their type does not tell all of it.

Owns the levels of headings that look alike: by their numbers, by what stands between them, by the
place of the title. It is pure; what is a heading is for `layout`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_LEVEL = 6

_NUMBER = re.compile(
    r"(?P<word>part|section|article|chapter|title|annex|clause|§)?\s*"
    r"(?:(?P<digits>\d{1,2}(?:\.\d{1,2}){0,5})|(?P<roman>[ivxIVX]{1,5})|(?P<letter>[A-Z]))"
    r"(?:[.):]+\s*|\s*[–—-]\s+|\s+(?=\S)|$)",
    re.I,
)
_ROMAN = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in its order."""

    text: str
    size: float
    """Of its type: the larger, the further out."""
    leads: bool = False
    """Whether what stands right above it leads into it: an empty section, or a colon at its end."""
    opens: bool = False
    """Whether nothing but a few words stands above it in the document."""


@dataclass(frozen=True, slots=True)
class _Number:
    style: str
    """Numbers of one row are written alike; empty where there is none."""
    depth: int = 0
    value: int = 0


@dataclass(slots=True)
class _Open:
    size: float
    number: _Number
    pinned: bool = False
    """Whether headings of its look stand under it."""


def levels(headings: Sequence[Heading]) -> list[int]:
    """Return the level of each heading, 1..6.

    The larger stands above the smaller. Of one size, `2.1` stands under `2.`; what begins to count
    stands under the heading before it; what has no number and stands between `2.` and `3.` stands
    under `2.`; the title stands above all; and so does, for the rest of its size, a heading that
    leads right into another.
    """
    numbers = [_number(heading.text) for heading in headings]
    following = list(_following(headings, numbers))
    stack: list[_Open] = []
    found: list[int] = []
    for heading, number, after in zip(headings, numbers, following, strict=True):
        is_title = heading.opens and not number.style
        # A title is above what looks like it, and under what is larger.
        size = heading.size + 0.25 if is_title else _size(stack, heading.size, number)
        while stack and stack[-1].size < size:
            stack.pop()
        outer = sum(1 for open_ in stack if open_.size > size)
        alike = stack[outer:]
        kept = _kept_of_counted(alike, number) if number.style else _kept(alike, after, heading)
        if kept == len(alike) and alike and not number.style and heading.leads:
            alike[-1].pinned = True
        del stack[outer + kept :]
        stack.append(_Open(size, number))
        found.append(min(len(stack), MAX_LEVEL))
    return found


def _size(stack: Sequence[_Open], size: float, number: _Number) -> float:
    """Return the size of a heading; `2.` is as large as `1.`, also where it is in capitals."""
    before = [
        open_.size
        for open_ in stack
        if number.style
        and (open_.number.style, open_.number.depth) == (number.style, number.depth)
        and open_.number.value + 1 == number.value
    ]
    return before[-1] if before and size not in before else size


def _kept_of_counted(alike: Sequence[_Open], number: _Number) -> int:
    """Return under how many open headings of its size a counted one stands."""
    for place, open_ in enumerate(alike):
        if open_.number.style == number.style and open_.number.depth >= number.depth:
            return place
    begins = number.value == 1 or any(open_.number.style == number.style for open_ in alike)
    return len(alike) if begins else 0


def _kept(alike: Sequence[_Open], after: _Number | None, heading: Heading) -> int:
    """Return under how many open headings of its size one without a number stands."""
    within = 0
    for place, open_ in enumerate(alike):
        if after and open_.number.style == after.style and open_.number.depth == after.depth:
            within = place + 1 if after.value == open_.number.value + 1 else within
    same = [n for n, open_ in enumerate(alike) if n >= within and not open_.number.style]
    if heading.leads and not any(open_.pinned for open_ in alike):
        return len(alike)
    free = [n for n in same if not alike[n].pinned]
    return free[0] if free else max([within, *(n + 1 for n in same)])


def _following(headings: Sequence[Heading], numbers: Sequence[_Number]) -> Iterator[_Number | None]:
    """Yield for each heading the next counted one of its size, before a larger one."""
    nexts: dict[float, _Number] = {}
    found: list[_Number | None] = []
    for heading, number in zip(reversed(headings), reversed(numbers), strict=True):
        found.append(nexts.get(heading.size))
        nexts = {size: known for size, known in nexts.items() if size >= heading.size}
        if number.style:
            nexts[heading.size] = number
    return reversed(found)


def _number(text: str) -> _Number:
    found = _NUMBER.match(text)
    if found is None:
        return _Number("")
    word = (found["word"] or "").lower()
    if found["digits"]:
        parts = found["digits"].split(".")
        return _Number(f"{word}1", len(parts), int(parts[-1]))
    bare = found["roman"] or found["letter"]
    is_marked = bool(word) or text[found.start() + len(bare) :][:1] in (".", ")")
    if not is_marked:
        return _Number("")
    if found["roman"]:
        return _Number(f"{word}I", 1, _roman(bare.lower()))
    return _Number(f"{word}A", 1, ord(bare.upper()) - 64)


def _roman(digits: str) -> int:
    values = [_ROMAN[digit] for digit in digits]
    return sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )
