"""Noise: characters inside words that no reader sees, left out for reading and put back for citing.

Pages carry zero-width spaces and soft hyphens, and a hostile one may hide a word behind them. The text is
read without them; every span is then moved back to the text as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import TypeVar

from usepolicy.policies.spans import Evidence, Span

T = TypeVar("T")

_NOISE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f]"
    r"|(?<=[A-Za-z])[\u0300-\u036f]+"  # an accent written apart; the view drops accents anyhow
    r"|(?<=\w)\*{1,3}(?=\w)"  # emphasis of half a word
)


def without_noise(text: str) -> tuple[str, Sequence[int] | None]:
    """Return the text to read, and where each of its code points stands in `text`.

    None where nothing was left out; else one place more than the text has code points: the end.
    """
    cuts = [match.span() for match in _NOISE.finditer(text)]
    if not cuts:
        return text, None
    pieces: list[str] = []
    places: list[int] = []
    low = 0
    for start, end in [*cuts, (len(text), len(text))]:
        pieces.append(text[low:start])
        places.extend(range(low, start))
        low = end
    return "".join(pieces), [*places, len(text)]


def restored(value: T, text: str, places: Sequence[int]) -> T:
    """Return what was read with every span moved to `text`, and every quote cut from it anew."""
    found: object = value
    again = partial(restored, text=text, places=places)
    if isinstance(value, Span):
        found = _moved(value, text, places)
    elif isinstance(value, Evidence):
        span = _moved(value.span, text, places)
        found = Evidence(span, span.cut(text))
    elif isinstance(value, tuple):
        found = tuple(map(again, value))
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: again(getattr(value, f.name)) for f in fields(value) if f.init}
        found = replace(value, **changed)
    return found  # type: ignore[return-value]


def _moved(span: Span, text: str, places: Sequence[int]) -> Span:
    start = places[span.start]
    end = places[span.end - 1] + 1 if span.end > span.start else start
    while end < len(text) and unicodedata.category(text[end]) == "Mn":
        end += 1
    return Span(start, end)
