"""`ledger hook`: the operator's own path is called once for each decision about child abuse."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_past import DAY, NOW, decision
from subscriber import Subscriber, subscriber_server

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ledger_sent import HookCalled
from usepolicy.store.ledger import Ledger, Wanted
from usepolicy.store.ledger_keys import Keys

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, fine!").decode()


@pytest.fixture
def kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger of four decisions, two of them about the sexual abuse of children."""
    monkeypatch.setenv("USEPOLICY_LEDGER", "ledger/l.db")
    monkeypatch.setenv("USEPOLICY_LEDGER_KEYS", "keys/k.db")
    monkeypatch.setenv("USEPOLICY_WEBHOOK_SECRET", SECRET)
    ledger = Ledger.open("ledger/l.db")
    keys = Keys.open("keys/k.db", beside="ledger/l.db")
    link = link_of(keys.of("user-7", now=NOW))
    for day, category in enumerate(
        ("grooming", "malware", "child-sexual-abuse-material", "harm-to-children")
    ):
        ledger.append(decision(f"d{day}", at=NOW + DAY * day, category=category, account=link))
    keys.close()
    return ledger


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    with subscriber_server() as told:
        yield told


def program(body: str) -> str:
    path = Path("report.sh")
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def calls(kept: Ledger) -> list[tuple[str, str, int]]:
    found = (e.body for e in kept.entries(Wanted(kinds=("hook_call",))))
    return [(b.about, b.result.value, b.attempts) for b in found if isinstance(b, HookCalled)]


def test_a_program_gets_a_line_for_each_and_is_called_once(usepolicy, kept) -> None:
    made = program("cat >> told.ndjson; echo this goes nowhere; echo nor this >&2")
    for called in (2, 0):
        run = usepolicy("ledger", "hook", "--program", made)
        assert (run.code, run.out) == (0, "")
        assert run.err == f"{called} called, 0 to be called again, 0 given up\n"
    lines = [json.loads(line) for line in Path("told.ndjson").read_text("utf-8").splitlines()]
    assert [(each["id"], each["categories"]) for each in lines] == [
        ("d0", ["grooming"]),
        ("d2", ["child-sexual-abuse-material"]),
    ]
    assert set(lines[0]) == {"id", "kind", "categories", "outcome", "at", "account"}
    assert len(lines[0]["account"]) == 64
    assert calls(kept) == [("d0", "called", 1), ("d2", "called", 1)]
    entries = list(kept.entries(Wanted(kinds=("hook_call",))))
    assert {(each.account, each.actor.id) for each in entries} == {(None, "hook")}
    assert usepolicy("ledger", "verify").code == 0


def test_a_failure_is_an_entry_and_is_called_again(usepolicy, kept) -> None:
    run = usepolicy("ledger", "hook", "--program", program("exit 3"))
    assert run.code == 1
    assert "the program ended with 3" in run.err
    assert "0 called, 2 to be called again, 0 given up" in run.err
    assert calls(kept) == [("d0", "failed", 1), ("d2", "failed", 1)]
    with kept.engine.begin() as at:
        at.exec_driver_sql("UPDATE outbox SET next_at = '2020-01-01T00:00:00.000000Z'")
    assert usepolicy("ledger", "hook", "--program", program("exit 0")).code == 0
    assert calls(kept)[2:] == [("d0", "called", 2), ("d2", "called", 2)]


def test_what_was_given_up_fails_until_it_is_mended(usepolicy, kept) -> None:
    bad = program("exit 1")
    usepolicy("ledger", "hook", "--program", bad)
    for _ in range(9):
        with kept.engine.begin() as at:
            at.exec_driver_sql("UPDATE outbox SET next_at = '2020-01-01T00:00:00.000000Z'")
        usepolicy("ledger", "hook", "--program", bad)
    assert calls(kept)[-1] == ("d2", "given_up", 10)
    run = usepolicy("ledger", "hook", "--program", program("exit 0"))
    assert (run.code, run.err) == (1, "0 called, 0 to be called again, 2 given up\n")
    run = usepolicy("ledger", "hook", "--program", program("exit 0"), "--again")
    assert (run.code, run.err) == (0, "2 called, 0 to be called again, 0 given up\n")


def test_no_secret_is_passed_on(usepolicy, kept) -> None:
    usepolicy("ledger", "hook", "--program", program("env > told.txt"))
    assert "USEPOLICY" not in Path("told.txt").read_text("utf-8")


def test_a_webhook_is_signed_under_the_id_of_the_decision(usepolicy, kept, subscriber) -> None:
    args = ("ledger", "hook", "--webhook", subscriber.address, "--allow-private")
    for _ in range(2):
        assert usepolicy(*args).code == 0
    [(headers, body), (second, _)] = subscriber.got
    assert (headers["webhook-id"], second["webhook-id"]) == ("d0", "d2")
    message = json.loads(body)
    assert message["type"] == "decision.reportable"
    assert message["data"]["categories"] == ["grooming"]
    assert b"spam" not in body, "no word of anybody"


def test_categories_and_days_are_the_operators(usepolicy, kept) -> None:
    made = program("cat >> told.ndjson")
    args = ("--program", made, "--category", "harm-to-children", "--since", "2026-03-03")
    assert usepolicy("ledger", "hook", *args).err.startswith("2 called")
    lines = [json.loads(line) for line in Path("told.ndjson").read_text("utf-8").splitlines()]
    assert [each["id"] for each in lines] == ["d2", "d3"]


def test_an_erasure_does_not_end_it(usepolicy, kept) -> None:
    usepolicy("ledger", "hook", "--program", program("exit 1"))
    usepolicy("ledger", "erase", "user-7", "--yes")
    with kept.engine.begin() as at:
        at.exec_driver_sql("UPDATE outbox SET next_at = '2020-01-01T00:00:00.000000Z'")
    assert usepolicy("ledger", "hook", "--program", program("exit 0")).err.startswith("2 called")


@pytest.mark.parametrize(
    ("options", "code", "said", "why"),
    [
        ((), 2, "no-target", "nothing to call"),
        (("--program", "p", "--webhook", "https://a.example"), 2, "two-targets", "two paths"),
        (("--program", "nowhere.sh"), 2, "no-program", "not there"),
        (("--program", "ledger"), 2, "no-program", "a folder"),
        (("--program", "ledger/l.db"), 2, "no-program", "not to be run"),
        (("--webhook", "http://127.0.0.1:1/"), 4, "private-address", "not without being allowed"),
        (("--webhook", "https://a.example", "--secret-env", "NO"), 2, "bad-secret", "no secret"),
        (("--program", "nowhere.sh", "--category", "no-such"), 3, "", "no such category"),
    ],
)
def test_what_cannot_be_called(usepolicy, kept, options, code: int, said: str, why: str) -> None:
    run = usepolicy("ledger", "hook", *options)
    assert (run.code, said in run.err) == (code, True), run.err
    assert "Traceback" not in run.err
    assert calls(kept) == []


def test_the_program_can_be_named_by_the_environment(usepolicy, kept, monkeypatch) -> None:
    monkeypatch.setenv("USEPOLICY_HOOK_PROGRAM", program("exit 0"))
    assert usepolicy("ledger", "hook").err.startswith("2 called")
