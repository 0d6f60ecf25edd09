"""The home page: what this is, how much of it, what is new, and what the data say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy.comparison.matrix import Row, Tally, rows_by_group
from usepolicy.comparison.splits import is_gray, smaller_side
from usepolicy.printed_figures import researcher_access
from usepolicy.study import models_without_policy
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import find_scheme
from usepolicy.web.page import Page, Params, path_of
from usepolicy.web.shelf import Entry, Origin, Shelf

COMMON, DIVIDED = "study-figure-3", "study-figures-4-6"
"""Schemes of the first two findings: figure 3 leaves out what everybody has, to obey the law."""
NEWEST = 6
BARS = 6
ENOUGH = 10
"""Policies that were read, from which something is said of them as a whole."""
APPEALS = "Enforcement violation appeals"


@dataclass(frozen=True, slots=True)
class BarLine:
    """A bar: how many of how many."""

    label: str
    count: int
    size: int
    address: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the data show."""

    headline: str
    explanation: str
    bars: tuple[BarLine, ...]
    address: str
    more: str
    """Words of the link."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of the head of the page."""

    number: int
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class Newest:
    """A policy that came last."""

    id: str
    label: str
    title: str
    dated: str
    total: int
    address: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the home page says."""

    counts: tuple[Count, ...]
    findings: tuple[Finding, ...]
    newest: tuple[Newest, ...]


def home(shelf: Shelf, _: Params) -> Page:
    """Build the home page."""
    study, read = shelf.of(Origin.STUDY), shelf.of(Origin.READ)
    developers = {entry.developer for entry in shelf.entries}
    counts = (
        Count(len(study) + len(read), "policies", "/policies"),
        Count(len(developers), "developers", "/developers"),
        Count(len(load_taxonomy().categories), "categories of use", "/categories"),
        Count(shelf.clause_count, "clauses that can be searched", "/search"),
    )
    content = HomePage(counts, _findings(shelf, study, read), _newest(read))
    return Page("home.html", "Who prohibits what, in which words", content)


def _newest(read: Sequence[Entry]) -> tuple[Newest, ...]:
    last = sorted(read, key=lambda e: (e.dated, e.added_at, e.id), reverse=True)[:NEWEST]
    return tuple(Newest(e.id, e.label, e.title, e.dated, e.total, e.address) for e in last)


def _findings(shelf: Shelf, study: Sequence[Entry], read: Sequence[Entry]) -> tuple[Finding, ...]:
    ids = [e.id for e in (*study, *(read if len(read) >= ENOUGH else ()))]
    found = (
        _common(_counted(shelf, COMMON, ids)),
        _divided(_counted(shelf, DIVIDED, ids)),
        _silent(read),
    )
    return tuple(finding for finding in found if finding)


def _counted(shelf: Shelf, scheme: str, ids: Sequence[str]) -> list[tuple[Row, Tally]]:
    grid = shelf.grid(rows_by_group(find_scheme(scheme)))
    return list(zip(grid.rows, grid.tallies(ids), strict=True))


def _common(counted: Sequence[tuple[Row, Tally]]) -> Finding:
    top = sorted(counted, key=lambda each: -each[1].coded)[:BARS]
    row, tally = top[0]
    return Finding(
        headline=f"{tally.coded} of {tally.size} policies restrict {_lower(row.label)}",
        explanation="What is prohibited most. Even here some say nothing, or say it in words "
        "so wide that no category fits.",
        bars=tuple(_bar(*each, COMMON) for each in top),
        address="/figures/3",
        more="The fifteen most common prohibitions",
    )


def _divided(counted: Sequence[tuple[Row, Tally]]) -> Finding | None:
    """Return what divides them; None where nothing does, as among variants of one policy."""
    gray = [each for each in counted if is_gray(each[1])]
    gray.sort(key=lambda each: -smaller_side(each[1]))
    if not gray:
        return None
    row, tally = gray[0]
    size = tally.coded + tally.not_coded
    return Finding(
        headline=f"{row.label} divides them: {tally.coded} of {size} restrict it",
        explanation="Where developers part most evenly. Who builds on several models meets "
        "different answers to the same question.",
        bars=tuple(_bar(*each, DIVIDED) for each in gray[:BARS]),
        address="/matrix?sort=" + row.id,
        more=f"Who does and who does not: {row.label}",
    )


def _bar(row: Row, tally: Tally, scheme: str) -> BarLine:
    address = path_of("/matrix", by=scheme, sort=row.id)
    return BarLine(row.label, tally.coded, tally.size, address)


def _silent(read: Sequence[Entry]) -> Finding:
    """Say how few tell how they enforce: by the texts, or by the study where few are read."""
    whole = [entry for entry in read if entry.is_read]
    if len(whole) >= ENOUGH:
        return _silent_texts(whole)
    rows: dict[str, list[float]] = {}
    for cell in researcher_access():
        if cell.group.lower().startswith("enforcement") or cell.practice.startswith("Enforcement"):
            rows.setdefault(cell.practice, []).append(cell.value)
    appeals = rows.get(APPEALS, [])
    can = sum(value > 0 for value in appeals)
    bars = [
        BarLine(name, sum(value > 0 for value in values), len(values), "/figures/1")
        for name, values in rows.items()
    ]
    return Finding(
        headline=f"{can} of {len(appeals)} companies tell, at least in part, how to contest a decision",
        explanation="Policies say what is forbidden; few say how that is enforced, what a user is "
        f"told, and how to appeal. {len(models_without_policy())} models of the study came "
        "with no policy at all.",
        bars=tuple(bars),
        address="/figures/1",
        more="Access, safe harbour and enforcement",
    )


def _silent_texts(read: Sequence[Entry]) -> Finding:
    kinds = {
        "termination_ban": "say that accounts may be closed",
        "monitoring": "say that use is watched",
        "notice_of_violation": "say that a user is told",
        "justification": "say that reasons are given",
        "appeal": "say how to contest a decision",
        "researcher_exemption": "say anything for researchers",
    }
    bars = tuple(
        BarLine(words, sum(kind in entry.provisions for entry in read), len(read), "/policies")
        for kind, words in kinds.items()
    )
    return Finding(
        headline=f"{bars[4].count} of {len(read)} policies tell a user how to contest a decision",
        explanation="What the texts that were read say of their own enforcement.",
        bars=bars,
        address="/coverage",
        more="What laws and codes ask, and what policies say",
    )


def _lower(label: str) -> str:
    return " ".join(word if word.isupper() else word.lower() for word in label.split())
