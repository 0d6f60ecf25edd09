"""The labeller of uses: people's own words for what they mean to do, beside those of policies.

Owns how the two vocabularies are weighed. Which label decides anything is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy import __version__
from usepolicy.labelling.built_in import built_in_labeller
from usepolicy.labelling.protocol import Domain, Label, Labelled, Labeller, Passage
from usepolicy.labelling.vocabulary import Vocabulary, load_vocabulary
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span
from usepolicy.reading.view import plain_view
from usepolicy.taxonomy.categories import TAXONOMY_VERSION

BOTH, OF_USES, OF_POLICIES = 0.95, 0.85, 0.7
"""Scores by whose words match. Policies speak of what is forbidden at large; the same word in a
use is more often something harmless, so alone it counts for less. Judged, not fitted."""

Places = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class UseLabeller:
    """Labels uses by two vocabularies; other domains by the policies' alone."""

    policies: Labeller
    uses: Vocabulary

    @property
    def name(self) -> str:
        """Who labels, with the versions of the words and of the categories."""
        return f"built-in uses {__version__}, taxonomy {TAXONOMY_VERSION}"

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
        words = plain_view(passage.text).encode("latin-1")
        found = dict(self.uses.matches(words, words))
        policies = {label.category: label.spans for label in named}
        return tuple(
            _label(category, found.get(category, ()), policies.get(category, ()))
            for category in sorted({*found, *policies})
        )


def _label(category: CategoryId, uses: Places, policies: Places) -> Label:
    score = BOTH if uses and policies else OF_USES if uses else OF_POLICIES
    return Label(category, score, tuple(sorted({*uses, *policies})))


def use_labeller() -> UseLabeller:
    """Return the labeller of uses that needs nothing but the package."""
    return UseLabeller(built_in_labeller(), load_vocabulary("uses"))
