"""The pattern detector: one pass of RE2 over a text, whatever the number of patterns.

Owns the search, what takes a match back, and how several matches make a score. The patterns are
those of `pattern_list`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from usepolicy.enforcement.detection import Content, Detection, Target
from usepolicy.enforcement.languages import is_known
from usepolicy.enforcement.normalise import Variant, variants
from usepolicy.enforcement.pattern_list import ListedPattern, PatternList, shipped_patterns
from usepolicy.enforcement.requests import Channel, Role
from usepolicy.patterns import Pattern, TextSet, compile_text_bytes
from usepolicy.policies.spans import Span
from usepolicy.supply_chain.manners import SENTENCE_ENDS

MAX_SCORE = 0.99
"""No list of words is sure."""
MAX_SPANS = 20
"""Places that are cited per pattern."""
TURNS, TURN_LENGTH = 3, 2_000
"""Earlier turns of the user that are read together with the last, and code points of each."""
REACH_BEFORE, REACH_AFTER = 60, 40
"""Bytes between a match and words that take it back: some ten words, and some seven."""
SPLIT = 0.8
"""What the score of a match across turns is multiplied by: people do change the subject."""

NOTHING = Detection()
UNKNOWN_LANGUAGE = Detection(is_trusted=False)


@dataclass(slots=True)
class _Hits:
    """What was found so far: the best score and the places of each pattern."""

    scores: dict[int, float] = field(default_factory=dict)
    spans: dict[int, set[Span]] = field(default_factory=dict)

    def add(self, number: int, score: float, spans: Sequence[Span]) -> None:
        self.scores[number] = max(score, self.scores.get(number, 0.0))
        self.spans.setdefault(number, set()).update(spans)


class PatternDetector:
    """Tells by words; what it finds, it can cite."""

    def __init__(self, patterns: PatternList) -> None:
        self._list = patterns
        self._set = TextSet(each.expression for each in patterns.patterns)
        self._compiled: dict[str, Pattern[bytes]] = {}
        self._targets = frozenset(each.target for each in patterns.patterns)

    @property
    def version(self) -> str:
        """What it is, by the hash of its patterns and scores."""
        return f"patterns sha256:{self._list.sha256[:12]}"

    @property
    def targets(self) -> frozenset[Target]:
        """What its patterns show."""
        return self._targets

    def detect(self, contents: Sequence[Content]) -> Sequence[Detection]:
        """Return what it says of each content, in order."""
        return [self._detect(content) for content in contents]

    def _detect(self, content: Content) -> Detection:
        text = content.text
        data = text.encode("utf-8", "surrogatepass")
        hits = _Hits()
        self._search(Variant(text, ""), data, hits)
        for variant in variants(text, data):
            self._search(variant, variant.text.encode("utf-8", "surrogatepass"), hits)
        if content.before and content.channel is Channel.PROMPT:
            self._search_split(content, hits)
        trusted = is_known(text, self._list.languages)
        if not hits.scores:
            return NOTHING if trusted else UNKNOWN_LANGUAGE
        return self._detection(hits, trusted)

    def _search(self, variant: Variant, data: bytes, hits: _Hits) -> None:
        for number in self._set.matching(data):
            pattern = self._list.patterns[number]
            spans = list(self._spans(pattern, variant.text, data))
            if spans:
                hits.add(number, pattern.score, [variant.place(span) for span in spans])

    def _spans(self, pattern: ListedPattern, text: str, data: bytes) -> Iterator[Span]:
        """Yield where a pattern matches and nothing takes it back."""
        back = self._places(pattern.unless, data) if pattern.unless else []
        number = 0
        for start, end in self._places(pattern.expression, data):
            # Of places in order, only those on both sides can be near: a hostile text has many.
            at = bisect_left(back, (start, start))
            if any(
                _takes_back(data, place, (start, end)) for place in back[max(0, at - 1) : at + 1]
            ):
                continue
            if number == MAX_SPANS:
                return
            number += 1
            yield _span(text, data, start, end)

    def _places(self, expression: str, data: bytes) -> list[tuple[int, int]]:
        compiled = self._compiled.get(expression)
        if compiled is None:
            compiled = self._compiled[expression] = compile_text_bytes(expression)
        return [match.span() for match in compiled.finditer(data)]

    def _search_split(self, content: Content, hits: _Hits) -> None:
        """Look for what the last turn finishes of earlier ones."""
        before = [turn.text[-TURN_LENGTH:] for turn in content.before if turn.role is Role.USER]
        if not before:
            return
        lead = " ".join(before[-TURNS:]) + " "
        text = lead + content.text[:TURN_LENGTH]
        data = text.encode("utf-8", "surrogatepass")
        for number in self._set.matching(data):
            pattern = self._list.patterns[number]
            across = [
                Span(0, min(span.end - len(lead), len(content.text)))
                for span in self._spans(pattern, text, data)
                if span.start < len(lead) < span.end
            ]
            if across:
                hits.add(number, pattern.score * SPLIT, across)

    def _detection(self, hits: _Hits, trusted: bool) -> Detection:
        scores: dict[Target, float] = {}
        needs: dict[Target, float] = {}
        spans: dict[Target, tuple[Span, ...]] = {}
        for number, score in sorted(hits.scores.items()):
            pattern = self._list.patterns[number]
            told = needs if pattern.is_need else scores
            told[pattern.target] = _either(told.get(pattern.target, 0.0), score)
            if not pattern.is_need:
                places = {*spans.get(pattern.target, ()), *hits.spans[number]}
                spans[pattern.target] = tuple(sorted(places))
        return Detection(scores, spans, needs, is_trusted=trusted)


def _either(a: float, b: float) -> float:
    """Return the probability that one of two signs is right, as if each erred by itself."""
    return round(min(MAX_SCORE, 1 - (1 - a) * (1 - b)), 4)


def _takes_back(data: bytes, unless: tuple[int, int], match: tuple[int, int]) -> bool:
    """Tell whether words that say otherwise overlap a match or stand beside it."""
    if unless[1] <= match[0]:
        gap, reach = data[unless[1] : match[0]], REACH_BEFORE
    elif match[1] <= unless[0]:
        gap, reach = data[match[1] : unless[0]], REACH_AFTER
    else:
        return True
    return len(gap) <= reach and not any(end in gap for end in SENTENCE_ENDS)


def _span(text: str, data: bytes, start: int, end: int) -> Span:
    """Return a range of bytes as one of code points."""
    if len(text) == len(data):
        return Span(start, end)
    before = len(data[:start].decode("utf-8", "surrogatepass"))
    return Span(before, before + len(data[start:end].decode("utf-8", "surrogatepass")))


def shipped_detector() -> PatternDetector:
    """Return the detector of the shipped list."""
    return PatternDetector(shipped_patterns())
