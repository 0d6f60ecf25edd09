"""Guards: the one protocol between a compiled policy and a detector that asks a server.

Owns the protocol and its values. A guard is pure: which questions a content comes to, and what an
answer says. Who asks, when and how often is for the detector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from usepolicy.enforcement.detection import Content, Fault, Target
from usepolicy.enforcement.guards.calls import Question

UNSAFE = 1.0
"""Score of what a guard says is a violation, where the server gives no probability."""
SAFE = 0.0
"""Score of what it says is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the codes that its answer may name."""

    question: Question
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one answer says: raw scores by code; a code that is left out has 0."""

    scores: Mapping[str, float]
    fault: Fault | None = None
    """Set where a part of the answer could not be read."""


class Guard(Protocol):
    """A policy in a guard's form."""

    @property
    def targets(self) -> Mapping[str, frozenset[Target]]:
        """What each code stands for."""

    @property
    def texts(self) -> Sequence[str]:
        """All that decides what is asked beside the content; part of the detector's version."""

    def questions(self, content: Content) -> Sequence[Asked]:
        """Return what is asked about a content."""

    def read(self, asked: Asked, body: bytes) -> Verdict:
        """Return what an answer says.

        Raises: AnswerError: it is not what was asked for.
        """


def chat(
    messages: Sequence[tuple[str, str]], tokens: int, *, logprobs: bool, **optional: object
) -> Question:
    """Return a chat completion: roles and texts, at temperature 0."""
    asked = [{"role": role, "content": text} for role, text in messages]
    more = {"logprobs": True, "top_logprobs": 20} if logprobs else {}
    return Question(
        "/chat/completions",
        {"messages": asked, "temperature": 0, "max_tokens": tokens},
        {**more, "seed": 0, **optional},
    )
