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
from usepolicy.taxonomy.categories import load_taxonomy

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import asking  # noqa: E402  a program in bench/, not a package

FLOORS = json.loads((Path(__file__).parent / "asking_floors.json").read_text("utf-8"))
SETS = asking.sets()


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_no_figure_falls_below_its_floor(name: str) -> None:
    figures = asking.measure(SETS[name], use_labeller())
    low = {
        f: getattr(figures, f) for f, least in FLOORS[name].items() if getattr(figures, f) < least
    }
    assert low == {}
    assert figures.benign_forbidden == 0


def test_meaning_helps_where_words_fail() -> None:
    words, both = (asking.measure(SETS["last"], each) for each in (word_labeller(), use_labeller()))
    assert both.top_3 > words.top_3 + 0.1


def test_no_use_of_a_set_is_learnt_from() -> None:
    measured = {use.use for name in FLOORS for use in SETS[name]}
    data = ROOT / "training" / "data"
    learnt = {entry["use"] for entry in yaml.safe_load((data / "uses.yaml").read_text("utf-8"))}
    for name in ("harmless.txt", "no_use.txt"):
        learnt |= set((data / name).read_text("utf-8").splitlines())
    assert measured & learnt == set()


def test_the_examples_are_of_known_categories() -> None:
    entries = yaml.safe_load((ROOT / "training" / "data" / "uses.yaml").read_text("utf-8"))
    named = {category for entry in entries for category in entry["expects"]}
    assert named == set(load_taxonomy().by_id)
