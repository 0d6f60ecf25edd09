"""The matrix page: who prohibits what, and the page of one of its dots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.comparison.figures import Table
from usepolicy.comparison.matrix import Row, joined, rows_by_category, rows_by_group
from usepolicy.errors import TaxonomyError, UsageError
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import Cell, CellValue
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.policies import restrictions_on
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import Scheme, find_scheme, load_schemes
from usepolicy.web.page import (
    Choice,
    Page,
    Params,
    Turn,
    choices,
    chosen,
    pages_of,
    path_of,
    turned,
)
from usepolicy.web.shelf import Entry, Origin, Shelf

MOST_CELLS = 5_000
"""Cells of one page: the thirty of the study and 200 policies by 17 groups are 3,910."""
DEFAULT_SCHEME = "study-figures-4-6"
SORTS = {"name": "developer", "total": "most categories first", "date": "newest first"}
GROUPINGS = {
    "": "nothing",
    "origin": "who coded it",
    "weights": "weights",
    "document": "document",
    "headquarters": "headquarters",
    "modality": "modality",
    "year": "year",
}
WHO = {"": "all", "study": "the study", "read": "read from the texts", "by hand": "by hand"}


@dataclass(frozen=True, slots=True)
class Dot:
    """A cell of the page."""

    value: str
    """`prohibited`, `restricted`, `coded`, `not_coded` or `unknown`."""
    address: str | None
    """Where its words are; None where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the page."""

    id: str
    label: str
    address: str
    """Where it is told in more detail."""
    total: int
    sort: str
    """Where the page is sorted by it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the page: one policy."""

    id: str
    label: str
    title: str
    address: str
    dated: str
    total: int
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class LineGroup:
    """Policies that share a value."""

    label: str
    """Empty where nothing is grouped."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """What the matrix page says."""

    scheme: str
    what: str
    """What the columns are."""
    columns: tuple[Column, ...]
    groups: tuple[LineGroup, ...]
    policies: int
    """That match, on all pages."""
    by: tuple[Choice, ...]
    who: tuple[Choice, ...]
    sort: tuple[Choice, ...]
    group: tuple[Choice, ...]
    filter: str
    turn: Turn


def matrix(shelf: Shelf, params: Params) -> Page:
    """Build the matrix page.

    `by`: a scheme, or `SCHEME:GROUP` for the categories of one group; `who`, `q`: which policies;
    `sort`: a key of `SORTS` or the id of a column; `group`: what the rows are grouped by.
    """
    by, what, rows = _rows(params.get("by") or DEFAULT_SCHEME)
    sorts = SORTS | {row.id: f"has “{row.label}”" for row in rows}
    sort = chosen(params, "sort", sorts, "name")
    group = chosen(params, "group", GROUPINGS, "")
    who = chosen(params, "who", WHO, "")
    words = params.get("q", "").strip()[:100]
    entries = _grouped(_sorted(_filtered(shelf.entries, who, words), sort, rows), group)
    asked = {"by": by, "who": who, "q": words, "group": group}
    size = max(1, MOST_CELLS // max(1, len(rows)))
    turn = turned(params, "/matrix", asked | {"sort": sort}, pages_of(len(entries), size))
    shown = entries[(turn.page - 1) * size : turn.page * size]
    content = MatrixPage(
        scheme=by,
        what=what,
        columns=tuple(_column(row, by, entries, asked) for row in rows),
        groups=_lines(shown, rows, by, group),
        policies=len(entries),
        by=choices(_schemes(by, what), by),
        who=choices(WHO, who),
        sort=choices(sorts, sort),
        group=choices(GROUPINGS, group),
        filter=words,
        turn=turn,
    )
    return Page("matrix.html", "Who prohibits what", content, _table(content))


def dot_value(cell: Cell) -> str:
    """Return what a cell says, in one word."""
    if cell.value is CellValue.CODED:
        return cell.strength.value if cell.strength else "coded"
    return cell.value.value


def _rows(by: str) -> tuple[str, str, tuple[Row, ...]]:
    """Return the columns that `by` asks for, with what they are."""
    scheme_id, _, group_id = by.partition(":")
    taxonomy = load_taxonomy()
    if scheme_id == "category":
        return "category", "all categories", rows_by_category(taxonomy.categories)
    try:
        scheme = find_scheme(scheme_id)
    except TaxonomyError as error:
        raise UsageError("unknown-value", error.message, help=error.help) from error
    if not group_id:
        return scheme.id, scheme.name, rows_by_group(scheme)
    group = next((group for group in scheme.groups if group.id == group_id), None)
    if group is None:
        message = f"no group `{group_id[:80]}` in `{scheme.id}`"
        raise UsageError("unknown-value", message, help=f"see {path_of('/matrix', by=scheme.id)}")
    found = rows_by_category([taxonomy.get(category) for category in group.categories])
    return f"{scheme.id}:{group.id}", f"{group.name}, category by category", found


def _schemes(by: str, what: str) -> Mapping[str, str]:
    options = {scheme.id: _name(scheme) for scheme in load_schemes()}
    options |= {"category": "every category"}
    return options if by in options else {by: what, **options}


def _name(scheme: Scheme) -> str:
    return f"{scheme.name} ({len(scheme.groups)})"


def _filtered(entries: Sequence[Entry], who: str, words: str) -> list[Entry]:
    lowered = words.casefold()
    return [
        entry
        for entry in entries
        if who in ("", entry.origin.value)
        and lowered in f"{entry.label} {entry.title} {entry.id}".casefold()
    ]


def _sorted(entries: list[Entry], sort: str, rows: Sequence[Row]) -> list[Entry]:
    named = sorted(entries, key=lambda e: (e.label.casefold(), e.origin, e.title.casefold(), e.id))
    row = next((row for row in rows if row.id == sort), None)
    if row is not None:
        return sorted(named, key=lambda e: _rank(_cell(e, row)))
    if sort == "total":
        return sorted(named, key=lambda e: -e.total)
    return sorted(named, key=lambda e: e.dated, reverse=True) if sort == "date" else named


def _rank(cell: Cell) -> int:
    return ["prohibited", "coded", "restricted", "unknown", "not_coded"].index(dot_value(cell))


_VALUES: Mapping[str, Callable[[Entry], str]] = {
    "origin": lambda e: WHO[e.origin.value],
    "weights": lambda e: e.coding.identity.weights.value if e.coding.identity.weights else "",
    "document": lambda e: (
        e.coding.identity.document_kind
        or (e.coding.identity.kind.value if e.coding.identity.kind else "")
    ),
    "headquarters": lambda e: e.coding.identity.headquarters or "",
    "modality": lambda e: e.coding.identity.modality or "",
    "year": lambda e: e.dated[:4],
}


def _grouped(entries: list[Entry], group: str) -> list[Entry]:
    """Bring together what shares a value, the largest group first, what is not known last."""
    if not group:
        return entries
    value = _VALUES[group]
    sizes: dict[str, int] = {}
    for entry in entries:
        sizes[value(entry)] = sizes.get(value(entry), 0) + 1
    return sorted(entries, key=lambda e: (not value(e), -sizes[value(e)], value(e)))


def _cell(entry: Entry, row: Row) -> Cell:
    return joined([entry.coding.cell(category) for category in row.categories])


def _column(row: Row, by: str, entries: Sequence[Entry], asked: Mapping[str, str]) -> Column:
    total = sum(_cell(entry, row).value is CellValue.CODED for entry in entries)
    deeper = by not in ("category",) and ":" not in by and len(row.categories) > 1
    one = row.categories[0] if row.categories else ""
    address = path_of("/matrix", by=f"{by}:{row.id}") if deeper else f"/categories/{one}"
    return Column(row.id, row.label, address, total, path_of("/matrix", **asked, sort=row.id))


def _lines(
    entries: Sequence[Entry], rows: Sequence[Row], by: str, group: str
) -> tuple[LineGroup, ...]:
    value = _VALUES[group] if group else (lambda _: "")
    scheme = by.partition(":")[0] if ":" not in by and by != "category" else ""
    found: dict[str, list[Line]] = {}
    for entry in entries:
        found.setdefault(value(entry), []).append(_line(entry, rows, scheme))
    return tuple(
        LineGroup(label or ("not known" if group else ""), tuple(lines))
        for label, lines in found.items()
    )


def _line(entry: Entry, rows: Sequence[Row], scheme: str) -> Line:
    dots = tuple(_dot(entry, row, scheme) for row in rows)
    return Line(entry.id, entry.label, entry.title, entry.address, entry.dated, entry.total, dots)


def _dot(entry: Entry, row: Row, scheme: str) -> Dot:
    value = dot_value(_cell(entry, row))
    if value in ("not_coded", "unknown"):
        return Dot(value, None)
    return Dot(value, f"/cells/{entry.id}?of={f'{scheme}:' if scheme else ''}{row.id}")


def _table(content: MatrixPage) -> Table:
    heads = ("id", "developer", "policy", "dated", *(c.label for c in content.columns), "total")
    lines = tuple(
        (
            line.id,
            line.label,
            line.title,
            line.dated,
            *(d.value for d in line.dots),
            str(line.total),
        )
        for group in content.groups
        for line in group.lines
    )
    return Table(heads, lines)


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
        value=dot_value(_cell(entry, row)),
        categories=tuple(
            Choice(c.id, c.name, entry.coding.cell(c.id).value is CellValue.CODED) for c in named
        ),
        words=tuple(w for category in row.categories for w in words_on(shelf, entry, category)),
        source=entry.source,
    )
    return Page("cell.html", f"{entry.label}: {row.label}", content)


def words_on(shelf: Shelf, entry: Entry, category: CategoryId) -> tuple[Words, ...]:
    """Return the words that an entry has on a category, none for the study, which cites none."""
    if entry.origin is Origin.STUDY:
        return ()
    kept, name = shelf.known(entry.id), load_taxonomy().get(category).name
    if isinstance(kept, HandCoding):
        held = next((cell for cell in kept.cells if cell.category == category), None)
        return tuple(
            Words(category, name, shelf.quote(w.evidence.quote), "", _clause_address(w.clause))
            for w in (held.words if held else ())
        )
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


def _strength(strength: Strength | None) -> str:
    return strength.value if strength else ""


def _clause_address(clause: str | None) -> str | None:
    if clause is None:
        return None
    version, _, key = clause.rpartition("#")
    return f"/policies/{version}#{key}"


def _row_of(name: str) -> Row:
    scheme, _, group = name.rpartition(":")
    _, _, rows = _rows(scheme or "category")
    found = next((row for row in rows if row.id == group), None)
    if found is None:
        message = f"`of` can't be `{name[:80]}`"
        raise UsageError("unknown-value", message, help="name a category, or SCHEME:GROUP")
    return found
