"""Alerts: what happened to documents as events that a person chooses from.

Owns the sentence of an alert and the filters. It tells what changed for a user, with the words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from usepolicy.tracking.changes import STRICTER, Change, ChangeKind, VersionKind
from usepolicy.tracking.developers import UNKNOWN, developer_of
from usepolicy.tracking.histories import Entry, Outage, Step
from usepolicy.tracking.timeline import Timeline

OUTAGE = "outage"
PROHIBITED = "now-prohibited"
"""Filter: something is forbidden that was not, or more of it."""
RELEASED = "no-longer-prohibited"
"""Filter: something is forbidden no longer, or less of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the history of one document."""

    document: str
    """Service and title."""
    service: str
    entry: Entry
    developer: str | None = None
    """Who publishes it; None: unknown."""

    @property
    def at(self) -> datetime:
        """When it was recorded."""
        return self.entry.new.at if isinstance(self.entry, Step) else self.entry.since

    @property
    def kind(self) -> str:
        """The kind of the change, or `outage`."""
        return self.entry.change.kind.value if isinstance(self.entry, Step) else OUTAGE

    @property
    def changes(self) -> tuple[Change, ...]:
        """The facts that matter to users."""
        return self.entry.change.substantive if isinstance(self.entry, Step) else ()

    @property
    def id(self) -> str:
        """A name that is the same whenever it is made again: of an outage, its begin."""
        if isinstance(self.entry, Step):
            said = f"{self.document}\n{self.entry.old.sha256}\n{self.entry.new.sha256}\n{self.at}"
        else:
            said = f"{self.document}\n{OUTAGE}\n{self.at}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        if isinstance(self.entry, Step):
            return f"{self.document}: {self.entry.change.summary}"
        return f"{self.document}: {of_outage(self.entry)}"


def of_outage(outage: Outage) -> str:
    """Return what an outage is, in one sentence."""
    days = outage.down.total_seconds() / 86_400
    lasting = f"{days:.0f} days" if days >= 2 else f"{outage.down.total_seconds() / 3600:.0f} hours"
    times = f", {outage.times} times" if outage.flaps else ""
    end = f"until {outage.until:%Y-%m-%d}" if outage.until else "and still does not"
    return f"the page did not show the policy {end} ({lasting} in all{times})"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events somebody wants; what is empty chooses nothing."""

    since: date | None = None
    kinds: frozenset[str] = frozenset()
    """Kinds of changes, `outage`, `now-prohibited`, `no-longer-prohibited`."""
    service: str | None = None
    category: str | None = None
    """With kinds: only facts about this use are looked at."""
    developer: str | None = None
    """`unknown`: only documents whose developer is not known."""

    def takes(self, event: Event) -> bool:
        """Tell whether an event is wanted."""
        return (
            (self.since is None or event.at.date() >= self.since)
            and (self.service is None or self.service.casefold() == event.service.casefold())
            and (
                self.developer is None
                or self.developer.casefold() == (event.developer or UNKNOWN).casefold()
            )
            and self._takes_facts(event)
        )

    def _takes_facts(self, event: Event) -> bool:
        about = [c for c in event.changes if self.category in (None, c.category)]
        if self.category is not None and not about:
            return False
        return not self.kinds or bool(self.kinds & _kinds(event, about))


def _kinds(event: Event, changes: Iterable[Change]) -> frozenset[str]:
    found = {event.kind}
    for change in changes:
        if change.change in PROHIBITS:
            found.add(PROHIBITED if change.change in STRICTER else RELEASED)
    return frozenset(found)


PROHIBITS = frozenset(
    {ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.WIDENED, ChangeKind.NARROWED}
)
"""Changes of what is forbidden; enforcement is none of it."""
KINDS = frozenset({*(kind.value for kind in VersionKind), OUTAGE, PROHIBITED, RELEASED})
"""What `Wanted.kinds` may hold."""


def events_of(timelines: Iterable[Timeline], wanted: Wanted) -> list[Event]:
    """Return the wanted events of all documents, the newest first."""
    every = (
        Event(
            timeline.document.name,
            timeline.document.service,
            entry,
            developer_of(timeline.document),
        )
        for timeline in timelines
        for entry in timeline.entries
    )
    found = [event for event in every if wanted.takes(event)]
    return sorted(found, key=lambda event: (event.at, event.document, event.id), reverse=True)
