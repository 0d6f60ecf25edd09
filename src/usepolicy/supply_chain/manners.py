"""Manners: whether a use does what it names, or classifies, studies, teaches, quotes or prevents it.

Owns `data/vocabulary/manners.yaml`. A policy that forbids to write hate speech does not, by that,
forbid to detect it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import cast

from usepolicy.labelling.phrases import any_phrase
from usepolicy.patterns import Pattern, compile_bytes, load_table
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span

REACH_BEFORE, REACH_AFTER = 60, 24
"""Code points between a cue and the words that it governs: some ten words, and some three."""
CUE = 2.0
"""Times that a cue makes the manner it shows likelier than the model says alone."""
SENTENCE_ENDS = b".;!?"


class Manner(StrEnum):
    """How a use deals with a category that it names."""

    GENERATION = "generation"
    """It does, makes or spreads it; also where nothing says otherwise."""
    CLASSIFICATION = "classification"
    RESEARCH = "research"
    EDUCATION = "education"
    QUOTATION = "quotation"
    PREVENTION = "prevention"


@dataclass(frozen=True, slots=True)
class Cues:
    """The words that show one manner."""

    manner: Manner
    before: Pattern[bytes]
    after: Pattern[bytes]


@dataclass(frozen=True, slots=True)
class Manners:
    """All cues, and the categories in which classifying people is the use itself."""

    cues: tuple[Cues, ...]
    acts: frozenset[CategoryId]

    def of(
        self,
        category: CategoryId,
        words: bytes,
        spans: Sequence[Span],
        told: Mapping[str, float] | None = None,
    ) -> Manner:
        """Return how a text deals with what it names in `spans`; doing it anywhere is doing it.

        Args: words: the plain view of the text, in Latin-1;
              told: how likely the labeller takes each manner for; empty where it can't tell.
        """
        found = [self._nearest(words, span) for span in spans]
        shown = Manner.GENERATION if Manner.GENERATION in found else found[0]
        manner = _weighed(shown, told) if told else shown
        if category in self.acts and manner in (Manner.CLASSIFICATION, Manner.PREVENTION):
            return Manner.GENERATION
        return manner

    def _nearest(self, words: bytes, span: Span) -> Manner:
        near = [
            (distance, number)
            for number, cues in enumerate(self.cues)
            for distance in _distances(cues, words, span)
        ]
        return self.cues[min(near)[1]].manner if near else Manner.GENERATION


def _weighed(shown: Manner, told: Mapping[str, float]) -> Manner:
    """Return the likeliest manner; the one that a cue shows is so much likelier."""
    return max(Manner, key=lambda manner: told[manner] * (CUE if manner is shown else 1))


def _distances(cues: Cues, words: bytes, span: Span) -> Iterator[int]:
    """Yield how far from the words each cue stands; one that is the words stands at 0."""
    for match in cues.before.finditer(words):
        gap = words[match.end() : span.start]
        covers = match.start() <= span.start and span.end <= match.end()
        before = match.end() <= span.start and len(gap) <= REACH_BEFORE
        if covers or (before and not any(end in gap for end in SENTENCE_ENDS)):
            yield len(gap)
    for match in cues.after.finditer(words):
        gap = words[span.end : match.start()]
        if match.start() >= span.end and len(gap) <= REACH_AFTER and b"." not in gap:
            yield len(gap)


@cache
def load_manners() -> Manners:
    """Return the shipped cues, compiled once; what does something comes last, so that it yields."""
    table = cast("Mapping[str, object]", load_table("vocabulary/manners.yaml"))
    cues = cast("Mapping[str, Mapping[str, list[str]]]", table["cues"])
    acts = cast("list[CategoryId]", table["acts"])
    order = sorted(cues, key=lambda name: (name == Manner.GENERATION, name))
    return Manners(tuple(_cues(name, cues[name]) for name in order), frozenset(acts))


def _cues(name: str, phrases: Mapping[str, list[str]]) -> Cues:
    before, after = (compile_bytes(any_phrase(phrases[side])) for side in ("before", "after"))
    return Cues(Manner(name), before, after)
