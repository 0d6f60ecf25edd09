"""The ladder: from violations to points, and from points to the step that follows.

Owns its rules. What of an account counts is `standing`'s; how a file says it is `ladder_file`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from usepolicy.enforcement.account_signals import Watch
from usepolicy.enforcement.ledger_bodies import SignalKind
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.steps import Measure, Step

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Severity:
    """How much a violation weighs."""

    name: str
    points: int
    starts_at: Step | None = None
    """The mildest step that may follow, however few the points."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step and what leads to it."""

    at: int
    """Points from which it follows."""
    measure: Measure
    requires_person: bool = False
    """A person decides on it; a machine only proposes it."""


@dataclass(frozen=True, slots=True)
class AppealTerms:
    """How long an account may contest, and how long the operator may take."""

    file_within: int = 180 * DAY
    """Seconds from the notice. Six months are what Regulation (EU) 2022/2065, article 20, asks."""
    decide_within: int = 14 * DAY
    """Seconds from the appeal."""
    address: str | None = None
    """Where one appeals."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """What follows from violations."""

    rungs: tuple[Rung, ...]
    """From the mildest; points and steps rise."""
    severities: Mapping[str, Severity]
    default: str
    """Name of the severity of what is not named."""
    restrictions: Mapping[str, str] = field(default_factory=dict)
    """Severity by category or clause id; a clause's goes before its category's."""
    signals: Mapping[SignalKind, str] = field(default_factory=dict)
    """Severity of a signal; one that isn't named weighs nothing."""
    counted: frozenset[Outcome] = frozenset({Outcome.BLOCK})
    """Outcomes that are a violation without a person's label."""
    look_back: int = 365 * DAY
    """Seconds after which a violation weighs nothing."""
    decay_points: int = 0
    """How many points each violation loses ..."""
    decay_every: int = 30 * DAY
    """... each time these seconds are over."""
    appeals: AppealTerms = field(default_factory=AppealTerms)
    watch: Watch = field(default_factory=Watch)
    """When signals are raised."""

    def severity_of(self, restrictions: Iterable[tuple[str, str | None]]) -> Severity:
        """Return the gravest severity of restrictions, each a clause and its category."""
        names = [self._name(clause, category) for clause, category in restrictions]
        return max((self.severities[name] for name in names or [self.default]), key=_gravity)

    def severity_of_signal(self, signal: SignalKind) -> Severity | None:
        """Return the severity of a signal; None where it weighs nothing."""
        name = self.signals.get(signal)
        return self.severities[name] if name is not None else None

    def weight(self, severity: Severity, *, since: datetime, at: datetime) -> int:
        """Return the points that a violation still has."""
        age = max(0, int((at - since).total_seconds()))
        if age >= self.look_back:
            return 0
        return max(0, severity.points - self.decay_points * (age // self.decay_every))

    def rung_for(self, points: int, severity: Severity) -> Rung | None:
        """Return what follows a violation of that severity that brings the points to that."""
        reached = [rung for rung in self.rungs if rung.at <= points or _starts(rung, severity)]
        return reached[-1] if reached else None

    def _name(self, clause: str, category: str | None) -> str:
        named = self.restrictions.get(clause) or self.restrictions.get(category or "")
        return named or self.default


def _starts(rung: Rung, severity: Severity) -> bool:
    """Tell whether a severity leads at least to this rung."""
    start = severity.starts_at
    return start is not None and rung.measure.step.rank <= start.rank


def _gravity(severity: Severity) -> tuple[int, int]:
    start = severity.starts_at
    return severity.points, -1 if start is None else start.rank
