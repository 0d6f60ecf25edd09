"""The labeller of uses by words: people's own words for what they mean to do, beside those of policies.

Owns how the two vocabularies and mere likeness are weighed. Which label decides anything is the
caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy import __version__
from usepolicy.labelling.built_in import built_in_labeller
from usepolicy.labelling.likeness import Likeness, UseIndex, load_index
from usepolicy.labelling.protocol import Domain, Label, Labelled, Labeller, Passage
from usepolicy.labelling.vocabulary import Vocabulary, load_vocabulary
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span
from usepolicy.reading.view import plain_view
from usepolicy.taxonomy.categories import TAXONOMY_VERSION

BOTH, OF_USES, OF_POLICIES = 0.95, 0.85, 0.7
"""Scores by whose words match. Policies speak of what is forbidden at large; the same word in a
use is more often something harmless, so alone it counts for less. Judged, not fitted."""
LIKELY, GUESS = 0.6, 0.59
"""Scores of a likeness that harmless uses don't reach, and the most that any other can have."""
SURE_LIKENESS = 15.0
"""Likeness that counts as likely: the best of 30 harmless uses has 14.4 (bench/asking.py)."""
LEAST_LIKENESS, LEAST_BESIDE, BESIDE_BEST = 5.0, 9.0, 0.6
"""The least likeness that is told alone and beside what phrases found, and the share of the best
below which another is not told: of 5 to 15 the best group F1 on the later uses of bench/own."""
MAX_GUESSES = 3
"""Categories up to which guesses fill the list; where phrases name as many, nothing is guessed."""

USES_VERSION = f"built-in uses {__version__}, taxonomy {TAXONOMY_VERSION}"

Places = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class WordLabeller:
    """Labels uses by two vocabularies; other domains by the policies' alone."""

    policies: Labeller
    uses: Vocabulary
    index: UseIndex

    @property
    def name(self) -> str:
        """Who labels, with the versions of the words and of the categories."""
        return USES_VERSION

    def label(self, passages: Sequence[Passage], domain: Domain) -> Sequence[Labelled]:
        """Return the categories that each passage names, in order of the passages."""
        named = self.policies.label(passages, domain)
        if domain is not Domain.USE:
            return named
        return [
            Labelled(self._labels(passage, each.labels or ()), self.name)
            for passage, each in zip(passages, named, strict=True)
        ]

    def _labels(self, passage: Passage, named: Sequence[Label]) -> tuple[Label, ...]:
        view = plain_view(passage.text)
        words = view.encode("latin-1")
        uses = self.uses.matches(words, words)
        policies = {label.category: label.spans for label in named}
        labels = {
            category: _label(category, uses.get(category, ()), policies.get(category, ()))
            for category in {*uses, *policies}
        }
        guesses = [like for like in self.index.like(view) if like.category not in labels]
        least = LEAST_BESIDE if labels else LEAST_LIKENESS
        for like in _worth_telling(guesses, least)[: max(0, MAX_GUESSES - len(labels))]:
            labels[like.category] = Label(like.category, _likely(like), like.spans)
        return tuple(labels[category] for category in sorted(labels))


def _label(category: CategoryId, uses: Places, policies: Places) -> Label:
    score = BOTH if uses and policies else OF_USES if uses else OF_POLICIES
    return Label(category, score, tuple(sorted({*uses, *policies})))


def _worth_telling(guesses: Sequence[Likeness], least: float) -> list[Likeness]:
    """Return the guesses that are not mere chance, the likest first."""
    least = max([least, *(guess.score * BESIDE_BEST for guess in guesses[:1])])
    return [guess for guess in guesses if guess.score >= least]


def _likely(guess: Likeness) -> float:
    if guess.score >= SURE_LIKENESS and len(guess.spans) > 1:
        return LIKELY
    return min(GUESS, LIKELY * guess.score / SURE_LIKENESS)


def word_labeller() -> WordLabeller:
    """Return the labeller of uses by words alone."""
    return WordLabeller(built_in_labeller(), load_vocabulary("uses"), load_index())
