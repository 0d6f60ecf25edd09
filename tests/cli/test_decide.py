"""`usepolicy init` and `decide`: files to start from, texts, conversations and streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BOMB = "how do I make a pipe bomb"


@pytest.fixture
def rules(folder: Path, usepolicy) -> Path:
    """Return the path of rules to start from."""
    assert usepolicy("init", "--developer", "Tern").code == 0
    return Path("rules.yaml")


def lines(*requests: object) -> bytes:
    return b"".join(
        (r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in requests
    )


def decisions(run) -> list[dict]:
    return [json.loads(line) for line in run.out.splitlines()]


def test_init_writes_what_decides_and_checks(rules, usepolicy):
    assert usepolicy("check", "policy.yaml").code == 0
    run = usepolicy("decide", "--rules", rules, BOMB)
    assert (run.code, run.out.splitlines()[0]) == (4, "block")


def test_init_writes_over_nothing(rules, usepolicy):
    before = rules.read_text("utf-8")
    run = usepolicy("init")
    assert (run.code, "file-exists" in run.err) == (2, True)
    assert rules.read_text("utf-8") == before
    assert usepolicy("init", "--force").code == 0


def test_init_for_a_policy(policy, usepolicy):
    run = usepolicy("init", "--policy", policy)
    assert run.code == 0
    assert not Path("policy.yaml").exists()
    text = Path("rules.yaml").read_text("utf-8")
    assert "malware" in text
    assert "harassment" in text
    run = usepolicy("decide", "--rules", "rules.yaml", "write ransomware that encrypts a disk")
    assert "spread malware" in run.out


def test_init_for_a_policy_that_forbids_nothing(folder, usepolicy):
    (folder / "nice.md").write_text("# Tern\n\nBe kind to each other.\n")
    run = usepolicy("init", "--policy", "nice.md")
    assert (run.code, "nothing-to-enforce" in run.err) == (2, True)
    assert not Path("rules.yaml").exists()


def test_a_policy_with_the_rules_to_start_from(policy, usepolicy):
    run = usepolicy("decide", "--policy", policy, "write ransomware that encrypts a disk")
    assert run.code == 4


def test_a_text_as_a_person_sees_it(rules, usepolicy, golden):
    run = usepolicy("decide", "--rules", rules, f"{BOMB} at home", "--explain")
    golden("decide-block.txt", run.out)


def test_a_need_as_a_person_sees_it(rules, usepolicy, golden):
    run = usepolicy("decide", "--rules", rules, "I want to kill myself", "--locale", "en-GB")
    assert run.code == 0
    golden("decide-support.txt", run.out)


def test_a_text_for_a_program(rules, usepolicy):
    run = usepolicy("decide", "--rules", rules, "hello", "--format", "ndjson")
    (decision,) = decisions(run)
    assert decision["outcome"] == "allow"
    assert set(decision) == {
        "id", "outcome", "support", "score", "restrictions", "scores", "errors", "exemptions",
        "resources", "not_enforceable_here", "versions",
    }  # fmt: skip
    assert "plagiarism" in decision["not_enforceable_here"]
    assert run.code == 0


def test_a_stream_keeps_its_order_and_goes_on(rules, usepolicy):
    stream = lines(
        {"id": "a", "text": "hello"},
        b"no json",
        {"id": "b", "messages": [{"role": "user", "content": BOMB}]},
        b"",
        {"text": "no id"},
        {"id": "c"},
        {"id": "d", "text": "x", "messages": []},
        {"id": 7, "text": BOMB, "channel": "output"},
        {"id": "e", "messages": []},
        {"id": "f", "messages": [{"role": "wizard", "content": "x"}]},
        {"id": "g", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"id": "h", "messages": [{"role": "user", "content": [{"type": "text", "text": BOMB}]}]},
        [1],
    )
    run = usepolicy("decide", "--rules", rules, stdin=stream)
    told = [(d["id"], d["outcome"]) if "outcome" in d else d["line"] for d in decisions(run)]
    assert told == [
        ("a", "allow"), 2, ("b", "block"), ("5", "allow"), 6, 7, ("7", "block"), 9, 10, 11,
        ("h", "block"), 13,
    ]  # fmt: skip
    assert run.code == 3
    assert "12 lines: 2 allow, 0 warn, 0 refer, 3 block, 7 lines that are no request" in run.err


def test_a_line_without_an_end_and_bytes_that_are_no_text(rules, usepolicy):
    run = usepolicy("decide", "--rules", rules, "-", stdin=b'{"text": "\xff"}\n{"text": "hello"}')
    first, second = decisions(run)
    assert (first["line"], second["outcome"]) == (1, "allow")


def test_a_surrogate_and_a_line_end_stay_one_line(rules, usepolicy):
    stream = b'{"id": "a\\nb\\u2028", "text": "hi"}\n'
    (decision,) = decisions(usepolicy("decide", "--rules", rules, stdin=stream))
    assert decision["id"] == "a\nb\u2028"


def test_a_line_that_is_too_long_is_left_out(rules, usepolicy, monkeypatch):
    import usepolicy.cli.decide_runs as runs

    monkeypatch.setattr(runs, "MAX_LINE", 100)
    stream = lines({"text": "x" * 500}, {"text": "hello"})
    first, second = decisions(usepolicy("decide", "--rules", rules, stdin=stream))
    assert (first["error"]["code"], second["outcome"]) == ("long-line", "allow")


def test_whoever_waits_for_an_answer_gets_it(rules):
    """A program that writes one request and waits for its decision before it writes the next."""
    command = [sys.executable, "-m", "usepolicy", "decide", "--rules", str(rules)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:  # fmt: skip
        assert run.stdin is not None
        assert run.stdout is not None
        for text, outcome in ((BOMB, "block"), ("hello", "allow")):
            run.stdin.write(lines({"text": text}))
            run.stdin.flush()
            assert json.loads(run.stdout.readline())["outcome"] == outcome
        run.stdin.close()
        assert run.wait() == 0


@pytest.mark.parametrize(
    ("name", "content", "outcome", "why"),
    [
        ("r.jsonl", lines({"text": BOMB}), "block", "lines"),
        ("r.json", json.dumps({"text": BOMB}).encode(), "block", "a request"),
        ("r.txt", b"Notes.\n\n" + BOMB.encode() + b"\n", "block", "a text"),
        ("r.md", "\ufeffhello".encode(), "allow", "a text with a mark of its order"),
    ],
)
def test_files(rules, usepolicy, name, content, outcome, why):
    Path(name).write_bytes(content)
    run = usepolicy("decide", "--rules", rules, "--file", name, "--format", "ndjson")
    assert decisions(run)[0]["outcome"] == outcome, why


@pytest.mark.parametrize(
    ("options", "outcome", "why"),
    [
        (["--surface", "weights"], "allow", "nobody stands between"),
        (["--channel", "output"], "block", "answers are judged too"),
        (["--jurisdiction", "de"], "block", "the rules hold everywhere"),
        (["--grant", "none"], "block", "no rule knows it"),
    ],
)
def test_options(rules, usepolicy, options, outcome, why):
    run = usepolicy("decide", "--rules", rules, BOMB, *options, "--format", "ndjson")
    assert decisions(run)[0]["outcome"] == outcome, why


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (["hello"], 2, "no-rules"),
        (["--rules", "rules.yaml", "--policy", "policy.yaml", "hello"], 2, "two-rules"),
        (["--rules", "rules.yaml", "hello", "--file", "x"], 2, "two-texts"),
        (["--rules", "rules.yaml", "hello", "--channel", "telepathy"], 2, "unknown-channel"),
        (["--rules", "rules.yaml", "hello", "--surface", "moon"], 2, "unknown-surface"),
        (["--rules", "rules.yaml", "hello", "--jurisdiction", "Germany"], 2, "not-a-country"),
        (["--rules", "none.yaml", "hello"], 1, "no-such-file"),
        (["--rules", "policy.yaml", "hello"], 3, "missing-key"),
        (["--rules", "rules.yaml", "--file", "none.txt"], 1, "no-such-file"),
        (["--rules", "rules.yaml", "--file", "none.jsonl"], 1, "no-such-file"),
    ],
)
def test_wrong_usage(rules, usepolicy, arguments, code, name):
    run = usepolicy("decide", *arguments)
    assert run.code == code
    assert f"error[{name}]" in run.err
    assert "Traceback" not in run.err


def test_a_policy_that_changed_stops_the_rules(rules, usepolicy):
    path = Path("policy.yaml")
    path.write_text(path.read_text("utf-8").replace("run scams", "run swindles"), "utf-8")
    run = usepolicy("decide", "--rules", rules, "hello")
    assert (run.code, "error[pin-broken]" in run.err) == (3, True)
    pins = usepolicy("rules", "pin", rules).out
    start = rules.read_text("utf-8").index("- source:")
    end = rules.read_text("utf-8").index("detectors:")
    text = rules.read_text("utf-8")
    rules.write_text(text[:start] + pins + text[end:], "utf-8")
    assert usepolicy("decide", "--rules", rules, "hello").code == 0


def test_a_stream_as_a_person_sees_it(rules, usepolicy):
    stream = lines({"id": "x\x1b[31m", "text": BOMB})
    run = usepolicy("decide", "--rules", rules, "--format", "table", stdin=stream)
    assert run.out == "block           0.98  x\\u001b[31m  weapons-conventional\n"


def test_what_binds_at_the_end_of_a_chain(folder, usepolicy):
    root = Path(__file__).parents[2] / "examples" / "chains"
    text = f"""\
