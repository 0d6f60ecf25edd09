"""The parts of guards: breaker, calibration, windows, and the entry of a rules file."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from guard_policies import policy
from guard_server import guards
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tern_model import KEY, Model

from usepolicy.enforcement.detection import Content
from usepolicy.enforcement.guards.breaker import Breaker, BreakerLimits, BreakerState
from usepolicy.enforcement.guards.build import build_guard, languages_of
from usepolicy.enforcement.guards.calibration import (
    UNCALIBRATED,
    Calibration,
    dump_calibration,
    fit_isotonic,
    load_calibration,
)
from usepolicy.enforcement.guards.conversation import number_of_windows, windows
from usepolicy.enforcement.guards.openai_guards import moderation_labels, moderation_names
from usepolicy.enforcement.guards.spec import GuardKind, GuardSpec, Surroundings
from usepolicy.errors import SchemaError, UsePolicyError

LIMITS = BreakerLimits(failures=2, seconds=10)
OK, FAIL = "ok", "fail"
CLOSED, OPEN, HALF = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN

BREAKER = [
    ([(0, FAIL)], CLOSED, "one failure is none"),
    ([(0, FAIL), (1, FAIL)], OPEN, "two in a row"),
    ([(0, FAIL), (1, OK), (2, FAIL)], CLOSED, "not in a row"),
    ([(0, FAIL), (1, FAIL), (5, OK)], OPEN, "a late answer to a call from before"),
    ([(0, FAIL), (1, FAIL), (5, FAIL)], OPEN, "a late failure"),
    ([(0, FAIL), (1, FAIL), (11, "admit"), (12, OK)], CLOSED, "the probe is answered"),
    ([(0, FAIL), (1, FAIL), (11, "admit"), (12, FAIL)], OPEN, "the probe fails"),
    ([(0, FAIL), (1, FAIL), (11, "admit"), (12, OK), (13, FAIL)], CLOSED, "it counts anew"),
]  # fmt: skip


def after(steps, breaker: Breaker | None = None) -> Breaker:
    breaker = breaker or Breaker(LIMITS)
    for now, step in steps:
        if step == "admit":
            _, breaker = breaker.admit(now)
        else:
            breaker = breaker.succeeded() if step == OK else breaker.failed(now)
    return breaker


@pytest.mark.parametrize(("steps", "state", "why"), BREAKER)
def test_a_breaker_opens_and_closes(steps, state, why):
    breaker = after(steps)
    assert breaker.state(steps[-1][0]) is state
    assert breaker.admit(steps[-1][0])[0] is (state is CLOSED)


def test_one_probe_is_let_through_at_a_time():
    breaker = after([(0, FAIL), (1, FAIL)])
    assert breaker.state(10.9) is OPEN
    assert breaker.state(11) is HALF
    admitted, breaker = breaker.admit(11)
    assert admitted
    assert [breaker.admit(now)[0] for now in (11, 15, 20.9)] == [False, False, False]
    assert breaker.admit(21)[0], "a probe that never ended is given up"


steps = st.lists(st.tuples(st.floats(0, 100), st.sampled_from([OK, FAIL, "admit"])), max_size=20)


@given(steps)
def test_a_breaker_never_stays_open_for_ever(some):
    ordered = sorted(some, key=lambda step: step[0])
    assert after(ordered).state(100 + 2 * LIMITS.seconds) is not OPEN


LINE = Calibration(((0.2, 0.1), (0.6, 0.5), (0.8, 0.5)), name="line")
AT = [
    (UNCALIBRATED, 0.3, 0.3, "the score itself"),
    (LINE, 0.0, 0.1, "below the first"),
    (LINE, 0.4, 0.3, "between"),
    (LINE, 0.7, 0.5, "level"),
    (LINE, 1.0, 0.5, "above the last"),
    (Calibration(platt=(1.0, 0.0)), 0.3, 0.3, "Platt's identity"),
    (Calibration(platt=(2.0, 0.0)), 0.5, 0.5, "steeper"),
    (Calibration(platt=(900.0, 5.0)), 0.0, 0.0, "no overflow"),
]


@pytest.mark.parametrize(("calibration", "score", "expected", "why"), AT)
def test_a_calibration_gives_a_probability(calibration, score, expected, why):
    assert calibration.of(score) == pytest.approx(expected, abs=1e-9)


judged = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40)


@given(
    judged.filter(lambda each: len({hit for _, hit in each}) == 2), st.floats(0, 1), st.floats(0, 1)
)
def test_a_fit_never_falls_and_survives_its_file(each, low, high):
    fitted = fit_isotonic(each)
    low, high = sorted((low, high))
    assert 0 <= fitted.of(low) <= fitted.of(high) <= 1
    text = dump_calibration(fitted, fitted_on=len(each), source="tern")
    again = load_calibration(text.encode(), place="c.json")
    assert (again.points, again.name) == (fitted.points, "piecewise tern")


def test_a_fit_gives_what_was_counted():
    fitted = fit_isotonic([(0.2, False), (0.4, True), (0.4, False), (0.6, False), (0.9, True)])
    assert [fitted.of(s) for s in (0.2, 0.4, 0.6, 0.9)] == pytest.approx([0, 1 / 3, 1 / 3, 1])


@pytest.mark.parametrize("each", [[], [(0.5, True)], [(0.1, False), (0.9, False)]])
def test_a_fit_needs_both_kinds(each):
    with pytest.raises(ValueError, match="both kinds"):
        fit_isotonic(each)


def piecewise(*points: object) -> str:
    return json.dumps({"kind": "piecewise", "points": points})


BAD = [
    (piecewise([0.1, 0.5], [0.4, 0.2]), "`points` fall", "a probability falls"),
    (piecewise([0.4, 0.5], [0.1, 0.6]), "`points` fall", "a score falls"),
    (piecewise(), "`piecewise.points`", "none"),
    (piecewise([0, 2]), "`piecewise.points.0.1`", "no probability"),
    (piecewise([0, float("nan")]), "", "NaN"),
    ('{"kind": "platt", "slope": -1, "intercept": 0}', "slope", "it falls"),
    ('{"kind": "platt", "slope": 1, "intercept": 0, "code": "x"}', "code", "an unknown key"),
    ('{"kind": "pickle"}', "", "an unknown kind"),
    ("[" * 10_000, "", "a tower"),
    ("", "", "empty"),
    (" " * 300_000, "bytes", "too long"),
]


@pytest.mark.parametrize(("text", "words", "why"), BAD, ids=[row[2] for row in BAD])
def test_a_bad_calibration_is_an_error(text, words, why):
    with pytest.raises(SchemaError) as error:
        load_calibration(text.encode(), place="c.json")
    assert error.value.code == "bad-calibration"
    assert words.split(".")[-1].strip("`") in error.value.message


@given(st.integers(0, 3000), st.integers(200, 900))
def test_windows_cover_a_text_and_overlap(length, size):
    text = "".join(chr(0x4E00 + n) for n in range(length))
    pieces = [each.text for each in windows(Content(text), size)]
    assert len(pieces) == number_of_windows(length, size)
    assert all(len(piece) <= size for piece in pieces)
    assert set("".join(pieces)) == set(text)
    for one, other in pairwise(pieces):
        assert one[-(size // 4) :] == other[: size // 4]


SERVER = {"base_url": "http://127.0.0.1:1/v1", "model": "m"}
ENTRIES = [
    ({"kind": "llama-guard", "model": "m"}, "missing-key", "no address"),
    ({"kind": "llama-guard", "base_url": "http://x/v1"}, "missing-key", "no model"),
    ({"kind": "local-model"}, "missing-key", "no folder"),
    ({"kind": "local-model", "path": "m"}, "missing-key", "no labels"),
    ({"kind": "llama-guard", **SERVER, "path": "m"}, "wrong-key", "a folder"),
    ({"kind": "llama-guard", **SERVER, "labels": {"a": ["hate"]}}, "wrong-key", "labels"),
    ({"kind": "llama-guard", **SERVER, "key_env": "NO_KEY"}, "no-key", "not set"),
    ({"kind": "llama-guard", **SERVER, "key_env": "BROKEN"}, "bad-key", "a line end in it"),
    ({"kind": "llama-guard", **SERVER, "base_url": "file:///etc"}, "unsupported-scheme", "a file"),
    ({"kind": "llama-guard", **SERVER, "base_url": "http://a:b@x/v1"}, "credentials-in-address", "a password"),
    ({"kind": "llama-guard", **SERVER, "categories": ["harasment"]}, "unknown-category", "mistyped"),
    ({"kind": "llama-guard", **SERVER, "categories": ["gambling"]}, "nothing-forbidden", "not forbidden"),
    ({"kind": "llama-guard", **SERVER, "calibration": "none.json"}, "bad-calibration", "no such file"),
    ({"kind": "openai-moderation", **SERVER, "labels": {"hat": ["hate"]}}, "unknown-label", "mistyped"),
    ({"kind": "openai-moderation", **SERVER, "labels": {"hate": ["hat"]}}, "unknown-target", "mistyped"),
    ({"kind": "openai-moderation", **SERVER, "labels": {"hate": ["a/b@c#d"]}}, "unknown-target", "no such clause"),
    ({"kind": "local-model", "path": "none", "labels": {"a": ["hate"]}}, "no-model", "no such folder"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "code", "why"), ENTRIES, ids=[f"{r[1]}: {r[2]}" for r in ENTRIES]
)
def test_an_entry_that_can_t_be_built_is_an_error(entry, code, why, tmp_path):
    around = Surroundings([policy()], tmp_path, {"BROKEN": "a\nb", "KEY": KEY}, "rules.yaml")
    with pytest.raises(UsePolicyError) as error:
        build_guard(GuardSpec.model_validate(entry), around)
    assert error.value.code == code


SHAPES = [
    ({"kind": "oracle"}, "an unknown kind"),
    ({"kind": "llama-guard", "key": "sk-1"}, "a key in a file"),
    ({"kind": "llama-guard", "key_env": "sk-1"}, "a key in the place of a name"),
    ({"kind": "llama-guard", "timeout": 0}, "no time"),
    ({"kind": "llama-guard", "timeout": math.inf}, "all time"),
    ({"kind": "llama-guard", "retries": 100}, "a flood"),
    ({"kind": "llama-guard", "parallel": 0}, "nobody"),
    ({"kind": "llama-guard", "window": 10}, "a window of a word"),
]


@pytest.mark.parametrize(("entry", "why"), SHAPES, ids=[row[1] for row in SHAPES])
def test_an_entry_of_another_shape_is_none(entry, why):
    with pytest.raises(ValidationError):
        GuardSpec.model_validate({**SERVER, **entry})


def test_a_calibration_of_an_entry_is_used(model: Model, tmp_path: Path):
    model.behave(guards)
    (tmp_path / "c.json").write_text(piecewise([0, 0.0], [0.9, 0.6], [1, 0.6]))
    entry = {"kind": "llama-guard", **SERVER, "base_url": model.base_url, "calibration": "c.json"}
    built = build_guard(GuardSpec.model_validate(entry), Surroundings([policy()], tmp_path))
    assert built.detect([Content("harass him")])[0].scores["harassment"] == pytest.approx(0.6)
    assert "uncalibrated" not in built.version


def test_the_operator_s_labels_take_the_place_of_the_crosswalk():
    labels = {"illicit": ["malware"]}
    entry = {"kind": "openai-moderation", **SERVER, "labels": labels}
    of = policy()
    built = build_guard(GuardSpec.model_validate(entry), Surroundings([of]))
    clause = next(c.id for c in of.clauses for r in c.restrictions if r.category == "malware")
    assert built.targets == {"malware", clause}


def test_the_crosswalk_implies_only_what_is_no_broader():
    assert len(moderation_names()) == 13
    labels = moderation_labels()
    assert set(labels) == moderation_names()
    assert "harassment" in labels["harassment"]
    assert "bullying" not in labels["harassment"], "harassment is broader than bullying"
    assert "self-harm" in labels["self-harm/intent"], "narrower: it implies the broader"


def test_every_kind_of_guard_has_its_languages():
    assert all(languages_of(kind) for kind in GuardKind)
