"""The vocabulary: the words by which policies name each category, as data with its own tests.

Owns `data/vocabulary/categories.yaml` and its compiled form. Which units of a document may be
matched at all is decided by the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from usepolicy.labelling.phrases import PASSED_OVER, any_phrase
from usepolicy.patterns import Match, Pattern, PatternSet, compile_bytes, load_table
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which a category is named; the rules of a category are alternatives."""

    category: CategoryId
    any: tuple[str, ...]
    """Phrases of which one must match."""
    context: tuple[str, ...] = ()
    """Phrases of which one must match too, in the clause or in what leads into it."""
    ignore: tuple[str, ...] = ()
    """Phrases that are passed over first: "sexual orientation" names no sexual content."""


@dataclass(frozen=True, slots=True)
class WordMatch:
    """Words of a clause that a phrase of the vocabulary matches, and whether they count."""

    phrase: str
    """As it stands in the vocabulary."""
    span: Span
    """In the clause."""
    passed_over: str | None = None
    """The phrase that takes the words away: "child abuse" is no abuse at large."""
    needs: tuple[str, ...] = ()
    """Phrases of which one would have to stand in the clause or above it, and none does."""

    @property
    def counts(self) -> bool:
        """Whether the words name the category."""
        return self.passed_over is None and not self.needs


class Matcher:
    """A compiled rule; compiled when first needed, since most documents need few."""

    __slots__ = ("_any", "_context", "_ignore", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._any: Pattern[bytes] | None = None
        self._context: Pattern[bytes] | None = None
        self._ignore: Pattern[bytes] | None = None

    def spans(self, words: bytes, context: bytes) -> list[Span]:
        """Return where a clause names the category.

        Args: words: the plain view of the clause; context: of what leads into it and itself.
        """
        if self._any is None:
            self._any = compile_bytes(any_phrase(self.rule.any))
            self._ignore = _compiled(self.rule.ignore)
            self._context = _compiled(self.rule.context)
        if self._context is not None and not self._context.search(context):
            return []
        if self._ignore is not None:
            words = self._ignore.sub(_pass_over, words)
        return [Span(*match.span()) for match in self._any.finditer(words)]


def _compiled(phrases: tuple[str, ...]) -> Pattern[bytes] | None:
    return compile_bytes(any_phrase(phrases)) if phrases else None


def _pass_over(match: Match) -> bytes:
    return PASSED_OVER * (match.end() - match.start())


class Vocabulary:
    """All rules, with one set that tells in a single pass which of them can match a clause."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._matchers = tuple(Matcher(rule) for rule in self.rules)
        self._set = PatternSet(any_phrase(rule.any) for rule in self.rules)

    def matches(self, words: bytes, context: bytes) -> Mapping[CategoryId, tuple[Span, ...]]:
        """Return where a clause names which categories; spans in the clause, in order."""
        found: dict[CategoryId, list[Span]] = {}
        for number in self._set.matching(words):
            spans = self._matchers[number].spans(words, context)
            if spans:
                found.setdefault(self.rules[number].category, []).extend(spans)
        return {category: tuple(sorted(set(spans))) for category, spans in sorted(found.items())}

    def why(self, category: CategoryId, words: bytes, context: bytes) -> Iterator[WordMatch]:
        """Yield what the phrases of one category match in a clause, whether it counts or not.

        Slower than `matches`, which agrees with it on what counts.
        """
        for rule in self.rules:
            if rule.category == category:
                yield from _why(rule, words, context)


def _why(rule: Rule, words: bytes, context: bytes) -> Iterator[WordMatch]:
    needed = _compiled(rule.context)
    missing = rule.context if needed and not needed.search(context) else ()
    taken = [
        (phrase, Span(*match.span()))
        for phrase in rule.ignore
        for match in compile_bytes(any_phrase([phrase])).finditer(words)
    ]
    for phrase in rule.any:
        for match in compile_bytes(any_phrase([phrase])).finditer(words):
            span = Span(*match.span())
            over = next((name for name, place in taken if place.overlaps(span)), None)
            yield WordMatch(phrase, span, over, missing)


def _rules(table: Mapping[str, list[dict[str, list[str]]]]) -> Iterator[Rule]:
    for category, rules in table.items():
        for rule in rules:
            phrases = (
                tuple(str(phrase) for phrase in rule.get(key, ()))
                for key in ("any", "with", "ignore")
            )
            yield Rule(CategoryId(category), *phrases)


def load_vocabulary(name: str = "categories") -> Vocabulary:
    """Return a shipped vocabulary, compiled once: `categories` of policies, `uses` of people."""
    return _vocabulary(name)


@cache
def _vocabulary(name: str) -> Vocabulary:
    """Return what is kept: a cache around the default would compile `categories` a second time."""
    table = load_table(f"vocabulary/{name}.yaml")
    return Vocabulary(list(_rules(cast("dict[str, list[dict[str, list[str]]]]", table))))
