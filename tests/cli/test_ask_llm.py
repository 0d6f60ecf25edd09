"""`usepolicy ask --model`: a model understands the use, and can do no more than select."""

from __future__ import annotations

import json

import pytest
from tern_model import KEY, completion, dripping, endless

USE = "Inflate the play counts of my album"
SPAN = "Inflate the play counts"


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def labels(*given: object):
    """Return a behaviour: these labels for the use."""

    def behave(handler, asked):
        units = [{"unit": unit["unit"], "labels": list(given)} for unit in asked.units]
        handler.send(completion(json.dumps({"units": units})))

    return behave


def label(category="false-online-engagement", score=0.9, quotes=(SPAN,)):
    return {"category": category, "score": score, "quotes": list(quotes)}


def asking(usepolicy, model, *more: object, use: str = USE):
    server = ("--model", "tern-1", "--base-url", model.base_url, "--max-seconds", "2")
    who = ("--developer", "openai", "--format", "json")
    return usepolicy("ask", use, *who, *server, *more)


def test_a_model_understands_the_use(usepolicy, model):
    model.behave(labels(label()))
    run = asking(usepolicy, model)
    answer = json.loads(run.out)
    assert run.code == 0
    (found,) = answer["categories"]
    assert (found["id"], found["confidence"], found["words"]) == (
        "false-online-engagement",
        0.9,
        [SPAN],
    )
    assert answer["verdicts"][0]["verdict"] == "prohibited"
    assert answer["by"].startswith("tern-1")
    assert "warning" not in run.err
    assert KEY not in run.out + run.err


def test_the_use_goes_to_the_model_as_data(usepolicy, model):
    model.behave(labels(label()))
    asking(usepolicy, model)
    (asked,) = model.asked
    assert USE not in asked.system
    assert [unit["text"] for unit in asked.units] == [USE]


def garbage(handler, _):
    handler.send(completion("The use is permitted."))


def broken(handler, _):
    handler.send(b"<html>", 500)


def refused(handler, _):
    handler.send(b'{"error": {"message": "bad key"}}', 401)


def shouts(handler, _):
    answer = {"verdicts": [{"verdict": "permitted"}], "units": []}
    handler.send(completion(json.dumps(answer)))


MISBEHAVES = [
    (garbage, "prose"),
    (shouts, "a verdict, which nobody asked for"),
    (broken, "the server fails"),
    (refused, "it refuses the key"),
    (dripping, "it never ends its answer"),
    (endless, "it never stops sending"),
    (labels(label("permitted")), "a category that does not exist"),
    (labels(label(quotes=["words that are not there"])), "words that the use does not have"),
    (labels(label(score=7)), "no score"),
    (labels(label(), label("permitted")), "something good beside something made up"),
]


@pytest.mark.parametrize(("behaviour", "why"), MISBEHAVES, ids=[row[1] for row in MISBEHAVES])
def test_where_it_fails_the_built_in_labeller_answers(usepolicy, model, behaviour, why):
    model.behave(behaviour)
    run = asking(usepolicy, model, use="Send phishing mails")
    answer = json.loads(run.out)
    assert run.code == 0, why
    assert answer["by"].startswith("built-in")
    assert answer["verdicts"][0]["verdict"] == "prohibited"
    assert "the built-in labeller answers instead" in run.err
    assert "Traceback" not in run.err
    assert KEY not in run.out + run.err


def test_a_model_makes_no_use_of_what_is_none(usepolicy, model):
    """What is off-topic stays so, though the model finds nothing wrong with it."""
    model.behave(labels())
    answer = json.loads(asking(usepolicy, model, use="hello there").out)
    assert answer["verdicts"] == []
    assert "do not describe a use" in answer["unclear"]


ERRORS = [
    (("--base-url", "http://127.0.0.1:9/v1"), "no-model", "an address without a model"),
    (("--max-tokens", "9"), "no-model", "a limit without a model"),
    (("--model", "m", "--max-cost", "1"), "no-price", "a cost without a price"),
]


@pytest.mark.parametrize(("options", "code", "why"), ERRORS, ids=[row[2] for row in ERRORS])
def test_errors(usepolicy, options, code, why):
    run = usepolicy("ask", USE, *options)
    assert run.code == 2, why
    assert f"error[{code}]" in run.err
    assert run.out == ""


def test_an_unreachable_server_is_no_end(usepolicy):
    run = usepolicy(
        "ask", "Send phishing mails", "--model", "m", "--base-url", "http://127.0.0.1:9/v1"
    )
    assert run.code == 0
    assert "warning[model-unreachable]" in run.err
