"""Borrowed wording: runs of words that stand in several policies, each cited.

Owns what counts as the same words (case and punctuation ignored) and the longest runs. It says
where words stand, and which dated policy has them first; not who took them from whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import Clause
from usepolicy.policies.policies import Policy
from usepolicy.policies.spans import Evidence, Span

SHORTEST = 7
"""Words of the shortest run: shorter ones are idiom ("any applicable local, national law")."""

MOST = 8
"""Places of one beginning that are followed: a policy that repeats itself is no new finding."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run of words stands."""

    subject: Subject
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Shared:
    """A run of words that several policies share."""

    words: tuple[str, ...]
    places: tuple[Place, ...]
    """One a policy, by id."""

    @property
    def earliest(self) -> Subject | None:
        """The policy with the earliest date; None where one has no date, or two have the same."""
        dates = sorted(
            (p.subject.coding.identity.effective, p.subject.coding.id, p.subject)
            for p in self.places
            if p.subject.coding.identity.effective is not None
        )
        if len(dates) < len(self.places) or dates[0][0] == dates[1][0]:
            return None
        return dates[0][2]


def shared_wording(subjects: Sequence[Subject], *, shortest: int = SHORTEST) -> tuple[Shared, ...]:
    """Return the runs of words that stand in clauses of two policies or more, longest first.

    A run that lies inside a longer one of the same policies is left out.
    """
    texts = [
        (subject, _clauses(subject.policy))
        for subject in sorted(subjects, key=lambda s: s.coding.id)
        if subject.policy is not None
    ]
    places: dict[tuple[str, ...], dict[str, Place]] = {}
    for (a, mine), (b, theirs) in combinations(texts, 2):
        for here, there in _runs(mine, theirs, shortest):
            found = places.setdefault(here.words, {})
            found.setdefault(a.coding.id, Place(a, here.evidence))
            found.setdefault(b.coding.id, Place(b, there.evidence))
    shared = [
        Shared(words, tuple(found[id_] for id_ in sorted(found))) for words, found in places.items()
    ]
    whole = [run for run in shared if not any(_is_inside(run, other) for other in shared)]
    return tuple(sorted(whole, key=lambda run: (-len(run.words), run.words)))


@dataclass(frozen=True, slots=True)
class _Run:
    """Words `first` to `last` of a clause."""

    clause: Clause
    tokens: tuple[tuple[str, int, int], ...]
    """Word, start and end of each word of the clause, in code points of its text."""
    first: int
    last: int

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word, _, _ in self.tokens[self.first : self.last])

    @property
    def evidence(self) -> Evidence:
        start, end = self.tokens[self.first][1], self.tokens[self.last - 1][2]
        span = Span(self.clause.span.start + start, self.clause.span.start + end)
        return Evidence(span, self.clause.text[start:end])

    def word(self, at: int) -> str | None:
        """Return a word of the clause, None outside of it."""
        return self.tokens[at][0] if 0 <= at < len(self.tokens) else None


def _clauses(policy: Policy) -> list[_Run]:
    """Return each clause as one run."""
    runs = []
    for clause in policy.clauses:
        found = _WORD.finditer(clause.text)
        tokens = tuple((m.group().casefold(), m.start(), m.end()) for m in found)
        runs.append(_Run(clause, tokens, 0, len(tokens)))
    return runs


def _runs(mine: list[_Run], theirs: list[_Run], shortest: int) -> Iterator[tuple[_Run, _Run]]:
    """Yield the longest runs of at least `shortest` words that both have."""
    starts: dict[tuple[str, ...], list[_Run]] = {}
    for run in _windows(mine, shortest):
        starts.setdefault(run.words, []).append(run)
    for there in _windows(theirs, shortest):
        for here in starts.get(there.words, [])[:MOST]:
            before = here.word(here.first - 1)
            if before is None or before != there.word(there.first - 1):
                yield _extended(here, there)


def _windows(clauses: list[_Run], size: int) -> Iterator[_Run]:
    for run in clauses:
        for first in range(len(run.tokens) - size + 1):
            yield replace(run, first=first, last=first + size)


def _extended(here: _Run, there: _Run) -> tuple[_Run, _Run]:
    more = 0
    while (word := here.word(here.last + more)) is not None:
        if word != there.word(there.last + more):
            break
        more += 1
    return replace(here, last=here.last + more), replace(there, last=there.last + more)


def _is_inside(run: Shared, other: Shared) -> bool:
    """Tell whether a longer run of at least the same policies holds this one."""
    if len(run.words) >= len(other.words):
        return False
    mine = {place.subject.coding.id for place in run.places}
    theirs = {place.subject.coding.id for place in other.places}
    return mine <= theirs and f" {' '.join(run.words)} " in f" {' '.join(other.words)} "
