"""Rules: how an operator enforces the restrictions of one or more policies; pure.

Owns the values that a rules file is built into. How the file reads is told by `rules_file`, what
comes out for a request by `decisions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from usepolicy.enforcement.detection import Target
from usepolicy.enforcement.ladder import Ladder
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.policies.clauses import CategoryId, ClauseId, Strength
from usepolicy.policies.versions import VersionId
from usepolicy.supply_chain.manners import Manner

RuleId = NewType("RuleId", str)
DetectorName = NewType("DetectorName", str)
"""What the rules file calls a detector."""

ON_ERROR: Outcome | None = None
"""What a detector's error leads to where a rule names nothing: None is the rule's own outcome."""
BETWEEN = Outcome.REFER
"""What lies between two thresholds goes to a person, where a rule says nothing milder."""
ENFORCED_ON = frozenset({Surface.API, Surface.INTERFACE})
"""Surfaces on which somebody stands between the user and the model."""


class Severity(StrEnum):
    """How grave a breach is; what follows from it is the ladder's."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class CitedRestriction:
    """A restriction of a policy that a rule enforces, with the words that a decision cites."""

    policy: VersionId
    clause: ClauseId
    category: CategoryId
    quote: str
    strength: Strength = Strength.PROHIBITED


@dataclass(frozen=True, slots=True)
class Stage:
    """One detector of a cascade, and what its scores decide."""

    detector: DetectorName
    applies_from: float
    """From this score on, the rule applies."""
    clear_below: float
    """Below this score, the request is clear; between the two, the next stage is asked."""

    def __post_init__(self) -> None:
        """INVARIANT: a score of 0 is clear, and no score is clear and applies."""
        if not 0 < self.clear_below <= self.applies_from <= 1:
            raise ValueError(f"no thresholds: {self.clear_below} {self.applies_from}")


@dataclass(frozen=True, slots=True)
class Exemption:
    """When a rule does not hold; of manners and grants, each that is named must be met."""

    manners: frozenset[Manner] = frozenset()
    """How the text deals with what it names: quoting it, teaching it, classifying it."""
    grants: frozenset[str] = frozenset()
    """Any one of these, if the request carries it."""
    categories: frozenset[CategoryId] = frozenset()
    """Categories of the rule that it is about; all if empty."""
    outcome: Outcome = Outcome.ALLOW
    """What is done instead, if that is milder."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One thing that a rule looks for, and the restrictions that it would break."""

    category: CategoryId
    targets: frozenset[Target]
    """The category, those below it, and the clauses: what a detector may score it by."""
    restrictions: tuple[CitedRestriction, ...]
    """At least one: a rule enforces the words of a policy."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How some restrictions are enforced."""

    id: RuleId
    watched: tuple[Watched, ...]
    cascade: tuple[Stage, ...]
    """In the order in which they are asked, which is that of fallback too."""
    outcome: Outcome
    between: Outcome = BETWEEN
    """INVARIANT: never stricter than `outcome`, so that a higher score never does less."""
    on_error: Outcome | None = ON_ERROR
    untrusted: Outcome = Outcome.ALLOW
    """What follows where no detector knows the language of the text; it is marked in any case."""
    channels: frozenset[Channel] = frozenset({Channel.PROMPT, Channel.OUTPUT})
    surfaces: frozenset[Surface] = ENFORCED_ON
    only_in: frozenset[str] = frozenset()
    """Jurisdictions in which it holds; all if empty."""
    not_in: frozenset[str] = frozenset()
    exemptions: tuple[Exemption, ...] = ()
    severity: Severity = Severity.MEDIUM
    support: bool = False
    """Whether people whom it meets may be in need and are shown where to find help."""

    def __post_init__(self) -> None:
        """Hold the invariant of `between`."""
        if self.between.rank > self.outcome.rank:
            raise ValueError(f"`between` of {self.id} is stricter than its outcome")

    def holds_in(self, jurisdiction: str | None) -> bool:
        """Tell whether it holds there. FAIL CLOSED: where nobody knows, it does."""
        if jurisdiction is None:
            return True
        here = not self.only_in or jurisdiction in self.only_in
        return here and jurisdiction not in self.not_in

    @property
    def error_outcome(self) -> Outcome:
        """What follows where no detector can tell."""
        return self.outcome if self.on_error is None else self.on_error


class NotEnforceable(StrEnum):
    """Why a restriction can't be enforced on a request."""

    NO_SINGLE_REQUEST = "no_single_request"
    """It shows over many requests, or outside of them."""
    SURFACE = "surface"
    """Nobody stands between the user and the model."""
    NO_DETECTOR = "no_detector"
    """No detector of the rule can tell anything of it."""


@dataclass(frozen=True, slots=True)
class Unenforced:
    """Restrictions that the rules can't enforce, and why."""

    category: CategoryId
    why: NotEnforceable
    restrictions: tuple[CitedRestriction, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """Where people in need find help."""

    locale: str
    """Language tag, with a region where it is of one country: `en-GB`."""
    name: str
    contact: str
    source: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that a rules file says, bound to the policies that it pins."""

    name: str
    sha256: str
    """Of the file."""
    policies: tuple[tuple[VersionId, str], ...] = ()
    """The pinned versions, each with the SHA-256 of its reading."""
    rules: tuple[Rule, ...] = ()
    unenforced: tuple[Unenforced, ...] = ()
    resources: tuple[Resource, ...] = field(default=())
    """The operator's own first, then the shipped."""
    ladder: Ladder | None = None
    """What follows from breaches over time, where the file says so."""

    @property
    def version(self) -> str:
        """Name and hash, as a decision records them."""
        return f"{self.name} sha256:{self.sha256[:12]}"
