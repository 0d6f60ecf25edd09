"""Meaning: which categories a use is about, whatever words it is put in.

Owns the trained step from a sentence vector to categories (`data/models/use-categories`), and the
words of the text that weigh most for one. How far to trust it is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from usepolicy.labelling.embedding import (
    Array,
    Encoder,
    Reading,
    load_encoder,
    load_tensors,
    model_folder,
)
from usepolicy.labelling.wordpiece import Piece
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span

MODEL = "use-categories"
NONE, NO_USE = "none", "no-use"
"""The classes of what names no category: harmless uses, and what is no use at all."""
WORDS, STRONG = 4, 0.5
"""The most words that are cited for a category, and the share of the strongest word's weight that
another must have."""
SMALLEST = 1e-4
"""Probability below which one is as good as another."""
_FILLERS = 2
"""Letters of a word up to which it is not cited alone: articles, most prepositions."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one text is taken to be about."""

    probabilities: Mapping[CategoryId, float]
    """Of each category of the taxonomy; with those of `NONE` and `NO_USE` they sum to one."""
    none: float
    """Probability of a use that names no category."""
    no_use: float
    """Probability that no use is described."""
    manners: Mapping[str, float]
    """Of each manner of dealing with what is named; they sum to one."""
    text: str
    reading: Reading
    model: MeaningModel

    def spans(self, category: CategoryId) -> tuple[Span, ...]:
        """Return the words that weigh most for a category, in order; at least one."""
        words = self.model.weighed(self.reading, category)
        best = sorted(words, key=lambda word: (-word[1], word[0]))[:WORDS]
        least = best[0][1] * STRONG
        return tuple(
            sorted(span for span, weight in best if weight >= least or weight == best[0][1])
        )


class Regression:
    """A softmax regression from sentence vectors to named classes."""

    __slots__ = ("bias", "columns", "weights")

    def __init__(self, tensors: Mapping[str, NDArray[np.generic]], classes: Sequence[str]) -> None:
        self.weights: Array = tensors["weights"].astype(np.float32)
        self.bias: Array = tensors["bias"].astype(np.float32)
        self.columns = {name: column for column, name in enumerate(classes)}

    def of(self, vector: Array) -> dict[str, float]:
        """Return the probability of each class."""
        scores = self.weights @ vector + self.bias
        powers = np.exp(scores - scores.max())
        shares = (powers / powers.sum()).tolist()
        return {name: shares[column] for name, column in self.columns.items()}


class MeaningModel:
    """Two regressions over sentence vectors: what is named, and in what manner."""

    __slots__ = ("_categories", "_encoder", "_manners")

    def __init__(self, encoder: Encoder, categories: Regression, manners: Regression) -> None:
        self._encoder = encoder
        self._categories = categories
        self._manners = manners

    def of(self, text: str) -> Meaning | None:
        """Return what a text is about; None where nothing in it can be read."""
        reading = self._encoder.read(text)
        if not reading.pieces:
            return None
        shares = self._categories.of(reading.vector)
        none, no_use = shares.pop(NONE), shares.pop(NO_USE)
        found = {CategoryId(name): share for name, share in shares.items()}
        return Meaning(found, none, no_use, self._manners.of(reading.vector), text, reading, self)

    def weighed(self, reading: Reading, category: CategoryId) -> list[tuple[Span, float]]:
        """Return the words of a text with what each adds to the score of a category.

        The vector is a mean, so the score is a sum over pieces: nothing is estimated.
        """
        weights = self._categories.weights
        direction = weights[self._categories.columns[category]] - weights.mean(axis=0)
        added = (reading.states[1:-1] @ direction).tolist()
        words: list[tuple[Span, float]] = []
        for piece, weight in zip(reading.pieces, added, strict=True):
            words = _grown(words, piece, weight)
        return [word for word in words if _cited(word[0])] or words


def _grown(
    words: list[tuple[Span, float]], piece: Piece, weight: float
) -> list[tuple[Span, float]]:
    """Return words with a piece added: to the last word where it continues that."""
    if words and words[-1][0].end == piece.start:
        span, before = words[-1]
        return [*words[:-1], (Span(span.start, piece.end), max(before, weight))]
    return [*words, (Span(piece.start, piece.end), weight)]


def _cited(span: Span) -> bool:
    return span.end - span.start > _FILLERS


@cache
def load_meaning() -> MeaningModel:
    """Return the shipped model, read once."""
    return MeaningModel(load_encoder(), _regression("categories"), _regression("manners"))


def _regression(name: str) -> Regression:
    folder = model_folder(MODEL)
    classes = (folder / f"{name}.txt").read_text("utf-8").splitlines()
    return Regression(load_tensors(folder / f"{name}.safetensors"), classes)
