"""Entries: the codings that the site shows, each with what is known of its policy.

Owns how they are made of the study, of what was read and of what people coded. What a person says
of a version that stands in the catalogue is put in the place of the machine's cells; a coding of
anything else is an entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding, coding_of
from usepolicy.policies.hand_codings import HandCoding, replaced, with_hand
from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Identity, PolicyKind, Weights
from usepolicy.reading.reader import BUILT_IN_READER
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.catalogue_queries import (
    Listed,
    current_strengths,
    find,
    list_codings,
    list_versions,
)
from usepolicy.study import study_codings, study_developers
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.words import cut, inert, web_address


class Origin(StrEnum):
    """Who says what an entry has."""

    STUDY = "study"
    READ = "read"
    BY_HAND = "by hand"


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
    hand: HandCoding | None = None
    """What people decided of this version; it is in `coding` in the place of the machine's cells."""

    @property
    def id(self) -> str:
        """Id of the coding."""
        return self.coding.id

    @property
    def address(self) -> str:
        """Path of its page."""
        return f"/policies/{self.id}"


class Cells(Mapping[CategoryId, Cell]):
    """The cells of a policy that was read, held by those that are coded alone."""

    def __init__(self, coded: Mapping[CategoryId, Cell], rest: Cell) -> None:
        self.coded = coded
        self.rest = rest

    def __getitem__(self, category: CategoryId) -> Cell:
        """Return the cell of a category of the taxonomy."""
        if category in self.coded:
            return self.coded[category]
        if category in load_taxonomy().by_id:
            return self.rest
        raise KeyError(category)

    def __iter__(self) -> Iterator[CategoryId]:
        """Iterate over the taxonomy."""
        return (category.id for category in load_taxonomy().categories)

    def __len__(self) -> int:
        """Return the number of categories."""
        return len(load_taxonomy().categories)


Hands = Mapping[str, Sequence[HandCoding]]
"""Hand codings by the id of their version."""


def entries_of(catalogue: Catalogue) -> Iterator[Entry]:
    """Yield the study's entries, those of the newest versions, and those by hand alone."""
    hands = hands_of(catalogue)
    placed: set[tuple[str, str]] = set()
    yield from _study()
    for entry in _read(catalogue, hands):
        if entry.hand:
            placed.add((entry.id, entry.hand.text_sha256))
        yield entry
    for row in list_codings(catalogue):
        hand = hand_of(catalogue, row.id)
        if (hand.version_id, hand.text_sha256) not in placed:
            yield hand_entry(row.id, hand)


def machine_coding(kept: KnownWords) -> Coding:
    """Return what the program that read a version says of all categories."""
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


def _read(catalogue: Catalogue, hands: Hands) -> Iterator[Entry]:
    strengths = current_strengths(catalogue)
    shared = {s: Cell(CellValue.CODED, Strength(s) if s else None) for s in ("", *Strength)}
    for row in list_versions(catalogue):
        coded = {category: shared[s] for category, s in strengths.get(row.id, {}).items()}
        entry = _read_entry(row, coded)
        hand = decided(hands.get(row.id, ()), row.text_sha256) if hands else None
        yield _with_hand(entry, hand) if hand else entry


def hands_of(catalogue: Catalogue) -> Hands:
    """Return all hand codings by the version that they are of."""
    found: dict[str, list[HandCoding]] = {}
    for row in list_codings(catalogue):
        found.setdefault(row.version_id, []).append(hand_of(catalogue, row.id))
    return found


def hand_of(catalogue: Catalogue, id: str) -> HandCoding:
    """Return a hand coding that is listed."""
    kept = find(catalogue, id)
    assert isinstance(kept, HandCoding)
    return kept


def decided(hands: Sequence[HandCoding], text_sha256: str) -> HandCoding | None:
    """Return what people decided of a text, of two who decided a cell the later one."""
    mine = [hand for hand in hands if hand.text_sha256 == text_sha256 and hand.cells]
    if not mine:
        return None
    cells = sorted((cell for hand in mine for cell in hand.cells), key=lambda cell: cell.date)
    return replace(mine[0], cells=replaced((), cells))


def _with_hand(entry: Entry, hand: HandCoding) -> Entry:
    coding = with_hand(entry.coding, hand)
    return replace(entry, coding=coding, hand=hand, total=_total(coding))


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


def version_entry(kept: KnownWords, hand: HandCoding | None) -> Entry:
    """Return the entry of a version that is not the newest of its name."""
    policy = kept.policy
    machine, of = machine_coding(kept), policy.identity
    coding = with_hand(machine, hand) if hand else machine
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
        hand=hand,
    )


def hand_entry(id: str, hand: HandCoding) -> Entry:
    """Return the entry of a hand coding that stands by itself."""
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
