"""The built-in labeller: the shipped vocabulary behind the labelling protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy import __version__
from usepolicy.labelling.protocol import Domain, Label, Labelled, Passage
from usepolicy.labelling.vocabulary import Vocabulary, load_vocabulary
from usepolicy.reading.view import plain_view
from usepolicy.taxonomy.categories import TAXONOMY_VERSION

LEAD_INS = 2
"""How many lead-ins lend their words to a rule: those that the built-in reader uses."""
CERTAIN = 1.0
"""The score of every match: a rule matches or it does not."""


@dataclass(frozen=True, slots=True)
class VocabularyLabeller:
    """Labels by the words of the vocabulary, in every domain alike."""

    vocabulary: Vocabulary

    @property
    def name(self) -> str:
        """Who labels, with the versions of the words and of the categories."""
        return f"built-in vocabulary {__version__}, taxonomy {TAXONOMY_VERSION}"

    def label(
        self,
        passages: Sequence[Passage],
        domain: Domain,  # noqa: ARG002  # the protocol's: words are the same in all domains
    ) -> Sequence[Labelled]:
        """Return the categories whose words a passage has, in order of the passages."""
        return [Labelled(self._labels(passage), self.name) for passage in passages]

    def _labels(self, passage: Passage) -> tuple[Label, ...]:
        words = plain_view(passage.text)
        views = (*map(plain_view, passage.lead_ins[-LEAD_INS:]), words)
        context = " . ".join(views).encode("latin-1")
        found = self.vocabulary.matches(words.encode("latin-1"), context)
        return tuple(Label(category, CERTAIN, spans) for category, spans in found.items())


def built_in_labeller() -> VocabularyLabeller:
    """Return the labeller that needs nothing but the package."""
    return VocabularyLabeller(load_vocabulary())
