"""`track` from the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harbour_policy import POLICY
from mail_server import mail_server
from policy_site import Reply, Site, serving
from recorder import Recorder

from usepolicy.reading import manners
from usepolicy.store.history import History
from usepolicy.tracking import asking

ERROR = "This page isn't available\n"
NAME = "Harbourlight/Acceptable Use Policy.md"


@pytest.fixture
def kept(usepolicy, folder: Path) -> Path:
    """A history of five versions: an outage, a rule more, a date."""
    recorder = Recorder(folder / "archive")
    gambling = POLICY.replace("* develop", "* gamble\n* develop")
    for text in (POLICY, ERROR, POLICY, gambling, gambling.replace("3 March", "9 March")):
        recorder.record(NAME, text)
    done = usepolicy(
        "track", "import", "archive", "--developer", "Harbour Light", "--history", "h.sqlite"
    )
    assert done.code == 0
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
        (("--developer", "harbour light"), ["cosmetic", "substantive", "outage"]),
        (("--developer", "unknown"), []),
        (("--category", "gambling", "--kind", "now-prohibited"), ["substantive"]),
        (("--category", "Gambling"), ["substantive"]),
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


def test_a_kind_and_a_use_are_of_one_fact(usepolicy, folder: Path) -> None:
    recorder = Recorder(folder / "archive")
    recorder.record(NAME, POLICY)
    recorder.record(
        NAME,
        POLICY.replace("* develop", "* gamble\n* develop").replace(
            "* lend money at interest until payday\n", ""
        ),
    )
    usepolicy("track", "import", "archive", "--history", "h.sqlite")
    options = ("--category", "gambling", "--history", "h.sqlite", "--format", "json")
    for kind, count in (("now-prohibited", 1), ("no-longer-prohibited", 0)):
        run = usepolicy("track", "list", "--kind", kind, *options)
        assert len(json.loads(run.out)) == count, kind


def test_an_unknown_use_is_refused(usepolicy, kept: Path) -> None:
    run = usepolicy("track", "list", "--history", kept, "--category", "gamblin")
    assert run.code == 3
    assert "gambling" in run.err


def test_the_digest(usepolicy, golden, kept: Path) -> None:
    run = usepolicy("track", "digest", "--history", kept)
    golden("track-digest.txt", run.out)


def test_the_feed_is_the_same_again(usepolicy, kept: Path) -> None:
    first, second = (usepolicy("track", "feed", "--history", kept).out for _ in range(2))
    assert first == second
    assert first.count("<entry>") == 3
    assert "<id>urn:usepolicy:feed:all:all</id>" in first


def test_a_feed_of_a_developer_has_an_id_of_its_own(usepolicy, kept: Path) -> None:
    for developer, entries in (("Harbour Light", 3), ("Tern", 0)):
        run = usepolicy("track", "feed", "--history", kept, "--developer", developer)
        assert run.out.count("<entry>") == entries
        name = developer.replace(" ", "-")
        assert f"<id>urn:usepolicy:feed:all:all:developer={name}</id>" in run.out


def test_a_known_service_has_its_developer(usepolicy, folder: Path) -> None:
    recorder = Recorder(folder / "archive")
    for text in (POLICY, POLICY.replace("* develop", "* gamble\n* develop")):
        for service in ("Claude.ai", "Nobody"):
            recorder.record(f"{service}/Use.md", text)
    usepolicy("track", "import", "archive", "--history", "h.sqlite")
    run = usepolicy("track", "list", "--history", "h.sqlite", "--format", "json")
    found = {event["service"]: event["developer"] for event in json.loads(run.out)}
    assert found == {"Claude.ai": "Anthropic", "Nobody": None}


def test_a_webhook_without_secret_is_refused(usepolicy, kept: Path, monkeypatch) -> None:
    monkeypatch.delenv("USEPOLICY_WEBHOOK_SECRET", raising=False)
    run = usepolicy("track", "notify", "https://hook.example", "--history", kept)
    assert run.code == 2
    assert "error[bad-secret]" in run.err


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(manners, "PAUSE_S", 0.0)
    monkeypatch.setattr(asking, "FIRST_WAIT_S", 0.0)
    with serving() as site:
        yield site


def test_a_list_of_ones_own(usepolicy, golden, folder: Path, site: Site) -> None:
    site.pages["/use.md"] = Reply(POLICY, headers={"content-type": "text/markdown"})
    site.pages["/down"] = Reply("", 200, breaks=True)
    (folder / "Tern.json").write_text(
        json.dumps(
            {"name": "Tern", "terms": {"Use": {"fetch": f"{site.origin}/gone", "filter": ["f"]}}}
        ),
        "utf-8",
    )
    history = ("--history", "h.sqlite")
    said = []
    for command in (
        ("add", f"{site.origin}/use.md", "--developer", "Harbour", "--title", "Use"),
        ("add", "Tern.json", f"{site.origin}/refused"),
        ("run", "--allow-private"),
        ("status", "--format", "csv"),
        ("remove", "Tern.json"),
    ):
        site.pages["/refused"] = Reply("no", 403)
        run = usepolicy("track", *command, *history)
        said.append(f"$ track {' '.join(command)}\n{run.out}{run.err}exit {run.code}\n")
    text = (
        "\n".join(said).replace(site.origin, "https://site.example").replace(str(folder), "FOLDER")
    )
    golden("track-watch.txt", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", "TIME", text))


def test_a_run_fails_only_if_nothing_can_be_read(usepolicy, folder: Path, site: Site) -> None:
    site.pages["/a"], site.pages["/b"] = Reply("no", 403), Reply(POLICY)
    history = ("--history", "h.sqlite")
    usepolicy("track", "add", f"{site.origin}/a", *history)
    assert usepolicy("track", "run", "--allow-private", *history).code == 1
    usepolicy("track", "add", f"{site.origin}/b", *history)
    assert usepolicy("track", "run", "--allow-private", *history).code == 0
    assert usepolicy("track", "run", f"{site.origin}/a", "--allow-private", *history).code == 1


def test_inner_addresses_are_not_watched_unless_asked_for(usepolicy, folder, site: Site) -> None:
    usepolicy("track", "add", f"{site.origin}/a", "--history", "h.sqlite")
    run = usepolicy("track", "run", "--history", "h.sqlite")
    assert "error[private-address]" in run.err
    assert site.asked == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("run",), 2, "error[no-sources]"),
        (("remove", "https://a.example"), 2, "error[no-such-source]"),
        (("add", "nowhere"), 2, "error[not-a-source]"),
        (("notify",), 2, "error[no-target]"),
    ],
)
def test_wrong_usage(usepolicy, folder: Path, arguments, code: int, said: str) -> None:
    History.open(Path("h.sqlite"))
    run = usepolicy("track", *arguments, "--history", "h.sqlite")
    assert run.code == code
    assert said in run.err


def test_mail_is_sent_once_to_each_mailbox(usepolicy, kept: Path, monkeypatch) -> None:
    for name in ("USEPOLICY_SMTP_USER", "USEPOLICY_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    with mail_server() as box:
        options = (
            "--email", "ada@gulls.example", "--email", "bob@gulls.example",
            "--smtp", f"smtp://127.0.0.1:{box.port}", "--sender", "watch@terns.example",
            "--kind", "now-prohibited", "--history", kept,
        )  # fmt: skip
        for sent in (2, 0):
            run = usepolicy("track", "notify", *options)
            assert (run.code, run.err) == (0, f"{sent} sent, 0 to be tried again, 0 given up\n")
        assert [message["To"] for message in box.got] == ["ada@gulls.example", "bob@gulls.example"]


def test_a_mail_server_that_is_away_waits(usepolicy, kept: Path) -> None:
    run = usepolicy(
        "track", "notify", "--email", "a@x.example", "--sender", "b@x.example",
        "--smtp", "smtp://127.0.0.1:1", "--history", kept,
    )  # fmt: skip
    assert (run.code, run.err) == (1, "0 sent, 3 to be tried again, 0 given up\n")


def test_a_password_is_in_no_message(usepolicy, kept: Path, monkeypatch) -> None:
    monkeypatch.setenv("USEPOLICY_SMTP_USER", "ada")
    monkeypatch.setenv("USEPOLICY_SMTP_PASSWORD", "hunter2")
    with mail_server() as box:
        for server in (f"smtp://127.0.0.1:{box.port}", f"smtp+starttls://127.0.0.1:{box.port}"):
            run = usepolicy(
                "track", "notify", "--email", "a@x.example", "--sender", "b@x.example",
                "--smtp", server, "--history", kept,
            )  # fmt: skip
            assert run.code in (1, 2)
            assert "hunter2" not in run.out + run.err
        assert box.got == []
