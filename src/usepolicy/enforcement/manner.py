"""The manner of a content: whether it does what it names, or quotes, teaches or classifies it."""

from __future__ import annotations

from collections.abc import Sequence

from usepolicy.enforcement.detection import Content
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span
from usepolicy.reading.view import plain_view
from usepolicy.supply_chain.manners import Manner, load_manners

REACH = 200
"""Code points around the spans that are read: no cue governs words farther away."""


def manner_of(content: Content, category: CategoryId, spans: Sequence[Span]) -> Manner:
    """Return how the text deals with what it names in the spans; doing it anywhere is doing it."""
    start = max(0, min(span.start for span in spans) - REACH)
    end = max(span.end for span in spans) + REACH
    words = plain_view(content.text[start:end]).encode("latin-1")
    moved = [Span(span.start - start, span.end - start) for span in spans]
    return load_manners().of(category, words, moved)
