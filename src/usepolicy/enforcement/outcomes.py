"""Outcomes: what is done with a request, from the mildest to the strictest."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """What is done with a request; the members stand in their order of strictness."""

    ALLOW = "allow"
    WARN = "warn"
    """It goes on, and the user is told which restriction it comes near to."""
    REFER = "refer"
    """A person looks at it."""
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """Return the place in the order of strictness, 0 for the mildest."""
        return _RANKS[self]


_RANKS = {outcome: rank for rank, outcome in enumerate(Outcome)}

ON_NO_MATCH = Outcome.ALLOW
"""What no rule speaks of is allowed: a policy is a list of what is not."""


def strictest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the strictest of the outcomes, `ON_NO_MATCH` where there are none."""
    return max(outcomes, key=lambda outcome: outcome.rank, default=ON_NO_MATCH)
