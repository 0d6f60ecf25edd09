"""Noise inside words: read as if it were not there, cited as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usepolicy.policies.policies import Policy
from usepolicy.policies.versions import VersionId
from usepolicy.reading.noise import without_noise
from usepolicy.reading.reader import categories_of, read_policy

EXAMPLE = (Path(__file__).parents[2] / "examples" / "harbourlight-aup.md").read_text("utf-8")


def read(text: str) -> Policy:
    return read_policy(text, version_id=VersionId("a/b@undated"))


NOISE = [
    ("fr\u200baud", "fraud", "a zero-width space"),
    ("fr\u00adaud", "fraud", "a soft hyphen"),
    ("fr\u2060aud", "fraud", "a word joiner"),
    ("f\u202eraud", "fraud", "a mark that turns the direction"),
    ("fra\u0301ud", "fraud", "an accent written apart"),
    ("**f**raud", "**fraud", "emphasis of half a word"),
    ("fraud and 2 * 3", "fraud and 2 * 3", "a star between words stays"),
    ("snake_case", "snake_case", "and so does an underscore"),
]


@pytest.mark.parametrize(("text", "plain", "why"), NOISE)
def test_what_is_left_out(text: str, plain: str, why: str) -> None:
    left, places = without_noise(text)
    assert left == plain
    if places is not None:
        assert [text[place] for place in places[:-1]] == list(left)
        assert places[-1] == len(text)


@pytest.mark.parametrize("noise", ["\u200b", "\u00ad", "\u2060", "\ufeff", "\u200e"])
def test_no_word_hides_behind_noise(noise: str) -> None:
    noisy = noise.join(EXAMPLE)
    policy = read(noisy)
    assert categories_of(policy) == categories_of(read(EXAMPLE))
    assert [c.id for c in policy.clauses] == [c.id for c in read(EXAMPLE).clauses]
    assert policy.version.text_length == len(noisy)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, len(EXAMPLE)), max_size=40), st.sampled_from("\u200b\u00ad\u2060"))
def test_every_quote_is_cut_from_the_text_as_it_is(places: list[int], noise: str) -> None:
    text = EXAMPLE
    for place in sorted(places, reverse=True):
        text = text[:place] + noise + text[place:]
    policy = read(text)
    for clause in policy.clauses:
        assert clause.span.cut(text) == clause.text
        for restriction in clause.restrictions:
            cited = [*restriction.evidence, *(q.evidence for q in restriction.qualifiers)]
            assert all(e.span.cut(text) == e.quote for e in cited)
    for item in (*policy.provisions, *policy.references):
        assert item.evidence.span.cut(text) == item.evidence.quote
