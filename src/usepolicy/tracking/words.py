"""Words: the words of a statement as they are compared, with their places.

Owns `data/tracking/words.yaml`. Dates, notes for screen readers and markup are no words here; two
words are alike if they have one stem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import cast

import snowballstemmer

from usepolicy.patterns import Match, Pattern, compile_text, load_table

_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_ENUMERATOR = re.compile(
    r"\W*(?:\(?(?:[a-z]|[ivx]{1,4}|\d{1,2}(?:\.\d{1,2})*)\s?[.)]\s*)?", re.IGNORECASE
)


class Weight(StrEnum):
    """What a word is worth in a comparison."""

    CONTENT = "content"
    FRAME = "frame"
    """In which every rule speaks: use, service, prohibited."""
    TURNING = "turning"
    """It turns around or bounds what it stands before: not, unless, only."""
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text."""

    text: str
    """Folded: lower case, ASCII where it can be."""
    stem: str
    weight: Weight
    start: int
    """In the canonical text, as is `end`."""
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words and patterns of the table, compiled."""

    weights: dict[str, Weight]
    measures: frozenset[str]
    """Stems, as of `acts`."""
    acts: frozenset[str]
    notes: Pattern[str]
    date: Pattern[str]
    dateline: Pattern[str]
    furniture: Pattern[str]
    condition: Pattern[str]
    enforcement: Pattern[str]
    channel: Pattern[str]
    obliges: Pattern[str]
    rule: Pattern[str]
    scope: Pattern[str]
    exemption: Pattern[str]
    ruling_lead: Pattern[str]
    telling: Pattern[str]

    def is_channel(self, words: str) -> bool:
        """Tell whether a sentence says where to report, ask or sign up, and obliges nobody."""
        return self.channel.search(words) is not None and not self.obliges.search(words)


@cache
def load_lexicon() -> Lexicon:
    """Return the table, compiled once."""
    table = cast("dict[str, str | list[str]]", load_table("tracking/words.yaml"))
    weights = {
        word: weight
        for weight in (Weight.STOP, Weight.FRAME, Weight.TURNING)
        for word in str(table.pop(weight.value)).split()
    }
    measures, acts = (
        frozenset(stem_of(word) for word in str(table.pop(name)).split())
        for name in ("measures", "acts")
    )
    compiled = {
        name: compile_text("|".join([rows] if isinstance(rows, str) else rows))
        for name, rows in table.items()
    }
    return Lexicon(weights, measures, acts, **compiled)


@lru_cache(maxsize=20_000)
def stem_of(word: str) -> str:
    """Return the stem of an English word in lower case.

    Source: Porter 2001, Snowball English, https://snowballstem.org
    """
    return str(_stemmer().stemWord(word.removesuffix("'s")))


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


def words_of(view: str, start: int, end: int) -> tuple[Word, ...]:
    """Return the words of a range of a plain view, its enumerator, dates and notes left out."""
    lexicon = load_lexicon()
    opening = _ENUMERATOR.match(view, start, end)
    first = opening.end() if opening and opening.end() < end else start
    words = view[first:end]
    for pattern in (lexicon.notes, lexicon.date):
        words = pattern.sub(_blank, words)
    return tuple(
        _word(match.group(), first + match.start(), lexicon) for match in _WORD.finditer(words)
    )


def _word(text: str, start: int, lexicon: Lexicon) -> Word:
    weight = lexicon.weights.get(text, Weight.CONTENT)
    return Word(text, stem_of(text), weight, start, start + len(text))


def _blank(match: Match) -> str:
    return " " * (match.end() - match.start())


def stems(words: Iterable[Word], *weights: Weight) -> frozenset[str]:
    """Return the stems of words of the given weights, of content words if none is given."""
    wanted = weights or (Weight.CONTENT,)
    return frozenset(word.stem for word in words if word.weight in wanted)


def key_of(words: Sequence[Word]) -> str:
    """Return the words as one string: statements with one key say the same."""
    return " ".join(word.text for word in words)
