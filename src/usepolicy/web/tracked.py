"""Tracked: the policies whose history is kept, in memory, as they were at one time.

Owns their addresses and the dates by which versions are called. It reads the history and never
writes to it; texts come from the history when a page needs them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from usepolicy.errors import UsageError
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.versions import slug
from usepolicy.store.history import Document, History, Source
from usepolicy.store.history_reading import written_at
from usepolicy.tracking.alerts import Event
from usepolicy.tracking.changes import Change
from usepolicy.tracking.developers import UNKNOWN, developer_of
from usepolicy.tracking.histories import Entry, Outage, Recorded, Step
from usepolicy.tracking.statements import Text
from usepolicy.tracking.timeline import kept_timelines, text_of
from usepolicy.tracking.versions import cut_once
from usepolicy.web.words import cut, web_address

TEXTS = 16
"""Texts that are kept in memory, cut into statements."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A policy whose history is kept."""

    id: str
    """Service and title, as an address has them."""
    document: Document
    source: Source
    keys: Mapping[Recorded, str]
    """What each record is called, the oldest first: its day, from the second of a day on a number."""
    entries: tuple[Entry, ...]
    """The oldest first."""
    is_compared: bool
    """Whether it is known what changed."""

    @property
    def service(self) -> str:
        """The first part of the id."""
        return self.id.partition("/")[0]

    @property
    def service_label(self) -> str:
        """The service as it is called."""
        return cut(self.document.service or self.document.title)

    @property
    def developer(self) -> str | None:
        """Who publishes it; None: unknown."""
        return developer_of(self.document)

    @property
    def title(self) -> str:
        """What the policy is called."""
        return cut(self.document.title)

    @property
    def label(self) -> str:
        """Service and title."""
        same = self.service_label == self.title
        return self.title if same else f"{self.service_label}: {self.title}"

    @property
    def address(self) -> str:
        """Path of its timeline."""
        return f"/tracked/{self.id}"

    @property
    def link(self) -> str | None:
        """Where the policy itself is, if a browser may go there."""
        return web_address(self.source.location) if self.source.kind == "address" else None

    @property
    def first(self) -> Recorded | None:
        """The oldest record."""
        return next(iter(self.keys), None)

    @property
    def last(self) -> Recorded | None:
        """The newest record."""
        return next(reversed([*self.keys]), None)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The versions behind the first."""
        return tuple(entry for entry in self.entries if isinstance(entry, Step))

    @property
    def gone_since(self) -> Outage | None:
        """The outage that lasts."""
        last = self.entries[-1] if self.entries else None
        return last if isinstance(last, Outage) and last.until is None else None

    def key(self, record: Recorded) -> str:
        """Return what a record is called."""
        return self.keys[record]

    def record(self, key: str) -> Recorded:
        """Return the record of a key.

        Raises: UsageError: `no-such-version`.
        """
        found = next((record for record, each in self.keys.items() if each == key), None)
        if found is None:
            message = f"`{self.id}` has no version `{cut(key, 40)}`"
            raise UsageError("no-such-version", message, help=f"see its timeline: {self.address}")
        return found

    def change_address(self, step: Step) -> str:
        """Return the path of the page of a change."""
        return f"/changes/{self.id}@{self.key(step.new)}"


@dataclass(frozen=True, slots=True)
class Told:
    """An event with the policy that it is of."""

    followed: Followed
    event: Event


class Tracked:
    """All policies whose history is kept; none where there is no history."""

    def __init__(self, history: History | None = None) -> None:
        self.history = history
        self.generation = generation(history)
        self.followed: tuple[Followed, ...] = tuple(_followed(history)) if history else ()
        self.by_id: Mapping[str, Followed] = {each.id: each for each in self.followed}
        self._lock = threading.Lock()
        self._cut = lru_cache(maxsize=TEXTS)(self._made)

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """Everything that happened, the newest first."""
        every = [Told(each, event) for each in self.followed for event in _events(each)]
        every.sort(key=lambda told: (told.event.at, told.followed.id), reverse=True)
        return tuple(every)

    @cached_property
    def of_category(self) -> Mapping[CategoryId, Sequence[tuple[Told, Change]]]:
        """What happened to each category, the newest first."""
        found: dict[CategoryId, list[tuple[Told, Change]]] = {}
        for told in self.told:
            for change in told.event.changes:
                if change.category:
                    found.setdefault(change.category, []).append((told, change))
        return found

    @cached_property
    def services(self) -> Mapping[str, str]:
        """Services by the first part of the id, with what they are called."""
        named = sorted(self.followed, key=lambda each: each.service_label.casefold())
        return {each.service: each.service_label for each in named}

    @cached_property
    def developers(self) -> Mapping[str, str]:
        """Developers by the name that an address has, with what they are called."""
        named = {each.developer for each in self.followed if each.developer}
        return {slug(name) or UNKNOWN: name for name in sorted(named, key=str.casefold)}

    @cached_property
    def newest(self) -> date | None:
        """The day of the newest record, or on which a source was last read."""
        days = [each.last.at.date() for each in self.followed if each.last]
        ran = [each.source.ran_at[:10] for each in self.followed if each.source.ran_at]
        return max([*days, *(date.fromisoformat(day) for day in ran)], default=None)

    def find(self, id: str) -> Followed:
        """Return a policy by its id.

        Raises: UsageError: `not-tracked`.
        """
        if id not in self.by_id:
            message = f"no policy `{cut(id, 80)}` is tracked"
            raise UsageError("not-tracked", message, help="list those that are: /tracked")
        return self.by_id[id]

    def text(self, followed: Followed, record: Recorded) -> Text:
        """Return the text of a version, cut into statements; of an error page none."""
        if record.unavailable:
            return cut_once("")
        return self._cut(record.sha256, followed.document.path, record.media_type)

    def _made(self, sha256: str, path: str, media_type: str | None) -> Text:
        assert self.history is not None
        with self._lock:  # a history in memory has one connection; one text is cut at a time
            return cut_once(text_of(self.history.bytes_of(sha256), path, media_type))


def generation(history: History | None) -> tuple[int, ...]:
    """Return what is another value after every change of a history."""
    return written_at(history) if history else ()


NOTHING_TRACKED = Tracked()


def _followed(history: History) -> Iterator[Followed]:
    sources = {source.id: source for source in history.sources()}
    ids = _ids(history.documents())
    for timeline, is_compared in kept_timelines(history):
        document = timeline.document
        yield Followed(
            id=ids[document.id],
            document=document,
            source=sources[document.source_id],
            keys=_keys(history.records(document)),
            entries=timeline.entries,
            is_compared=is_compared,
        )


def _ids(documents: Sequence[Document]) -> Mapping[int, str]:
    """Return the id of each document; of one name the first that came keeps it, others count on."""
    found: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for document in sorted(documents, key=lambda each: each.id):
        parts = (document.service, document.title) if document.service else (document.title,)
        id = "/".join(slug(part) or "unnamed" for part in parts)
        seen[id] += 1
        found[document.id] = id if seen[id] == 1 else f"{id}~{seen[id]}"
    return found


def _keys(records: Sequence[Recorded]) -> Mapping[Recorded, str]:
    days: Counter[date] = Counter()
    keys = {}
    for record in records:
        day = record.at.date()
        days[day] += 1
        keys[record] = f"{day}" if days[day] == 1 else f"{day}.{days[day]}"
    return keys


def _events(of: Followed) -> Iterator[Event]:
    document, developer = of.document, of.developer
    return (Event(document.name, document.service, entry, developer) for entry in of.entries)
