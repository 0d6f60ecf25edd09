"""Likeness: the categories whose words a text shares, where no phrase of a vocabulary matches whole.

Owns the index of words: from names, definitions and examples of the taxonomy and from the
phrases of both vocabularies, weighed by how few categories have them. A likeness is a guess.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, cast

from usepolicy.labelling.vocabulary import load_vocabulary
from usepolicy.patterns import load_table
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span
from usepolicy.taxonomy.categories import Category, load_taxonomy

SATURATION, LENGTH = 1.2, 0.5
"""BM25's k1 and b. Source: Robertson and Zaragoza 2009, doi:10.1561/1500000019."""
NAME, DEFINITION, EXAMPLE, OF_USES, OF_POLICIES, KIN = 3, 2, 2, 2, 1, 2
"""How often a word of each source counts."""
MIN_WORD = 3
_WORD = re.compile(r"[a-z]+")
_ENDINGS = re.compile(
    r"(?<=[a-z]{4})(?:i[sz]ations?|ations|ation|ingly|ments?|ness|ings?|ies|ied|edly|ed|ers?|ors?"
    r"|ists?|ives?|als?|ly|es|s|e|y)$"
)


class Likeness(NamedTuple):
    """How much a text has of the words of a category."""

    category: CategoryId
    score: float
    """BM25, 0 to some 40; comparable between texts only roughly."""
    spans: tuple[Span, ...]
    """The words that they share, in order."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one category, as stems with their weight."""

    counts: Mapping[str, int]
    total: int


class UseIndex:
    """All categories by their words."""

    __slots__ = ("_mean", "_rarity", "_words")

    def __init__(self, words: Mapping[CategoryId, Mapping[str, int]]) -> None:
        self._words = {c: _Words(counts, sum(counts.values())) for c, counts in words.items()}
        self._mean = sum(each.total for each in self._words.values()) / len(self._words)
        having = Counter(stem for counts in words.values() for stem in counts)
        self._rarity = {
            stem: math.log(1 + (len(words) - number + 0.5) / (number + 0.5))
            for stem, number in having.items()
        }

    def like(self, view: str) -> list[Likeness]:
        """Return the categories that share a word with a text, the likest first.

        Args: view: the plain view of the text.
        """
        places: dict[str, list[Span]] = {}
        for match in _WORD.finditer(view):
            stem = _stem(match.group())
            if stem in self._rarity:
                places.setdefault(stem, []).append(Span(*match.span()))
        found = [self._likeness(c, words, places) for c, words in self._words.items()]
        return sorted((f for f in found if f.spans), key=lambda f: (-f.score, f.category))

    def _likeness(
        self, category: CategoryId, words: _Words, places: Mapping[str, Sequence[Span]]
    ) -> Likeness:
        shared = [stem for stem in places if stem in words.counts]
        share = SATURATION * (1 - LENGTH + LENGTH * words.total / self._mean)
        score = sum(
            self._rarity[stem]
            * words.counts[stem]
            * (SATURATION + 1)
            / (words.counts[stem] + share)
            for stem in shared
        )
        spans = sorted(span for stem in shared for span in places[stem])
        return Likeness(category, score, tuple(spans))


@cache
def load_index() -> UseIndex:
    """Return the index of the shipped words, made once."""
    kin = cast("Mapping[str, list[str]]", load_table("vocabulary/kin.yaml"))
    common = frozenset(kin["common"])
    words: dict[CategoryId, Counter[str]] = {}
    for category in load_taxonomy().categories:
        words[category.id] = Counter()
        for text, weight in _texts(category, kin["categories"]):
            for stem in {_stem(word) for word in _WORD.findall(text)} - common:
                words[category.id][stem] += weight
    for name, weight in (("uses", OF_USES), ("categories", OF_POLICIES)):
        for rule in load_vocabulary(name).rules:
            for phrase in rule.any:
                stems = {_stem(word) for word in _WORD.findall(phrase.lower())} - common
                words[rule.category].update(dict.fromkeys(stems, weight))
    return UseIndex(
        {c: {s: n for s, n in w.items() if len(s) >= MIN_WORD} for c, w in words.items()}
    )


def _texts(category: Category, kin: object) -> Iterable[tuple[str, int]]:
    yield category.name.lower(), NAME
    yield category.definition.lower(), DEFINITION
    for text in (*category.aliases, *category.examples):
        yield text.lower(), EXAMPLE
    yield cast("Mapping[str, str]", kin).get(category.id, ""), KIN


def _stem(word: str) -> str:
    return _ENDINGS.sub("", word)
