"""Tables: rows of cells in lines of a text file and on printed pages, where nothing marks them.

Owns what makes a table: rows below each other whose cells stand in the same columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MIN_ROWS = 2
_CELL = re.compile(r"\S+(?: {1,2}\S+)*")
_RULE = re.compile(r"[-=+ ]*(?:--|==)[-=+ ]*")

Cells = tuple[str, ...]


def text_tables(rows: Sequence[str]) -> dict[int, Cells]:
    """Return the cells of the rows of a text that are rows of tables, by the number of the row.

    Cells are three blanks or a tab apart. A row that goes on with the cells of the row above it, and
    a rule in a table, has none.
    """
    found: dict[int, Cells] = {}
    number = 0
    while number < len(rows):
        begun, (table, number) = number, _text_table(rows, number)
        if len(table) >= MIN_ROWS:
            found |= dict.fromkeys(range(begun, number), ())
            found |= {n: tuple(cells) for n, cells in table.items()}
    return found


def _text_table(rows: Sequence[str], number: int) -> tuple[dict[int, list[str]], int]:
    """Return the rows of the table that begins at a row, and the number of the row behind it."""
    head = _cells(rows[number])
    if len(head) < 2 or _is_marker(head[0][1]):
        return {}, number + 1
    starts = [start for start, _ in head]
    last = [cell for _, cell in head]
    table = {number: last}
    number += 1
    while number < len(rows) and rows[number].strip():
        cells = _cut(rows[number], starts) or _cells(rows[number])
        if _RULE.fullmatch(rows[number].strip()):
            number += 1
            continue
        goes_on = cells[0][0] >= starts[1] and len(cells) < len(starts)
        if not goes_on and (len(cells) < 2 or len(cells) > len(starts)):
            break
        exact = len(cells) == len(starts)
        places = list(range(len(cells))) if exact else [_column(starts, at) for at, _ in cells]
        if not goes_on:
            table[number] = last = [""] * len(starts)
        for place, (_, cell) in zip(places, cells, strict=True):
            last[place] = f"{last[place]} {cell}".strip()
        number += 1
    return table, number


def _cells(row: str) -> list[tuple[int, str]]:
    """Return the cells of a row with the columns they start at."""
    return [(m.start(), m[0]) for m in _CELL.finditer(row.replace("\t", "    "))]


def _cut(row: str, starts: Sequence[int]) -> list[tuple[int, str]]:
    """Return the cells of a row that begin where the columns do; none if they do not."""
    if not all(row[max(at - 2, 0) : at].isspace() or at == 0 for at in starts):
        return []
    if not all(row[at : at + 1].strip() for at in starts):
        return []
    ends = [*starts[1:], len(row)]
    return [(at, row[at:end].strip()) for at, end in zip(starts, ends, strict=True)]


def _is_marker(cell: str) -> bool:
    """Whether a cell is the bullet or the number of an item and no cell."""
    return not any(char.isalpha() for char in cell) or bool(re.fullmatch(r"\W?\w{1,4}[.)]", cell))


def _column(starts: Sequence[int], at: int) -> int:
    return max((n for n, start in enumerate(starts) if start <= at), default=0)
