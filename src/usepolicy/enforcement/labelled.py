"""Labellers as detectors: the labelling protocol behind the one of detection.

Owns the step from labels to scores: a label's score counts as a probability, which the built-in
labeller of uses has judged and not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from usepolicy.enforcement.detection import Content, Detection, Fault, Target
from usepolicy.enforcement.languages import is_known
from usepolicy.labelling.protocol import Domain, Labelled, Labeller, Passage
from usepolicy.policies.spans import Span
from usepolicy.reading.language import READ

MAX_CONTENT = 20_000
"""Code points of a content that are labelled as one; a longer one goes in windows."""
OVERLAP = 500
"""Code points that two windows share: more than any phrase has."""


class LabellerDetector:
    """Tells by what a labeller says of a text; the labeller is made when it is first asked."""

    def __init__(
        self,
        labeller: Callable[[], Labeller],
        domain: Domain,
        targets: frozenset[Target],
        version: str,
    ) -> None:
        self._make = labeller
        self._domain = domain
        self._targets = targets
        self._version = version

    @cached_property
    def _labeller(self) -> Labeller:
        return self._make()

    @property
    def version(self) -> str:
        """The labeller's name, with its version."""
        return self._version

    @property
    def targets(self) -> frozenset[Target]:
        """The categories that the labeller may name."""
        return self._targets

    def detect(self, contents: Sequence[Content]) -> Sequence[Detection]:
        """Return what the labeller says of each content, the strictest of its windows."""
        cut = [list(windows(content.text, MAX_CONTENT)) for content in contents]
        passages = [Passage(window) for each in cut for _, window in each]
        told = iter(self._labeller.label(passages, self._domain))
        return [
            self._detection(content, [(start, next(told)) for start, _ in each])
            for content, each in zip(contents, cut, strict=True)
        ]

    def _detection(self, content: Content, labelled: Sequence[tuple[int, Labelled]]) -> Detection:
        if any(each.labels is None for _, each in labelled):
            return Detection(fault=Fault.ANSWER)
        scores: dict[Target, float] = {}
        spans: dict[Target, set[Span]] = {}
        for start, each in labelled:
            for label in each.labels or ():
                target = Target(label.category)
                scores[target] = max(label.score, scores.get(target, 0.0))
                moved = {Span(s.start + start, s.end + start) for s in label.spans}
                spans.setdefault(target, set()).update(moved)
        places = {target: tuple(sorted(those)) for target, those in spans.items()}
        trusted = is_known(content.text, READ)
        return Detection(scores, places, is_trusted=trusted)


def windows(text: str, length: int) -> Sequence[tuple[int, str]]:
    """Return overlapping parts of a text with their starts; the whole where it is short."""
    if len(text) <= length:
        return [(0, text)]
    step = length - OVERLAP
    return [(start, text[start : start + length]) for start in range(0, len(text) - OVERLAP, step)]
