"""The matrix page: who prohibits what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from usepolicy.comparison.figures import Table
from usepolicy.comparison.matrix import Row, Tally, rows_by_category, rows_by_group
from usepolicy.errors import TaxonomyError, UsageError
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import Scheme, find_scheme, load_schemes
from usepolicy.web.grid import Grid
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
    by_hand: bool = False
    """Whether a person decided it, or part of it."""


NOT_CODED, UNKNOWN = Dot("not_coded", None), Dot("unknown", None)
SILENT = {dot.value: dot for dot in (NOT_CODED, UNKNOWN)}
WORDS = {"not_coded": "not named", "coded": "prohibited"}
"""What a value is called for people, where it is not its own word."""


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
    by_hand: bool
    """Whether a dot of this page was decided by a person."""
    turn: Turn


def matrix(shelf: Shelf, params: Params) -> Page:
    """Build the matrix page.

    `by`: a scheme, or `SCHEME:GROUP` for the categories of one group; `who`, `q`: which policies;
    `sort`: a key of `SORTS` or the id of a column; `group`: what the rows are grouped by.
    """
    by, what, rows = rows_asked(params.get("by") or DEFAULT_SCHEME)
    grid = shelf.grid(rows)
    sorts = SORTS | {row.id: f"has “{row.label}”" for row in rows}
    sort = chosen(params, "sort", sorts, "name")
    group = chosen(params, "group", GROUPINGS, "")
    who = chosen(params, "who", WHO, "")
    words = params.get("q", "").strip()[:100]
    entries = _grouped(_sorted(_filtered(shelf.entries, who, words), sort, grid), group)
    asked = {"by": by, "who": who, "q": words, "group": group}
    size = max(1, MOST_CELLS // max(1, len(rows)))
    turn = turned(params, "/matrix", asked | {"sort": sort}, pages_of(len(entries), size))
    shown = entries[(turn.page - 1) * size : turn.page * size]
    tallies = grid.tallies([entry.id for entry in entries])
    content = MatrixPage(
        scheme=by,
        what=what,
        columns=tuple(_column(*each, by, asked) for each in zip(rows, tallies, strict=True)),
        groups=_lines(shown, grid, by, group),
        policies=len(entries),
        by=choices(_schemes(by, what), by),
        who=choices(WHO, who),
        sort=choices(sorts, sort),
        group=choices(GROUPINGS, group),
        filter=words,
        by_hand=any(entry.hand for entry in shown),
        turn=turn,
    )
    return Page("matrix.html", "Who prohibits what", content, _table(content))


def rows_asked(by: str) -> tuple[str, str, tuple[Row, ...]]:
    """Return the columns that `by` asks for, with its own name and what they are.

    Raises: UsageError: `unknown-value`.
    """
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
        if _is_by(entry, who)
        and (not words or lowered in f"{entry.label} {entry.title} {entry.id}".casefold())
    ]


def _is_by(entry: Entry, who: str) -> bool:
    by_hand = who == Origin.BY_HAND.value and entry.hand is not None
    return who in ("", entry.origin.value) or by_hand


def _sorted(entries: list[Entry], sort: str, grid: Grid) -> list[Entry]:
    named = sorted(entries, key=lambda e: (e.label.casefold(), e.origin, e.title.casefold(), e.id))
    at = next((at for at, row in enumerate(grid.rows) if row.id == sort), None)
    if at is not None:
        return sorted(named, key=lambda e: _RANKS.index(grid.values(e.id)[at]))
    if sort == "total":
        return sorted(named, key=lambda e: -e.total)
    return sorted(named, key=lambda e: e.dated, reverse=True) if sort == "date" else named


_RANKS = ("prohibited", "coded", "restricted", "unknown", "not_coded")
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


def _column(row: Row, tally: Tally, by: str, asked: Mapping[str, str]) -> Column:
    deeper = by not in ("category",) and ":" not in by and len(row.categories) > 1
    one = row.categories[0] if row.categories else ""
    address = path_of("/matrix", by=f"{by}:{row.id}") if deeper else f"/categories/{one}"
    return Column(row.id, row.label, address, tally.coded, path_of("/matrix", **asked, sort=row.id))


def _lines(entries: Sequence[Entry], grid: Grid, by: str, group: str) -> tuple[LineGroup, ...]:
    value = _VALUES[group] if group else (lambda _: "")
    scheme = f"{by}:" if ":" not in by and by != "category" else ""
    asked = [f"?of={scheme}{row.id}" for row in grid.rows]
    found: dict[str, list[Line]] = {}
    for entry in entries:
        found.setdefault(value(entry), []).append(_line(entry, grid, asked))
    return tuple(
        LineGroup(label or ("not known" if group else ""), tuple(lines))
        for label, lines in found.items()
    )


def _line(entry: Entry, grid: Grid, asked: Sequence[str]) -> Line:
    values, path = grid.values(entry.id), f"/cells/{entry.id}"
    if entry.hand:
        dots = _decided_dots(entry, grid, asked)
    else:
        dots = tuple(
            SILENT.get(value) or Dot(value, path + query)
            for value, query in zip(values, asked, strict=True)
        )
    return Line(entry.id, entry.label, entry.title, entry.address, entry.dated, entry.total, dots)


def _decided_dots(entry: Entry, grid: Grid, asked: Sequence[str]) -> tuple[Dot, ...]:
    """Return the dots of what people decided; a rejection has an address too: it says why."""
    mine = {cell.category for cell in entry.hand.cells} if entry.hand else set()
    dots = []
    for row, value, query in zip(grid.rows, grid.values(entry.id), asked, strict=True):
        by_hand = not mine.isdisjoint(row.categories)
        shown = by_hand or value not in SILENT
        dots.append(Dot(value, f"/cells/{entry.id}{query}" if shown else None, by_hand))
    return tuple(dots)


def cells_html(line: Line) -> Markup:
    """Return the cells of a line as HTML: a template takes ten times as long for 4,000 of them.

    INVARIANT: of what is in them the address alone is from outside, and is escaped.
    """
    return Markup("\n".join(map(_cell_html, line.dots)))  # noqa: S704


def _cell_html(dot: Dot) -> str:
    if dot.address is None:
        return _SIGNS[dot.value]
    ring, words = (" hand", ", decided by a person") if dot.by_hand else ("", "")
    word, address = WORDS.get(dot.value, dot.value), str(escape(dot.address))
    return f'<td><a class="d {dot.value}{ring}" href="{address}" aria-label="{word}{words}"></a>'


_SIGNS = {"not_coded": "<td>·", "unknown": "<td>?"}


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
