"""The shelf: all codings that the site shows, in memory, as they were at one time.

Owns how entries are asked for. Words come from the catalogue when a page needs them: 10,000
policies have too many.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from usepolicy.comparison.matrix import Row
from usepolicy.comparison.subjects import Subject
from usepolicy.errors import UsageError
from usepolicy.policies.hand_codings import HandCoding, with_hand
from usepolicy.policies.places import KnownWords
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.catalogue_queries import counted_clauses, find
from usepolicy.web.chains import NO_CHAINS, Chains
from usepolicy.web.entries import (
    Entry,
    Origin,
    decided,
    entries_of,
    hand_entry,
    hands_of,
    machine_coding,
    version_entry,
)
from usepolicy.web.grid import Grid
from usepolicy.web.tracked import NOTHING_TRACKED, Tracked
from usepolicy.web.words import QUOTE_LIMIT, cut

__all__ = ["Entry", "Origin", "Settings", "Shelf"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides."""

    full_text: bool = False
    """Whether whole texts are shown; else quotes of at most `QUOTE_LIMIT` characters."""
    token: str | None = None
    """What who adds a policy must know; None: nobody can."""
    per_minute: int = 0
    """Searches, questions, comparisons and tables that a visitor may ask for in a minute; 0: any number."""
    chains: Chains = NO_CHAINS
    """The supply chains that are shown."""


GRIDS = 16
"""Groupings whose cells are kept: all categories with 2,000 policies take a few megabytes."""


class Shelf:
    """What the site shows, at one time of the catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        settings: Settings = Settings(),
        tracked: Tracked = NOTHING_TRACKED,
    ) -> None:
        self.catalogue = catalogue
        self.tracked = tracked
        self.settings = settings
        self.generation = catalogue.generation()
        self.entries: tuple[Entry, ...] = tuple(entries_of(catalogue))
        self._known = lru_cache(maxsize=64)(self._load)
        self._grid = lru_cache(maxsize=GRIDS)(self._made)

    def with_tracked(self, tracked: Tracked) -> Shelf:
        """Return the same shelf beside another state of the history."""
        made = copy(self)
        made.tracked = tracked
        return made

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """Entries by id."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def clause_count(self) -> int:
        """Clauses of the newest versions."""
        return counted_clauses(self.catalogue)

    @property
    def limit(self) -> int | None:
        """Characters of a quote that may be shown; None: all."""
        return None if self.settings.full_text else QUOTE_LIMIT

    def of(self, *origins: Origin) -> tuple[Entry, ...]:
        """Return the entries of some origins, in order."""
        return tuple(entry for entry in self.entries if entry.origin in origins)

    def entry(self, id: str) -> Entry:
        """Return an entry by its id; also an older version, or a name for its newest version.

        Raises: UsageError: `not-in-catalogue`.
        """
        if id in self.by_id:
            return self.by_id[id]
        if id.startswith("study/"):
            message, help = f"the study has no `{cut(id)}`", "list its developers: /developers"
            raise UsageError("not-in-catalogue", message, help=help)
        kept = self.known(id)
        if isinstance(kept, HandCoding):
            return hand_entry(id, kept)
        version = kept.policy.version
        newest = self.by_id.get(version.id)
        if newest:
            return newest
        hands = hands_of(self.catalogue).get(version.id, ())
        return version_entry(kept, decided(hands, version.text_sha256))

    def known(self, id: str) -> KnownWords | HandCoding:
        """Return the policy with its words, or the hand coding, of an id.

        Raises: UsageError: `not-in-catalogue`.
        """
        return self._known(id)

    def subject(self, entry: Entry) -> Subject:
        """Return an entry with its words, as comparison takes it."""
        if entry.origin is Origin.STUDY:
            return Subject(entry.coding, place=entry.id)
        kept = self.known(entry.id)
        if isinstance(kept, HandCoding):
            return Subject(replace(kept.coding(), id=entry.id), place=entry.id)
        machine = machine_coding(kept)
        coding = with_hand(machine, entry.hand) if entry.hand else machine
        return Subject(coding, kept.policy, entry.id, kept.text)

    def grid(self, rows: tuple[Row, ...]) -> Grid:
        """Return what each entry says of each row, made once."""
        return self._grid(rows)

    def quote(self, words: str) -> str:
        """Return words of a document as they may be shown."""
        return cut(words, self.limit)

    def _made(self, rows: tuple[Row, ...]) -> Grid:
        return Grid(self.entries, rows)

    def _load(self, id: str) -> KnownWords | HandCoding:
        return find(self.catalogue, id)
