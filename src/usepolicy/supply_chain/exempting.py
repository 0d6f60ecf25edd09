"""Exempting: what a policy exempts without naming a use, such as education or art; pure.

Owns `data/vocabulary/exemptions.yaml`. Words that speak of the sentence before them ("this does not
include") exempt from that one; all other words from whatever the policy restricts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple, cast

from usepolicy.labelling.phrases import any_phrase
from usepolicy.patterns import Pattern, compile_bytes, load_table
from usepolicy.policies.clauses import (
    Clause,
    ClauseId,
    Effect,
    Qualifier,
    QualifierKind,
    QualifierRole,
)
from usepolicy.policies.policies import Policy
from usepolicy.policies.provisions import ProvisionKind
from usepolicy.policies.spans import Evidence
from usepolicy.reading.view import plain_view

MOST_GENERAL = 5
"""General exemptions that are told of one policy, in order of its text."""


@dataclass(frozen=True, slots=True)
class Exempting:
    """What a policy exempts without naming a use."""

    general: tuple[str, ...]
    """Words that exempt from all that it restricts, exactly."""
    of: Mapping[ClauseId, Qualifier]
    """What exempts from one clause, in the sentence behind it."""


class _Words(NamedTuple):
    whom: Pattern[bytes]
    by: Pattern[bytes]
    unless: Pattern[bytes]
    back: Pattern[bytes]
    wide: frozenset[str]

    def exempt(self, plain: bytes) -> bool:
        return bool(
            self.whom.search(plain) and self.by.search(plain) and not self.unless.search(plain)
        )


def exempting_of(policy: Policy, *, longest: int) -> Exempting:
    """Return what a policy exempts by clauses that name no category.

    Args: longest: code points up to which a clause is quoted whole.
    """
    general: list[Evidence] = []
    of: dict[ClauseId, Qualifier] = {}
    for before, clause in pairwise((None, *policy.clauses)):
        if clause is None or not _exempts(clause):
            continue
        if before is not None and _speaks_of(before, clause):
            behind = _quoted(clause, longest)
            of[before.id] = Qualifier(QualifierKind.PURPOSE, QualifierRole.LIFTS, behind)
        else:
            general.append(_quoted(clause, longest))
    general.extend(_provided(policy))
    words = dict.fromkeys(evidence.quote for evidence in sorted(general))
    return Exempting(tuple(words)[:MOST_GENERAL], MappingProxyType(of))


def _provided(policy: Policy) -> Iterator[Evidence]:
    """Yield what exempts researchers by words that are no such clause, and name no use either."""
    named = [clause.span for clause in policy.clauses if not _is_wide(clause)]
    for provision in policy.provisions:
        words = provision.evidence
        is_exemption = provision.kind is ProvisionKind.RESEARCHER_EXEMPTION
        if (
            is_exemption
            and _words().exempt(_plain(words.quote))
            and not any(span.overlaps(words.span) for span in named)
        ):
            yield words


def _exempts(clause: Clause) -> bool:
    """Tell whether a clause only permits, no use by name, and exempts somebody by its words."""
    permits = [each.effect is Effect.PERMITS for each in clause.restrictions]
    wide = bool(permits) and all(permits) and _is_wide(clause)
    return wide and _words().exempt(_plain(clause.text))


def _is_wide(clause: Clause) -> bool:
    named = {each.category for each in clause.restrictions if each.category is not None}
    return named <= _words().wide


def _speaks_of(before: Clause, clause: Clause) -> bool:
    """Tell whether a clause goes on with the words of a line, and speaks of those."""
    limits = any(each.effect is not Effect.PERMITS for each in before.restrictions)
    found = _words().back.search(_plain(clause.text))
    begins = found is not None and found.start() == 0
    return limits and begins and clause.span.start - before.span.end <= 1


def _quoted(clause: Clause, longest: int) -> Evidence:
    evidence = clause.restrictions[0].evidence
    whole = len(clause.text) <= longest or not evidence
    return Evidence(clause.span, clause.text) if whole else evidence[0]


def _plain(words: str) -> bytes:
    return plain_view(words).encode("latin-1")


@cache
def _words() -> _Words:
    table = cast("Mapping[str, Sequence[str]]", load_table("vocabulary/exemptions.yaml"))
    whom, by, unless, back = (
        compile_bytes(any_phrase(table[key])) for key in ("for", "by", "not", "back")
    )
    return _Words(whom, by, unless, back, frozenset(table["wide"]))
