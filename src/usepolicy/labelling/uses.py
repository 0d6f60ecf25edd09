"""The labeller of uses that weighs words and meaning: what both say, as one confidence.

Owns the signs that are weighed (phrases of either vocabulary, likeness of words, the sentence
model) and which categories are worth telling. Where the model can read nothing, words alone count.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from usepolicy.labelling.embedding import load_tensors, model_folder
from usepolicy.labelling.likeness import Likeness
from usepolicy.labelling.meaning import MODEL, SMALLEST, Meaning, MeaningModel, load_meaning
from usepolicy.labelling.protocol import Domain, Label, Labelled, Passage
from usepolicy.labelling.words import Places, WordLabeller, word_labeller
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span
from usepolicy.reading.view import plain_view
from usepolicy.taxonomy.categories import Taxonomy, load_taxonomy

SIGNS = ("uses", "policies", "likeness", "nearness", "meaning", "kind")
"""What is weighed of a category: whether a phrase of either vocabulary names it, the likeness of
its words and its share of the best; the log of its probability and of that of its whole branch."""
LEAST, LEAST_OF_BEST = 0.03, 0.3
"""The least probability that is told, and the share of the best below which another is not: lower
finds more of what is expected, higher tells less of what is not (`training/uses.py --folds`)."""
STRETCH = 0.424
"""Power that makes a confidence of a probability: 0.3 becomes 0.6, from where a category decides."""
HARMLESS, UNDECIDED = 0.08, 0.59
"""Probability of a harmless use, from which likeness decides nothing, and the most confidence it then
gives: in what the encoder was not tuned on some 7 of 100 uses have it, and 95 of 100 harmless ones."""
MOST = 6
"""Categories that are told at most."""
UNIT = 10.0
"""Likeness that counts as one."""

Signs = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What words say of a text."""

    uses: Mapping[CategoryId, Places]
    policies: Mapping[CategoryId, Places]
    likes: Mapping[CategoryId, Likeness]


@dataclass(frozen=True, slots=True)
class Weighing:
    """How much each sign counts: a logistic regression, fitted by `training/uses.py`."""

    weights: Signs
    bias: float

    def confidence(self, signs: Signs) -> float:
        """Return the probability that a careful reader names a category with these signs."""
        total = self.bias + sum(w * s for w, s in zip(self.weights, signs, strict=True))
        return 1 / (1 + math.exp(-total))


@dataclass(frozen=True, slots=True)
class UseLabeller:
    """Labels uses by words and meaning; other domains by words alone."""

    words: WordLabeller
    model: MeaningModel
    weighing: Weighing
    branches: Mapping[CategoryId, str]
    """The top of the hierarchy above each category."""

    @property
    def name(self) -> str:
        """Who labels, with the versions of words, categories and model."""
        return f"{self.words.name}, {MODEL}"

    def label(self, passages: Sequence[Passage], domain: Domain) -> Sequence[Labelled]:
        """Return the categories that each passage names, in order of the passages."""
        named = self.words.label(passages, domain)
        if domain is not Domain.USE:
            return named
        meanings = [self.model.of(passage.text) for passage in passages]
        return [
            self._labelled(meaning) if meaning else by_words
            for meaning, by_words in zip(meanings, named, strict=True)
        ]

    def _labelled(self, meaning: Meaning) -> Labelled:
        labels = self._labels(meaning)
        return Labelled(labels, self.name, 1 - meaning.no_use, meaning.manners)

    def _labels(self, meaning: Meaning) -> tuple[Label, ...]:
        text = meaning.text
        found = found_by_words(self.words, text)
        signs = signs_of(found, meaning.probabilities, self.branches)
        told = worth_telling({c: self.weighing.confidence(s) for c, s in signs.items()})
        most = UNDECIDED if meaning.none >= HARMLESS else 1.0
        return tuple(
            Label(c, min(p**STRETCH, 1.0 if c in found.uses else most), _spans(c, found, meaning))
            for c, p in sorted(told.items())
        )


def found_by_words(words: WordLabeller, text: str) -> Found:
    """Return all that words say of a text, however little."""
    view = plain_view(text)
    plain = view.encode("latin-1")
    (named,) = words.policies.label([Passage(text)], Domain.USE)
    return Found(
        words.uses.matches(plain, plain),
        {label.category: label.spans for label in named.labels or ()},
        {like.category: like for like in words.index.like(view)},
    )


def signs_of(
    found: Found, probabilities: Mapping[CategoryId, float], branches: Mapping[CategoryId, str]
) -> dict[CategoryId, Signs]:
    """Return the signs of every category, in the order of `SIGNS`."""
    best = max((like.score for like in found.likes.values()), default=1.0)
    shares: dict[str, float] = dict.fromkeys(branches.values(), 0.0)
    for category, share in probabilities.items():
        shares[branches[category]] += share
    return {
        category: (
            float(category in found.uses),
            float(category in found.policies),
            *_likeness(found.likes.get(category), best),
            math.log(share + SMALLEST),
            math.log(shares[branches[category]] + SMALLEST),
        )
        for category, share in probabilities.items()
    }


def worth_telling(confidences: Mapping[CategoryId, float]) -> dict[CategoryId, float]:
    """Return the surest categories, and none that is far behind."""
    least = max(LEAST, max(confidences.values()) * LEAST_OF_BEST)
    ranked = sorted(confidences, key=lambda category: (-confidences[category], category))
    return {each: confidences[each] for each in ranked[:MOST] if confidences[each] >= least}


def _likeness(like: Likeness | None, best: float) -> tuple[float, float]:
    return (like.score / UNIT, like.score / best) if like else (0.0, 0.0)


def branches_of(taxonomy: Taxonomy) -> dict[CategoryId, str]:
    """Return the top of the hierarchy above each category."""
    return {each.id: taxonomy.ancestors(each.id)[-1] for each in taxonomy.categories}


def _spans(category: CategoryId, found: Found, meaning: Meaning) -> tuple[Span, ...]:
    """Return the words of a phrase, else those that weigh most for the model."""
    phrases: Collection[Span] = {
        *found.uses.get(category, ()),
        *found.policies.get(category, ()),
    }
    return tuple(sorted(phrases)) or meaning.spans(category)


def load_weighing() -> Weighing:
    """Return the shipped weights."""
    tensors = load_tensors(model_folder(MODEL) / "weighing.safetensors")
    *weights, bias = (float(number) for number in tensors["weights"])
    return Weighing(tuple(weights), bias)


@cache
def use_labeller() -> UseLabeller:
    """Return the shipped labeller of uses, made once."""
    branches = branches_of(load_taxonomy())
    return UseLabeller(word_labeller(), load_meaning(), load_weighing(), branches)
