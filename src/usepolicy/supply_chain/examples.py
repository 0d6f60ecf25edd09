"""Typical uses: what people ask about, with the categories a careful reader names.

Owns `data/uses/*.yaml`; they are a starting point for who asks, and a measure for who labels.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import NotRequired, TypedDict, cast

from usepolicy.patterns import load_table
from usepolicy.policies.clauses import CategoryId
from usepolicy.supply_chain.manners import Manner

TOPICS = ("content", "end_use", "industry")
"""The files, one for each way of looking at a use."""


@dataclass(frozen=True, slots=True)
class TypicalUse:
    """A use of our own writing."""

    use: str
    topic: str
    """`content`, `end_use` or `industry`."""
    expects: tuple[CategoryId, ...]
    """Categories that a careful reader may name; empty where the use touches none."""
    manner: Manner

    @property
    def held_out(self) -> bool:
        """Whether the vocabulary of uses must not be written from it: half of all, by hash."""
        return hashlib.sha256(self.use.encode()).digest()[3] % 2 == 1


class _Entry(TypedDict):
    use: str
    expects: list[CategoryId]
    manner: NotRequired[str]


@cache
def typical_uses() -> tuple[TypicalUse, ...]:
    """Return the shipped uses, by topic and then by alphabet."""
    return tuple(
        TypicalUse(
            entry["use"],
            topic,
            tuple(entry["expects"]),
            Manner(entry.get("manner", Manner.GENERATION)),
        )
        for topic in TOPICS
        for entry in cast("list[_Entry]", load_table(f"uses/{topic}.yaml"))
    )
