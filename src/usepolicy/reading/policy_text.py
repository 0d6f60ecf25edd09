"""The text of a policy file: where its clauses stand in it, and as much of it as is known.

Owns the two kinds of text: that of a file written by hand, its clauses joined with a newline,
and that of a file made from a document, of which the file tells the clauses alone.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from usepolicy.policies.spans import Span
from usepolicy.reading.policy_problems import Path, Report, shown
from usepolicy.reading.policy_schema import ClauseEntry, PolicyFile, VersionEntry

MAX_SEARCHED = 1_000_000_000
"""Code points searched for quotes without a place: about one second."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the canonical text that the file tells."""

    start: int
    text: str

    @property
    def span(self) -> Span:
        """Return the place of the piece."""
        return Span(self.start, self.start + len(self.text))

    def cut(self, span: Span) -> str | None:
        """Return the words at `span`; None where it is not wholly inside."""
        if not self.span.covers(span):
            return None
        return self.text[span.start - self.start : span.end - self.start]


class KnownText:
    """As much of the canonical text as the file tells: all of it, or that of the clauses."""

    def __init__(self, pieces: Iterable[Piece], length: int) -> None:
        self.pieces = sorted(pieces, key=lambda piece: piece.start)
        self.length = length
        """Code points of the whole text."""
        self._starts = [piece.start for piece in self.pieces]
        self._budget = MAX_SEARCHED

    def cut(self, span: Span) -> str | None:
        """Return the words at `span`; None where the file does not tell them."""
        index = bisect_right(self._starts, span.start) - 1
        return self.pieces[index].cut(span) if index >= 0 else None

    def find(self, quote: str, pieces: Sequence[Piece]) -> int | None:
        """Return the first place of `quote` in `pieces`; None also where the search is too long."""
        for piece in pieces:
            self._budget -= len(piece.text)
            if self._budget < 0:
                return None
            at = piece.text.find(quote)
            if at >= 0:
                return piece.start + at
        return None


def is_joined(file: PolicyFile) -> bool:
    """Tell whether the text of the file is its clauses joined with a newline.

    It is not where the version gives the hash and length of another text, and clauses, if
    there are any, give their places in it.
    """
    if file.version.text_sha256 is None or file.version.text_length is None:
        return True
    placed = any(clause.start is not None for clause in file.clauses)
    return bool(file.clauses) and not placed


def check_text(entry: VersionEntry, text: str, report: Report) -> None:
    """Note where a version gives facts that are not those of the joined text."""
    help = "leave out `text_length` and `text_sha256`: they are computed"
    if entry.text_length not in (None, len(text)):
        message = f"the clauses joined have {len(text)} code points, not {entry.text_length}"
        report.add(("version", "text_length"), "text-mismatch", message, help=help)
    if entry.text_sha256 not in (None, hashlib.sha256(text.encode()).hexdigest()):
        message = "the clauses joined have another hash"
        report.add(("version", "text_sha256"), "text-mismatch", message, help=help)


def place_clauses(entries: Sequence[ClauseEntry], joined: bool, report: Report) -> list[Piece]:
    """Return where each clause stands: as given, or as `joined` puts it."""
    pieces = []
    position = 0
    for index, entry in enumerate(entries):
        path: Path = ("clauses", index)
        if joined:
            start = position
            _check_joined(path, entry, start, report)
        else:
            start = _given_start(path, entry, report)
        pieces.append(Piece(start, entry.text))
        position = start + len(entry.text) + 1
    return pieces


def check_overlaps(pieces: Sequence[Piece], report: Report) -> None:
    """Note the clauses whose words are not those that an overlapping clause has at that place."""
    run: list[str] = []
    start = 0
    for index, piece in sorted(enumerate(pieces), key=lambda each: each[1].start):
        shared = start + len(run) - piece.start
        if shared <= 0:
            run, start = list(piece.text), piece.start
            continue
        before = "".join(run[piece.start - start : piece.span.end - start])
        if not piece.text.startswith(before):
            message = f"the clause overlaps another, which has `{shown(before)}` there"
            report.add(("clauses", index, "text"), "clause-mismatch", message)
        run.extend(piece.text[shared:])


def _check_joined(path: Path, entry: ClauseEntry, start: int, report: Report) -> None:
    """A hand-written file may give places, but they must be those of the joined text."""
    expected = {"start": start, "end": start + len(entry.text)}
    for key, value in expected.items():
        if getattr(entry, key) not in (None, value):
            message = f"`{key}` is {getattr(entry, key)}, but in the clauses joined it is {value}"
            help = "leave out `start` and `end`: they are computed"
            report.add((*path, key), "span-mismatch", message, help=help)


def _given_start(path: Path, entry: ClauseEntry, report: Report) -> int:
    if entry.start is None:
        message = "this clause has no `start`, but other clauses have one"
        help = (
            "give its place in the text; or leave out every `start` and `end`, "
            "`text_length` and `text_sha256`: the text is then the clauses joined"
        )
        report.add(path, "missing-span", message, help=help)
        return 0
    expected = entry.start + len(entry.text)
    if entry.end not in (None, expected):
        message = f"`text` has {len(entry.text)} code points, so `end` is {expected}"
        report.add((*path, "end"), "span-mismatch", f"{message}, not {entry.end}")
    return entry.start
