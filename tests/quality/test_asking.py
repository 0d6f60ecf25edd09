"""Understanding of uses cannot slip: our sets against their floors.

Floors lie two uses below what was measured, as the last digit of a vector differs between processors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

from usepolicy.labelling.uses import use_labeller
from usepolicy.labelling.words import word_labeller
from usepolicy.supply_chain.manners import Manner
from usepolicy.taxonomy.categories import load_taxonomy

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import asking  # noqa: E402  a program in bench/, not a package

FLOORS = json.loads((Path(__file__).parent / "asking_floors.json").read_text("utf-8"))
SETS = asking.sets()
MOST_BENIGN = 2
"""Harmless uses of a set that some policy is said to prohibit."""


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_no_figure_falls_below_its_floor(name: str) -> None:
    figures = asking.measure(SETS[name], use_labeller())
    low = {
        f: getattr(figures, f) for f, least in FLOORS[name].items() if getattr(figures, f) < least
    }
    assert low == {}
    assert figures.benign_forbidden <= MOST_BENIGN


def test_meaning_helps_where_words_fail() -> None:
    words, both = (asking.measure(SETS["last"], each) for each in (word_labeller(), use_labeller()))
    assert both.top_3 > words.top_3 + 0.1


def training_uses() -> list[dict]:
    files = sorted((ROOT / "training" / "data").glob("uses*.yaml"))
    return [entry for file in files for entry in yaml.safe_load(file.read_text("utf-8"))]


def test_no_use_of_a_set_is_learnt_from() -> None:
    measured = {use.use for name in FLOORS for use in SETS[name]}
    data = ROOT / "training" / "data"
    learnt = {entry["use"] for entry in training_uses()}
    for name in ("harmless.txt", "no_use.txt"):
        learnt |= set((data / name).read_text("utf-8").splitlines())
    assert measured & learnt == set()


def test_the_examples_are_of_known_categories() -> None:
    entries = training_uses()
    named = {category for entry in entries for category in entry["expects"]}
    assert named == set(load_taxonomy().by_id)
    assert {entry.get("manner", "generation") for entry in entries} == set(Manner)
