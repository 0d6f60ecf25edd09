"""Language: what a text is written in, and whether the built-in reader reads it.

A text in a language that is not read yields `unknown`, never "not coded".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import cast

from usepolicy.patterns import load_table

READ = frozenset({"en"})
"""Languages that the vocabulary covers."""
SAMPLE = 60_000
"""Code points looked at."""
MIN_SHARE = 0.12
"""Least share of a language's frequent words; English policies have 0.25 to 0.40, measured on
the 177 recorded versions of 2024-2026, lists of nouns 0.15."""
FOREIGN_SHARE = 0.25
"""Share of letters in another script from which a part counts as not read."""

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


@cache
def _frequent() -> dict[str, frozenset[str]]:
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
    sample = text[:SAMPLE]
    letters = sum(char.isalpha() for char in sample)
    if letters == 0:
        return "und"
    foreign = foreign_letters(sample)
    # One Chinese sign says as much as three or four Latin letters.
    if foreign and sum(foreign.values()) * 3 > letters:
        return foreign.most_common(1)[0][0]
    folded = unicodedata.normalize("NFKD", sample).casefold()
    words = re.findall(r"[a-z]+", re.sub(r"[\u0300-\u036f]", "", folded))
    if not words:
        return "und"
    counts = Counter(words)
    shares = {tag: sum(counts[w] for w in known) / len(words) for tag, known in _frequent().items()}
    best = max(shares, key=lambda tag: (shares[tag], tag == "en"))
    return (
        best
        if shares[best] >= MIN_SHARE or (len(words) < 40 and best == "en" and shares[best] > 0)
        else "und"
    )
