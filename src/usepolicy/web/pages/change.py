"""The page of one change: what it amounts to, and the clauses of both versions side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from usepolicy.comparison.figures import Table
from usepolicy.errors import UsageError
from usepolicy.tracking.changes import VersionChange
from usepolicy.tracking.compare import compare_versions
from usepolicy.tracking.histories import Recorded
from usepolicy.tracking.side_by_side import Pieces, Row, RowKind, rows_of
from usepolicy.tracking.statements import Role
from usepolicy.tracking.summary import ARTEFACTS
from usepolicy.tracking.versions import categories
from usepolicy.web.change_lines import ChangeLine, change_line, joined, pieces_of
from usepolicy.web.page import Choice, Page, Params, choices
from usepolicy.web.shelf import Shelf
from usepolicy.web.tracked import Followed
from usepolicy.web.words import cut

LONGEST = 400_000
"""Characters of both texts together from which they are not put side by side for a visitor."""
MOST_ROWS = 1_500
"""Rows that are shown; the rest is counted."""
MOST_VERSIONS = 400
"""Versions that the form offers; others can be named in the address."""
UNCHANGED = (RowKind.SAME, RowKind.MOVED)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two versions."""

    key: str
    date: str
    revision: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RowLine:
    """A clause of the old version beside that of the new one."""

    kind: str
    heading: bool
    old_words: str
    new_words: str
    old: Pieces
    new: Pieces


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that follow one another and are shown alike: changed, or left as they were."""

    unchanged: bool
    count: int
    rows: tuple[RowLine, ...]
    """None where unchanged words are not shown."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """What the page of a change says."""

    policy: str
    label: str
    timeline: str
    address: str
    source: str | None
    old: Side
    new: Side
    previous: str | None
    """Page of the change before."""
    next: str | None
    versions: tuple[Choice, ...]
    """What the new version can be compared with."""
    kind: str
    summary: str
    artefact: str
    changes: tuple[ChangeLine, ...]
    full_text: bool
    stretches: tuple[Stretch, ...]
    left_out: str
    """Why clauses are missing; empty: none are."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions with what is known of them."""

    old: Recorded
    new: Recorded
    change: VersionChange
    rows: tuple[Row, ...]
    left_out: str


def change(shelf: Shelf, params: Params) -> Page:
    """Build the page of the change to a version: from the one before it, or from `old`."""
    id, _, key = params["id"].rpartition("@")
    of = shelf.tracked.find(id or key)
    new = of.record(key)
    step = next((each for each in of.steps if each.new == new), None)
    old = of.record(params["old"]) if params.get("old") else step.old if step else None
    if old is None:
        message = f"`{of.id}` has no change on `{key}`"
        help_ = f"it is the first version, or the page was gone; see {of.address}"
        raise UsageError("no-such-version", message, help=help_)
    known = step.change if step and step.old == old else None
    content = _content(shelf, of, _compared(shelf, of, (old, new), known))
    title = f"{of.label}, {content.old.key} to {content.new.key}"
    return Page("change.html", title, content, _table(content))


def _compared(
    shelf: Shelf, of: Followed, pair: tuple[Recorded, Recorded], known: VersionChange | None
) -> Compared:
    """Return what changed between two versions; what is not kept is compared now.

    Raises: UsageError: `too-long`.
    """
    old, new = (shelf.tracked.text(of, record) for record in pair)
    long = len(old.text) + len(new.text) > LONGEST
    if long and known is None:
        message = "the two versions are too long to be compared for a visitor"
        raise UsageError("too-long", message, help="compare them: usepolicy changes OLD NEW")
    change = known or compare_versions(old, new, categories)
    if long or change.missing:
        why = "The texts are too long for this page." if long else "One side shows no policy."
        return Compared(*pair, change, (), why)
    rows = rows_of(old, new, change.changes)
    more = len(rows) - MOST_ROWS
    left_out = f"{more} further clauses are left out." if more > 0 else ""
    return Compared(*pair, change, rows[:MOST_ROWS], left_out)


def _content(shelf: Shelf, of: Followed, found: Compared) -> ChangePage:
    steps = of.steps
    before = [step for step in steps if step.new.at < found.new.at]
    after = [step for step in steps if step.new.at > found.new.at]
    artefact = found.change.artefact
    return ChangePage(
        policy=of.id,
        label=of.label,
        timeline=of.address,
        address=f"/changes/{of.id}@{of.key(found.new)}",
        source=of.link,
        old=_side(of, found.old),
        new=_side(of, found.new),
        previous=of.change_address(before[-1]) if before else None,
        next=of.change_address(after[0]) if after else None,
        versions=_versions(of, found),
        kind=found.change.kind.value,
        summary=found.change.summary,
        artefact=ARTEFACTS[artefact] if artefact else "",
        changes=tuple(change_line(each, shelf.limit) for each in found.change.substantive),
        full_text=shelf.settings.full_text,
        stretches=tuple(_stretches(found.rows, shelf.limit)),
        left_out=found.left_out,
    )


def _side(of: Followed, record: Recorded) -> Side:
    return Side(of.key(record), f"{record.at:%Y-%m-%d}", cut(record.revision, 80), record.sha256)


def _versions(of: Followed, found: Compared) -> tuple[Choice, ...]:
    """Return the versions that differ from one another, the newest first, without the new one."""
    every = [*([of.first] if of.first else []), *(step.new for step in of.steps)]
    offered = [found.old, *(each for each in reversed(every) if each != found.new)]
    keys = sorted({of.key(each) for each in offered[:MOST_VERSIONS]}, reverse=True)
    return choices({key: key for key in keys}, of.key(found.old))


def _stretches(rows: Sequence[Row], limit: int | None) -> Iterator[Stretch]:
    for unchanged, found in groupby(rows, key=lambda row: row.kind in UNCHANGED):
        each = list(found)
        shown = each if limit is None or not unchanged else []
        yield Stretch(unchanged, len(each), tuple(_row(row, limit) for row in shown))


def _row(row: Row, limit: int | None) -> RowLine:
    sides = [side.evidence.quote if side else "" for side in (row.old, row.new)]
    old, new = pieces_of(sides[0], sides[1], limit)
    shown = row.new or row.old
    heading = shown is not None and shown.role is Role.HEADING
    return RowLine(row.kind.value, heading, joined(old), joined(new), old, new)


def _table(content: ChangePage) -> Table:
    heads = ("row", "category", "old words", "new words")
    facts = tuple(
        (each.change, each.category or "", each.old_words, each.new_words)
        for each in content.changes
    )
    rows = tuple(
        (f"clause: {row.kind}", "", row.old_words, row.new_words)
        for stretch in content.stretches
        for row in stretch.rows
    )
    return Table(heads, facts + rows)
