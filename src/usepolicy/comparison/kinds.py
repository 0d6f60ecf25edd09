"""Kinds of restriction: catch-all, end use, industry, content.

Owns the kinds, and the words by which an end use is found that no category names (hosting,
user thresholds). Which category belongs where is data (`data/taxonomy/kinds.csv`).
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from usepolicy.comparison.matrix import Row, joined
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import Effect
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue
from usepolicy.policies.spans import Evidence, Span

TOLD = Cell(CellValue.CODED)
"""Known from elsewhere, without words."""
HOSTING, THRESHOLDS = "end-use-hosting-as-an-api", "end-use-user-thresholds"
WORDS = {
    HOSTING: re.compile(
        r"\b(?:host\w*|offer\w*|provid\w*|expos\w*|shared|managed)\b[^.;]{0,80}?"
        r"\b(?:APIs?|inference (?:service|endpoint)s?|as a service|hosted service|hosting service)\b"
        r"|\bhosted (?:API|inference|service)s?\b",
        re.IGNORECASE,
    ),
    THRESHOLDS: re.compile(
        r"\b\d[\d,. ]{0,12}(?:thousand|million|billion)? ?(?:(?:monthly|daily|active|registered|end) )"
        r"{0,3}users\b",
        re.IGNORECASE,
    ),
}
"""Words of a restriction, by the row that they belong to."""


@dataclass(frozen=True, slots=True)
class KindCell:
    """What one subject has of one kind of restriction."""

    row: Row
    subject: Subject
    cell: Cell


def kind_cells(
    rows: Sequence[Row], subject: Subject, told: Container[tuple[str, str]] = ()
) -> tuple[KindCell, ...]:
    """Return what `subject` has of each kind: by its categories, or by the words of its clauses.

    Args: told: (id of the row, id of the coding) of what is known from elsewhere to be there.
    """
    return tuple(
        KindCell(row, subject, TOLD if (row.id, subject.coding.id) in told else _cell(row, subject))
        for row in rows
    )


def content_count(rows: Sequence[Row], subject: Subject) -> int:
    """Return how many categories are coded that no kind but content holds."""
    special = {category for row in rows for category in row.categories}
    cells = subject.coding.cells.items()
    return sum(c not in special and cell.value is CellValue.CODED for c, cell in cells)


def _cell(row: Row, subject: Subject) -> Cell:
    by_category = (
        joined([subject.coding.cell(c) for c in row.categories]) if row.categories else None
    )
    if row.id not in WORDS or (by_category and by_category.value is CellValue.CODED):
        return by_category or UNKNOWN
    if subject.policy is None:
        return UNKNOWN
    words = _words(row.id, subject)
    if words:
        return Cell(CellValue.CODED, None, words)
    return NOT_CODED if subject.policy.is_read else UNKNOWN


def _words(row: str, subject: Subject) -> tuple[Evidence, ...]:
    assert subject.policy is not None
    return tuple(
        Evidence(
            Span(clause.span.start + match.start(), clause.span.start + match.end()), match.group()
        )
        for clause in subject.policy.clauses
        if any(r.effect is not Effect.PERMITS for r in clause.restrictions)
        for match in WORDS[row].finditer(clause.text)
    )
