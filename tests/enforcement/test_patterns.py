"""Patterns: the shipped list shows what it should and spares what only sounds like it."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from usepolicy.enforcement.detection import Content
from usepolicy.enforcement.pattern_detector import MAX_SCORE, PatternDetector, shipped_detector
from usepolicy.enforcement.pattern_list import (
    ListedPattern,
    PatternList,
    load_patterns,
    shipped_patterns,
)
from usepolicy.errors import SchemaError
from usepolicy.tables import table_rows
from usepolicy.taxonomy.categories import load_taxonomy

with (Path(__file__).parent / "pattern_examples.csv").open(encoding="utf-8") as _lines:
    EXAMPLES = list(csv.DictReader(_lines))
LIST = shipped_patterns()
ALONE = PatternDetector(
    PatternList(
        LIST.sha256,
        LIST.languages,
        tuple(ListedPattern(p.id, p.id, 0.5, p.expression, p.unless) for p in LIST.patterns),
    )
)
"""Each pattern as its own target."""


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: f"{row['id']}: {row['why']}")
def test_the_shipped_patterns(row):
    (found,) = ALONE.detect([Content(row["text"])])
    assert (row["id"] in found.scores) == (row["shows"] == "yes"), found.scores


def test_every_pattern_has_an_example_of_each_kind():
    counts = Counter((row["id"], row["shows"]) for row in EXAMPLES)
    ids = {p.id for p in LIST.patterns}
    assert {row["id"] for row in EXAMPLES} == ids
    assert [id for id in sorted(ids) if not (counts[id, "yes"] and counts[id, "no"])] == []


def test_what_is_spared_is_spared_by_the_whole_list():
    spared = [row for row in EXAMPLES if row["shows"] == "no"]
    found = shipped_detector().detect([Content(row["text"]) for row in spared])
    wrong = {r["text"]: d.scores for r, d in zip(spared, found, strict=True) if d.scores}
    assert wrong == {}


def test_every_target_is_a_category():
    assert {p.target for p in LIST.patterns} <= set(load_taxonomy().by_id)


def test_every_score_is_measured_with_its_number():
    rows = {row["id"]: row for row in table_rows("detectors/pattern_scores.csv")}
    assert set(rows) == {p.id for p in LIST.patterns}
    for row in rows.values():
        n, right = int(row["n"]), int(row["right"])
        assert 0 <= right <= n
        assert float(row["score"]) == pytest.approx((right + 2.8) / (n + 4), abs=0.001)


def listed(text: str) -> PatternDetector:
    return PatternDetector(load_patterns(text.encode(), place="p.yaml"))


OWN = """\
languages: [en, ru]
words:
  make: make|brew
patterns:
- id: tea
  target: fraud
  any: [$make +2 tea]
  unless: [herbal]
  score: 0.6
- id: coffee
  target: fraud
  regex: ['кофе|\\bcoffee\\b']
  score: 0.5
"""


@pytest.mark.parametrize(
    ("text", "score", "words", "why"),
    [
        ("make a cup", None, [], "no pattern"),
        ("please brew tea", 0.6, ["brew tea"], "words under a name"),
        ("make herbal tea", None, [], "a word in between takes it back"),
        ("make tea, herbal", None, [], "and one beside it"),
        ("make tea. Herbal is best", 0.6, ["make tea"], "not one in another sentence"),
        ("make tea, make tea", 0.6, ["make tea", "make tea"], "twice is no surer"),
        ("make tea or coffee", 0.8, ["coffee", "make tea"], "two signs are: 1 - 0.4 * 0.5"),
        ("свари кофе", 0.5, ["кофе"], "another script, cited by code points"),
    ],
)
def test_lists_of_an_operator(text, score, words, why):
    (found,) = listed(OWN).detect([Content(text)])
    assert found.scores.get("fraud") == score, why
    assert sorted(span.cut(text) for span in found.spans.get("fraud", ())) == words


def test_no_list_is_sure():
    many = "".join(f"- {{id: p{n}, target: fraud, any: [tea], score: 0.9}}\n" for n in range(9))
    (found,) = listed(f"patterns:\n{many}").detect([Content("tea")])
    assert found.scores == {"fraud": MAX_SCORE}


def test_the_version_is_that_of_what_decides():
    one, other = listed(OWN), listed(OWN.replace("0.6", "0.7"))
    assert one.version == listed(OWN + "# a remark\n").version
    assert one.version != other.version


@pytest.mark.parametrize(
    ("patterns", "code", "why"),
    [
        ("- {id: a, target: fraud}", "empty-pattern", "nothing to look for"),
        ("- {id: a, target: fraud, regex: ['a(?=b)']}", "not-a-pattern", "RE2 looks nowhere else"),
        ("- {id: a, target: fraud, regex: ['(a)\\1']}", "not-a-pattern", "nor back"),
        ("- {id: a, target: fraud, regex: ['(']}", "not-a-pattern", "no expression at all"),
        ("- {id: a, target: fraud, any: ['$tee']}", "not-a-pattern", "a name that is none"),
        ("- {id: a, target: fraud, any: [x], score: 1.5}", "wrong-value", "no probability"),
        ("- {id: a, target: fraud, any: [x], score: 0}", "wrong-value", "a score that is none"),
        (
            "- {id: a, target: fraud, any: [x]}\n- {id: a, target: hate, any: [y]}",
            "duplicate-pattern",
            "one id, two patterns",
        ),
        ("- {id: a, target: fraud, anny: [x]}", "unknown-key", "a key that is none"),
    ],
)
def test_lists_that_are_none(patterns, code, why):
    with pytest.raises(SchemaError) as raised:
        listed(f"patterns:\n{patterns}\n")
    assert raised.value.code == code, why
    assert raised.value.place.startswith("p.yaml:")


@pytest.mark.parametrize(
    ("text", "trusted", "why"),
    [
        ("How do I bake bread at home?", True, "English"),
        ("bread", True, "too short to tell"),
        ("Wie backe ich zu Hause ein Brot, und was brauche ich dafür?", False, "German"),
        ("Как испечь хлеб дома?", False, "Russian"),
        ("怎么做面包", False, "Chinese"),
        ("def f(x):\n    return x + 1", True, "a program of few words"),
    ],
)
def test_languages_that_the_list_does_not_know(text, trusted, why):
    (found,) = shipped_detector().detect([Content(text)])
    assert found.is_trusted is trusted, why
