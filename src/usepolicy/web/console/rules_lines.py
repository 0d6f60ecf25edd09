"""What the pages of rules say: those in force, and what others would change."""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.enforcement.rules_diff import Difference


@dataclass(frozen=True, slots=True)
class RulesLine:
    """Rules that held from a day on."""

    at: str
    by: str
    sha256: str
    policies: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules of the file."""

    file: str
    name: str
    sha256: str
    rules: int
    policies: tuple[tuple[str, str], ...]
    """Versions, each with the SHA-256 of its reading."""
    is_recorded: bool
    """Whether the last rules on record are these."""
    fault: str = ""
    """Why the file can't be used."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rules held when, and which do."""

    lines: tuple[RulesLine, ...]
    in_force: InForce | None
    """None where the console was not told of a file."""
    can_try: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, or should be looked at."""

    code: str
    place: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """How many decisions go from one outcome to another."""

    before: str
    after: str | None
    decisions: int
    accounts: int


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """A decision that would be another."""

    id: str
    at: str
    account: str | None
    before: str
    after: str
    basis: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What other rules would have made of the past."""

    days: int
    decisions: int
    is_cut: bool
    """There were more: the newest were looked at."""
    changed: int
    untold: int
    other_rules: int
    """Of those that can't be told: decided by rules that are not at hand."""
    accounts: int
    words_read: int
    shifts: tuple[ShiftLine, ...]
    lines: tuple[ReplayLine, ...]
    open_rules: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RulesTrial:
    """Rules that are tried."""

    problems: tuple[Problem, ...]
    """Where there is any, they are no rules, and nothing else is told."""
    text: str
    days: int
    sha256: str = ""
    in_force: str = ""
    """SHA-256."""
    recorded: str = ""
    advice: tuple[Problem, ...] = ()
    differences: tuple[Difference, ...] = ()
    run: DryRun | None = None


@dataclass(frozen=True, slots=True)
class StepLine:
    """A case in which the ladders lead to other steps."""

    case: str
    at: str
    account: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StandingsLine:
    """An account that would stand otherwise now."""

    account: str | None
    points: tuple[int, int]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LadderPage:
    """A ladder that is tried."""

    problems: tuple[Problem, ...]
    text: str
    days: int
    accounts: int = 0
    cases: int = 0
    changed: int = 0
    stand_otherwise: int = 0
    steps: tuple[StepLine, ...] = ()
    standings: tuple[StandingsLine, ...] = ()
