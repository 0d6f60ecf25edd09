"""The ladder in a file: what stands under `ladder:` in a rules file.

Owns the names, types and meaning of the keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt, StrictStr

from usepolicy.enforcement.ladder import AppealTerms, Ladder, Rung, Severity
from usepolicy.enforcement.ledger_bodies import SignalKind
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.reading.policy_problems import Path, Report, did_you_mean, shown
from usepolicy.reading.policy_schema import FileEntry, check_model
from usepolicy.reading.policy_tree import read_tree
from usepolicy.reading.policy_values import Words

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
LONGEST = 36_525 * SECONDS["d"]
"""A hundred years: calendars end, and a ban has no end anyway."""
DURATION = re.compile(r"([1-9][0-9]{0,5})([smhdw])")


def _duration(value: str) -> str:
    if not DURATION.fullmatch(value):
        raise ValueError("must be a number and a unit, such as `30d`")
    if seconds(value) > LONGEST:
        raise ValueError("must be at most 100 years")
    return value


Duration = Annotated[
    StrictStr, Field(pattern=r"^[1-9][0-9]{0,5}[smhdw]$"), AfterValidator(_duration)
]
"""A number and one of `s`, `m`, `h`, `d`, `w`."""
Points = Annotated[StrictInt, Field(ge=0, le=1_000_000)]


class RungEntry(FileEntry):
    """A step and what leads to it."""

    step: Step
    """What follows."""
    at: Points
    """Points from which it follows."""
    lasts: Duration | None = None
    """How long; needed for all but a warning and a ban, which have none."""
    queries: Annotated[StrictInt, Field(ge=0)] | None = None
    """Of a rate limit: how many queries ..."""
    per: Duration | None = None
    """... in which time."""
    functions: tuple[Words, ...] = ()
    """Of limited functions: what is taken away."""
    requires_person: StrictBool = False
    """A machine only proposes it, and a person decides."""


class SeverityEntry(FileEntry):
    """How much a violation weighs."""

    points: Points
    """What it adds."""
    starts_at: Step | None = None
    """The mildest step that may follow, however few the points."""


class DecayEntry(FileEntry):
    """How violations lose weight."""

    points: Points
    """How many points each loses ..."""
    every: Duration
    """... each time this is over."""


class AppealTermsEntry(FileEntry):
    """Time limits of appeals."""

    file_within: Duration = "180d"
    """From the notice."""
    decide_within: Duration = "14d"
    """From the appeal."""


class LadderFile(FileEntry):
    """What follows from violations."""

    steps: Annotated[tuple[RungEntry, ...], Field(min_length=1, max_length=50)]
    """From the mildest: points and steps rise."""
    severities: Annotated[dict[str, SeverityEntry], Field(min_length=1)]
    """Severities by a name of yours."""
    default_severity: Words
    """Of restrictions that are not named."""
    restrictions: Annotated[dict[str, str], Field(default_factory=dict)]
    """Severity by category or clause id; a clause's goes before its category's."""
    signals: Annotated[dict[SignalKind, str], Field(default_factory=dict)]
    """Severity by signal; what is not named weighs nothing."""
    counted: tuple[Outcome, ...] = (Outcome.BLOCK,)
    """Outcomes that are a violation without a person's label."""
    look_back: Duration = "365d"
    """After which time a violation weighs nothing."""
    decay: DecayEntry | None = None
    """How violations lose weight before that; left out: they don't."""
    appeals: AppealTermsEntry = AppealTermsEntry()
    """Time limits of appeals."""


LADDER_ENTRIES: Mapping[str, type[BaseModel]] = {
    "": LadderFile,
    "ladder": LadderFile,
    "steps": RungEntry,
    "severities": SeverityEntry,
    "decay": DecayEntry,
    "appeals": AppealTermsEntry,
}
"""The models below, by the key that they stand under; for `check_model`."""


def load_ladder(data: bytes, *, place: str) -> Ladder:
    """Return the ladder of a file that holds nothing else.

    Raises: PolicyFileError: the file breaks its format or schema, or its parts don't agree.
    """
    root = read_tree(data, place=place)
    report = Report(place, root.line_of)
    file = check_model(root, LadderFile, LADDER_ENTRIES, report)
    if file is not None:
        note_ladder(file, (), report)
    report.raise_if_any()
    assert file is not None
    return ladder_of(file)


def note_ladder(file: LadderFile, path: Path, report: Report) -> None:
    """Note where the parts of a ladder don't agree.

    Args: path: of the ladder in its file: `("ladder",)` in a rules file.
    """
    for number, rung in enumerate(file.steps):
        for message in _rung_faults(rung):
            report.add((*path, "steps", number), "wrong-step", message)
    for number, (low, high) in enumerate(pairwise(file.steps), 1):
        if high.at <= low.at or high.step.rank < low.step.rank:
            message = "steps rise in points and strictness, from the mildest"
            report.add((*path, "steps", number), "wrong-order", message)
    for where, name in _named(file):
        if name not in file.severities:
            help = did_you_mean(name, file.severities)
            message = f"unknown severity `{shown(name)}`"
            report.add((*path, *where), "unknown-severity", message, help=help)
    steps = {rung.step for rung in file.steps}
    for name, severity in file.severities.items():
        if severity.starts_at is not None and severity.starts_at not in steps:
            message = f"the ladder has no step `{severity.starts_at}` to start at"
            report.add((*path, "severities", name, "starts_at"), "unknown-step", message)


def ladder_of(file: LadderFile) -> Ladder:
    """Return the ladder that a file describes whose parts agree."""
    decay = file.decay
    return Ladder(
        tuple(_rung(entry) for entry in file.steps),
        {name: Severity(name, s.points, s.starts_at) for name, s in file.severities.items()},
        file.default_severity,
        dict(file.restrictions),
        dict(file.signals),
        frozenset(file.counted),
        seconds(file.look_back),
        decay.points if decay else 0,
        seconds(decay.every) if decay else SECONDS["d"],
        AppealTerms(seconds(file.appeals.file_within), seconds(file.appeals.decide_within)),
    )


def seconds(duration: str) -> int:
    """Return how long a duration such as `30d` is."""
    return int(duration[:-1]) * SECONDS[duration[-1]]


def _rung(entry: RungEntry) -> Rung:
    measure = Measure(
        entry.step,
        seconds(entry.lasts) if entry.lasts else None,
        entry.queries,
        seconds(entry.per) if entry.per else None,
        entry.functions,
    )
    return Rung(entry.at, measure, entry.requires_person)


def _rung_faults(rung: RungEntry) -> Iterator[str]:
    endless = rung.step in (Step.WARNING, Step.BAN)
    if endless != (rung.lasts is None):
        yield f"a {_said(rung.step)} has {'no `lasts`' if endless else 'a `lasts`'}"
    limits = rung.step is Step.RATE_LIMIT
    if limits != (rung.queries is not None) or limits != (rung.per is not None):
        yield f"a {_said(rung.step)} has {'`queries` and `per`' if limits else 'no rate'}"
    if (rung.step is Step.LIMITED_FUNCTIONS) != bool(rung.functions):
        yield "`functions` belong to limited functions, and to nothing else"


def _named(file: LadderFile) -> Iterator[tuple[Path, str]]:
    yield ("default_severity",), file.default_severity
    yield from ((("restrictions", key), name) for key, name in file.restrictions.items())
    yield from ((("signals", key.value), name) for key, name in file.signals.items())


def _said(step: Step) -> str:
    return step.value.replace("_", " ")
