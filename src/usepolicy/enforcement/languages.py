"""Languages: whether a detector can be trusted with the words of a text.

Owns the question for short texts, where `reading.language` guesses: only the frequent words that
one language has and English has not, or the other way round, count.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import cast

from usepolicy.patterns import load_table
from usepolicy.reading.language import foreign_letters, frequent_words

MAX_READ = 2_000
"""Code points that the language is told from: it must not cost more than the patterns."""
SURE = 3
"""Different words of English alone that show it where nearly all is ASCII."""
MOSTLY = 0.9
"""Share of ASCII from which its words are believed: quotation marks and names may be others."""
MIN_WORDS = 12
"""Words below which a text of ASCII letters that shows no language is taken for known."""
_WORD = re.compile(r"[a-z]+")
_MARKS = re.compile(r"[\u0300-\u036f]")


@cache
def _english() -> frozenset[str]:
    table = cast("dict[str, list[str | bool]]", load_table("detectors/english.yaml"))
    # YAML reads `no` and `on` as values of its own.
    named = {True: "on", False: "no"}
    own = (named[word] if isinstance(word, bool) else word for word in table["words"])
    return frequent_words()["en"].union(own)


@cache
def _own_words(language: str) -> frozenset[str]:
    """Return the frequent words of a language that English has not; of English, that no other has."""
    every = {**frequent_words(), "en": _english()}
    others = [words for tag, words in every.items() if tag != language]
    against = others if language == "en" else [every["en"]]
    return every[language].difference(*against)


def is_known(text: str, languages: frozenset[str]) -> bool:
    """Tell whether a text is in one of the languages; where it has too few words to tell, yes."""
    head = text[:MAX_READ]
    english = "en" in languages
    if english and _is_mostly_ascii(head) and _shows_english(head):
        return True
    told = _told(head)
    return told in languages or (english and told is None)


def _is_mostly_ascii(head: str) -> bool:
    return len(head.encode("ascii", "ignore")) >= MOSTLY * len(head)


def _shows_english(head: str) -> bool:
    return len(_own_words("en").intersection(head.lower().split())) >= SURE


def _told(head: str) -> str | None:
    """Return the language that words or letters show, `und` if none does, None if few could."""
    foreign = foreign_letters(head)
    if sum(foreign.values()) * 3 > sum(char.isalpha() for char in head) > 0:
        return foreign.most_common(1)[0][0]
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", head).casefold())
    found = _WORD.findall(folded)
    words = set(found)
    counts = {tag: len(words & _own_words(tag)) for tag in frequent_words()}
    best = max(counts, key=lambda tag: (counts[tag], tag == "en", tag))
    if counts[best]:
        return best
    return None if len(found) < MIN_WORDS else "und"
