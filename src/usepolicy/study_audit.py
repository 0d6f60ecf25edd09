"""The study audited: what it prints beside what its cells say, and what is known of the reasons.

Owns the choice of what is printed; the search for differences is `comparison.audit`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from usepolicy.comparison.audit import (
    Oddity,
    OddityKind,
    PrintedCell,
    PrintedTotal,
    wrong_figures,
    wrong_totals,
)
from usepolicy.comparison.matrix import Row, rows_by_group
from usepolicy.policies.codings import Coding
from usepolicy.study import (
    figure_cells,
    study_codings,
    study_developers,
    study_discrepancies,
    study_totals,
)
from usepolicy.taxonomy.schemes import find_scheme


def study_oddities(codings: Sequence[Coding]) -> tuple[Oddity, ...]:
    """Return where the study's figures and text differ from those of its codings that are given.

    Totals and what its text says need all thirty; without one of them only dots are compared.
    """
    whole = {c.id for c in study_codings()} <= {c.id for c in codings}
    study = [coding for coding in codings if coding.id.startswith("study/")]
    computed = [*wrong_totals(study, printed_totals() if whole else ())]
    computed += wrong_figures(study, printed_cells())
    reasons = {d.where.casefold(): d.explanation for d in study_discrepancies()}
    explained = [replace(o, explanation=reasons.get(o.where.casefold(), "")) for o in computed]
    return (*explained, *(_of_the_text(explained) if whole else ()))


def printed_totals() -> Iterator[PrintedTotal]:
    """Yield the totals of the study's table and of the groups of figure 3."""
    for category, total in study_totals().items():
        yield PrintedTotal(f"total of {category}", Row(category, category, (category,)), total)
    figure = find_scheme("study-figure-3")
    for row, group in zip(rows_by_group(figure), figure.groups, strict=True):
        if group.printed_total is not None:
            yield PrintedTotal(f"Figure 3, {group.name}", row, group.printed_total)


def printed_cells() -> Iterator[PrintedCell]:
    """Yield the dots of figures 4 to 6."""
    rows = {row.id: row for row in rows_by_group(find_scheme("study-figures-4-6"))}
    names = {developer.id: developer.name for developer in study_developers()}
    for cell in figure_cells():
        row = rows[cell.group]
        where = f"Figure {cell.figure}, {row.label}, {names[cell.developer_id]}"
        yield PrintedCell(where, row, f"study/{cell.developer_id}", cell.filled)


def _of_the_text(computed: Iterable[Oddity]) -> Iterator[Oddity]:
    """Yield the differences that no cell shows, as a person found them."""
    told = {oddity.where.casefold() for oddity in computed}
    for each in study_discrepancies():
        if not each.agrees and each.where.casefold() not in told:
            message = f"stated: {each.stated}; found: {each.found}"
            yield Oddity(
                OddityKind.SOURCE_DIFFERS, each.where, message, explanation=each.explanation
            )
