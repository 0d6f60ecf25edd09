"""The pages of categories: the taxonomy, and one category: who, in which words, and which laws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from usepolicy.comparison.coverage import Mapping, Target
from usepolicy.comparison.figures import Table
from usepolicy.errors import TaxonomyError, UsageError
from usepolicy.instruments import HAZARD, Instrument, instruments
from usepolicy.policies.codings import CellValue
from usepolicy.store.catalogue_queries import CodedCell, current_cells
from usepolicy.taxonomy.categories import Category, load_taxonomy
from usepolicy.taxonomy.schemes import find_scheme
from usepolicy.web.grid import dot_value
from usepolicy.web.page import Page, Params, Turn, pages_of, turned
from usepolicy.web.pages.cells import hand_cell, words_on
from usepolicy.web.shelf import Entry, Origin, Shelf
from usepolicy.web.words import cut

PAGE_SIZE = 100
"""Policies with their words on one page of a category."""


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A category in the list."""

    id: str
    name: str
    definition: str
    address: str
    study: int | None
    """Developers of the study that have it; None where the study has no such category."""
    read: int
    """Of the policies that were read."""


@dataclass(frozen=True, slots=True)
class CategoryField:
    """Categories that belong together."""

    id: str
    name: str
    categories: tuple[CategoryLine, ...]


@dataclass(frozen=True, slots=True)
class CategoriesPage:
    """What the list of categories says."""

    version: str
    fields: tuple[CategoryField, ...]
    count: int
    study: int
    read: int


@dataclass(frozen=True, slots=True)
class Who:
    """A policy that has the category, with its first words."""

    id: str
    label: str
    title: str
    address: str
    dated: str
    value: str
    quote: str
    clause: str | None
    """Address of the clause."""
    coder: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Related:
    """Another category."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What a scheme or a law has for it."""

    instrument: str
    instrument_name: str
    target: str
    name: str
    relation: str
    note: str
    is_law: bool


@dataclass(frozen=True, slots=True)
class CategoryPage:
    """What the page of one category says."""

    id: str
    name: str
    definition: str
    study_name: str | None
    aliases: tuple[str, ...]
    since: str
    source: str
    broader: tuple[Related, ...]
    narrower: tuple[Related, ...]
    having: tuple[Who, ...]
    """On this page; which one of how many is in `turn`."""
    having_count: int
    lacking: tuple[Related, ...]
    lacking_count: int
    unknown_count: int
    counterparts: tuple[Counterpart, ...]
    turn: Turn


def categories(shelf: Shelf, _: Params) -> Page:
    """Build the list of categories."""
    study, read = shelf.of(Origin.STUDY), shelf.of(Origin.READ)
    taxonomy = load_taxonomy()
    counts = (_counts(study), _counts(read))
    fields = tuple(
        CategoryField(
            group.id, group.name, tuple(_line(taxonomy.get(c), *counts) for c in group.categories)
        )
        for group in find_scheme("usepolicy").groups
    )
    content = CategoriesPage(
        taxonomy.version, fields, len(taxonomy.categories), len(study), len(read)
    )
    rows = tuple(
        (c.id, c.name, f.name, "" if c.study is None else str(c.study), str(c.read), c.definition)
        for f in fields
        for c in f.categories
    )
    heads = ("id", "category", "field", "study", "read", "definition")
    return Page("categories.html", "Categories of use", content, Table(heads, rows))


