"""`usepolicy indicators`: the transparency index's items on use policies, scored and stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, TableFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usepolicy.comparison.figures import Table
    from usepolicy.comparison.indicators import Indicator

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME...]", help="Companies of the index, or policies; none: all companies."
    ),
]
Edition = Annotated[str, typer.Option(metavar="2023-10|2024-05|2025-12|all", help="Which edition.")]
IndicatorsFormat = Annotated[TableFormat, typer.Option("--format", help="How to print it.")]

MOST = 6
"""Columns that a table can hold; more are counted."""
HAVING = ("1", "stated")
Columns = list[tuple[str, list[str]]]
"""Head and cells."""


def indicators(
    names: Names = None,
    edition: Edition = "2025-12",
    format: IndicatorsFormat = TableFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Show what developers scored for their use policies, and what a policy's own text states."""
    from usepolicy.cli.render import say
    from usepolicy.cli.tables import print_as
    from usepolicy.indicators import companies, of_edition

    items = of_edition(edition)
    columns = [
        column
        for each in names or companies(edition)
        for column in _columns(each, items, allow_private=allow_private)
    ]
    wide = format is TableFormat.TABLE and len(columns) > MOST
    table = _counted(items, columns) if wide else _table(items, columns)
    print_as(table, format)
    say("1, 0: scored by the index; stated, not stated: by the text of the policy alone")
    say(f"{len(items)} indicators of edition {edition}, https://github.com/stanford-crfm/fmti")


def _table(items: Sequence[Indicator], columns: Columns) -> Table:
    """Return a column for each company and policy."""
    from usepolicy.comparison.figures import Table

    heads = ("id", "theme", "indicator", *(head for head, _ in columns))
    lines = [
        (item.id, item.theme, item.name, *(cells[at] for _, cells in columns))
        for at, item in enumerate(items)
    ]
    return Table(heads, tuple(lines))


def _counted(items: Sequence[Indicator], columns: Columns) -> Table:
    """Return how many have each item, and who: more columns than a table can hold."""
    from usepolicy.comparison.figures import Table

    lines = []
    for at, item in enumerate(items):
        having = [head for head, cells in columns if cells[at] in HAVING]
        asked = sum(cells[at] in (*HAVING, "0") for _, cells in columns)
        lines.append((item.id, item.name, f"{len(having)} of {asked}", ", ".join(having)))
    return Table(("id", "indicator", "have it", "who"), tuple(lines))


def _columns(name: str, items: Sequence[Indicator], *, allow_private: bool) -> Columns:
    """Return head and cells of a company, or of each policy that the name stands for."""
    from usepolicy.cli.subjects import load_subjects
    from usepolicy.comparison.indicators import answers
    from usepolicy.indicators import companies, scores

    if name in companies("all"):
        scored = scores()
        return [(companies("all")[name], [str(scored.get((name, i.id), "")) for i in items])]
    columns: Columns = []
    for subject in load_subjects([name], allow_private=allow_private):
        found, label = answers(subject, items), subject.coding.label
        columns.append((label, [answer.stated.value for answer in found]))
        columns.append((f"words of {label}", [answer.quote for answer in found]))
    return columns
