"""Tables: the rows of the CSV files that ship in `data/`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources


def table_rows(name: str) -> Iterator[Mapping[str, str]]:
    """Yield the rows of `data/NAME` by their heads, in the order of the file."""
    with (resources.files("usepolicy") / "data" / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


@cache
def rows_by(name: str, head: str) -> Mapping[str, Sequence[Mapping[str, str]]]:
    """Return the rows of `data/NAME` by what stands under `head`, read once."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in table_rows(name):
        found.setdefault(row[head], []).append(row)
    return found
