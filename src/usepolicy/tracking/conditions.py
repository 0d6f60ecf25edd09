"""Conditions: which qualifier or exemption a rule has on one side of a change only.

Owns the facts behind `narrowed` and `widened`: the words that bound the rule, where they stand.
Finding qualifiers is the reader's.
"""

from __future__ import annotations

from collections.abc import Iterator

from usepolicy.policies.clauses import Effect, Qualifier
from usepolicy.reading.qualify import find_qualifiers
from usepolicy.reading.units import Unit, UnitKind
from usepolicy.tracking.changes import Bound, BoundKind, Side
from usepolicy.tracking.statements import Statement, Text
from usepolicy.tracking.words import load_lexicon, stems, words_of


def bounds_of(
    old: tuple[Statement | None, Text], new: tuple[Statement | None, Text]
) -> tuple[Bound, ...]:
    """Return what bounds a rule in one version and not in the other, the old words first."""
    return (*_only(old, new, Side.OLD), *_only(new, old, Side.NEW))


def _only(
    mine: tuple[Statement | None, Text], other: tuple[Statement | None, Text], side: Side
) -> Iterator[Bound]:
    """Yield what only one side has."""
    statement, text = mine
    if statement is None:
        return
    if _exempts(statement) and not (other[0] and _exempts(other[0])):
        yield Bound(BoundKind.EXEMPTION, side, statement.evidence)
        return
    there = {_said(q, other[1]) for q in _qualifiers(*other)}
    for qualifier in _qualifiers(*mine):
        if _said(qualifier, text) not in there:
            yield Bound(
                BoundKind.QUALIFIER, side, qualifier.evidence, qualifier.kind, qualifier.role
            )


def _exempts(statement: Statement) -> bool:
    """Tell whether a statement is an exception of its own: "This does not apply to ..."."""
    words = statement.evidence.quote.casefold()
    return statement.effect is Effect.PERMITS and load_lexicon().exemption.search(words) is not None


def _qualifiers(statement: Statement | None, text: Text) -> tuple[Qualifier, ...]:
    if statement is None:
        return ()
    span = statement.evidence.span
    return find_qualifiers(text.text, text.view, [Unit(UnitKind.SENTENCE, span.start, span.end)])


def _said(qualifier: Qualifier, text: Text) -> tuple[object, ...]:
    """Return what a qualifier says, whatever its small words."""
    span = qualifier.evidence.span
    return (qualifier.kind, qualifier.role, stems(words_of(text.view, span.start, span.end)))
