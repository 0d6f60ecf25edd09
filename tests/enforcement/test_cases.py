"""The portable cases: the library and the command line come to the same decisions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from usepolicy.enforcement.cases import cases_schema_text, differences, load_cases
from usepolicy.errors import SchemaError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "decisions"
FILES = sorted(FOLDER.glob("*.json"))
CASES = [(path, case) for path in FILES for case in json.loads(path.read_text("utf-8"))["cases"]]


@pytest.fixture(scope="module")
def engine():
    from usepolicy.cli.engines import load_engine

    return load_engine(FOLDER / "rules.yaml", None, allow_private=False)


@pytest.mark.parametrize(("path", "case"), CASES, ids=[case["name"] for _, case in CASES])
def test_in_the_library(engine, path, case):
    from usepolicy.enforcement.request_lines import labelled_entry

    file = load_cases(path.read_bytes(), place=path.name)
    entry = next(each for each in file.cases if each.name == case["name"])
    (decision,) = engine.decide([labelled_entry(entry.request, 1).request])
    assert list(differences(entry, decision)) == []


def test_there_are_cases_of_every_outcome():
    assert {case["outcome"] for _, case in CASES} == {"allow", "warn", "refer", "block"}
    assert len(CASES) >= 30


def test_the_schema_in_the_repository_is_that_of_the_program():
    path = ROOT / "schemas" / "cases.schema.json"
    assert path.read_text("utf-8") == cases_schema_text()


@pytest.mark.parametrize(
    ("change", "what", "why"),
    [
        ({"outcome": "warn"}, ["outcome", "determining"], "another outcome"),
        ({"support": True}, ["support"], "no help"),
        ({"errors": ("language",)}, ["errors"], "nothing was unsure"),
        ({"determining": ()}, ["determining"], "a restriction that is not expected"),
    ],
)
def test_each_difference_is_told(engine, change, what, why):
    from usepolicy.enforcement.request_lines import labelled_entry

    file = load_cases((FOLDER / "outcomes.json").read_bytes(), place="c")
    entry = file.cases[1]
    (decision,) = engine.decide([labelled_entry(entry.request, 1).request])
    if "outcome" in change:
        decision = replace(decision, outcome=type(decision.outcome)(change["outcome"]))
        changed = entry
    else:
        changed = entry.model_copy(update=change)
    assert [each.what for each in differences(changed, decision)] == what, why


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"rules": "r", "cases": [{"name": "a", "request": {"text": "x"}}]}', "missing-key"),
        (
            '{"rules": "r", "cases": [{"name": "a", "request": {}, "outcome": "no"}]}',
            "unknown-value",
        ),
        (
            '{"rules": "r", "cases": [{"name": "a", "request": {}, "outcome": "warn"},'
            ' {"name": "a", "request": {}, "outcome": "warn"}]}',
            "duplicate-case",
        ),
        ('{"rules": "r"}', "missing-key"),
    ],
)
def test_files_that_are_none(text, code):
    with pytest.raises(SchemaError) as raised:
        load_cases(text.encode(), place="c.json")
    assert raised.value.code == code
