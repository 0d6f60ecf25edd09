"""Language: what a text is written in, and whether the built-in reader reads it.

A text in a language that is not read yields `unknown`, never "not coded".
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from usepolicy.patterns import load_table
from usepolicy.policies.spans import Span

READ = frozenset({"en"})
"""Languages that the vocabulary covers."""
MIN_SHARE = 0.12
"""Least share of a language's frequent words; English policies have 0.25 to 0.40, measured on
the 177 recorded versions of 2024-2026, lists of nouns 0.15."""
MIN_PART = 6.0
"""What a part in another language scores at least: some 20 words of prose, 60 letters of another
alphabet or 12 Chinese signs. On the 254 documents of 2024-2026 that were at hand English prose
reaches 3.5 nowhere; the two documents with a part in French or Spanish score 15 and more."""
LONGEST_NAME = 16
"""Chinese signs of the longest legal name of a company; a run of more is no name."""
_KNOWN, _ENGLISH, _OTHER_WORD = 1.0, -2.0, -0.05
"""What a word of a language adds to a part in it: a frequent one, one frequent in English only,
any other."""
_SIGN, _LETTER, _LATIN = MIN_PART / 12, MIN_PART / 60, -MIN_PART / 90
"""What a sign, a letter of another alphabet and a Latin letter add to a part in another script."""

_SCRIPTS = {
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "GREEK": "el",
}


_SYLLABIC = frozenset({"zh", "ja", "ko"})
"""Languages of which one sign says as much as three or four letters."""
_RUN = re.compile(r"([^\W\d_A-Za-z]+(?: [^\W\d_A-Za-z]+)*)|[A-Za-z]+")
"""A run of letters that are not ASCII, or a word of those that are."""


_ALSO_ENGLISH = frozenset({"ban", "do", "her", "met", "no", "per", "size", "van"})
"""Frequent words of other languages that say nothing: "No spam. No scams. Do not ..."."""


@dataclass(frozen=True, slots=True)
class ForeignPart:
    """A part of an English text that is in another language."""

    language: str
    span: Span
    score: float
    """How much speaks for it, at least `MIN_PART`."""


@cache
def frequent_words() -> dict[str, frozenset[str]]:
    """Return the frequent words of each language that can be told."""
    table = cast("dict[str, list[str | bool]]", load_table("vocabulary/languages.yaml"))
    # YAML reads `no` and the like as values of its own.
    return {
        str(tag): frozenset("no" if isinstance(w, bool) else w for w in words)
        for tag, words in table.items()
    }


@cache
def _script(char: str) -> str | None:
    return _SCRIPTS.get(unicodedata.name(char, "").split(" ")[0].split("-")[0])


def foreign_letters(text: str) -> Counter[str]:
    """Count the letters of a text that are not Latin, by the language their script suggests."""
    counts: Counter[str] = Counter()
    for char, number in Counter(text).items():
        if not char.isascii() and char.isalpha() and (language := _script(char)):
            counts[language] += number
    if counts["ja"]:  # Japanese mixes its syllables with Chinese signs.
        counts["ja"] += counts.pop("zh", 0)
    return counts


def detect_language(text: str) -> str:
    """Return the BCP 47 tag of a text's main language, `und` where it can't be told."""
    letters = sum(char.isalpha() for char in text)
    if letters == 0:
        return "und"
    foreign = foreign_letters(text)
    # One Chinese sign says as much as three or four Latin letters.
    if foreign and sum(foreign.values()) * 3 > letters:
        return foreign.most_common(1)[0][0]
    folded = unicodedata.normalize("NFKD", text).casefold()
    words = re.findall(r"[a-z]+", re.sub(r"[\u0300-\u036f]", "", folded))
    if not words:
        return "und"
    counts = Counter(words)
    shares = {
        tag: sum(counts[w] for w in known) / len(words) for tag, known in frequent_words().items()
    }
    best = max(shares, key=lambda tag: (shares[tag], tag == "en"))
    return (
        best
        if shares[best] >= MIN_SHARE or (len(words) < 40 and best == "en" and shares[best] > 0)
        else "und"
    )


def foreign_parts(text: str, view: str) -> tuple[ForeignPart, ...]:
    """Return the parts of a text that are in a language that is not read, in order.

    A word or sign counts for or against a language; a part is where the sum rises by `MIN_PART`,
    so that it is found in a sentence, a list or a section, and a name or short quote is not.
    """
    found = [*_parts_by_script(text), *_parts_by_words(view)]
    kept: list[ForeignPart] = []  # in order, without overlaps
    # A French part has words of Spanish too: the language that explains it best is its own.
    for part in sorted(found, key=lambda part: (-part.score, part.language)):
        place = bisect(kept, part.span.start, key=lambda other: other.span.start)
        if not any(part.span.overlaps(other.span) for other in kept[max(place - 1, 0) : place + 1]):
            kept.insert(place, part)
    return tuple(kept)


def _parts_by_script(text: str) -> Iterator[ForeignPart]:
    runs = list(_runs(text))
    for language in sorted({language for language, *_ in runs if language}):
        scored = (
            (start, end, weight if tag == language else _LATIN * (end - start))
            for tag, start, end, weight in runs
        )
        yield from (ForeignPart(language, *rise) for rise in _rises(scored))


def _runs(text: str) -> Iterator[tuple[str | None, int, int, float]]:
    """Yield the language that the script of each run suggests, None for Latin; place; weight."""
    japanese = False
    for run in _RUN.finditer(text):
        letters = foreign_letters(run[0]) if run[1] else None
        if not letters:
            yield None, run.start(), run.end(), 0.0
            continue
        ((language, number),) = letters.most_common(1)
        japanese = language == "ja" or (japanese and language == "zh")
        if language not in _SYLLABIC:
            weight = _LETTER * number
        else:
            weight = _SIGN * (number if number > LONGEST_NAME else min(number, LONGEST_NAME // 2))
        yield "ja" if japanese else language, run.start(), run.end(), weight


def _parts_by_words(view: str) -> Iterator[ForeignPart]:
    words = [(word.start(), word.end(), word[0]) for word in re.finditer(r"[a-z]+", view)]
    counts = Counter(word for *_, word in words)
    english = frequent_words()["en"]
    for language, known in frequent_words().items():
        own = {word for word in known - english - _ALSO_ENGLISH if len(word) > 1}
        if language in READ or sum(counts[word] for word in own) < MIN_PART:
            continue
        scores = dict.fromkeys(english - known, _ENGLISH) | dict.fromkeys(own, _KNOWN)
        scores |= dict.fromkeys(english & known, 0.0)
        scored = ((start, end, scores.get(word, _OTHER_WORD)) for start, end, word in words)
        yield from (ForeignPart(language, *rise) for rise in _rises(scored))


def _rises(scored: Iterable[tuple[int, int, float]]) -> Iterator[tuple[Span, float]]:
    """Yield where the sum of scores rises by `MIN_PART` or more from its low to its high."""
    start = high_end = 0
    total = high = 0.0
    for begin, end, score in scored:
        if total <= 0:
            start, total, high = begin, 0.0, 0.0
        total += score
        if total > high:
            high, high_end = total, end
        elif total <= 0 or total < high - MIN_PART:
            if high >= MIN_PART:
                yield Span(start, high_end), high
            total = high = 0.0
    if high >= MIN_PART:
        yield Span(start, high_end), high
