"""Agreement: figures against well-kept libraries, pairing, disagreements."""

from __future__ import annotations

import warnings

import krippendorff
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from usepolicy.comparison.agreement import (
    Agreement,
    Pair,
    agreement,
    disagreements,
    pair_up,
)
from usepolicy.errors import UsageError
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding
from usepolicy.policies.policies import Identity
from usepolicy.policies.spans import Evidence, Span

CODED = Cell(CellValue.CODED, evidence=(Evidence(Span(0, 4), "spam"),))
CELLS = {"1": CODED, "0": NOT_CODED, "?": UNKNOWN}


def coding(values: str, *, id: str = "x/y@undated", developer: str | None = None) -> Coding:
    cells = {CategoryId(f"c{n}"): CELLS[value] for n, value in enumerate(values)}
    return Coding(id, developer or id, "test", Identity(developer=developer), cells)


def counted(a: str, b: str) -> Agreement:
    categories = [CategoryId(f"c{n}") for n in range(len(a))]
    return agreement([Pair("p", coding(a), coding(b))], categories)


TABLE = [
    # A, B, observed, kappa, alpha, why the row exists
    ("1100", "1100", 1.0, 1.0, 1.0, "full agreement"),
    ("1100", "0011", 0.0, -1.0, -0.75, "full disagreement; alpha corrects for the small sample"),
    ("1010", "1100", 0.5, 0.0, 0.125, "as by chance"),
    ("1111", "1111", 1.0, None, None, "nothing varies, so nothing can be corrected for chance"),
    ("0000", "0000", 1.0, None, None, "the same of absence"),
    ("1111", "1110", 0.75, 0.0, 0.0, "one side says the same of everything"),
    ("1?0?", "1100", 1.0, 1.0, 1.0, "unknown cells are left out"),
    ("??", "10", None, None, None, "nothing to compare"),
    ("1", "0", 0.0, 0.0, 0.0, "one cell"),
]


@pytest.mark.parametrize(("a", "b", "observed", "kappa", "alpha", "why"), TABLE)
def test_figures(a, b, observed, kappa, alpha, why) -> None:
    found = counted(a, b)
    assert (found.observed, found.kappa, found.alpha) == (observed, kappa, alpha), why


@given(st.lists(st.tuples(st.sampled_from("01?"), st.sampled_from("01?")), min_size=1))
def test_figures_are_those_of_the_libraries(cells) -> None:
    found = counted("".join(a for a, _ in cells), "".join(b for _, b in cells))
    known = [(int(a), int(b)) for a, b in cells if "?" not in (a, b)]
    assert (found.compared, found.unknown) == (len(known), len(cells) - len(known))
    if len({value for pair in known for value in pair}) < 2:
        assert (found.kappa, found.alpha) == (None, None)
        return
    first, second = zip(*known, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kappa = cohen_kappa_score(first, second)
    alpha = krippendorff.alpha([first, second], level_of_measurement="nominal")
    assert found.kappa == pytest.approx(kappa)
    assert found.alpha == pytest.approx(alpha)


@given(st.lists(st.tuples(st.sampled_from("01?"), st.sampled_from("01?"))))
def test_which_side_comes_first_does_not_matter(cells) -> None:
    a, b = "".join(a for a, _ in cells), "".join(b for _, b in cells)
    one, other = counted(a, b), counted(b, a)
    assert (one.observed, one.kappa, one.alpha) == (other.observed, other.kappa, other.alpha)
    assert (one.only_a, one.only_b) == (other.only_b, other.only_a)


def test_pooled_is_the_sum_of_the_categories() -> None:
    pairs = [Pair("p", coding("110?"), coding("1001")), Pair("q", coding("0011"), coding("0111"))]
    categories = [CategoryId(f"c{n}") for n in range(4)]
    each = [agreement(pairs, [category]) for category in categories]
    pooled = agreement(pairs, categories)
    for name in ("both", "only_a", "only_b", "neither", "unknown"):
        assert getattr(pooled, name) == sum(getattr(found, name) for found in each)
    assert pooled.unknown == 1


def test_disagreements_keep_both_sides_with_their_words() -> None:
    pair = Pair("p", coding("10?1"), coding("0111"))
    found = disagreements([pair], [CategoryId(f"c{n}") for n in range(4)])
    assert [(d.category, d.a.value, d.b.value) for d in found] == [
        ("c0", "coded", "not_coded"),
        ("c1", "not_coded", "coded"),
    ], "an unknown cell is no disagreement"
    assert found[0].a.evidence[0].quote == "spam"


STUDY = [
    coding("1", id="study/01-ai", developer="01.ai"),
    coding("0", id="study/meta", developer="Meta"),
]
READ = [
    coding("1", id="meta/llama@2023-07-18", developer="META"),
    coding("1", id="unknown/zero-one@undated"),
]
PAIRS = [
    # names, keys of the pairs, why the row exists
    ({}, ["meta"], "a developer is the same in other letters; who names none is left"),
    ({"zero-one": "01.ai"}, ["01-ai", "meta"], "by the last part of the id"),
    ({"unknown/zero-one@undated": "01.ai"}, ["01-ai", "meta"], "by the id"),
    ({"": "01 AI"}, ["01-ai", "meta"], "the one that names no developer"),
    ({"meta": "01.ai"}, ["01-ai"], "what is said wins over what the coding says"),
]


@pytest.mark.parametrize(("names", "keys", "why"), PAIRS)
def test_sets_are_paired_by_developer(names, keys, why) -> None:
    study = [c for c in STUDY if c.id != "study/meta"] if "meta" in names else STUDY
    pairing = pair_up(study, READ, names)
    assert [pair.key for pair in pairing.pairs] == keys, why
    left = len(study) + len(READ) - 2 * len(keys)
    assert len(pairing.only_a) + len(pairing.only_b) == left


def test_one_and_one_belong_together_whoever_made_them() -> None:
    pairing = pair_up(STUDY[:1], READ[:1], {})
    assert [pair.key for pair in pairing.pairs] == ["01-ai"]


@pytest.mark.parametrize(
    ("a", "b", "code", "why"),
    [
        (STUDY[:1], READ, "nothing-to-compare", "no developer in common"),
        (STUDY, [READ[0], READ[0]], "ambiguous-developer", "two codings of one developer"),
    ],
)
def test_what_cannot_be_paired_is_said(a, b, code, why) -> None:
    with pytest.raises(UsageError) as caught:
        pair_up(a, b, {})
    assert caught.value.code == code, why
