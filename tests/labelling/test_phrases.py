"""The phrase language: each sign does what the head of the vocabulary file says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from usepolicy.labelling.phrases import any_phrase, phrase_pattern
from usepolicy.labelling.vocabulary import Rule, Vocabulary
from usepolicy.patterns import compile_bytes, compile_text, load_table
from usepolicy.policies.clauses import CategoryId

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import canonical


@pytest.mark.parametrize(
    ("phrase", "words", "found", "why"),
    [
        ("hate", "no hate here", "hate", "a word"),
        ("hate", "no hateful thing", None, "a word ends where it ends"),
        ("hate", "whatever", None, "and begins where it begins"),
        ("hate*", "no hateful thing", "hateful", "any ending"),
        ("harm|hurt* others", "to hurting others", "hurting others", "one of them"),
        ("self harm", "self-harm", "self-harm", "a hyphen joins as a space does"),
        ("self harm", "self, harm", None, "a comma does not"),
        (
            "sex* ~2 minors",
            "sexual content, with minors",
            "sexual content, with minors",
            "a gap crosses commas",
        ),
        ("sex* ~2 minors", "sexual content shown to the minors", None, "a gap is bounded"),
        ("sex* +2 minors", "sexual content, with minors", None, "a close gap crosses no comma"),
        ("sex* +2 minors", "sexual content with minors", "sexual content with minors", "but words"),
        (
            "a|hate_speech here",
            "hate speech here",
            "hate speech here",
            "alternatives of several words",
        ),
        ("child* ?sexual abuse", "child abuse", "child abuse", "what may be left out"),
        ("child* ?sexual abuse", "child sexual abuse", "child sexual abuse", "or stay"),
    ],
)
def test_a_phrase_matches(phrase: str, words: str, found: str | None, why: str) -> None:
    match = compile_bytes(phrase_pattern(phrase)).search(words.encode())
    assert (words[slice(*match.span())] if match else None) == found


def test_a_phrase_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="no words"):
        phrase_pattern("~3")


CATEGORY = CategoryId("sexual")


@pytest.mark.parametrize(
    ("rule", "words", "context", "matches", "why"),
    [
        (Rule(CATEGORY, ("sexual*",)), "sexual content", "", True, "named"),
        (
            Rule(CATEGORY, ("sexual*",), ignore=("sexual orientation",)),
            "sexual orientation",
            "",
            False,
            "passed over",
        ),
        (
            Rule(CATEGORY, ("sexual*",), ignore=("sexual orientation",)),
            "sexual orientation, sexual acts",
            "",
            True,
            "only there",
        ),
        (
            Rule(CATEGORY, ("a ~3 c",), ignore=("b",)),
            "a b c",
            "",
            False,
            "no phrase reaches over what is passed over",
        ),
        (
            Rule(CATEGORY, ("credit",), ("automat* decision*",)),
            "credit",
            "automated decisions on credit",
            True,
            "the lead-in helps",
        ),
        (
            Rule(CATEGORY, ("credit",), ("automat* decision*",)),
            "credit",
            "credit",
            False,
            "without it nothing",
        ),
    ],
)
def test_a_rule_reads_its_context(
    rule: Rule, words: str, context: str, matches: bool, why: str
) -> None:
    found = Vocabulary([rule]).matches(words.encode(), context.encode())
    assert (CATEGORY in found) is matches


def test_alternatives_of_one_category_are_joined() -> None:
    rules = [Rule(CATEGORY, ("nude",)), Rule(CATEGORY, ("naked",))]
    found = Vocabulary(rules).matches(b"naked or nude", b"")
    assert [(span.start, span.end) for span in found[CATEGORY]] == [(0, 5), (9, 13)]


def test_any_phrase_joins_in_order() -> None:
    assert any_phrase(["a", "b"]) == phrase_pattern("a") + "|" + phrase_pattern("b")


def test_the_vocabulary_is_written_in_its_canonical_form() -> None:
    assert canonical.main([]) == 0


@pytest.mark.parametrize("category", sorted(load_table("vocabulary/categories.yaml")))
def test_no_phrase_counts_and_is_passed_over(category: str) -> None:
    for rule in load_table("vocabulary/categories.yaml")[category]:
        assert not set(rule["any"]) & set(rule.get("ignore", ()))


SPOKEN = [
    ("may not use", "may   not\nuse", True, "markup and line ends stand for a space"),
    (r"no (?:\w+ ){0,2}use", "no high-risk, use", False, "no reach over a comma"),
    (r"no (?:\w+ ){0,2}use", "no high-risk person's use", True, "words with marks inside"),
    ("under ?age", "underage", True, "a space that may be left out"),
    ("age[- ]gate", "age\ngate", True, "or be a hyphen"),
]


@pytest.mark.parametrize(("pattern", "words", "found", "why"), SPOKEN)
def test_spoken_patterns(pattern: str, words: str, found: bool, why: str) -> None:
    assert (compile_text(pattern).search(words) is not None) is found


@pytest.mark.parametrize("word", ["minimise", "minimize", "organisation", "analysing"])
def test_both_spellings_are_one_phrase(word: str) -> None:
    pattern = compile_bytes(phrase_pattern("minimiz*|organization|analyz*"))
    assert pattern.search(word.encode()) is not None
