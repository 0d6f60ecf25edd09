"""The shelf: all codings that the site shows, in memory, as they were at one time.

Owns the entries (the study's, those of the newest versions, those by hand) and how they are asked
for. Words come from the catalogue when a page needs them: 10,000 policies have too many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

from usepolicy.comparison.subjects import Subject
from usepolicy.errors import UsageError
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding, coding_of
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Identity, PolicyKind, Weights
from usepolicy.reading.reader import BUILT_IN_READER
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.catalogue_queries import (
    Listed,
    counted_clauses,
    current_cells,
    find,
    list_codings,
    list_versions,
)
from usepolicy.study import study_codings, study_developers
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.chains import NO_CHAINS, Chains
from usepolicy.web.tracked import NOTHING_TRACKED, Tracked
from usepolicy.web.words import QUOTE_LIMIT, cut, inert, web_address


class Origin(StrEnum):
    """Who says what an entry has."""

    STUDY = "study"
    READ = "read"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides."""

    full_text: bool = False
    """Whether whole texts are shown; else quotes of at most `QUOTE_LIMIT` characters."""
    token: str | None = None
    """What who adds a policy must know; None: nobody can."""
    chains: Chains = NO_CHAINS
    """The supply chains that are shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A coding with what is known of its policy."""

    coding: Coding
    origin: Origin
    developer: str
    """Slug."""
    label: str
    title: str
    dated: str
    """As far as it is known: a day, a month, a year, or nothing."""
    source: str | None
    """Address of the document."""
    is_read: bool
    total: int
    """Categories that are coded."""
    provisions: tuple[str, ...] = ()
    clauses: int = 0
    added_at: str = ""

    @property
    def id(self) -> str:
        """Id of the coding."""
        return self.coding.id

    @property
    def address(self) -> str:
        """Path of its page."""
        return f"/policies/{self.id}"


class Cells(Mapping[CategoryId, Cell]):
    """The cells of a policy that was read whole, held by those that are coded alone."""

    def __init__(self, coded: Mapping[CategoryId, Cell], rest: Cell) -> None:
        self._coded = coded
        self._rest = rest

    def __getitem__(self, category: CategoryId) -> Cell:
        """Return the cell of a category of the taxonomy."""
        if category in self._coded:
            return self._coded[category]
        if category in load_taxonomy().by_id:
            return self._rest
        raise KeyError(category)

    def __iter__(self) -> Iterator[CategoryId]:
        """Iterate over the taxonomy."""
        return (category.id for category in load_taxonomy().categories)

    def __len__(self) -> int:
        """Return the number of categories."""
        return len(load_taxonomy().categories)


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
        self.entries: tuple[Entry, ...] = (*_study(), *_read(catalogue), *_by_hand(catalogue))
        self._known = lru_cache(maxsize=64)(self._load)

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
            return _hand_entry(id, kept)
        newest = self.by_id.get(kept.policy.version.id)
        return newest or _version_entry(kept)

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
        return Subject(_coding(kept), kept.policy, entry.id, kept.text)

    def quote(self, words: str) -> str:
        """Return words of a document as they may be shown."""
        return cut(words, self.limit)

    def _load(self, id: str) -> KnownWords | HandCoding:
        return find(self.catalogue, id)


def _coding(kept: KnownWords) -> Coding:
    categories = [category.id for category in load_taxonomy().categories]
    coder = kept.policy.version.reader or BUILT_IN_READER
    return coding_of(kept.policy, categories, coder=coder)


def _study() -> Iterator[Entry]:
    for developer, coding in zip(study_developers(), study_codings(), strict=True):
        yield Entry(
            coding=coding,
            origin=Origin.STUDY,
            developer=developer.id,
            label=developer.name,
            title=developer.title,
            dated=developer.stated_date or "",
            source=_study_address(developer.address),
            is_read=True,
            total=_total(coding),
        )


def _study_address(address: str) -> str | None:
    """The study prints short addresses without a scheme."""
    return web_address(address if "://" in address else f"https://{address}")


def _read(catalogue: Catalogue) -> Iterator[Entry]:
    coded: dict[str, dict[CategoryId, Cell]] = {}
    shared = {s: Cell(CellValue.CODED, Strength(s) if s else None) for s in ("", *Strength)}
    for cell in current_cells(catalogue):
        coded.setdefault(cell.version_id, {})[cell.category] = shared[cell.strength or ""]
    for row in list_versions(catalogue):
        yield _read_entry(row, coded.get(row.id, {}))


def _read_entry(row: Listed, coded: Mapping[CategoryId, Cell]) -> Entry:
    label, title = cut(row.label), cut(row.title or row.id)
    identity = Identity(
        developer=label,
        title=title,
        kind=PolicyKind(row.kind) if row.kind else None,
        document_kind=row.document_kind,
        modality=row.modality,
        weights=Weights(row.weights) if row.weights else None,
        headquarters=row.headquarters,
        effective=date.fromisoformat(row.effective) if row.effective else None,
    )
    cells = Cells(coded, NOT_CODED if row.is_read else UNKNOWN)
    dated = row.id.rpartition("@")[2]
    return Entry(
        coding=Coding(row.id, label, BUILT_IN_READER, identity, cells),
        origin=Origin.READ,
        developer=row.developer,
        label=label,
        title=title,
        dated="" if dated == "undated" else dated,
        source=web_address(row.address),
        is_read=row.is_read,
        total=row.categories,
        provisions=tuple(row.provisions.split()),
        clauses=row.clauses,
        added_at=row.added_at,
    )


def _version_entry(kept: KnownWords) -> Entry:
    """Return the entry of a version that is not the newest of its name."""
    policy = kept.policy
    coding, of = _coding(kept), policy.identity
    dated = policy.version.id.rpartition("@")[2]
    source = next((part.address for part in policy.version.parts if part.address), None)
    return Entry(
        coding=replace(coding, label=cut(coding.label)),
        origin=Origin.READ,
        developer=policy.version.id.partition("/")[0],
        label=cut(coding.label),
        title=cut(of.title or policy.version.id),
        dated="" if dated == "undated" else dated,
        source=web_address(source),
        is_read=policy.is_read,
        total=_total(coding),
        provisions=tuple(dict.fromkeys(p.kind.value for p in policy.provisions)),
        clauses=len(policy.clauses),
    )


def _by_hand(catalogue: Catalogue) -> Iterator[Entry]:
    for row in list_codings(catalogue):
        kept = find(catalogue, row.id)
        assert isinstance(kept, HandCoding)
        yield _hand_entry(row.id, kept)


def _hand_entry(id: str, hand: HandCoding) -> Entry:
    coding = replace(hand.coding(), id=id)
    dated = hand.version_id.rpartition("@")[2]
    return Entry(
        coding=coding,
        origin=Origin.BY_HAND,
        developer=id.partition("/")[0],
        label=inert(coding.label),
        title=f"{cut(hand.identity.title or hand.version_id)}, coded by {cut(hand.coder)}",
        dated="" if dated == "undated" else dated,
        source=None,
        is_read=True,
        total=_total(coding),
    )


def _total(coding: Coding) -> int:
    return sum(cell.value is CellValue.CODED for cell in coding.cells.values())
