"""Clauses: what a policy forbids, requires or permits, in which words, under which conditions.

Owns clauses, restrictions, qualifiers and scope, the strength derived from them, and the
clause ids that stay the same while the words do. Knows nothing of how a clause is found.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NewType

from usepolicy.policies.spans import Evidence, Span

CategoryId = NewType("CategoryId", str)
"""Id of a category of the taxonomy, e.g. `harm-to-children`."""
ClauseId = NewType("ClauseId", str)
"""`developer/slug@date#k`."""

KEY_LENGTH = 8
"""Hex digits of a clause's key: 32 bits, one expected clash in 9,000 policies of 1,000 clauses."""


class Effect(StrEnum):
    """What a restriction does with a use."""

    FORBIDS = "forbids"
    REQUIRES = "requires"
    PERMITS = "permits"


class Strength(StrEnum):
    """How strictly a use is restricted; derived from the qualifiers, never stored."""

    PROHIBITED = "prohibited"
    RESTRICTED = "restricted"


class QualifierKind(StrEnum):
    """What a qualifier makes the restriction depend on."""

    CONSENT = "consent"
    DISCLOSURE = "disclosure"
    HUMAN_REVIEW = "human_review"
    LICENCE = "licence"
    AGREEMENT = "agreement"
    AGE = "age"
    INTENT = "intent"
    HARM = "harm"
    SCALE = "scale"
    AUDIENCE = "audience"
    PURPOSE = "purpose"
    JURISDICTION = "jurisdiction"
    LAW = "law"


class QualifierRole(StrEnum):
    """Whether a qualifier says what is forbidden or when it is allowed."""

    NARROWS = "narrows"
    LIFTS = "lifts"


@dataclass(frozen=True, slots=True)
class Qualifier:
    """A condition of a restriction, with its words."""

    kind: QualifierKind
    role: QualifierRole
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Restriction:
    """One use in one clause: forbidden, required or permitted."""

    category: CategoryId | None
    """None: nothing in the taxonomy fits; never the nearest guess."""
    effect: Effect
    evidence: tuple[Evidence, ...]
    qualifiers: tuple[Qualifier, ...] = ()

    @property
    def strength(self) -> Strength | None:
        """RESTRICTED if a qualifier lifts it, else PROHIBITED; None for what is permitted."""
        if self.effect is Effect.PERMITS:
            return None
        lifted = any(q.role is QualifierRole.LIFTS for q in self.qualifiers)
        return Strength.RESTRICTED if lifted else Strength.PROHIBITED


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and what a clause binds, as far as its words say; None where they don't."""

    bound: Evidence | None = None
    """Who is bound: users, developers, customers."""
    surface: Evidence | None = None
    """Where: an API, an app, a store."""
    product: Evidence | None = None
    """Which product or model."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A unit of a policy's text and the restrictions read from it."""

    id: ClauseId
    span: Span
    text: str
    """The words of `span`."""
    lead_ins: tuple[Span, ...] = ()
    """Spans of the headings and lead-ins that give the clause its force, outermost first."""
    scope: Scope = Scope()
    restrictions: tuple[Restriction, ...] = ()


def clause_key(lead_ins: Iterable[str], text: str) -> str:
    """Return the hash prefix of a clause that stays the same while its words do.

    Case, markup, white space and punctuation don't count: a re-wrapped page keeps its keys.
    """
    words = (_folded(part) for part in (*lead_ins, text))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:KEY_LENGTH]


@lru_cache(maxsize=256)
def _folded(part: str) -> str:
    """Return the words of a part; a lead-in comes once for each of its items."""
    return " ".join(re.findall(r"\w+", part.casefold()))


def number_repeats(keys: Iterable[str]) -> list[str]:
    """Give the second and later clause of the same words an ordinal: `k`, `k-2`, `k-3`."""
    seen: Counter[str] = Counter()
    numbered = []
    for key in keys:
        seen[key] += 1
        numbered.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return numbered
