"""The whole text of a version as lines of pieces: what is a clause, and which words it cites.

Owns how canonical Markdown is shown: headings, items and paragraphs, its marks left out. The words
are only ever text; nothing of the Markdown becomes a link or a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Policy
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.words import inert

MOST = 400_000
"""Characters of a text that are shown; the rest is named as left out."""
_HEAD = re.compile(r"[ \t]*(#{1,6})[ \t]+")
_ITEM = re.compile(r"([ \t]*)(?:[-*+•]|\d{1,3}[.)])[ \t]+")
HIDDEN = re.compile(
    r"\*\*|__|\\(?=[^\w\s])|(?<=\])\([^()\s]{0,2000}\)|\[(?=[^\]\n]{1,400}\]\()|\](?=\()"
)
"""Marks of Markdown, and where its links lead: no words of the text."""
_RULE = re.compile(r"[ \t]*(?:-[ \t]*){3,}|[ \t]*={3,}[ \t]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one kind."""

    words: str
    clause: str
    """Key of the clause; empty outside of one."""
    cited: bool
    """Whether a restriction rests on them."""
    anchor: bool
    """Whether the clause begins here."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a clause that begins in a line says."""

    clause: str
    category: str
    name: str
    strength: str
    rejected_by: str
    """Who says, with the day, that the policy does not have the category."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text."""

    kind: str
    """`heading`, `item`, `text` or `rule`."""
    level: int
    """Of a heading from 1, of an item from 0."""
    pieces: tuple[Piece, ...]
    notes: tuple[Note, ...]


def lines_of(known: KnownWords, rejected: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the lines of a text that say something, in order.

    Args: rejected: who rejected which categories.
    """
    text = (known.text or "")[:MOST]
    marks = _Marks(known.policy, rejected)
    return tuple(line for start, end in _lines(text) if (line := _line(text, start, end, marks)))


class _Marks:
    """Which clause and which evidence a place belongs to."""

    def __init__(self, policy: Policy, rejected: Mapping[str, str]) -> None:
        self.policy = policy
        self.rejected = rejected
        cuts = set()
        self.cited: list[tuple[int, int]] = []
        for clause in policy.clauses:
            cuts |= {clause.span.start, clause.span.end}
            for restriction in clause.restrictions:
                for words in restriction.evidence if restriction.category else ():
                    self.cited.append((words.span.start, words.span.end))
                    cuts |= {words.span.start, words.span.end}
        self.cuts = sorted(cuts)
        self.clauses = [(c.span.start, c.span.end, c.id.rpartition("#")[2]) for c in policy.clauses]

    def clause(self, at: int) -> str:
        """Return the key of the innermost clause at a place."""
        inside = [(end - start, key) for start, end, key in self.clauses if start <= at < end]
        return min(inside)[1] if inside else ""

    def starts(self, at: int) -> bool:
        return any(start == at for start, _, _ in self.clauses)

    def is_cited(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.cited)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _line(text: str, start: int, end: int, marks: _Marks) -> Line | None:
    words = text[start:end]
    if not words.strip():
        return None
    if _RULE.fullmatch(words):
        return Line("rule", 0, (), ())
    kind, level, skip = "text", 0, 0
    if head := _HEAD.match(words):
        kind, level, skip = "heading", len(head.group(1)), head.end()
    elif item := _ITEM.match(words):
        kind, level, skip = "item", min(3, len(item.group(1).expandtabs(4)) // 2), item.end()
    pieces = tuple(_pieces(text, start + skip, end, marks))
    return Line(kind, level, pieces, tuple(_notes(marks, start, end)))


def _pieces(text: str, start: int, end: int, marks: _Marks) -> Iterator[Piece]:
    hidden = [(m.start(), m.end()) for m in HIDDEN.finditer(text, start, end)]
    places = {place for pair in hidden for place in pair}
    cuts = sorted({start, end, *places, *(c for c in marks.cuts if start < c < end)})
    for a, b in pairwise(cuts):
        if any(left <= a < right for left, right in hidden):
            continue
        clause = marks.clause(a)
        yield Piece(inert(text[a:b]), clause, bool(clause) and marks.is_cited(a), marks.starts(a))


def _notes(marks: _Marks, start: int, end: int) -> Iterator[Note]:
    names = load_taxonomy().by_id
    for clause in marks.policy.clauses:
        if start <= clause.span.start <= end:
            seen: Sequence[str] = [r.category for r in clause.restrictions if r.category]
            for category in dict.fromkeys(seen):
                strengths = [r.strength for r in clause.restrictions if r.category == category]
                strength = next((s.value for s in strengths if s), "permitted")
                key = clause.id.rpartition("#")[2]
                no = marks.rejected.get(category, "")
                yield Note(key, category, names[category].name, strength, no)
