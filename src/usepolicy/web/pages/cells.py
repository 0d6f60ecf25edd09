"""The page of one dot of the matrix: the words behind it, and what people decided of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from usepolicy.comparison.matrix import Row
from usepolicy.errors import UsageError
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import CellValue
from usepolicy.policies.hand_codings import HandCell, HandCoding, HandDecision
from usepolicy.policies.policies import restrictions_on
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.grid import cell_of, dot_value
from usepolicy.web.page import Choice, Page, Params
from usepolicy.web.pages.matrix import rows_asked
from usepolicy.web.shelf import Entry, Origin, Shelf
from usepolicy.web.words import cut


@dataclass(frozen=True, slots=True)
class Words:
    """Words that a cell rests on."""

    category: str
    category_name: str
    quote: str
    strength: str
    address: str | None
    """Of the clause."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided of a category; it stands in the place of what the machine says."""

    category: str
    category_name: str
    decision: str
    """`accept`, `reject` or `add`."""
    value: str
    coder: str
    date: str
    note: str


@dataclass(frozen=True, slots=True)
class CellPage:
    """What the page of a dot says."""

    policy: str
    label: str
    title: str
    address: str
    dated: str
    coder: str
    row: str
    value: str
    categories: tuple[Choice, ...]
    """Id and name of each category of the row, and whether it is coded."""
    words: tuple[Words, ...]
    decided: tuple[Decided, ...]
    source: str | None


def cell(shelf: Shelf, params: Params) -> Page:
    """Build the page of one dot: `of` is a category, or `SCHEME:GROUP`."""
    entry = shelf.entry(params["id"])
    row = _row_of(params.get("of", ""))
    taxonomy = load_taxonomy()
    named = [taxonomy.get(category) for category in row.categories]
    content = CellPage(
        policy=entry.id,
        label=entry.label,
        title=entry.title,
        address=entry.address,
        dated=entry.dated,
        coder=entry.coding.coder,
        row=row.label,
        value=dot_value(cell_of(entry.coding, row)),
        categories=tuple(
            Choice(c.id, c.name, entry.coding.cell(c.id).value is CellValue.CODED) for c in named
        ),
        words=tuple(w for category in row.categories for w in words_on(shelf, entry, category)),
        decided=decided_on(entry, row.categories),
        source=entry.source,
    )
    return Page("cell.html", f"{entry.label}: {row.label}", content)


def decided_on(entry: Entry, categories: Collection[CategoryId]) -> tuple[Decided, ...]:
    """Return what people decided of some categories, where a machine had its say too."""
    cells = entry.hand.cells if entry.hand else ()
    return tuple(_decided(cell) for cell in cells if cell.category in categories)


def _decided(of: HandCell) -> Decided:
    return Decided(
        category=of.category,
        category_name=load_taxonomy().get(of.category).name,
        decision=of.decision.value,
        value=dot_value(of.cell),
        coder=cut(of.coder),
        date=of.date.isoformat(),
        note=cut(of.note),
    )


def rejections(entry: Entry) -> Mapping[str, str]:
    """Return who rejected which categories of an entry, with the day."""
    cells = entry.hand.cells if entry.hand else ()
    return {
        cell.category: f"{cut(cell.coder)}, {cell.date.isoformat()}"
        for cell in cells
        if cell.decision is HandDecision.REJECT
    }


def hand_cell(entry: Entry, category: CategoryId) -> HandCell | None:
    """Return what a person decided of a category of an entry, None where nobody did."""
    cells = entry.hand.cells if entry.hand else ()
    return next((cell for cell in cells if cell.category == category), None)


def words_on(shelf: Shelf, entry: Entry, category: CategoryId) -> tuple[Words, ...]:
    """Return the words that an entry has on a category, none for the study, which cites none."""
    if entry.origin is Origin.STUDY:
        return ()
    kept, decided = shelf.known(entry.id), hand_cell(entry, category)
    if isinstance(kept, HandCoding):
        decided = next((cell for cell in kept.cells if cell.category == category), None)
        return _decided_words(shelf, decided) if decided else ()
    if decided:
        return _decided_words(shelf, decided)
    name = load_taxonomy().get(category).name
    return tuple(
        Words(
            category,
            name,
            shelf.quote(evidence.quote),
            _strength(restriction.strength),
            _clause_address(clause.id),
        )
        for clause, restriction in restrictions_on(kept.policy, category)
        for evidence in restriction.evidence
    )


def _decided_words(shelf: Shelf, cell: HandCell) -> tuple[Words, ...]:
    if cell.value is CellValue.NOT_CODED:
        return ()
    name = load_taxonomy().get(cell.category).name
    return tuple(
        Words(
            cell.category,
            name,
            shelf.quote(words.evidence.quote),
            _strength(cell.strength),
            _clause_address(words.clause),
        )
        for words in cell.words
    )


def _strength(strength: Strength | None) -> str:
    return strength.value if strength else ""


def _clause_address(clause: str | None) -> str | None:
    if clause is None:
        return None
    version, _, key = clause.rpartition("#")
    return f"/policies/{version}#{key}"


def _row_of(name: str) -> Row:
    scheme, _, group = name.rpartition(":")
    _, _, rows = rows_asked(scheme or "category")
    found = next((row for row in rows if row.id == group), None)
    if found is None:
        message = f"`of` can't be `{name[:80]}`"
        raise UsageError("unknown-value", message, help="name a category, or SCHEME:GROUP")
    return found
