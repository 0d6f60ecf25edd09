"""Audit: what is odd within one set of codings, and where printed figures say otherwise.

Owns the search for oddities; none of them is an error by itself. What a source prints comes in
as an argument, so does the hierarchy of categories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from usepolicy.comparison.matrix import Matrix, Row
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import Cell, CellValue, Coding


class OddityKind(StrEnum):
    """What can be odd in a set of codings."""

    IDENTICAL_COLUMNS = "identical-columns"
    """Two codings say the same of every category: one text, or one column copied."""
    NOBODY_HAS_IT = "nobody-has-it"
    """A category that was looked for and that no coding has."""
    NARROWER_ALONE = "narrower-alone"
    """A category is coded, the broader one that it is part of is not."""
    TOTAL_DIFFERS = "total-differs"
    """A printed total is not what the cells add up to."""
    FIGURE_DIFFERS = "figure-differs"
    """A cell of a printed figure is not what the coding says."""
    SOURCE_DIFFERS = "source-differs"
    """The source's own text says otherwise than its data."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing that a person should look at."""

    kind: OddityKind
    where: str
    """Ids or names of what it is about."""
    message: str
    codings: tuple[str, ...] = ()
    """Ids of the codings it is about; empty where it is about all."""
    explanation: str = ""
    """What is known of the reason, or nothing."""


@dataclass(frozen=True, slots=True)
class PrintedTotal:
    """How many codings have a row, as a source prints it."""

    where: str
    row: Row
    total: int


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """What a printed figure shows of one row and one coding."""

    where: str
    row: Row
    coding: str
    """Id of the coding."""
    coded: bool


def identical_columns(
    codings: Sequence[Coding], categories: Sequence[CategoryId]
) -> Iterator[Oddity]:
    """Yield the groups of codings that say the same; those that know nothing are left out."""
    keyed = [(tuple(c.cell(k).value.value for k in categories), c) for c in codings]
    known = [(key, c) for key, c in keyed if {*key} - {CellValue.UNKNOWN}]
    alike = groupby(sorted(known, key=lambda item: item[0]), key=lambda item: item[0])
    for key, group in alike:
        columns = [coding for _, coding in group]
        if len(columns) > 1:
            coded = key.count(CellValue.CODED)
            names = " and ".join(coding.label for coding in columns)
            ids = tuple(coding.id for coding in columns)
            message = f"{names} have the same cells ({coded} coded)"
            yield Oddity(OddityKind.IDENTICAL_COLUMNS, ", ".join(ids), message, ids)


def empty_categories(
    codings: Sequence[Coding], categories: Sequence[CategoryId]
) -> Iterator[Oddity]:
    """Yield the categories that somebody looked for and nobody has."""
    for category in categories:
        values = [coding.cell(category).value for coding in codings]
        looked = len(values) - values.count(CellValue.UNKNOWN)
        if looked and CellValue.CODED not in values:
            message = f"none of {looked} codings has it"
            yield Oddity(OddityKind.NOBODY_HAS_IT, category, message)


def narrower_alone(
    codings: Sequence[Coding], broader: Mapping[CategoryId, CategoryId]
) -> Iterator[Oddity]:
    """Yield what is coded without the broader category that it is part of, row by row.

    Args: broader: the category directly above each category that has one.
    """
    for narrow, broad in broader.items():
        alone = [
            coding
            for coding in codings
            if coding.cell(narrow).value is CellValue.CODED
            and coding.cell(broad).value is CellValue.NOT_CODED
        ]
        if alone:
            message = f"coded without `{broad}`: {', '.join(coding.label for coding in alone)}"
            ids = tuple(coding.id for coding in alone)
            yield Oddity(OddityKind.NARROWER_ALONE, narrow, message, ids)


def wrong_totals(codings: Sequence[Coding], printed: Iterable[PrintedTotal]) -> Iterator[Oddity]:
    """Yield the printed totals that the codings do not add up to."""
    for each in printed:
        found = Matrix((each.row,), tuple(codings)).row_total(each.row)
        if found != each.total:
            message = f"printed {each.total}, the cells give {found}"
            yield Oddity(OddityKind.TOTAL_DIFFERS, each.where, message)


def wrong_figures(codings: Sequence[Coding], printed: Iterable[PrintedCell]) -> Iterator[Oddity]:
    """Yield the cells of printed figures that the codings have otherwise.

    A coding that is not in the set, or does not know, is no difference.
    """
    columns = {coding.id: coding for coding in codings}
    for each in printed:
        cell = _cell(columns, each)
        if cell is None or cell.value is CellValue.UNKNOWN:
            continue
        if (cell.value is CellValue.CODED) is not each.coded:
            shown = "coded" if each.coded else "not coded"
            value = cell.value.value.replace("_", " ")
            message = f"the figure shows {shown}, the cells say {value}"
            yield Oddity(OddityKind.FIGURE_DIFFERS, each.where, message, (each.coding,))


def _cell(columns: Mapping[str, Coding], printed: PrintedCell) -> Cell | None:
    column = columns.get(printed.coding)
    return Matrix((printed.row,), (column,)).cell(printed.row, column) if column else None
