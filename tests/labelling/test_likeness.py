"""Likeness: categories by the words that a text shares with them."""

from __future__ import annotations

import pytest

from usepolicy.labelling.likeness import UseIndex, load_index
from usepolicy.labelling.protocol import Domain, Passage
from usepolicy.labelling.words import GUESS, LIKELY, word_labeller
from usepolicy.patterns import load_table
from usepolicy.policies.clauses import CategoryId
from usepolicy.supply_chain.examples import typical_uses
from usepolicy.supply_chain.uses import DECIDES
from usepolicy.taxonomy.categories import load_taxonomy

A, B = CategoryId("a"), CategoryId("b")
INDEX = UseIndex({A: {"boat": 1, "sail": 1}, B: {"boat": 1, "train": 3}})


@pytest.mark.parametrize(
    ("text", "first", "words", "why"),
    [
        ("sailing boats", "a", ["sailing", "boats"], "both words, as stems"),
        ("a boat on a train", "b", ["boat", "train"], "a word that counts thrice"),
        ("nothing here", None, [], "no word"),
    ],
)
def test_the_likest_comes_first_with_its_words(text, first, words, why):
    found = INDEX.like(text)
    assert (found[0].category if found else None) == first, why
    assert [span.cut(text) for span in found[0].spans] == words if found else not words


def test_a_rare_word_says_more():
    index = UseIndex({A: {"boat": 1}, B: {"boat": 1, "train": 1}, CategoryId("c"): {"boat": 1}})
    assert index.like("train")[0].score > index.like("boat")[0].score


def test_every_category_has_kin_words():
    kin = load_table("vocabulary/kin.yaml")
    assert set(kin["categories"]) == {category.id for category in load_taxonomy().categories}
    assert load_index() is load_index()


def test_a_guess_decides_nothing_unless_it_is_likely():
    assert GUESS < DECIDES <= LIKELY
    benign = [Passage(use.use) for use in typical_uses() if not use.expects]
    labels = [each.labels or () for each in word_labeller().label(benign, Domain.USE)]
    assert [label for each in labels for label in each if label.score >= DECIDES] == []
