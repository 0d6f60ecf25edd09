"""Qualifiers: the conditions inside a clause or the lead-in that gives it force.

Owns `data/vocabulary/qualifiers.yaml`, and the rule of attachment: a qualifier that stands in a
lead-in counts for all that hangs below it, one inside a clause for what it stands beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

from usepolicy.patterns import Pattern, compile_text, load_table
from usepolicy.policies.clauses import CategoryId, Qualifier, QualifierKind, QualifierRole
from usepolicy.policies.spans import Evidence, Span
from usepolicy.reading.units import Unit

EXCEPTION_WORDS = ("unless", "except", "save ", "other than", "otherwise than", "absent")
"""What opens a part of a clause that speaks of what stays allowed."""

LEADING_WORDS = (*EXCEPTION_WORDS, "without", "only ", "solely", "in the absence", "subject to")
"""What opens a condition in a lead-in that counts for all below it."""

_NEW_STATEMENT = re.compile(
    r"[;:]|\.\s|\b(?:nor|for (?:example|instance)|such as|e\.g|including|otherwise|however)\b|\s-\s"
)
"""Behind it a clause says something else: what follows qualifies only that."""
_OTHER_MATTER = re.compile(r";|\bnor\b|\bor (?:any|to)\b|\b(?:is|are) (?:also )?not\b|\.\s")
"""Behind it a clause has left what a qualifier in front of it qualified."""
_NEW_ACTIVITY = re.compile(r",\s*(?:and |or )?[a-z]+ing\b")
"""An enumeration goes on with another activity."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The compiled patterns of qualifiers."""

    patterns: tuple[tuple[QualifierRole, QualifierKind, Pattern[str]], ...]
    """In the order in which they are tried."""
    none: Pattern[str]
    """What looks like a condition and is none: "without notice"."""
    inherent: Mapping[CategoryId, frozenset[QualifierKind]]
    """Conditions that a category holds in its name: "likeness without consent"."""


@cache
def load_conditions() -> Conditions:
    """Return the conditions, compiled once."""
    table = cast("dict[str, Any]", load_table("vocabulary/qualifiers.yaml"))
    words = {
        name: re.sub(r"\s+(?=\S)", " ", table.pop(name)).strip() for name in ("opens", "needs")
    }
    inherent = {
        CategoryId(category): frozenset(map(QualifierKind, kinds))
        for category, kinds in table.pop("inherent").items()
    }
    none = compile_text(table.pop("none"))
    return Conditions(
        tuple(
            (
                QualifierRole(role),
                QualifierKind(kind),
                compile_text(_joined(patterns, words)),
            )
            for role, kinds in table.items()
            for kind, patterns in kinds.items()
        ),
        none,
        inherent,
    )


def _joined(patterns: list[str], words: Mapping[str, str]) -> str:
    joined = "|".join(patterns)
    for name, pattern in words.items():
        joined = joined.replace(f"{{{name}}}", rf"\b{pattern.replace('| ', '|')}")
    return joined


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
    conditions = load_conditions()
    for role, kind, pattern in conditions.patterns:
        for start, end in _places(pattern, view, units):
            if not conditions.none.search(view[start:end]):
                yield Qualifier(kind, role, Evidence.of(text, start, end))


def _places(pattern: Pattern[str], view: str, units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    for unit in units:
        for match in pattern.finditer(view[unit.start : unit.end]):
            yield unit.start + match.start(), unit.start + match.end()


@dataclass(frozen=True, slots=True)
class Named:
    """Where a clause names a category, and what else it names."""

    category: CategoryId
    place: Span
    """In the text, as are all spans here."""
    clause: Span
    others: tuple[Span, ...] = ()
    """Where the clause names other categories."""


def attached(named: Named, qualifiers: Sequence[Qualifier], view: str) -> tuple[Qualifier, ...]:
    """Return the qualifiers of what is named at one place, with the role that they have there.

    Args: qualifiers: of the clause and of what leads into it; view: of the whole text.
    """
    inherent = load_conditions().inherent.get(named.category, frozenset())
    return tuple(
        replace(qualifier, role=QualifierRole.NARROWS) if qualifier.kind in inherent else qualifier
        for qualifier in qualifiers
        if _belongs(named, qualifier, view)
    )


def _belongs(named: Named, qualifier: Qualifier, view: str) -> bool:
    """Tell whether a qualifier in the clause or above it qualifies what is named."""
    span = qualifier.evidence.span
    if span.end <= named.clause.start:
        approval = qualifier.kind is QualifierKind.AGREEMENT
        return approval or view[span.start : span.end].startswith(LEADING_WORDS)
    if span.overlaps(named.place):
        return True
    if span.start < named.place.start:
        return _OTHER_MATTER.search(view[span.end : named.place.start]) is None
    words = view[named.place.end : span.start]
    if words.rstrip().endswith(",") and ";" not in words:
        return True
    if _NEW_STATEMENT.search(words) or words.count("(") > words.count(")"):
        return False
    if "," not in words:
        return True
    between = Span(named.place.end, span.start)
    names_another = any(between.overlaps(other) for other in named.others)
    return not names_another and _NEW_ACTIVITY.search(words) is None


def without_exceptions(view: str, start: int, end: int, qualifiers: Sequence[Qualifier]) -> str:
    """Return the words of a clause with what stays allowed blanked out, of the same length."""
    words = view[start:end]
    for qualifier in qualifiers:
        span = qualifier.evidence.span
        opens = view[span.start : span.end].lstrip().startswith(EXCEPTION_WORDS)
        if opens and start <= span.start and span.end <= end:
            words = words[: span.start - start] + "." * len(span) + words[span.end - start :]
    return words
