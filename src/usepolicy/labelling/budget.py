"""The budget of a reading by a model: time, tokens and money, and what is left of them.

Owns the limits and the count of what was spent. It asks nothing of anyone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

BYTES_PER_TOKEN = 3
"""For an estimate on the safe side: English has 4, the JSON around it fewer, Chinese 3."""
LEAST_ANSWER = 256
"""Tokens below which no answer is asked for; one clause takes a hundred."""
MILLION = 1_000_000


class Problem(StrEnum):
    """Why a question was not answered, in words for a finding."""

    TIME = "the limit of time was reached"
    TOKENS = "the limit of tokens was reached"
    COST = "the limit of cost was reached"
    SERVER = "the model server failed"
    ANSWER = "the model gave no answer that can be read"
    LENGTH = "a unit is too long for one question"


LIMITS = frozenset({Problem.TIME, Problem.TOKENS, Problem.COST})
"""After these nothing more is asked."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in the user's currency per million tokens."""

    question: float
    answer: float

    def of(self, question: int, answer: int) -> float:
        """Return the cost of so many tokens."""
        return (question * self.question + answer * self.answer) / MILLION


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What asking a model may take in all, and in one question."""

    max_seconds: float = 900.0
    max_tokens: int = 1_000_000
    """Tokens of all questions and answers."""
    max_cost: float | None = None
    """In the currency of `price`; None: not limited."""
    price: Price = Price(0.0, 0.0)
    answer_tokens: int = 8192
    """Tokens of one answer; forty units with a restriction each take half of it."""
    request_seconds: float = 180.0
    attempts: int = 4
    """How often one question is sent, where the server is busy or fails."""
    first_wait: float = 1.0
    """Seconds before the second attempt; each later wait is twice as long."""
    longest_wait: float = 60.0
    """Seconds; a server that asks for more gets no further attempt."""


@dataclass(slots=True)
class Budget:
    """What is left. The clock runs from the making of it."""

    limits: ModelLimits
    question_tokens: int = 0
    answer_tokens: int = 0
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self._ends = time.monotonic() + self.limits.max_seconds

    @property
    def tokens(self) -> int:
        """Tokens spent."""
        return self.question_tokens + self.answer_tokens

    @property
    def cost(self) -> float:
        """Money spent."""
        return self.limits.price.of(self.question_tokens, self.answer_tokens)

    def seconds_left(self) -> float:
        """Return the seconds until the limit of time, not below 0."""
        return max(0.0, self._ends - time.monotonic())

    def deadline(self) -> float:
        """Return when a request that starts now must have ended, on the monotonic clock."""
        return min(self._ends, time.monotonic() + self.limits.request_seconds)

    def answer_for(self, question: str) -> int | Problem:
        """Return how many tokens the answer to a question may have, or why it can't be asked."""
        if self.seconds_left() <= 0:
            return Problem.TIME
        asked = estimate(question)
        left = self.limits.max_tokens - self.tokens - asked
        if left < LEAST_ANSWER:
            return Problem.TOKENS
        allowed = min(self.limits.answer_tokens, left)
        if self.limits.max_cost is not None:
            price = self.limits.price
            money = self.limits.max_cost - self.cost - price.of(asked, 0)
            payable = int(money * MILLION / price.answer) if price.answer else allowed
            if money <= 0 or payable < LEAST_ANSWER:
                return Problem.COST
            allowed = min(allowed, payable)
        return allowed

    def spend(self, question: int, answer: int) -> None:
        """Count tokens."""
        self.question_tokens += question
        self.answer_tokens += answer


def estimate(words: str) -> int:
    """Return about how many tokens a text has, rather too many than too few."""
    return len(words.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN + 1
