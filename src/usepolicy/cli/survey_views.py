"""The views of `usepolicy survey` as tables."""

from __future__ import annotations

from collections.abc import Sequence

from usepolicy.comparison.borrowed import shared_wording
from usepolicy.comparison.breadth import breadth_of
from usepolicy.comparison.figures import Table
from usepolicy.comparison.kinds import HOSTING, THRESHOLDS, content_count, kind_cells
from usepolicy.comparison.matrix import Matrix, rows_by_group
from usepolicy.comparison.similarity import ALIKE, clusters, pairs
from usepolicy.comparison.splits import Cut, gray_areas, slice_tallies, slices, splits
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import CellValue, Coding
from usepolicy.study import OtherRestrictionKind, other_restrictions
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import find_scheme

TOLD_KINDS = {
    OtherRestrictionKind.HOSTING: HOSTING,
    OtherRestrictionKind.USER_SCALE: THRESHOLDS,
}
"""Restrictions that the study's text tells of and its table has no row for."""


def breadth_view(codings: Sequence[Coding]) -> Table:
    """Minimal, broad or granular, most categories first."""
    fields = rows_by_group(find_scheme("usepolicy"))
    found = sorted((breadth_of(c, fields) for c in codings), key=lambda b: -b.categories)
    rows = (
        (
            b.coding.label,
            b.kind.value if b.kind else "unknown",
            str(b.categories),
            f"{b.fields} of {b.known_fields}",
            f"{b.detail:.1f}",
        )
        for b in found
    )
    return Table(("", "class", "categories", "fields", "categories a field"), tuple(rows))


def gray_view(matrix: Matrix) -> Table:
    """The rows where codings part, most evenly divided first."""
    rows = (
        (
            split.row.label,
            str(len(split.having)),
            str(len(split.lacking)),
            str(len(split.unknown)),
            _names(split.having),
            _names(split.lacking),
        )
        for split in gray_areas(matrix)
    )
    return Table(("", "prohibit", "do not", "unknown", "who does", "who does not"), tuple(rows))


def alone_view(matrix: Matrix) -> Table:
    """Who alone has a row, and who alone lacks one."""
    rows = []
    for split in splits(matrix):
        if split.alone:
            rows.append((split.row.label, "only one that has it", split.alone.label))
        if split.missing:
            rows.append((split.row.label, "only one without it", split.missing.label))
    return Table(("", "what", "who"), tuple(rows))


def kinds_view(subjects: Sequence[Subject]) -> Table:
    """Catch-all, end-use and industry restrictions beside the content, with the first words."""
    kinds = rows_by_group(find_scheme("restriction-kinds"))
    told = {
        (TOLD_KINDS[other.kind], f"study/{other.developer_id}")
        for other in other_restrictions()
        if other.kind in TOLD_KINDS
    }
    rows = []
    for at, kind in enumerate(kinds):
        cells = [kind_cells(kinds, subject, told)[at] for subject in subjects]
        having = [each for each in cells if each.cell.value is CellValue.CODED]
        unknown = sum(each.cell.value is CellValue.UNKNOWN for each in cells)
        names = _names([each.subject.coding for each in having])
        quotes = [words.quote for each in having for words in each.cell.evidence]
        rows.append((kind.label, str(len(having)), str(unknown), names, "".join(quotes[:1])))
    counts = [f"{s.coding.label} {content_count(kinds, s)}" for s in subjects]
    rows.append(("content: categories", "", "", ", ".join(counts), ""))
    return Table(("", "have it", "unknown", "who", "first words"), tuple(rows))


def similar_view(codings: Sequence[Coding]) -> Table:
    """Every pair, most alike first."""
    rows = (
        (p.a.id, p.b.id, "unknown" if p.similarity is None else f"{p.similarity:.3f}")
        for p in pairs(codings, _categories())
    )
    return Table(("a", "b", "similarity"), tuple(rows))


def clusters_view(codings: Sequence[Coding]) -> Table:
    """Groups of codings that are alike, largest first."""
    rows = (
        (str(number), str(len(c.members)), f"{c.cohesion:.2f}", _names(c.members))
        for number, c in enumerate(clusters(codings, _categories(), at_least=ALIKE), 1)
    )
    return Table(("cluster", "members", "cohesion", "who"), tuple(rows))


def borrowed_view(subjects: Sequence[Subject]) -> Table:
    """Runs of words that several policies share, one line a place."""
    rows = []
    for run in shared_wording(subjects):
        first = run.earliest
        for place in run.places:
            span = place.evidence.span
            mark = "earliest" if first and first.coding.id == place.subject.coding.id else ""
            where = f"{span.start}-{span.end}"
            rows.append(
                (str(len(run.words)), place.subject.coding.id, where, mark, place.evidence.quote)
            )
    return Table(("words", "policy", "place", "date", "quote"), tuple(rows))


def cut_view(matrix: Matrix, cut: Cut) -> Table:
    """How many of each slice have each row."""
    parts = slices(matrix.columns, cut)
    heads = ("", *(f"{part.value or 'not known'} ({len(part.codings)})" for part in parts))
    rows = (
        (row.label, *(f"{t.coded}{f' +{t.unknown}?' if t.unknown else ''}" for t in tallies))
        for row, tallies in slice_tallies(matrix, cut)
    )
    return Table(heads, tuple(rows))


def _names(codings: Sequence[Coding]) -> str:
    return ", ".join(coding.label for coding in codings)


def _categories() -> tuple[CategoryId, ...]:
    return tuple(category.id for category in load_taxonomy().categories)
