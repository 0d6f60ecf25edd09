"""`track` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harbour_policy import POLICY
from recorder import Recorder

ERROR = "This page isn't available\n"
NAME = "Harbourlight/Acceptable Use Policy.md"


@pytest.fixture
def kept(usepolicy, folder: Path) -> Path:
    """A history of five versions: an outage, a rule more, a date."""
    recorder = Recorder(folder / "archive")
    gambling = POLICY.replace("* develop", "* gamble\n* develop")
    for text in (POLICY, ERROR, POLICY, gambling, gambling.replace("3 March", "9 March")):
        recorder.record(NAME, text)
    assert usepolicy("track", "import", "archive", "--history", "h.sqlite").code == 0
    return Path("h.sqlite")


def test_the_list(usepolicy, golden, kept: Path) -> None:
    run = usepolicy("track", "list", "--history", kept)
    assert (run.code, run.err) == (0, "3 entries\n")
    golden("track-list.txt", run.out)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (("--kind", "substantive"), ["substantive"]),
        (("--kind", "now-prohibited"), ["substantive"]),
        (("--kind", "no-longer-prohibited"), []),
        (("--kind", "outage", "--kind", "cosmetic"), ["cosmetic", "outage"]),
        (("--category", "gambling"), ["substantive"]),
        (("--category", "spam"), []),
        (("--service", "harbourlight", "--since", "2025-01-04"), ["cosmetic", "substantive"]),
        (("--service", "tern"), []),
    ],
)
def test_filters(usepolicy, kept: Path, options, kinds: list[str]) -> None:
    run = usepolicy("track", "list", "--history", kept, *options, "--format", "json")
    assert [event["kind"] for event in json.loads(run.out)] == kinds


def test_json_has_the_words_and_the_versions(usepolicy, kept: Path) -> None:
    run = usepolicy("track", "list", "--history", kept, "--kind", "substantive", "--format", "json")
    [event] = json.loads(run.out)
    assert event["changes"][0]["new"]["quote"] == "gamble"
    assert len(event["versions"]["new"]["revision"]) == 40


def test_an_outage_has_a_duration(usepolicy, kept: Path) -> None:
    run = usepolicy("track", "list", "--history", kept, "--kind", "outage", "--format", "json")
    [event] = json.loads(run.out)
    assert (event["down_seconds"], event["times"]) == (86_400, 1)


def test_one_failing_source_never_stops_the_others(usepolicy, folder: Path) -> None:
    Recorder(folder / "good").record(NAME, POLICY)
    (folder / "bad").mkdir()
    run = usepolicy("track", "import", "bad", "good", "--history", "h.sqlite")
    assert run.code == 1
    assert "good: 1 new versions" in run.err
    assert "error[no-dated-files]: bad" in run.err


def test_status_shows_what_is_kept(usepolicy, kept: Path) -> None:
    run = usepolicy("track", "status", "--history", kept, "--format", "json")
    [source] = json.loads(run.out)
    assert (source["kind"], source["failed"]) == ("git", "")
    assert run.err == "1 sources, 1 documents, 5 records, 4 snapshots\n"


@pytest.mark.parametrize("command", ["list", "status"])
def test_no_history_is_said(usepolicy, folder: Path, command: str) -> None:
    run = usepolicy("track", command, "--history", "none.sqlite")
    assert run.code == 1
    assert "error[no-history]: none.sqlite" in run.err


def test_an_unknown_kind_is_refused(usepolicy, kept: Path) -> None:
    run = usepolicy("track", "list", "--history", kept, "--kind", "big")
    assert run.code == 2
    assert "no kind `big`" in run.err


def test_the_digest(usepolicy, golden, kept: Path) -> None:
    run = usepolicy("track", "digest", "--history", kept)
    golden("track-digest.txt", run.out)


def test_the_feed_is_the_same_again(usepolicy, kept: Path) -> None:
    first, second = (usepolicy("track", "feed", "--history", kept).out for _ in range(2))
    assert first == second
    assert first.count("<entry>") == 3


def test_a_webhook_without_secret_is_refused(usepolicy, kept: Path, monkeypatch) -> None:
    monkeypatch.delenv("USEPOLICY_WEBHOOK_SECRET", raising=False)
    run = usepolicy("track", "notify", "https://hook.example", "--history", kept)
    assert run.code == 2
    assert "error[bad-secret]" in run.err
