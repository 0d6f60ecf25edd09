"""Tables: rows of cells in lines of a text file and on printed pages, where nothing marks them.

Owns what makes a table: rows below each other whose cells stand in the same columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from usepolicy.reading.lines import Line

MIN_ROWS = 2
MAX_CELL_LINES = 30
"""Lines of a cell of a printed table; what is longer is a column of a page."""
CELL_LEADING = 1.65
"""Distance of two lines of a cell to the size of their type, at most."""

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
            found |= {n: tuple(map(" ".join, cells)) for n, cells in table.items()}
    return found


def _text_table(rows: Sequence[str], number: int) -> tuple[dict[int, list[list[str]]], int]:
    """Return the rows of the table that begins at a row, and the number of the row behind it.

    A row is its cells, a cell the pieces of its lines.
    """
    row = rows[number].strip()
    head = _cells(rows[number]) if "   " in row or "\t" in row else []
    if len(head) < 2 or _is_marker(head[0][1]):
        return {}, number + 1
    starts = [start for start, _ in head]
    last = [[cell] for _, cell in head]
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
            table[number] = last = [[] for _ in starts]
        for place, (_, cell) in zip(places, cells, strict=True):
            last[place].append(cell)
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


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of cells on a page: where its lines begin and end, and the cells."""

    start: int
    end: int
    cells: tuple[Sequence[Line], ...]


def page_tables(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with rows of tables as one line each, and other pieces of a line joined."""
    found: list[Line] = []
    done = 0
    for table in _tables(list(_rows(lines))):
        found += _rejoined(lines[done : table[0].start])
        head = _row_line(table[0], table)
        rows = [_row_line(row, table) for row in table[1:]]
        # What is repeated at the head of a page is said once.
        found += [head, *(row for row in rows if row.cells != head.cells)]
        done = table[-1].end
    return found + _rejoined(lines[done:])


def _rejoined(lines: Sequence[Line]) -> list[Line]:
    found: list[Line] = []
    for line in lines:
        if line.goes_on and found and found[-1].page == line.page:
            found[-1] = replace(found[-1], text=f"{found[-1].text} {line.text}", right=line.right)
        else:
            found.append(line)
    return found


def _rows(lines: Sequence[Line]) -> Iterator[_Row]:
    """Yield what may be rows: cells beside each other, in the order of the text layer."""
    done, number = 0, 0
    while number < len(lines) - 1:
        if not _is_beside(lines[number : number + 1], lines[number + 1]):
            number += 1
            continue
        start = _cell_start(lines, number, done, lines[number + 1].left)
        cells: list[Sequence[Line]] = [lines[start : number + 1]]
        done = number + 1
        while done < len(lines) and _is_beside(cells[-1], lines[done]):
            end = _cell_end(lines, done, max(line.right for line in cells[-1]))
            cells.append(lines[done:end])
            done = end
        if max(map(len, cells)) <= MAX_CELL_LINES:
            yield _Row(start, done, tuple(cells))
        number = done


def _is_beside(cell: Sequence[Line], line: Line) -> bool:
    """Whether a line begins the cell at the right of a cell."""
    last = cell[-1]
    return (
        line.page == last.page
        and -0.5 * last.size < line.y - last.y < MAX_CELL_LINES * CELL_LEADING * last.size
        and line.left > max(other.right for other in cell)
    )


def _is_under(last: Line, line: Line) -> bool:
    gap = last.y - line.y
    alike = line.page == last.page and abs(line.size - last.size) < 0.05 * last.size
    return alike and not line.goes_on and 0 < gap <= CELL_LEADING * last.size


def _cell_start(lines: Sequence[Line], number: int, first: int, limit: float) -> int:
    """Return where the cell begins that ends with a line and has another at its right."""
    while (
        number > first
        and _is_under(lines[number - 1], lines[number])
        and lines[number - 1].right < limit
    ):
        number -= 1
    return number


def _cell_end(lines: Sequence[Line], number: int, left: float) -> int:
    """Return where the cell ends that begins with a line, right of its neighbour's edge."""
    right = lines[number].right
    number += 1
    while (
        number < len(lines)
        and _is_under(lines[number - 1], lines[number])
        and left < lines[number].left <= right
    ):
        right = max(right, lines[number].right)
        number += 1
    return number


def _tables(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield the rows that follow one another and have the same columns."""
    table: list[_Row] = []
    for row in rows:
        if table and not _fits(table, row):
            if len(table) >= MIN_ROWS:
                yield table
            table = []
        table.append(row)
    if len(table) >= MIN_ROWS:
        yield table


def _fits(table: Sequence[_Row], row: _Row) -> bool:
    head, last = table[0].cells, table[-1]
    here, above = row.cells[0][0], last.cells[0][0]
    if last.end != row.start or (len(table) < MIN_ROWS and here.page != above.page):
        return False
    places = _places(head, row.cells)
    return len(set(places)) == len(places) and sorted(places) == places


def _places(head: Sequence[Sequence[Line]], cells: Sequence[Sequence[Line]]) -> list[int]:
    """Return the columns in which cells stand: the cells of a head may be set in their middle."""
    lefts = [cell[0].left for cell in head]
    if len(cells) == len(head):
        bounds = zip([float("-inf"), *lefts], [*lefts[1:], float("inf")], strict=False)
        fits = (a < cell[0].left < b for cell, (a, b) in zip(cells, bounds, strict=True))
        return list(range(len(head))) if all(fits) else [0, 0]
    middles = [(cell[0].left + cell[0].right) / 2 for cell in head]
    return [_nearest(middles, (cell[0].left + cell[0].right) / 2) for cell in cells]


def _nearest(middles: Sequence[float], at: float) -> int:
    return min(range(len(middles)), key=lambda n: abs(middles[n] - at))


def _row_line(row: _Row, table: Sequence[_Row]) -> Line:
    cells = [""] * len(table[0].cells)
    for place, cell in zip(_places(table[0].cells, row.cells), row.cells, strict=True):
        cells[place] = "\n".join(line.text for line in cell)
    return replace(row.cells[0][0], text=" ".join(cells), cells=tuple(cells))