def category(shelf: Shelf, params: Params) -> Page:
    """Build the page of one category."""
    try:
        of = load_taxonomy().get(params["id"])
    except TaxonomyError as error:
        raise UsageError(error.code, error.message, help=error.help) from error
    having = [e for e in shelf.entries if e.coding.cell(of.id).value is CellValue.CODED]
    lacking = [e for e in shelf.entries if e.coding.cell(of.id).value is CellValue.NOT_CODED]
    having.sort(key=lambda e: (e.label.casefold(), e.origin, e.id))
    path, pages = f"/categories/{of.id}", pages_of(len(having), PAGE_SIZE)
    turn = turned(params, path, {}, pages)
    shown = _words(shelf, of, having[(turn.page - 1) * PAGE_SIZE : turn.page * PAGE_SIZE])
    content = CategoryPage(
        id=of.id,
        name=of.name,
        definition=of.definition,
        study_name=of.study_name,
        aliases=of.aliases,
        since=of.since,
        source=of.source,
        broader=_related(load_taxonomy().ancestors(of.id)),
        narrower=_related([c.id for c in load_taxonomy().children(of.id)]),
        having=shown,
        having_count=len(having),
        lacking=tuple(Related(e.id, e.label) for e in lacking[:PAGE_SIZE]),
        lacking_count=len(lacking),
        unknown_count=len(shelf.entries) - len(having) - len(lacking),
        counterparts=tuple(_counterparts(of)),
        turn=turn,
    )
    heads = ("id", "developer", "policy", "dated", "value", "quote", "coder", "source")
    rows = tuple(
        (w.id, w.label, w.title, w.dated, w.value, w.quote, w.coder, w.source or "") for w in shown
    )
    return Page("category.html", of.name, content, Table(heads, rows))


def _counts(entries: Sequence[Entry]) -> MappingOf[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        for category, cell in entry.coding.cells.items():
            if cell.value is CellValue.CODED:
                counts[category] = counts.get(category, 0) + 1
    return counts


def _line(of: Category, study: MappingOf[str, int], read: MappingOf[str, int]) -> CategoryLine:
    return CategoryLine(
        id=of.id,
        name=of.name,
        definition=of.definition,
        address=f"/categories/{of.id}",
        study=study.get(of.id, 0) if of.study_name else None,
        read=read.get(of.id, 0),
    )


def _related(ids: Sequence[str]) -> tuple[Related, ...]:
    """Return categories by id; a group of the taxonomy has no page and is left out."""
    by_id = load_taxonomy().by_id
    return tuple(Related(id, by_id[id].name) for id in ids if id in by_id)


def _words(shelf: Shelf, of: Category, entries: Sequence[Entry]) -> tuple[Who, ...]:
    cells = {c.version_id: c for c in current_cells(shelf.catalogue, categories=[of.id])}
    return tuple(_who(shelf, of, entry, cells) for entry in entries)


def _who(shelf: Shelf, of: Category, entry: Entry, cells: MappingOf[str, CodedCell]) -> Who:
    quote, clause = "", None
    decided, coder = hand_cell(entry, of.id), entry.coding.coder
    if decided or entry.origin is Origin.BY_HAND:
        words = words_on(shelf, entry, of.id)
        quote, clause = (words[0].quote, words[0].address) if words else ("", None)
        coder = f"{cut(decided.coder)}, {decided.date.isoformat()}" if decided else coder
    elif entry.id in cells:
        quote = shelf.quote(cells[entry.id].quote)
        key = (cells[entry.id].clause_id or "").rpartition("#")[2]
        clause = f"{entry.address}#{key}" if key else None
    return Who(
        id=entry.id,
        label=entry.label,
        title=entry.title,
        address=entry.address,
        dated=entry.dated,
        value=dot_value(entry.coding.cell(of.id)),
        quote=quote,
        clause=clause,
        coder=coder,
        source=entry.source,
    )


def _counterparts(of: Category) -> Iterator[Counterpart]:
    for instrument in instruments().values():
        for target in instrument.targets:
            mappings = (each for each in target.mappings if each.category == of.id)
            yield from (_counterpart(instrument, target, each) for each in mappings)


def _counterpart(instrument: Instrument, target: Target, mapping: Mapping) -> Counterpart:
    return Counterpart(
        instrument=instrument.id,
        instrument_name=instrument.name,
        target=target.id,
        name=target.description or target.name,
        relation="partial" if mapping.partial else mapping.relation.value,
        note=mapping.note,
        is_law=target.kind != HAZARD,
    )
