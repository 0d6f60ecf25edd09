"""Checks: what people who write a policy should look at before they publish it.

Owns the findings and their order. Words and terms to look for come in as an argument. What the
reading could not see is no finding: of a text that was not read, only that is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from usepolicy.comparison.matrix import Matrix, Row
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import (
    CategoryId,
    Clause,
    Effect,
    QualifierRole,
    Restriction,
    Strength,
)
from usepolicy.policies.codings import CellValue, Coding
from usepolicy.policies.policies import Policy
from usepolicy.policies.provisions import ProvisionKind as Kind
from usepolicy.policies.spans import Evidence, Span

CONSEQUENCES = {
    Kind.WARNING,
    Kind.FEATURE_OR_RATE_LIMIT,
    Kind.CONTENT_REMOVAL,
    Kind.SUSPENSION,
    Kind.TERMINATION_BAN,
    Kind.REPORT_TO_AUTHORITIES,
}
"""Provisions that say what follows a breach."""
MISSING = {
    Kind.NOTICE_OF_VIOLATION: (
        "no-notice",
        "no notice to the user",
        "say when and how a user is told",
    ),
    Kind.JUSTIFICATION: (
        "no-justification",
        "no reasons for an action",
        "promise the reasons, and the rule broken",
    ),
    Kind.APPEAL: (
        "no-appeal",
        "no way to contest an action",
        "name an address, a time limit and who decides",
    ),
    Kind.RESEARCHER_EXEMPTION: (
        "no-researcher-exemption",
        "no exemption for good-faith research",
        "say who may test what, and that they are not sanctioned for it",
    ),
}
"""Provisions that a policy should have: code, what is missing, advice."""
MANY = 0.5
"""Share of the peers from which what they prohibit is worth a thought."""


@dataclass(frozen=True, slots=True)
class Words:
    """Something to look for in the words of clauses."""

    pattern: re.Pattern[str]
    advice: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at."""

    code: str
    """Kebab-case, stable."""
    message: str
    advice: str
    evidence: Evidence | None = None
    """The words that it is about; None where something is missing."""
    clause: str = ""
    """Id of the clause; empty where something is missing."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Whom a policy is measured by."""

    codings: tuple[Coding, ...]
    rows: tuple[Row, ...]
    """Groups of categories."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What to look for in the words."""

    vague: tuple[Words, ...]
    terms: tuple[Words, ...]
    """Terms that a policy defines if it writes them with a capital."""


def check(subject: Subject, peers: Peers, lexicon: Lexicon) -> tuple[Finding, ...]:
    """Return all findings: those with a place in the order of the text, then what is missing."""
    policy = subject.policy
    if policy is None or not policy.is_read:
        return (Finding("not-read", "the text was not read, so nothing can be said", "read it"),)
    placed = [
        *_contradictions(policy),
        *_vague(policy, lexicon),
        *_undefined(policy, subject.text, lexicon),
    ]
    placed.sort(key=lambda f: (f.evidence.span if f.evidence else Span(0, 0), f.code))
    return (*placed, *_missing(policy), *_peers(subject.coding, peers))


Pairs = list[tuple[Clause, Restriction]]


def _contradictions(policy: Policy) -> Iterator[Finding]:
    """Find categories with outright prohibition beside permission, or beside a condition."""
    by_category: dict[CategoryId, Pairs] = {}
    for clause in policy.clauses:
        for restriction in clause.restrictions:
            if restriction.category is not None:
                by_category.setdefault(restriction.category, []).append((clause, restriction))
    for category, pairs in by_category.items():
        outright = [
            p for p in pairs if p[1].strength is Strength.PROHIBITED and not _narrowed(p[1])
        ]
        permits = [p for p in pairs if p[1].effect is Effect.PERMITS and not p[1].qualifiers]
        lifted = [p for p in pairs if p[1].strength is Strength.RESTRICTED]
        yield from _against(category, outright, permits, "contradiction")
        yield from _against(category, outright, lifted, "uneven-condition")


def _narrowed(restriction: Restriction) -> bool:
    return any(q.role is QualifierRole.NARROWS for q in restriction.qualifiers)


def _against(category: str, outright: Pairs, others: Pairs, code: str) -> Iterator[Finding]:
    """Name the first outright prohibition beside the first clause that says otherwise."""
    for clause, restriction in others[:1]:
        for prohibiting, first in outright[:1]:
            if prohibiting.id == clause.id:
                continue
            what = "permitted" if code == "contradiction" else "allowed under a condition"
            message = (
                f"`{category}` is prohibited outright at “{first.evidence[0].quote}”, {what} here"
            )
            advice = "say in one place which of the two holds"
            yield Finding(code, message, advice, restriction.evidence[0], clause.id)


def _vague(policy: Policy, lexicon: Lexicon) -> Iterator[Finding]:
    for clause in policy.clauses:
        for words in lexicon.vague:
            match = words.pattern.search(clause.text)
            if match and clause.restrictions:
                message = f"`{match.group()}` is vague"
                yield Finding("vague-words", message, words.advice, _at(clause, match), clause.id)


def _undefined(policy: Policy, text: str | None, lexicon: Lexicon) -> Iterator[Finding]:
    """Find terms with a capital that the text never defines; without the text none is found."""
    if text is None:
        return
    for words in lexicon.terms:
        used = (
            (clause, _inside_a_sentence(words.pattern, clause.text)) for clause in policy.clauses
        )
        clause, match = next(((c, m) for c, m in used if m), (None, None))
        if clause and match and not _is_defined(match.group(), text):
            message = f"`{match.group()}` is written as a term and not defined"
            advice = "define it, or write it small"
            yield Finding("undefined-term", message, advice, _at(clause, match), clause.id)


def _inside_a_sentence(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return a match after a small letter or a comma: elsewhere a capital means nothing."""
    for match in pattern.finditer(text):
        if re.search(r"[a-z,] $", text[: match.start()][-2:]):
            return match
    return None


def _is_defined(term: str, text: str) -> bool:
    """Tell whether the text has the term, or its plural or singular, in quotes or bold."""
    stem = re.escape(term.removesuffix("s"))
    return re.search(rf"[\"“”'‘(*_]{{1,2}}{stem}s?[\"“”'’)*_,.]{{1,2}}", text) is not None


def _missing(policy: Policy) -> Iterator[Finding]:
    kinds = {provision.kind for provision in policy.provisions}
    if any(clause.restrictions for clause in policy.clauses) and not kinds & CONSEQUENCES:
        message = "the restrictions have no stated consequence"
        yield Finding("no-consequence", message, "say what follows a breach, from warning to ban")
    for kind, (code, message, advice) in MISSING.items():
        if kind not in kinds:
            yield Finding(code, message, advice)


def _peers(coding: Coding, peers: Peers) -> Iterator[Finding]:
    matrix = Matrix(peers.rows, peers.codings)
    for row in matrix.rows:
        total, mine = matrix.row_total(row), matrix.cell(row, coding)
        if mine.value is CellValue.NOT_CODED and total >= MANY * len(peers.codings):
            message = f"{total} of {len(peers.codings)} peers restrict {row.label}, this does not"
            yield Finding("peers", message, "restrict it, or know why not")


def _at(clause: Clause, match: re.Match[str]) -> Evidence:
    start = clause.span.start
    return Evidence(Span(start + match.start(), start + match.end()), match.group())
