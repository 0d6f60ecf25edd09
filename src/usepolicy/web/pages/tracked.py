"""The pages of tracked policies: the list, and the timeline of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from usepolicy.comparison.figures import Table
from usepolicy.policies.versions import slug
from usepolicy.tracking.changes import VersionKind
from usepolicy.web.change_lines import EventLine, event_line
from usepolicy.web.page import Page, Params, Turn, pages_of, turned
from usepolicy.web.shelf import Shelf
from usepolicy.web.tracked import Followed

PAGE_SIZE = 200
"""Policies of one page of the list."""
MOST_EVENTS = 100
"""Entries of one page of a timeline."""


@dataclass(frozen=True, slots=True)
class TrackedLine:
    """A tracked policy in the list."""

    id: str
    label: str
    service: str
    title: str
    address: str
    versions: int | None
    """None where it was not compared yet."""
    first: str
    last: str
    """Day of the last version that differs."""
    changed: str
    """Day of the last change of what users may do."""
    changed_address: str | None
    changed_summary: str
    state: str
    read_at: str
    """When its source was last read."""
    source: str | None


@dataclass(frozen=True, slots=True)
class TrackedPage:
    """What the list of tracked policies says."""

    has_history: bool
    policies: tuple[TrackedLine, ...]
    count: int
    versions: int
    substantive: int
    gone: int
    turn: Turn


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that follow one another and are shown alike."""

    quiet: bool
    said: str
    entries: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """What the timeline of one policy says."""

    policy: TrackedLine
    developer: str | None
    """Page of the developer of that name."""
    feed: str
    groups: tuple[Group, ...]
    """The newest first."""
    count: int
    first_key: str
    is_last: bool
    """Whether the beginning is on this page."""
    turn: Turn


def tracked(shelf: Shelf, params: Params) -> Page:
    """Build the list of tracked policies, by service and title."""
    of = shelf.tracked
    every = [
        _line(each)
        for each in sorted(of.followed, key=lambda each: (each.label.casefold(), each.id))
    ]
    turn = turned(params, "/tracked", {}, pages_of(len(every), PAGE_SIZE))
    content = TrackedPage(
        has_history=of.history is not None,
        policies=tuple(every[(turn.page - 1) * PAGE_SIZE : turn.page * PAGE_SIZE]),
        count=len(every),
        versions=sum(line.versions or 0 for line in every),
        substantive=sum(told.event.kind == VersionKind.SUBSTANTIVE for told in of.told),
        gone=sum(each.gone_since is not None for each in of.followed),
        turn=turn,
    )
    return Page("tracked.html", "Tracked policies", content, _list_table(content.policies))


def _line(of: Followed) -> TrackedLine:
    steps = of.steps
    rules = next((s for s in reversed(steps) if s.change.kind is VersionKind.SUBSTANTIVE), None)
    last = steps[-1].new if steps else of.first
    return TrackedLine(
        id=of.id,
        label=of.label,
        service=of.service_label,
        title=of.title,
        address=of.address,
        versions=len(steps) + bool(of.keys) if of.is_compared else None,
        first=f"{of.first.at:%Y-%m-%d}" if of.first else "",
        last=f"{last.at:%Y-%m-%d}" if last and of.is_compared else "",
        changed=f"{rules.new.at:%Y-%m-%d}" if rules else "",
        changed_address=of.change_address(rules) if rules else None,
        changed_summary=rules.change.summary if rules else "",
        state=_state(of),
        read_at=(of.source.ran_at or "")[:10],
        source=of.link,
    )


def _state(of: Followed) -> str:
    """Say whether the policy is there and its source could be read; why not is the operator's."""
    if not of.is_compared:
        return "not compared yet"
    gone = of.gone_since
    state = f"gone since {gone.since:%Y-%m-%d}" if gone else "shown"
    return f"{state}; could not be read the last time" if of.source.error else state


def _list_table(lines: Sequence[TrackedLine]) -> Table:
    heads = ("id", "service", "policy", "versions", "first recorded", "last version",
             "rules changed", "what", "state", "last read", "source")  # fmt: skip
    rows = tuple(
        (p.id, p.service, p.title, "unknown" if p.versions is None else str(p.versions), p.first,
         p.last, p.changed, p.changed_summary, p.state, p.read_at, p.source or "")
        for p in lines
    )  # fmt: skip
    return Table(heads, rows)


def timeline(shelf: Shelf, params: Params) -> Page:
    """Build the timeline of one policy, the newest first."""
    of = shelf.tracked.find(params["id"])
    mine = [told for told in shelf.tracked.told if told.followed is of]
    turn = turned(params, of.address, {}, pages_of(len(mine), MOST_EVENTS))
    shown = mine[(turn.page - 1) * MOST_EVENTS : turn.page * MOST_EVENTS]
    lines = [event_line(told, shelf.limit) for told in shown]
    content = TimelinePage(
        policy=_line(of),
        developer=_developer(shelf, of),
        feed=f"/feeds/services/{of.service}.atom",
        groups=tuple(_groups(lines)),
        count=len(mine),
        first_key=next(iter(of.keys.values()), ""),
        is_last=turn.page == turn.pages,
        turn=turn,
    )
    return Page("timeline.html", of.label, content, events_table(lines))


def _developer(shelf: Shelf, of: Followed) -> str | None:
    """Return the page of who publishes a policy, or of the developer that is called as the service."""
    name = slug(of.developer) if of.developer else of.service
    known = any(entry.developer == name for entry in shelf.entries)
    return f"/developers/{name}" if known else None


def _groups(lines: Sequence[EventLine]) -> Iterator[Group]:
    for quiet, found in groupby(lines, key=lambda line: line.quiet):
        entries = tuple(found)
        yield Group(quiet, _said(entries) if quiet else "", entries)


def _said(entries: Sequence[EventLine]) -> str:
    """Say how many quiet versions of which kinds there are."""
    kinds = [f"{each.kind}, of the recorder's making" if each.artefact else each.kind for each in entries]  # fmt: skip
    if len(entries) == 1:
        return f"1 version without a change of the rules ({kinds[0]})"
    parts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    return f"{len(entries)} versions without a change of the rules: {parts}"


def events_table(lines: Sequence[EventLine]) -> Table:
    """Return entries as a table: a row for each fact, or one where an entry has none."""
    heads = ("date", "policy", "kind", "summary", "until", "further facts", "change", "category", "old words",
             "new words", "page")  # fmt: skip
    rows = []
    for line in lines:
        what = (line.date, line.policy, line.kind, line.summary, line.until or "", str(line.more))
        facts = [(c.change, c.category or "", c.old_words, c.new_words) for c in line.changes]
        rows += [(*what, *fact, line.address or "") for fact in facts or [("", "", "", "")]]
    return Table(heads, tuple(rows))
