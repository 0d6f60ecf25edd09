"""Comparison of versions: from two texts to what changed between them.

Owns the way from an alignment to changes and to the kind of the whole. It is pure: the labeller
and the texts come in as arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from usepolicy.policies.clauses import CategoryId, Effect
from usepolicy.tracking.alignment import align, weights_of
from usepolicy.tracking.artefacts import artefact_of
from usepolicy.tracking.changes import (
    HARMLESS,
    Artefact,
    Change,
    ChangeKind,
    Missing,
    VersionChange,
    VersionKind,
)
from usepolicy.tracking.conditions import bounds_of
from usepolicy.tracking.moves import moved
from usepolicy.tracking.page import is_unavailable
from usepolicy.tracking.pairs import Level, Spilled, judge, turned
from usepolicy.tracking.rest import Left, Rest
from usepolicy.tracking.statements import Role, Statement, Text
from usepolicy.tracking.summary import summary_of
from usepolicy.tracking.words import load_lexicon

BOUNDING = frozenset({ChangeKind.NARROWED, ChangeKind.WIDENED})
Labeller = Callable[[str, str], Sequence[CategoryId]]
"""The categories that words name, given the words that lead into them; both of a plain view."""


def compare_versions(old: Text, new: Text, label: Labeller) -> VersionChange:
    """Return what changed from `old` to `new`."""
    missing = _missing(old, new)
    if missing is not None:
        return whole(VersionKind.UNAVAILABLE, missing=missing)
    if not (old.is_read and new.is_read):
        return whole(VersionKind.COSMETIC if _plain(old) == _plain(new) else VersionKind.UNKNOWN)
    comparison = _Comparison(old, new, label)
    artefact = artefact_of(old, new)
    every = [*comparison.changes(), *(() if artefact else comparison.moves())]
    found = tuple(sorted(every, key=lambda change: change.place))
    if artefact in (Artefact.DOUBLED, Artefact.UNDOUBLED):
        found = tuple(c for c in found if not _repeats(c, old, new))
        comparison.level = Level.COSMETIC
    return whole(_kind(found, comparison.level), found, artefact=artefact)


def whole(
    kind: VersionKind,
    changes: tuple[Change, ...] = (),
    *,
    missing: Missing | None = None,
    artefact: Artefact | None = None,
) -> VersionChange:
    """Return the change of a version with its sentence."""
    summary = summary_of(kind, changes, missing=missing, artefact=artefact)
    return VersionChange(kind, summary, changes, missing, artefact)


def _missing(old: Text, new: Text) -> Missing | None:
    lost, was_lost = is_unavailable(new, old), is_unavailable(old, new)
    if lost and was_lost:
        return Missing.BOTH
    return Missing.NEW if lost else Missing.OLD if was_lost else None


def _repeats(change: Change, old: Text, new: Text) -> bool:
    """Tell whether what only one side has stands in the other: the second copy of a text."""
    if change.old and change.new:
        return False
    side, other = (old, new) if change.old else (new, old)
    evidence = change.old or change.new
    keys = {statement.key for statement in other.statements}
    return any(s.key in keys for s in side.statements if s.evidence == evidence)


def _plain(text: Text) -> str:
    """Return the letters of a text in a language that is not read, dates left out."""
    return "".join(
        re.findall(r"\w+", load_lexicon().date.sub(" ", text.view + text.text.casefold()))
    )


def _kind(changes: Sequence[Change], level: Level) -> VersionKind:
    if any(change.change not in HARMLESS for change in changes):
        return VersionKind.SUBSTANTIVE
    return VersionKind.EDITORIAL if level is Level.EDITORIAL else VersionKind.COSMETIC


class _Comparison:
    """Two texts with their alignment, on the way to changes."""

    def __init__(self, old: Text, new: Text, label: Labeller) -> None:
        self.old, self.new, self.label = old, new, label
        weights = weights_of((*old.statements, *new.statements))
        self.pairs = align(old.statements, new.statements, weights)
        self.rest = Rest(old, new, self.pairs, weights, label)
        self.level = Level.NONE

    def changes(self) -> Iterator[Change]:
        yield from self._flipped()
        for i, j in (*self.pairs.near, *self.rest.mutual()):
            yield from self._of_pair(i, j)
        for left in self.rest.found():
            yield from self._of_left(left)

    def moves(self) -> Iterator[Change]:
        """Yield what only stands in another place; it says nothing of the kind of the whole."""
        for i, j in moved(self.old, self.new, self.pairs):
            yield self._change(ChangeKind.MOVED, self.old.statements[i], self.new.statements[j])

    def _raise(self, level: Level) -> None:
        self.level = max(self.level, level)

    def _flipped(self) -> Iterator[Change]:
        """Yield what is forbidden in the same words that permitted it, or the other way round."""
        for i, j in self.pairs.same:
            a, b = self.old.statements[i], self.new.statements[j]
            if {a.effect, b.effect} == {Effect.FORBIDS, Effect.PERMITS} and (a.binds or b.binds):
                yield self._change(turned(b), a, b)

    def _of_pair(self, i: int, j: int) -> Iterator[Change]:
        a, b = self.old.statements[i], self.new.statements[j]
        spilled = Spilled(*self.rest.spilled(i, j))
        judged = judge(a, b, (self.old.text, self.new.text), spilled)
        if Role.FURNITURE not in (a.role, b.role):
            self._raise(judged.level)
        kinds = judged.changes
        if not kinds and judged.level is Level.EDITORIAL and a.binds and b.binds:
            kinds = (ChangeKind.REWORDED,)
        for kind in kinds:
            yield self._change(kind, a, b)

    def _of_left(self, left: Left) -> Iterator[Change]:
        self._raise(Level.EDITORIAL)
        if left.change is not None:
            yield self._change(left.change, left.old, left.new)

    def _change(self, kind: ChangeKind, a: Statement | None, b: Statement | None) -> Change:
        found = (*self._named(b, self.new), *self._named(a, self.old))
        return Change(
            kind,
            found[0] if found else None,
            a.evidence if a else None,
            b.evidence if b else None,
            bounds_of((a, self.old), (b, self.new)) if kind in BOUNDING else (),
        )

    def _named(self, statement: Statement | None, text: Text) -> Sequence[CategoryId]:
        if statement is None:
            return ()
        return self.label(statement.evidence.span.cut(text.view), text.lead_words(statement))
