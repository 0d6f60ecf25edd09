"""The labelling protocol: which categories texts name, whoever labels them.

Owns the protocol and its values. Behind it stand the vocabulary (`built_in`) and any
OpenAI-compatible model (`llm`); reading, asking and deciding share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span


class Domain(StrEnum):
    """What a text is: the same words mean something else in a rule and in a question."""

    CLAUSE = "clause"
    """A unit of a policy."""
    USE = "use"
    """What somebody means to do with a model or service."""
    REQUEST = "request"
    """What a user asked of a model, or what it answered."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to label, with what leads into it."""

    text: str
    lead_ins: tuple[str, ...] = ()
    """Outermost first; read for the meaning of the text, never labelled themselves."""


@dataclass(frozen=True, slots=True)
class Label:
    """One category that a text names, and the words that show it."""

    category: CategoryId
    score: float
    """How sure the labeller is, in [0, 1]; of two labellers the scores are not comparable."""
    spans: tuple[Span, ...]
    """Places in the text, in order, at least one."""

    def __post_init__(self) -> None:
        """INVARIANT: a score in [0, 1], and words that show the category."""
        if not (0 <= self.score <= 1 and self.spans):
            raise ValueError(f"no label: {self.score} {self.spans}")


@dataclass(frozen=True, slots=True)
class Labelled:
    """What one labeller says of one text."""

    labels: tuple[Label, ...] | None
    """Sorted by category, each once. None: not labelled, so unknown; never "names nothing"."""
    by: str
    """Who labelled, with a version."""
    describes_use: float | None = None
    """Of the domain `use`: how likely the text says what somebody means to do, in [0, 1]; None where
    the labeller can't tell."""
    manners: Mapping[str, float] = field(default_factory=dict)
    """Of the domain `use`: how likely each manner of dealing with what is named is, by its name;
    empty where the labeller can't tell."""


class Labeller(Protocol):
    """Whatever tells which categories texts name."""

    @property
    def name(self) -> str:
        """Who labels, with a version, e.g. `built-in vocabulary 0.1.0, taxonomy 1.0`."""

    def label(self, passages: Sequence[Passage], domain: Domain) -> Sequence[Labelled]:
        """Return what each passage names, in the order of the passages."""
