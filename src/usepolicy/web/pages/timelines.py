"""The timeline of a category: when which policies began, ceased, went further or less far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from usepolicy.comparison.figures import Table
from usepolicy.errors import TaxonomyError, UsageError
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.tracking.changes import Change, ChangeKind
from usepolicy.tracking.histories import Step
from usepolicy.web.change_lines import ChangeLine, change_line
from usepolicy.web.page import Page, Params
from usepolicy.web.shelf import Shelf
from usepolicy.web.tracked import Told

MOST = 500
"""Changes that are shown; more are in the list of changes, filtered."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A change of the category with its day."""

    date: str
    address: str | None
    change: ChangeLine


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """What happened to the category in one policy, the oldest first."""

    id: str
    label: str
    address: str
    changes: tuple[Dated, ...]


@dataclass(frozen=True, slots=True)
class CategoryTimeline:
    """What the timeline of a category says."""

    id: str
    name: str
    feed: str
    has_history: bool
    policies: tuple[PolicyLine, ...]
    count: int
    """Changes, of which the newest are shown."""
    shown: int
    added: int
    removed: int
    silent: int
    """Tracked policies without a change of it."""


def category_timeline(shelf: Shelf, params: Params) -> Page:
    """Build the timeline of a category over all policies."""
    try:
        of = load_taxonomy().get(params["id"])
    except TaxonomyError as error:
        raise UsageError(error.code, error.message, help=error.help) from error
    every = shelf.tracked.of_category.get(of.id, ())
    policies = _policies(every[:MOST], shelf.limit)
    kinds = [change.change for _, change in every]
    content = CategoryTimeline(
        id=of.id,
        name=of.name,
        feed=f"/feeds/categories/{of.id}.atom",
        has_history=shelf.tracked.history is not None,
        policies=policies,
        count=len(every),
        shown=min(MOST, len(every)),
        added=kinds.count(ChangeKind.ADDED),
        removed=kinds.count(ChangeKind.REMOVED),
        silent=len(shelf.tracked.followed) - len({told.followed.id for told, _ in every}),
    )
    heads = ("policy", "label", "date", "change", "old words", "new words", "page")
    rows = tuple(
        (p.id, p.label, d.date, d.change.change, d.change.old_words, d.change.new_words, d.address or "")
        for p in policies
        for d in p.changes
    )  # fmt: skip
    return Page("category_timeline.html", f"{of.name} over time", content, Table(heads, rows))


def _policies(every: Sequence[tuple[Told, Change]], limit: int | None) -> tuple[PolicyLine, ...]:
    ordered = sorted(every, key=lambda pair: (pair[0].followed.id, pair[0].event.at))
    found = []
    for of, pairs in groupby(ordered, key=lambda pair: pair[0].followed):
        changes = tuple(_dated(told, change, limit) for told, change in pairs)
        found.append(PolicyLine(of.id, of.label, of.address, changes))
    return tuple(found)


def _dated(told: Told, change: Change, limit: int | None) -> Dated:
    step = told.event.entry
    address = told.followed.change_address(step) if isinstance(step, Step) else None
    return Dated(f"{told.event.at:%Y-%m-%d}", address, change_line(change, limit))
