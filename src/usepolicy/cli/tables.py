"""Tables on standard output: for people, as CSV, as JSON."""

from __future__ import annotations

import csv
import io
import sys
from typing import TYPE_CHECKING

from usepolicy.cli.options import TableFormat

if TYPE_CHECKING:
    from usepolicy.comparison.figures import Table

MAX_WHOLE = 44
"""Letters up to which the first column is never folded: it names the row."""


def csv_text(table: Table) -> str:
    """Return a table as CSV, its text inert in a spreadsheet program."""
    from usepolicy.cli.render import csv_cell

    written = io.StringIO()
    rows = (map(csv_cell, row) for row in table.rows)
    csv.writer(written, lineterminator="\n").writerows([table.heads, *rows])
    return written.getvalue()


def json_text(table: Table) -> str:
    """Return a table as a JSON list of objects."""
    from usepolicy.reading.policy_yaml import to_json

    return to_json([dict(zip(table.heads, row, strict=True)) for row in table.rows])


def print_as(table: Table, format: TableFormat, *, title: str = "") -> None:
    """Print a table in the format asked for; the title is for people only."""
    from usepolicy.cli.render import print_table, shortened

    if format is TableFormat.CSV:
        sys.stdout.write(csv_text(table))
    elif format is TableFormat.JSON:
        sys.stdout.write(json_text(table))
    else:
        rows = [tuple(map(shortened, row)) for row in table.rows]
        short = max((len(row[0]) for row in rows), default=0) <= MAX_WHOLE
        print_table(map(shortened, table.heads), rows, title=title, whole_first=short)