rules_of: chain
chain: {os.path.relpath(root / "05-all-passed-on.yaml", folder)}
detectors: [{{name: patterns, kind: patterns}}]
cascade: [{{detector: patterns, applies_from: 0.7, clear_below: 0.4}}]
rules: [{{id: r, categories: [phishing, malware], outcome: block}}]
"""
    Path("r.yaml").write_text(text, "utf-8")
    run = usepolicy("decide", "--rules", "r.yaml", "write ransomware that encrypts a disk")
    assert run.code == 4, run.err
    Path("r.yaml").write_text(text.replace("phishing", "self-harm"), "utf-8")
    assert "error[no-ground]" in usepolicy("decide", "--rules", "r.yaml", "x").err


def test_decisions_are_written_to_a_ledger_with_what_follows(rules, usepolicy):
    given = ["--rules", rules, "--ledger", "l/ledger.sqlite", "--keys", "k/keys.sqlite"]
    run = usepolicy("decide", *given, "--account", "acme", BOMB)
    (told,) = decisions(run)
    assert run.code == 4
    assert told["recorded"]["sanctions"] == ["warning"]
    assert told["recorded"]["notice"].startswith("notice-")
    stream = lines(
        {"id": "a", "text": "how do I bake bread", "account": "birch"}, b"{", {"text": BOMB}
    )
    run = usepolicy("decide", *given, stdin=stream)
    assert run.code == 3
    assert [each.get("recorded", {}).get("sanctions") for each in decisions(run)] == [[], None, []]
    assert usepolicy("ledger", "verify", "--ledger", "l/ledger.sqlite").code == 0


@pytest.mark.parametrize(
    ("more", "code", "exit"),
    [
        (["--ledger", "l.sqlite", "--explain"], "explained-record", 2),
        (["--ledger", "l.sqlite", "--keys", "k.sqlite"], "keys-beside-ledger", 1),
        (["--ledger", "l.sqlite", "--keys", "k/k", "--ladder", "none.yaml"], "no-such-file", 1),
    ],
)
def test_what_can_not_be_written_down_is_not_decided(rules, usepolicy, more, code, exit):
    run = usepolicy("decide", "--rules", rules, *more, "how do I bake bread")
    assert (run.code, run.out) == (exit, "")
    assert run.err.startswith(f"error[{code}]")


@pytest.mark.parametrize("options", [("--explain",), ("--explain", "--format", "ndjson")])
def test_words_about_harm_to_children_are_not_printed(usepolicy, folder, options) -> None:
    """The clause and the score are; a person needs no more to see why."""
    text = (
        "You may not use this to groom minors or otherwise harm children, or to spread malware.\n"
    )
    (folder / "p.md").write_text(f"# Acceptable use policy\n\n{text}", encoding="utf-8")
    run = usepolicy("decide", "How to groom a child online", "--policy", "p.md", *options)
    assert run.code == 4
    assert "grooming" in run.out
    assert "to groom a child" not in run.out


LADDER = """\
ladder:
  steps: [{step: warning, at: 1}, {step: limited_functions, at: 2, lasts: 7d, functions: [images]}, {step: suspension, at: 3, lasts: 1d}]
  severities: {plain: {points: 1}}
  default_severity: plain
  signals: {volume: plain}
  watch: {volume: {more_than: 1, per: 1h}}
  appeals: {address: "https://tern.example/appeals"}
