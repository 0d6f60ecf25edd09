"""The labeller of uses: words and meaning as one confidence, with the words that show it."""

from __future__ import annotations

import pytest

from usepolicy.labelling.meaning import NO_USE, NONE, load_meaning
from usepolicy.labelling.protocol import Domain, Label, Passage
from usepolicy.labelling.uses import (
    LEAST,
    MOST,
    STRETCH,
    Found,
    UseLabeller,
    Weighing,
    branches_of,
    load_weighing,
    signs_of,
    use_labeller,
    worth_telling,
)
from usepolicy.labelling.words import word_labeller
from usepolicy.policies.clauses import CategoryId
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.uses import DECIDES, TELLS
from usepolicy.taxonomy.categories import load_taxonomy

A, B, C = CategoryId("a"), CategoryId("b"), CategoryId("c")


def labels(text: str) -> dict[str, Label]:
    (found,) = use_labeller().label([Passage(text)], Domain.USE)
    return {label.category: label for label in found.labels or ()}


@pytest.mark.parametrize(
    ("text", "category", "why"),
    [
        (
            "Write mails that look like the bank's, to get at card numbers",
            "phishing",
            "no word of it",
        ),
        (
            "Tell patients which tablets they may take together",
            "medical-advice",
            "put in plain words",
        ),
        ("Swap an actress's face into my film", "deepfakes", "no word of the taxonomy"),
    ],
)
def test_a_use_is_understood_by_its_meaning(text: str, category: str, why: str) -> None:
    assert category in list(labels(text)), why


def test_every_label_cites_words_of_the_text() -> None:
    text = "  Café owner: clone my late grandmother's voice for “bedtime” stories"
    found = labels(text)
    assert found
    for label in found.values():
        assert all(0 <= s.start < s.end <= len(text) for s in label.spans)
        assert list(label.spans) == sorted(set(label.spans))
        assert all(span.cut(text).strip() == span.cut(text) for span in label.spans)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("\x00\x1b[31m", "controls"),
        ("東京のボット", "another script"),
        ("мне нужен бот", "another script"),
        ("🙂" * 100, "no word"),
        ("a" * 1_000_000, "a megabyte without a space"),
    ],
)
def test_what_cannot_be_read_names_nothing(text: str, why: str) -> None:
    assert labels(text) == {}, why


def test_a_megabyte_of_words_is_labelled_by_its_start() -> None:
    assert "phishing" in labels("phishing mails for customers of a bank. " * 25_000)


def test_the_same_words_get_the_same_labels() -> None:
    text = "Score tenants by what they post"
    again = UseLabeller(
        word_labeller(), load_meaning(), load_weighing(), branches_of(load_taxonomy())
    )
    passages = [Passage("something else"), Passage(text)]
    assert again.label(passages, Domain.USE)[1] == use_labeller().label(passages[1:], Domain.USE)[0]


def test_what_is_unreadable_for_the_model_falls_back_on_words() -> None:
    assert load_meaning().of("東京") is None


def test_other_domains_are_labelled_by_words_alone() -> None:
    passage = [Passage("You may not use it for phishing")]
    named = use_labeller().label(passage, Domain.CLAUSE)
    assert named == word_labeller().label(passage, Domain.CLAUSE)


def test_probabilities_sum_to_one_with_those_of_no_category() -> None:
    meaning = load_meaning().of("Recipes from what is left in the fridge")
    assert meaning is not None
    every = sum(meaning.probabilities.values()) + meaning.none + meaning.no_use
    assert every == pytest.approx(1, abs=1e-3)
    assert set(meaning.probabilities) == set(load_taxonomy().by_id)
    assert not {NONE, NO_USE} & set(meaning.probabilities)
    assert sum(meaning.manners.values()) == pytest.approx(1, abs=1e-3)
    assert set(meaning.manners) == set(Manner)


@pytest.mark.parametrize(
    ("text", "likely", "why"),
    [
        ("A chatbot that books tables for a chain of pizzerias", True, "harmless, but a use"),
        ("Stop bots from posting threats under our videos", True, "it prevents"),
        ("The train to Basel was late again this morning", False, "it tells something"),
        ("Who painted the ceiling of that chapel?", False, "it asks for knowledge"),
    ],
)
def test_a_use_is_told_from_what_is_none(text: str, likely: bool, why: str) -> None:
    (found,) = use_labeller().label([Passage(text)], Domain.USE)
    assert found.describes_use is not None
    assert (found.describes_use > 0.5) is likely, why


def test_words_alone_cannot_tell_whether_a_use_is_described() -> None:
    (found,) = word_labeller().label([Passage("phishing mails")], Domain.USE)
    assert (found.describes_use, found.manners) == (None, {})


@pytest.mark.parametrize(
    ("confidences", "told", "why"),
    [
        ({A: 0.8, B: 0.5, C: 0.01}, {A, B}, "chance is not told"),
        ({A: 0.9, B: 0.1}, {A}, "what is far behind is not"),
        ({A: 0.01}, set(), "nothing is sure enough"),
        ({CategoryId(f"c{n}"): 0.5 for n in range(MOST + 3)}, MOST, "never a long list"),
    ],
)
def test_what_is_worth_telling(confidences, told, why) -> None:
    found = worth_telling(confidences)
    assert (len(found) if isinstance(told, int) else set(found)) == told, why


def test_a_sign_more_never_lowers_the_confidence() -> None:
    weighing, none = load_weighing(), (0.0, 0.0, 0.0, 0.0, -5.0, -3.0)
    for at in range(len(none)):
        more = (*none[:at], none[at] + 1, *none[at + 1 :])
        assert weighing.confidence(more) >= weighing.confidence(none), at


def test_weights_and_signs_are_as_many() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        Weighing((1.0,), 0.0).confidence((1.0, 2.0))


def test_a_branch_gathers_the_probability_of_its_categories() -> None:
    signs = signs_of(Found({}, {}, {}), {A: 0.2, B: 0.3, C: 0.1}, {A: "x", B: "x", C: "y"})
    assert signs[A][5] == signs[B][5] > signs[C][5]


def test_the_least_that_is_told_shows_no_use_and_decides_nothing() -> None:
    assert LEAST**STRETCH < TELLS < DECIDES
