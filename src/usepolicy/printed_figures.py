"""Printed figures: what the study's figures 1 and 4 to 6 show, whether or not its data agree.

Owns `data/study/{printed_totals,researcher_access}.csv` and their readers. The dots are read by
`study`; the totals that figure 3 prints are the scheme's (`taxonomy.schemes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from usepolicy.study import figure_cells
from usepolicy.tables import table_rows
from usepolicy.taxonomy.schemes import group_id

DOT_FIGURES = (4, 5, 6)
"""The dot matrices; each shows ten developers, in the order of the study's columns."""


@dataclass(frozen=True, slots=True)
class AccessCell:
    """A cell of the study's figure 1."""

    company: str
    model: str
    group: str
    """`model access`, `safe harbor` or `policy enforcement`."""
    practice: str
    value: float
    """1 a full dot, 0.5 half a dot, 0 none."""


@cache
def printed_dots() -> Mapping[tuple[str, str], bool]:
    """Return the dots of figures 4 to 6: (id of the group, id of the coding) to filled or not."""
    cells = figure_cells()
    return MappingProxyType({(c.group, f"study/{c.developer_id}"): c.filled for c in cells})


@cache
def printed_totals(figure: int) -> Mapping[str, int]:
    """Return the totals at the rows of figures 4 to 6 that are known apart from the dots."""
    return MappingProxyType(
        {
            group_id(row["group"]): int(row["printed_total"])
            for row in table_rows("study/printed_totals.csv")
            if int(row["figure"]) == figure
        }
    )


@cache
def researcher_access() -> tuple[AccessCell, ...]:
    """Return figure 1, practice by practice."""
    return tuple(
        AccessCell(row["company"], row["model"], row["group"], row["practice"], float(row["value"]))
        for row in table_rows("study/researcher_access.csv")
    )
