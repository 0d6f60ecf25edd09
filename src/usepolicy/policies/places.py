"""Places: where words stand in a policy, as far as its text is known.

Owns the search for a quote; it is found exactly or not at all. Of a policy file only the words
of the clauses are known, of a document the whole canonical text.
"""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.policies.clauses import Clause, ClauseId
from usepolicy.policies.policies import Policy
from usepolicy.policies.spans import Evidence, Span


@dataclass(frozen=True, slots=True, order=True)
class CitedWords:
    """Words of a policy with the clause that they stand in."""

    evidence: Evidence
    clause: ClauseId | None = None
    """None where they stand in no clause: in a heading, in words without force."""


@dataclass(frozen=True, slots=True)
class KnownWords:
    """The words of a policy in which quotes are looked for."""

    policy: Policy
    text: str | None = None
    """The canonical text; None where only the clauses are known, as of a policy file."""

    def cite(self, evidence: Evidence) -> CitedWords:
        """Return words whose place is known, with their clause."""
        inside = (c.id for c in self.policy.clauses if c.span.covers(evidence.span))
        return CitedWords(evidence, next(inside, None))

    def find(
        self, quote: str, *, start: int | None = None, clause: ClauseId | None = None
    ) -> CitedWords | None:
        """Return the place of `quote`: at `start`, in `clause`, in the first clause, in the text.

        Args: clause: id of a clause, also of another version; the clause of the same key counts.
        """
        if start is not None and self._stands_at(quote, start):
            return self.cite(Evidence(Span(start, start + len(quote)), quote))
        key = clause.rpartition("#")[2] if clause else None
        same = [c for c in self.policy.clauses if c.id.rpartition("#")[2] == key]
        for each in (*same, *self.policy.clauses):
            if quote in each.text:
                return _inside(each, quote)
        at = self.text.find(quote) if self.text is not None else -1
        return CitedWords(Evidence(Span(at, at + len(quote)), quote)) if at >= 0 else None

    def _stands_at(self, quote: str, start: int) -> bool:
        span = Span(start, start + len(quote))
        if self.text is not None:
            return span.cut(self.text) == quote
        holding = (c for c in self.policy.clauses if c.span.covers(span))
        return any(c.text[start - c.span.start :].startswith(quote) for c in holding)


def _inside(clause: Clause, quote: str) -> CitedWords:
    start = clause.span.start + clause.text.index(quote)
    return CitedWords(Evidence(Span(start, start + len(quote)), quote), clause.id)
