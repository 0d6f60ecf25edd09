"""Quotes: the shortest run of words that shows why a category was read."""

from __future__ import annotations

from collections.abc import Sequence

from usepolicy.policies.spans import Evidence, Span
from usepolicy.reading.units import Unit

MAX_QUOTE = 160
"""Code points of a quote; a coder's quotes have 8 to 200, half of them under 60."""
MIN_QUOTE = 8
_BREAKS = frozenset(",;:()\n.")


def quote_around(text: str, view: str, unit: Unit, spans: Sequence[Span]) -> Evidence:
    """Return the phrase around the first of `spans` (places in the unit), cut at punctuation."""
    start, end = unit.start + spans[0].start, unit.start + spans[0].end
    if end - start > MAX_QUOTE:
        return Evidence.of(text, start, _word_end(view, start + MAX_QUOTE, end))
    low, high = start, end
    while low > unit.start and view[low - 1] not in _BREAKS and high - low < MAX_QUOTE:
        low -= 1
    while high < unit.end and view[high] not in _BREAKS and high - low < MAX_QUOTE:
        high += 1
    low, high = _whole_words(view, unit, low, high, start, end)
    if high - low < MIN_QUOTE:
        low, high = max(unit.start, low - MIN_QUOTE), min(unit.end, high + MIN_QUOTE)
        low, high = _whole_words(view, unit, low, high, start, end)
    return Evidence.of(text, low, high)


def _whole_words(
    view: str, unit: Unit, low: int, high: int, start: int, end: int
) -> tuple[int, int]:
    while unit.start < low < start and view[low - 1].isalnum():
        low += 1
    while end < high < unit.end and view[high].isalnum():
        high -= 1
    return low, high


def _word_end(view: str, place: int, limit: int) -> int:
    while place < limit and view[place].isalnum():
        place += 1
    return place