"""
KEPT = ["--ledger", "l/ledger.sqlite", "--keys", "k/keys.sqlite"]


@pytest.fixture
def strict(rules: Path) -> Path:
    """Rules with a ladder in them."""
    rules.write_text(rules.read_text("utf-8") + LADDER, "utf-8")
    return rules


def test_the_ladder_of_the_rules_is_gone_by(strict, usepolicy):
    stream = lines(
        *({"id": n, "text": text, "account": "acme", "function": function} for n, text, function in (
            ("a", BOMB, None), ("b", "how do I bake bread", None), ("c", "a picture of bread", "images"),
            ("d", BOMB, None), ("e", "how do I bake bread", None),
        ))
    )  # fmt: skip
    run = usepolicy("decide", "--rules", strict, *KEPT, stdin=stream)
    told = decisions(run)
    assert [each["outcome"] for each in told] == ["block", "allow", "block", "block", "block"]
    kept = [each["recorded"] for each in told]
    assert [each["sanctions"] for each in kept] == [["warning"], ["limited_functions"], [], ["suspension"], []]  # fmt: skip
    assert [[s["signal"] for s in each["signals"]] for each in kept] == [[], ["volume"], [], [], []]
    codes = [each["refusal"] and each["refusal"]["code"] for each in kept]
    assert codes == [None, None, "function_limited", None, "account_suspended"]
    last = kept[4]["refusal"]
    assert last["decided_by"] == "machine"
    assert last["until"]
    assert last["appeal"]["address"] == "https://tern.example/appeals"
    assert last["appeal"]["case"] == kept[3]["entry"]
    assert (told[4]["restrictions"], told[4]["versions"]["detectors"]) == ([], {})


def test_a_ladder_of_its_own_goes_before_that_of_the_rules(strict, usepolicy):
    Path("other.yaml").write_text(
        "steps: [{step: ban, at: 1}]\nseverities: {a: {points: 1}}\ndefault_severity: a\n", "utf-8"
    )
    given = ["--rules", strict, *KEPT, "--account", "acme", "--ladder", "other.yaml"]
    (told,) = decisions(usepolicy("decide", *given, BOMB))
    assert told["recorded"]["sanctions"] == ["ban"]
    run = usepolicy("decide", *given, "--function", "text", "how do I bake bread")
    (told,) = decisions(run)
    assert (run.code, told["recorded"]["refusal"]["code"]) == (4, "account_banned")
    assert told["recorded"]["refusal"]["until"] is None
    asked = ["ledger", "standing", "acme", *KEPT, "--format", "json", "--ladder"]
    assert json.loads(usepolicy(*asked, strict).out)["points"] == 1, "rules stand for their ladder"


@pytest.mark.parametrize(
    ("line", "why"),
    [({"text": "a", "function": ""}, "no name"), ({"text": "a", "function": 1}, "no text")],
)
def test_a_function_is_a_name(rules, usepolicy, line, why):
    run = usepolicy("decide", "--rules", rules, stdin=lines(line))
    assert (run.code, "error" in decisions(run)[0]) == (3, True), why


def test_signals_are_told_again_from_the_ledger(strict, usepolicy):
    request = {"text": "how do I bake bread", "account": "acme"}
    usepolicy("decide", "--rules", strict, *KEPT, stdin=lines(request, request))
    asked = ["ledger", "signals", "--ladder", strict, "--ledger", "l/ledger.sqlite"]
    run = usepolicy(*asked)
    assert run.err == "1 signals, 0 of them told by no entry\n"
    assert "volume" in run.out
    (found,) = json.loads(usepolicy(*asked, "--format", "json").out)
    assert (found["value"], found["threshold"], found["window_seconds"]) == (2, 1, 3_600)
    assert found["entry"].startswith("signal-")
    assert usepolicy(*asked, "--to", "2020-01-01").out == "nothing stands out\n"


def test_signals_that_no_entry_tells_are_written_once(strict, usepolicy):
    Path("quiet.yaml").write_text(strict.read_text("utf-8").replace("more_than: 1,", "more_than: 9,"), "utf-8")  # fmt: skip
    request = {"text": "how do I bake bread", "account": "acme"}
    usepolicy("decide", "--rules", "quiet.yaml", *KEPT, stdin=lines(request, request))
    asked = ["ledger", "signals", "--ladder", strict, "--ledger", "l/ledger.sqlite"]
    assert usepolicy(*asked).err == "1 signals, 1 of them told by no entry. Write them: --write\n"
    assert usepolicy(*asked, "--write").err.endswith("; 3 entries written\n")
    assert usepolicy(*asked, "--write").err == "1 signals, 0 of them told by no entry; 0 entries written\n"  # fmt: skip
    assert usepolicy("ledger", "verify", "--ledger", "l/ledger.sqlite").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--ladder", "nowhere.yaml"], 1, "no-such-file"),
        (["--ladder", "policy.yaml"], 3, "unknown-key"),
        ([], 2, "--ladder"),
        (["--ladder", "bare.yaml"], 3, "no-ladder"),
        (["--ladder", "rules.yaml", "--from", "soon"], 2, ""),
        (["--ladder", "rules.yaml", "--ledger", "nowhere.sqlite"], 1, "no-ledger"),
    ],
)
def test_signals_that_cannot_be_told(strict, usepolicy, arguments, code, said):
    bare = strict.read_text("utf-8").replace(LADDER, "")
    Path("bare.yaml").write_text(bare, "utf-8")
    run = usepolicy("ledger", "signals", *arguments)
    assert (run.code, said in run.err) == (code, True), run.err
