"""Qualifiers: the conditions inside a clause or the lead-in that gives it force.

Owns `data/vocabulary/qualifiers.yaml`. A qualifier that stands in an outer lead-in counts for
all that hangs below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import cast

from usepolicy.patterns import Pattern, compile_text, load_table
from usepolicy.policies.clauses import Qualifier, QualifierKind, QualifierRole
from usepolicy.policies.spans import Evidence
from usepolicy.reading.units import Unit

EXCEPTION_WORDS = ("unless", "except", "other than", "absent")
"""What opens a part of a clause that speaks of what stays allowed."""


@cache
def load_qualifiers() -> tuple[tuple[QualifierRole, QualifierKind, Pattern[str]], ...]:
    """Return the patterns in the order in which they are tried."""
    table = cast("dict[str, dict[str, str]]", load_table("vocabulary/qualifiers.yaml"))
    return tuple(
        (QualifierRole(role), QualifierKind(kind), compile_text(pattern))
        for role, kinds in table.items()
        for kind, pattern in kinds.items()
    )


def find_qualifiers(text: str, view: str, units: Sequence[Unit]) -> tuple[Qualifier, ...]:
    """Return the qualifiers in the words of `units`, each place once, in order of the text."""
    found: list[Qualifier] = []
    for qualifier in _candidates(text, view, units):
        span = qualifier.evidence.span
        if span and not any(span.overlaps(other.evidence.span) for other in found):
            found.append(qualifier)
    return tuple(sorted(found, key=lambda qualifier: qualifier.evidence.span))


def _candidates(text: str, view: str, units: Sequence[Unit]) -> Iterator[Qualifier]:
    """Yield what any pattern matches; what comes first has the place."""
    for role, kind, pattern in load_qualifiers():
        for unit in units:
            for match in pattern.finditer(view[unit.start : unit.end]):
                start, end = match.span()
                yield Qualifier(kind, role, Evidence.of(text, unit.start + start, unit.start + end))


def without_exceptions(view: str, start: int, end: int, qualifiers: Sequence[Qualifier]) -> str:
    """Return the words of a clause with what stays allowed blanked out, of the same length."""
    words = view[start:end]
    for qualifier in qualifiers:
        span = qualifier.evidence.span
        opens = view[span.start : span.end].lstrip().startswith(EXCEPTION_WORDS)
        if opens and start <= span.start and span.end <= end:
            words = words[: span.start - start] + "." * len(span) + words[span.end - start :]
    return words
