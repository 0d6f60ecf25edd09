"""`usepolicy ask`: what it prints, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
USE = "Personalised fundraising letters for a city council campaign"


def test_a_verdict_of_each_policy(usepolicy, golden, monkeypatch):
    monkeypatch.chdir(EXAMPLES.parent)
    policies = [
        word
        for name in ("examples/harbourlight-aup.md", "examples/northgate-terms.md", "study/openai")
        for word in ("--policy", name)
    ]
    run = usepolicy("ask", "Voice clone of a singer that calls voters", *policies)
    assert run.code == 0
    golden("ask.txt", run.out + run.err)


def test_json_has_the_promised_shape(usepolicy, policy):
    run = usepolicy("ask", "Spread malware in mails", "--policy", policy, "--format", "json")
    answer = json.loads(run.out)
    assert {"categories", "verdicts", "unclear"} <= answer.keys()
    assert {"id", "study_name", "confidence"} <= answer["categories"][0].keys()
    (verdict,) = answer["verdicts"]
    assert verdict["verdict"] == "prohibited"
    assert verdict["basis"] == "explicit"
    assert verdict["restrictions"][0]["quote"] == "spread malware"
    assert verdict["restrictions"][0]["clause"].startswith("unknown/")
    assert verdict["conditions"] == verdict["exemptions"] == []
    assert answer["unclear"] is None
    assert "no legal advice" in answer["note"]


def test_the_study_is_asked_where_nobody_is_named(usepolicy):
    run = usepolicy("ask", USE, "--format", "json")
    verdicts = json.loads(run.out)["verdicts"]
    assert len(verdicts) == 30
    assert {v["quoted"] for v in verdicts} == {False}
    assert "no quote" in run.err


def test_a_developer_of_the_study(usepolicy):
    run = usepolicy("ask", USE, "--developer", "openai", "--format", "json")
    (verdict,) = json.loads(run.out)["verdicts"]
    assert (verdict["developer"], verdict["verdict"]) == ("OpenAI", "prohibited")


def test_what_is_no_use_gets_no_verdict(usepolicy):
    run = usepolicy("ask", "hello there", "--format", "json")
    answer = json.loads(run.out)
    assert answer["verdicts"] == []
    assert "do not describe a use" in answer["unclear"]
    assert "no verdict" in run.err
    assert usepolicy("ask", "hello there").out == ""


def test_the_typical_uses_are_shown(usepolicy):
    run = usepolicy("ask", "--examples", "--format", "json")
    uses = json.loads(run.out)
    assert len(uses) >= 200
    assert "Toxicity classifier" in {each["use"] for each in uses}
    assert "Toxicity classifier" in usepolicy("ask", "--examples").out


@pytest.mark.parametrize(
    ("arguments", "code", "says", "why"),
    [
        ([], 2, "no-use", "nothing is asked"),
        (["  "], 2, "empty-argument", "blank"),
        (["x" * 3000], 2, "long-use", "a document is no use"),
        ([USE, "--developer", "nobody"], 3, "unknown-developer", "not in the study"),
        ([USE, "--developer", "meta", "--policy", "a.md"], 2, "two-askers", "who is asked"),
        ([USE, "--policy", "nope.md"], 1, "no-such-file", "a file that is not there"),
    ],
)
def test_errors(usepolicy, folder, arguments, code, says, why):
    run = usepolicy("ask", *arguments)
    assert run.code == code, why
    assert f"error[{says}]" in run.err
    assert run.out == ""
