"""The coding sheet: a CSV file that a person fills in with a spreadsheet program.

Owns its columns, what spreadsheet programs do to CSV (byte order marks, semicolons, charsets,
formulas) and the lines of its rows. What a row means is `coding_edit`'s.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields

from usepolicy.errors import ExtractError
from usepolicy.reading.charset import decode
from usepolicy.reading.policy_problems import did_you_mean, refuse, shown

MAX_ROWS = 100_000
"""Rows of a sheet: the categories of several hundred policies."""
REQUIRED = ("category", "decision", "strength", "quote", "note")
"""Columns without which a decision could be lost."""
AUDIT = ("other", "other_quote")
"""Columns that only a sheet of differences has."""

_FORMULA = re.compile(r"((?:^|[;\t\r\n])\"*)('*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""What a spreadsheet program would compute: at the start of a cell, and behind what it takes for
the end of one if it is set to another separator than ours. Source: OWASP, CSV Injection,
https://owasp.org/www-community/attacks/CSV_Injection"""
_NEUTRALISED = re.compile(r"((?:^|[;\t\r\n])\"*)'('*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as it stands: one category of one policy. Empty where nothing is said."""

    category: str
    study_name: str = ""
    machine: str = ""
    """`coded`, `not_coded` or `unknown`."""
    machine_strength: str = ""
    machine_quote: str = ""
    """The first words that the machine cites."""
    start: str = ""
    end: str = ""
    more_quotes: str = ""
    """The machine's other words, for reading only."""
    other: str = ""
    """In a sheet of differences: what the other side says."""
    other_quote: str = ""
    decision: str = ""
    """`accept`, `reject`, `add`; empty where the person has not looked."""
    strength: str = ""
    quote: str = ""
    """The person's words, where they are others than the machine's."""
    note: str = ""
    coder: str = ""
    """Who made an earlier decision; empty for a new one."""
    date: str = ""
    policy: str = ""
    """Id of the version that the row is about."""
    text_sha256: str = ""
    line: int = field(default=0, compare=False)
    """Line of the file that the row starts on; 0 where it comes from no file."""


COLUMNS = tuple(f.name for f in fields(SheetRow) if f.name != "line")


def dump_sheet(rows: Iterable[SheetRow]) -> str:
    """Return the sheet, with the byte order mark by which spreadsheet programs know UTF-8."""
    every = tuple(rows)
    audit = any(row.other for row in every)
    columns = [name for name in COLUMNS if audit or name not in AUDIT]
    lines = io.StringIO()
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([neutralised(getattr(row, name)) for name in columns] for row in every)
    return "\ufeff" + lines.getvalue()


def neutralised(value: str) -> str:
    """Return a value that no spreadsheet program takes for a formula; `restored` undoes it."""
    return _FORMULA.sub(r"\1'\2", value)


def restored(value: str) -> str:
    """Return the value that was neutralised."""
    return _NEUTRALISED.sub(r"\1\2", value)


def load_sheet(data: bytes, *, place: str) -> tuple[SheetRow, ...]:
    """Return the rows of a sheet, whatever program saved it.

    Commas, semicolons and tabs separate; UTF-8, UTF-16 and, if it can be told, another charset.
    Columns may stand in any order; unknown ones are passed over.

    Raises: PolicyFileError: `not-a-sheet`, `missing-column`, `duplicate-column`, `invalid-csv`,
            `too-many-rows`, `wrong-width`.
    """
    text = _text(data, place)
    lines = _lines(text, _separator(text), place)
    start, head = next(lines, (0, []))
    if not head:
        refuse("not-a-sheet", "the sheet is empty", place=place)
    columns = _columns(head, place, start)
    rows = []
    for number, cells in lines:
        if any(cell.strip() for cell in cells[len(head) :]):
            help = "put a cell that holds the separator in quotation marks"
            message = f"the row has {len(cells)} cells, the head {len(head)}"
            refuse("wrong-width", message, place=place, line=number, help=help)
        rows.append(_row(columns, cells, number))
    return tuple(rows)


def _text(data: bytes, place: str) -> str:
    try:
        return decode(data, place=place)
    except ExtractError as error:
        help = "save the sheet as CSV in UTF-8"
        refuse("not-a-sheet", f"no sheet can be read: {error.message}", place=place, help=help)


def _separator(text: str) -> str:
    """Return what separates cells: the mark that splits the head into most of our columns."""
    head = text.lstrip().partition("\n")[0][:2000]
    known = {mark: sum(_name(c) in COLUMNS for c in head.split(mark)) for mark in _SEPARATORS}
    return max(_SEPARATORS, key=lambda mark: known[mark])


def _name(cell: str) -> str:
    return cell.strip().strip('"').strip().casefold()


def _lines(text: str, separator: str, place: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the line that it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for count, cells in enumerate(reader):
            if count > MAX_ROWS:
                message = f"the sheet has more than {MAX_ROWS:,} rows"
                refuse("too-many-rows", message, place=place, line=start)
            if any(cell.strip() for cell in cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        help = "a quotation mark inside a cell is written twice"
        refuse("invalid-csv", f"the CSV is broken: {error}", place=place, line=start, help=help)


def _columns(head: list[str], place: str, line: int) -> Mapping[str, int]:
    names = [_name(cell) for cell in head]
    for name in REQUIRED:
        if name not in names:
            near = next((n for n in names if did_you_mean(n, [name])), None)
            help = f"`{shown(near)}` should be `{name}`" if near else "the first row names columns"
            message = f"the sheet has no column `{name}`"
            refuse("missing-column", message, place=place, line=line, help=help)
        if names.count(name) > 1:
            message = f"the sheet has the column `{name}` twice"
            refuse("duplicate-column", message, place=place, line=line)
    return {name: names.index(name) for name in COLUMNS if name in names}


def _row(columns: Mapping[str, int], cells: list[str], line: int) -> SheetRow:
    values = {
        name: restored(cells[index].strip()).replace("\r\n", "\n")
        for name, index in columns.items()
        if index < len(cells)
    }
    return SheetRow(**{"category": ""} | values, line=line)
