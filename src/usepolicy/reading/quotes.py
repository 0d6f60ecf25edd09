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
    match = Span(unit.start + spans[0].start, unit.start + spans[0].end)
    if len(match) > MAX_QUOTE:
        end = match.start + MAX_QUOTE
        while end < match.end and view[end].isalnum():
            end += 1
        return Evidence.of(text, match.start, end)
    phrase = _whole_words(view, unit, _phrase(view, unit, match), match)
    if len(phrase) < MIN_QUOTE:
        low, high = max(unit.start, phrase.start - MIN_QUOTE), min(unit.end, phrase.end + MIN_QUOTE)
        phrase = _whole_words(view, unit, Span(low, high), match)
    return Evidence.of(text, phrase.start, phrase.end)


def _phrase(view: str, unit: Unit, match: Span) -> Span:
    """Return the match with what stands around it up to the next punctuation."""
    low, high = match.start, match.end
    while low > unit.start and view[low - 1] not in _BREAKS and high - low < MAX_QUOTE:
        low -= 1
    while high < unit.end and view[high] not in _BREAKS and high - low < MAX_QUOTE:
        high += 1
    return Span(low, high)


def _whole_words(view: str, unit: Unit, phrase: Span, match: Span) -> Span:
    """Return the phrase without halves of words at its ends; the match stays inside."""
    low, high = phrase.start, phrase.end
    while unit.start < low < match.start and view[low - 1].isalnum():
        low += 1
    while match.end < high < unit.end and view[high].isalnum():
        high -= 1
    # The view blanks out markup: no quote begins or ends with half of an emphasis.
    while low < match.start and view[low].isspace():
        low += 1
    while high > match.end and view[high - 1].isspace():
        high -= 1
    return Span(low, high)
