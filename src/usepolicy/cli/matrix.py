"""`usepolicy matrix`: policies and codings side by side."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, Codings, TableFormat
from usepolicy.errors import TaxonomyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usepolicy.comparison.matrix import Matrix, Row
    from usepolicy.policies.codings import Coding

By = Annotated[str, typer.Option(metavar="category|group[:SCHEME]", help="What the rows are.")]
MatrixFormat = Annotated[TableFormat, typer.Option("--format", help="How to print the matrix.")]
All = Annotated[bool, typer.Option("--all", help="Also the rows in which nothing is coded.")]

People = Annotated[
    list[str] | None,
    typer.Option(metavar="CODING", help="A coding file whose cells win over those that were read."),
]

DEFAULT_SCHEME = "study-figure-3"
MAX_COLUMNS = 8
"""Codings that a table of 120 columns can name; the study's thirty are one column, a count."""
MARKS = {"coded": "●", "not_coded": "·", "unknown": "?"}
LEGEND = "● prohibited or coded, ◐ restricted, · not coded, ? unknown"


def matrix(
    codings: Codings,
    by: By = "category",
    format: MatrixFormat = TableFormat.TABLE,
    all: All = False,
    people: People = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Put policies and codings side by side, by category or by group."""
    from usepolicy.cli.codings import load_codings, load_people, unique
    from usepolicy.cli.render import say
    from usepolicy.comparison.matrix import Matrix

    hands = load_people(people)
    columns = unique(
        [
            loaded.coding
            for name in codings
            for loaded in load_codings(name, allow_private=allow_private, people=hands)
        ]
    )
    whole = Matrix(rows_of(by, columns), columns)
    shown = whole if all or format is not TableFormat.TABLE else whole.only_coded()
    if format is TableFormat.CSV:
        _print_csv(shown)
    elif format is TableFormat.JSON:
        _print_json(shown)
    else:
        _print_table(shown)
        say(LEGEND)
    say(f"{len(shown.rows)} of {len(whole.rows)} rows, {len(columns)} codings")


def rows_of(by: str, columns: Sequence[Coding]) -> tuple[Row, ...]:
    """Return the rows that `--by` asks for.

    Raises: UsageError: `unknown-rows`, `unknown-scheme`.
    """
    from usepolicy.comparison.matrix import rows_by_category, rows_by_group
    from usepolicy.taxonomy.categories import load_taxonomy
    from usepolicy.taxonomy.schemes import find_scheme

    what, _, scheme = by.partition(":")
    if what == "group":
        try:
            return rows_by_group(find_scheme(scheme or DEFAULT_SCHEME))
        except TaxonomyError as error:  # it came from the command line
            raise UsageError(error.code, error.message, help=error.help) from error
    if what != "category" or scheme:
        raise UsageError(
            "unknown-rows", f"no rows by `{by}`", help="use category, group or group:SCHEME"
        )
    taxonomy = load_taxonomy()
    newer = [c for c in taxonomy.categories if c.study_name is None]
    only_study = all(coding.id.startswith("study/") for coding in columns)
    return rows_by_category([*taxonomy.study_categories, *([] if only_study else newer)])


def _print_csv(matrix: Matrix) -> None:
    from usepolicy.cli.render import csv_cell

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["id", "name", *(csv_cell(column.id) for column in matrix.columns), "total"])
    for row in matrix.rows:
        cells = [matrix.cell(row, column).value.value for column in matrix.columns]
        writer.writerow([row.id, row.label, *cells, matrix.row_total(row)])


def _print_json(matrix: Matrix) -> None:
    from usepolicy.comparison.matrix import to_records
    from usepolicy.reading.policy_yaml import to_json

    columns = [{"id": c.id, "label": c.label, "coder": c.coder} for c in matrix.columns]
    cells = [asdict(record) for record in to_records(matrix)]
    sys.stdout.write(to_json({"codings": columns, "cells": cells}))


def _print_table(matrix: Matrix) -> None:
    """Print one column a coding; the study's, where they are many, as one count."""
    from usepolicy.cli.render import print_table

    study = [c for c in matrix.columns if c.id.startswith("study/")]
    counted = study if len(matrix.columns) > MAX_COLUMNS else []
    named = [c for c in matrix.columns if c not in counted]
    heads = [
        "",
        *([f"study ({len(counted)})"] if counted else []),
        *_heads(named),
    ]
    rows = []
    for row in matrix.rows:
        total = sum(matrix.cell(row, column).value.value == "coded" for column in counted)
        count = [f"{total:3d} {'█' * round(total / 2)}"] if counted else []
        rows.append([row.label, *count, *(_mark(matrix, row, column) for column in named)])
    print_table(heads, rows)


def _heads(codings: Sequence[Coding]) -> list[str]:
    """Return what tells the codings apart: the title, or the id behind one that comes again."""
    from usepolicy.cli.render import printable

    heads = [_head(coding) for coding in codings]
    return [
        printable(f"{head} ({coding.id})" if heads.count(head) > 1 else head)
        for head, coding in zip(heads, codings, strict=True)
    ]


def _head(coding: Coding) -> str:
    return coding.label if coding.id.startswith("study/") else coding.identity.title or coding.label


def _mark(matrix: Matrix, row: Row, column: Coding) -> str:
    cell = matrix.cell(row, column)
    if cell.strength is not None and cell.strength.value == "restricted":
        return "◐"
    return MARKS[cell.value.value]
