"""Similarity and clusters: symmetric, without order, fair to the unknown, fast."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usepolicy.comparison.similarity import bits_of, clusters, pairs, similarity
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import NOT_CODED, Cell, CellValue, Coding
from usepolicy.policies.policies import Identity

ALL = [CategoryId(c) for c in "abcdefgh"]
SIGNS = st.text("+-?", min_size=8, max_size=8)


@pytest.mark.parametrize(
    ("a", "b", "alike", "why"),
    [
        ("++--", "++--", 1.0, "the same"),
        ("++--", "--++", 0.0, "nothing in common"),
        ("++--", "+---", 0.5, "one of two"),
        ("+?--", "++--", 1.0, "what one did not look at is no difference"),
        ("????", "++--", None, "nothing that both looked at"),
        ("----", "----", None, "silence of both is no likeness"),
        ("~---", "!---", 1.0, "strength does not count"),
    ],
)
def test_alike(make, a: str, b: str, alike: float | None, why: str) -> None:
    assert similarity(bits_of(make("a", a), ALL), bits_of(make("b", b), ALL)) == alike, why


@given(a=SIGNS, b=SIGNS)
def test_similarity_is_symmetric(make, a: str, b: str) -> None:
    x, y = bits_of(make("a", a), ALL), bits_of(make("b", b), ALL)
    assert similarity(x, y) == similarity(y, x)


@given(signs=st.lists(SIGNS, min_size=1, max_size=8), seed=st.integers(0, 99))
def test_the_order_of_codings_changes_nothing(make, signs: list[str], seed: int) -> None:
    codings = [make(str(at), cells) for at, cells in enumerate(signs)]
    shuffled = random.Random(seed).sample(codings, len(codings))
    assert pairs(codings, ALL) == pairs(shuffled, ALL)
    assert clusters(codings, ALL, at_least=0.4) == clusters(shuffled, ALL, at_least=0.4)


@given(signs=st.lists(SIGNS, min_size=1, max_size=8))
def test_every_coding_is_in_one_cluster(make, signs: list[str]) -> None:
    codings = [make(str(at), cells) for at, cells in enumerate(signs)]
    members = [m.id for c in clusters(codings, ALL, at_least=0.4) for m in c.members]
    assert sorted(members) == sorted(coding.id for coding in codings)


@pytest.mark.parametrize(
    ("signs", "at_least", "groups", "why"),
    [
        (["++--", "++--", "--++"], 0.5, [["0", "1"], ["2"]], "two and one"),
        (["++--", "++--", "--++"], 0.0, [["0", "1", "2"]], "anything goes"),
        (["++--", "+++-", "++++"], 0.7, [["1", "2"], ["0"]], "the most alike join first"),
        (["++--"], 0.5, [["0"]], "one alone"),
        ([], 0.5, [], "none"),
    ],
)
def test_clusters(make, signs, at_least, groups, why) -> None:
    codings = [make(str(at), cells) for at, cells in enumerate(signs)]
    found = [[m.label for m in c.members] for c in clusters(codings, ALL, at_least=at_least)]
    assert found == groups, why


def test_cohesion_is_the_mean_of_the_pairs(make) -> None:
    codings = [make("0", "++--"), make("1", "++--"), make("2", "+---")]
    (cluster,) = clusters(codings, ALL, at_least=0.3)
    assert cluster.cohesion == pytest.approx((1 + 0.5 + 0.5) / 3)


def test_five_hundred_codings_are_compared_in_time() -> None:
    """5 s on one core is promised; measured 0.3 s for pairs and 0.6 s for clusters."""
    chance = random.Random(1)
    categories = [CategoryId(str(at)) for at in range(147)]
    coded = Cell(CellValue.CODED)
    codings = [
        Coding(
            str(n),
            str(n),
            "t",
            Identity(),
            {c: coded if chance.random() < 0.3 else NOT_CODED for c in categories},
        )
        for n in range(500)
    ]
    started = time.process_time()
    assert len(pairs(codings, categories)) == 124_750
    clusters(codings, categories, at_least=0.2)
    assert time.process_time() - started < 5
