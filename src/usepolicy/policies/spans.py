"""Spans and evidence: the places in a text that everything derived from it cites."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range `[start, end)` in code points of a version's canonical text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """INVARIANT: 0 <= start <= end."""
        if not 0 <= self.start <= self.end:
            raise ValueError(f"no span: {self.start}..{self.end}")

    def __len__(self) -> int:
        """Return the number of code points."""
        return self.end - self.start

    def cut(self, text: str) -> str:
        """Return the words of `text` that the span covers."""
        return text[self.start : self.end]

    def covers(self, other: Span) -> bool:
        """Tell whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Words of a text and where they stand; `span.cut(text) == quote`, always."""

    span: Span
    quote: str

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Evidence:
        """Cut the evidence out of `text`, white space at its ends left out."""
        words = text[start:end]
        start += len(words) - len(words.lstrip())
        words = words.strip()
        return cls(Span(start, start + len(words)), words)
