"""Runs over sources: a real server, real repositories, real files; killed and out of disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harbour_policy import POLICY
from policy_site import Reply, Site, serving
from recorder import Recorder

from usepolicy.errors import FetchError, SchemaError, StoreError, UsageError, UsePolicyError
from usepolicy.reading.fetch import ask, fetch
from usepolicy.reading.manners import PAUSE_S, Manners
from usepolicy.store.history import History
from usepolicy.store.history_sources import (
    GOES_ON,
    add_source,
    begin_run,
    findings_of,
    one_run,
    remove_source,
)
from usepolicy.tracking.alerts import Wanted, events_of
from usepolicy.tracking.asking import Backoff, Network
from usepolicy.tracking.runs import Looked, run_sources
from usepolicy.tracking.sources import Called, sources_of
from usepolicy.tracking.timeline import timelines

GAMBLING = POLICY.replace("* develop", "* gamble\n* develop")


def page(text: str) -> str:
    """A page with a policy in it, as a server shows it."""
    blocks = []
    for block in text.split("\n\n"):
        if block.startswith("#"):
            level = block.index(" ")
            blocks.append(f"<h{level}>{block[level + 1 :]}</h{level}>")
        elif block.startswith("* "):
            items = "".join(f"<li>{item[2:]}</li>" for item in block.splitlines())
            blocks.append(f"<ul>{items}</ul>")
        else:
            blocks.append(f"<p>{block}</p>")
    return (
        "<!doctype html><html><head><title>Use</title></head><body><nav><a href=/>Home</a></nav>"
        f"<main>{''.join(blocks)}<div class=ad>Buy now, do not wait</div></main></body></html>"
    )


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History.open(tmp_path / "history.sqlite")


class Watch:
    """A history with its sources, a clock that goes a day a look, and the waits asked for."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.now = datetime(2025, 3, 1, tzinfo=UTC)
        self.waits: list[float] = []

    def add(self, words: object, called: Called = Called()) -> None:
        for source in sources_of(str(words), called):
            add_source(self.history, source)

    def run(self) -> list[Looked]:
        self.now += timedelta(days=1)
        network = Network(
            lambda address, known: ask(address, known, allow_private=True),
            Manners(lambda a: fetch(a, allow_private=True), self.waits.append, lambda: 100.0),
            Backoff(self.waits.append, lambda: 0.5),
        )
        return list(run_sources(self.history, self.history.sources(), network, now=self._clock))

    def _clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def kinds(self) -> list[str]:
        return [event.kind for event in events_of(timelines(self.history), Wanted())][::-1]


@pytest.fixture
def watch(history: History) -> Watch:
    return Watch(history)


def test_an_address_is_asked_whether_it_changed(site: Site, watch: Watch) -> None:
    headers = {"etag": '"1"', "last-modified": "Sat, 01 Mar 2025 00:00:00 GMT"}
    site.pages["/aup"] = Reply(page(POLICY), headers=headers)
    watch.add(f"{site.origin}/aup", Called("Harbour", "Harbourlight", "Use"))
    assert [looked.new for looked in watch.run()] == [1]
    assert [looked.new for looked in watch.run()] == [0]
    asked = site.asked[-1][1]
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"1"', headers["last-modified"])
    site.pages["/aup"] = Reply(page(GAMBLING), headers={"etag": '"2"'})
    assert [looked.new for looked in watch.run()] == [1]
    assert watch.kinds() == ["substantive"]
    [document] = watch.history.documents()
    assert (document.name, document.developer) == ("Harbourlight/Use", "Harbour")


def test_the_same_page_without_an_etag_is_no_new_version(site: Site, watch: Watch) -> None:
    site.pages["/aup"] = Reply(page(POLICY))
    watch.add(f"{site.origin}/aup")
    watch.run()
    assert [looked.new for looked in watch.run()] == [0]
    assert watch.history.counts()["records"] == 1


MARKS = ["", '"\u00e9"', '"' + "x" * 600 + '"', "\x7f"]


@pytest.mark.parametrize("etag", MARKS)
def test_a_mark_that_cannot_be_sent_back_is_not_kept(site: Site, watch: Watch, etag: str) -> None:
    site.pages["/aup"] = Reply(page(POLICY), headers={"etag": etag})
    watch.add(f"{site.origin}/aup")
    assert [looked.new for looked in watch.run()] == [1]
    [looked] = watch.run()
    assert (looked.new, looked.failed) == (0, ())
    assert "if-none-match" not in site.asked[-1][1]


ERRORS = [
    (404, "an error page that is long and speaks of rules"),
    (410, "it is gone for good"),
    (503, "the server is down, also when it is asked again"),
]


@pytest.mark.parametrize(("status", "why"), ERRORS)
def test_an_error_page_is_an_outage_and_no_removal(
    site: Site, watch: Watch, status: int, why: str
) -> None:
    good = Reply(page(POLICY), headers={"etag": '"1"'})
    bad = Reply(page("# Oh no\n\nYou may not gamble here.\n\n" + "Words. " * 900), status)
    watch.add(f"{site.origin}/aup")
    for reply in (good, bad, bad, good):
        site.pages["/aup"] = reply
        [looked] = watch.run()
        assert not looked.failed
        assert bool(looked.gone) is (reply is bad)
    assert watch.kinds() == ["outage"]
    counts = watch.history.counts()
    assert (counts["records"], counts["snapshots"]) == (3, 2)


def test_a_page_that_comes_later_was_not_there(site: Site, watch: Watch) -> None:
    watch.add(f"{site.origin}/aup")
    watch.run()
    site.pages["/aup"] = Reply(page(POLICY))
    watch.run()
    assert watch.kinds() == ["outage"]


@pytest.mark.parametrize("status", [401, 403, 418])
def test_who_is_refused_learns_nothing_of_the_page(site: Site, watch: Watch, status: int) -> None:
    site.pages["/aup"] = Reply(page(POLICY))
    watch.add(f"{site.origin}/aup")
    watch.run()
    site.pages["/aup"] = Reply("no", status)
    [looked] = watch.run()
    assert [error.code for error in looked.failed] == [
        "http-status" if status == 418 else "refused"
    ]
    assert (looked.read, watch.kinds()) == (False, [])
    assert watch.history.sources()[0].error


def test_a_busy_server_is_asked_again_after_a_while(site: Site, watch: Watch) -> None:
    busy = Reply("busy", 503)
    told = Reply("wait", 429, {"retry-after": "7"})
    site.pages["/aup"] = [busy, told, Reply(page(POLICY))]
    watch.add(f"{site.origin}/aup")
    [looked] = watch.run()
    assert (looked.new, looked.gone) == (1, ())
    assert [wait for wait in watch.waits if wait != PAUSE_S] == [7.0]
    assert watch.waits.count(PAUSE_S) == 4  # behind robots.txt and each try; 2 s of backoff too


def test_a_wait_that_is_too_long_is_for_the_next_run(site: Site, watch: Watch) -> None:
    site.pages["/aup"] = Reply("wait", 429, {"retry-after": "3600"})
    watch.add(f"{site.origin}/aup")
    [looked] = watch.run()
    assert [error.code for error in looked.failed] == ["refused"]
    assert site.paths() == ["/aup"]


@pytest.mark.parametrize(
    ("jitter", "waits"), [(0.0, [1.0, 2.0]), (0.5, [2.0, 4.0]), (0.99, [2.98, 5.96])]
)
def test_waits_grow_and_differ_by_chance(jitter: float, waits: list[float]) -> None:
    backoff = Backoff(lambda _: None, lambda: jitter)
    assert [backoff.seconds(n, None) for n in (1, 2)] == pytest.approx(waits)
    assert backoff.seconds(3, None) is None


def test_robots_are_heard(site: Site, watch: Watch) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nDisallow: /aup\nCrawl-delay: 9\n")
    site.pages["/aup"] = site.pages["/terms"] = site.pages["/more"] = Reply(page(POLICY))
    for name in ("aup", "terms", "more"):
        watch.add(f"{site.origin}/{name}")
    denied, good, _ = watch.run()
    assert [error.code for error in denied.failed] == ["robots"]
    assert good.new == 1
    assert site.paths() == ["/terms", "/more"]
    assert watch.waits == [9.0, 9.0]


def test_one_failing_source_never_stops_the_others(
    site: Site, watch: Watch, tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path / "repository")
    recorder.record("Harbour/Policy.md", POLICY)
    gone = tmp_path / "gone"
    gone.mkdir()
    (gone / "2025-01-01.md").write_text(POLICY, "utf-8")
    site.pages["/broken"] = Reply(page(POLICY), breaks=True)
    site.pages["/aup"] = Reply(page(POLICY))
    for words in (f"{site.origin}/broken", gone, f"{site.origin}/aup", recorder.path):
        watch.add(words)
    (gone / "2025-01-01.md").unlink()
    found = watch.run()
    assert [[error.code for error in each.failed] for each in found] == [
        ["unreachable"], ["no-dated-files"], [], [],
    ]  # fmt: skip
    assert [each.new for each in found] == [0, 0, 1, 1]
    assert [bool(source.error) for source in watch.history.sources()] == [True, True, False, False]


def test_a_file_of_a_repository_has_its_own_history(watch: Watch, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "repository")
    recorder.record("docs/use.txt", POLICY)
    recorder.record("README.md", "# Read me\n")
    recorder.record("docs/use.txt", GAMBLING)
    watch.add(recorder.path / "docs" / "use.txt", Called(service="Harbourlight", title="Use"))
    assert [looked.new for looked in watch.run()] == [2]
    assert [looked.new for looked in watch.run()] == [0]
    recorder.record("docs/use.txt", POLICY)
    assert [looked.new for looked in watch.run()] == [1]
    assert watch.kinds() == ["substantive", "substantive"]
    [document] = watch.history.documents()
    assert document.name == "Harbourlight/Use"


def test_a_file_of_a_repository_that_no_commit_has_is_said(watch: Watch, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "repository")
    recorder.record("README.md", "# Read me\n")
    watch.add(f"{recorder.path}//--output=/tmp/x")
    [looked] = watch.run()
    assert [error.code for error in looked.failed] == ["no-such-file"]


def test_a_folder_and_a_repository_bring_what_is_new(watch: Watch, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "repository")
    recorder.record("Harbour/Policy.md", POLICY)
    folder = tmp_path / "dated"
    folder.mkdir()
    (folder / "2025-01-01.md").write_text(POLICY, "utf-8")
    watch.add(recorder.path)
    watch.add(folder)
    assert [looked.new for looked in watch.run()] == [1, 1]
    recorder.record("Harbour/Policy.md", GAMBLING)
    (folder / "2025-02-01.md").write_text(GAMBLING, "utf-8")
    assert [looked.new for looked in watch.run()] == [1, 1]
    assert [looked.new for looked in watch.run()] == [0, 0]


def declaration(folder: Path, site: Site, **terms: object) -> Path:
    text = json.dumps({"name": "Harbourlight", "terms": terms}).replace("SITE", site.origin)
    path = folder / "Harbourlight.json"
    path.write_text(text, "utf-8")
    return path


def test_a_declaration_takes_its_parts(site: Site, watch: Watch, tmp_path: Path) -> None:
    site.pages["/a"] = Reply(page(POLICY))
    site.pages["/b"] = Reply(page("# Weapons\n\nYou may not build weapons."))
    use = {
        "combine": [{"fetch": "SITE/a"}, {"fetch": "SITE/b"}],
        "select": "main",
        "remove": [{"startBefore": "h2:last-of-type", "endBefore": ".ad"}, ".ad"],
        "filter": ["dropDates"],
        "executeClientScripts": True,
    }
    watch.add(declaration(tmp_path, site, **{"Acceptable Use Policy": use}))
    [looked] = watch.run()
    assert (looked.new, looked.failed) == (1, ())
    [document] = watch.history.documents()
    assert document.name == "Harbourlight/Acceptable Use Policy"
    [record] = watch.history.records(document)
    text = watch.history.bytes_of(record.sha256).decode()
    assert "harass" in text
    assert "build weapons" in text
    for left_out in ("Buy now", "Home", "easier to read"):
        assert left_out not in text
    assert watch.history.counts()["snapshots"] == 3
    [found] = findings_of(watch.history).values()
    assert [each.code for each in found] == ["filter-not-run", "scripts-not-run"]
    assert "`dropDates`" in found[0].message


def test_another_declaration_of_the_same_page_is_no_change_of_the_policy(
    site: Site, watch: Watch, tmp_path: Path
) -> None:
    site.pages["/a"] = Reply(page(POLICY), headers={"etag": '"1"'})
    for select in ("main", "ul"):
        watch.add(declaration(tmp_path, site, Use={"fetch": "SITE/a", "select": select}))
        assert [looked.new for looked in watch.run()] == [1]
    assert watch.kinds() == ["technical"]


def test_one_page_of_two_changed_and_the_other_did_not(
    site: Site, watch: Watch, tmp_path: Path
) -> None:
    both = {"combine": [{"fetch": "SITE/a"}, {"fetch": "SITE/b"}], "select": "main"}
    site.pages["/a"] = Reply(page(POLICY), headers={"etag": '"1"'})
    site.pages["/b"] = Reply(page("# More\n\nYou may not lie."), headers={"etag": '"1"'})
    watch.add(declaration(tmp_path, site, Use=both))
    watch.run()
    site.pages["/b"] = Reply(page("# More\n\nYou may not lie or gamble."), headers={"etag": '"2"'})
    watch.run()
    assert watch.kinds() == ["substantive"]


@pytest.mark.parametrize(
    ("reply", "codes"),
    [
        (Reply(page(POLICY).replace("main", "section")), ["nothing-selected"]),
        (Reply("<html><body>Down</body></html>", 503), []),
    ],
)
def test_what_is_not_selected_is_not_removed(
    site: Site, watch: Watch, tmp_path: Path, reply: Reply, codes: list[str]
) -> None:
    site.pages["/a"] = Reply(page(POLICY))
    watch.add(declaration(tmp_path, site, Use={"fetch": "SITE/a", "select": "main"}))
    watch.run()
    site.pages["/a"] = reply
    [looked] = watch.run()
    assert ([error.code for error in looked.failed], looked.gone) == (codes, ("Use",))
    assert watch.kinds() == ["outage"]


def test_one_document_of_a_declaration_never_stops_the_others(
    site: Site, watch: Watch, tmp_path: Path
) -> None:
    site.pages["/a"] = Reply(page(POLICY))
    inner = "http://[::1]:1/x"
    watch.add(
        declaration(
            tmp_path, site,
            One={"fetch": inner}, Two={"fetch": "SITE/a", "select": "[["}, Three={"fetch": "SITE/a"},
        )
    )  # fmt: skip
    [looked] = watch.run()
    assert [error.code for error in looked.failed] == ["unreachable", "bad-selector"]
    assert (looked.new, looked.read) == (1, True)


SOURCES: list[tuple[str, type[UsePolicyError], str]] = [
    ("ftp://x.example/a", FetchError, "unsupported-scheme"),
    ("https://me:secret@x.example/a", FetchError, "credentials-in-address"),
    ("nowhere", UsageError, "not-a-source"),
    ("lonely.md", UsageError, "not-a-source"),
    ("broken.json", SchemaError, "not-a-declaration"),
]


@pytest.mark.parametrize(("words", "error", "code"), SOURCES)
def test_what_is_no_source_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, error, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lonely.md").write_text("# Alone\n", "utf-8")
    Path("broken.json").write_text('{"name": "x", "terms": {"a": {}}}', "utf-8")
    with pytest.raises(error) as caught:
        sources_of(words)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


def test_a_known_address_has_its_developer() -> None:
    [source] = sources_of("https://openai.com/policies/usage-policies/")
    assert (source.developer, source.service) in {("OpenAI", "ChatGPT"), (None, None)}
    [source] = sources_of("https://berget.ai/acceptable-use")
    assert (source.developer, source.title) == ("Berget AI", "Acceptable Use Policy")


def test_what_is_removed_is_gone_and_what_is_shared_stays(site: Site, watch: Watch) -> None:
    for name in ("a", "b"):
        site.pages[f"/{name}"] = Reply(page(POLICY))
        watch.add(f"{site.origin}/{name}")
    watch.run()
    site.pages["/a"] = Reply(page(GAMBLING))
    watch.run()
    assert watch.kinds() == ["substantive"]
    first, _ = watch.history.sources()
    assert remove_source(watch.history, first) == 2
    assert watch.history.counts() == {"sources": 1, "documents": 1, "records": 1, "snapshots": 1}
    assert [looked.new for looked in watch.run()] == [0]


def test_a_run_that_did_not_end_goes_on_and_an_old_one_does_not(history: History) -> None:
    at = datetime(2025, 3, 1, tzinfo=UTC)
    first = begin_run(history, at)
    again = begin_run(history, at + timedelta(hours=1))
    assert (again.id, again.resumed) == (first.id, True)
    late = begin_run(history, at + GOES_ON)
    assert (late.id != first.id, late.resumed) == (True, False)


def test_two_runs_at_once_are_refused(history: History) -> None:
    with one_run(history), pytest.raises(StoreError) as caught, one_run(history):
        pass
    assert caught.value.code == "run-busy"
    with one_run(history):
        pass


def test_an_older_history_gets_its_columns(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(
            "CREATE TABLE sources (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, location TEXT NOT NULL"
            " UNIQUE, cursor TEXT, ran_at TEXT, error TEXT);"
            "INSERT INTO sources (kind, location) VALUES ('git', '/a'); PRAGMA user_version = 1;"
        )
    for _ in range(2):
        [source] = History.open(path).sources()
        assert (source.location, source.developer) == ("/a", None)


RUN = """
from pathlib import Path
from datetime import UTC, datetime
import sys, time
from usepolicy.store.history import History
from usepolicy.reading.fetch import ask, fetch
from usepolicy.reading.manners import Manners
from usepolicy.tracking.asking import Backoff, Network
from usepolicy.tracking.runs import run_sources
network = Network(
    lambda a, k: ask(a, k, allow_private=True),
    Manners(lambda a: fetch(a, allow_private=True), lambda s: time.sleep(0.03), lambda: 0.0),
    Backoff(lambda s: None, lambda: 0.0),
)
history = History.open(Path(sys.argv[1]))
for looked in run_sources(history, history.sources(), network, now=lambda: datetime.now(UTC)):
    print(looked.source.location, looked.skipped, flush=True)
"""
LIMITED = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))"


@pytest.fixture
def many(site: Site, watch: Watch) -> Callable[[], list[str]]:
    """Thirty sources, each with a policy of its own; return what is kept of them."""
    for number in range(30):
        body = page(f"{POLICY}\n\n{os.urandom(2000).hex()}\n\nVersion {number}.")
        site.pages[f"/{number}"] = Reply(body, headers={"etag": f'"{number}"'})
        watch.add(f"{site.origin}/{number}")

    def kept() -> list[str]:
        history = History.open(watch.history.path)
        found = []
        for document in history.documents():
            for record in history.records(document):
                text = history.bytes_of(record.sha256).decode()
                found.append(text.partition("Version ")[2].partition(".")[0])
        return sorted(found, key=int)

    return kept


def test_a_killed_run_loses_nothing_and_repeats_nothing(
    site: Site, history: History, many: Callable[[], list[str]]
) -> None:
    command = [sys.executable, "-c", RUN, str(history.path)]
    for stop in (4, 9, 17):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        for _ in range(stop):
            process.stdout.readline()
        time.sleep(0.002 * stop)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert many() == [str(number) for number in range(30)]
    assert "True" in done.stdout  # those the run was through with were not asked for again
    assert len(site.paths()) <= 30 + 3  # but for the one that each kill hit
    assert len(done.stdout.splitlines()) == 30


def test_a_full_disk_ends_a_run_that_then_goes_on(
    history: History, many: Callable[[], list[str]]
) -> None:
    limited = LIMITED.replace("BYTES", "150_000") + RUN
    command = [sys.executable, "-c", limited, str(history.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "history-unwritable" in done.stderr
    assert len(many()) < 30
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(history.path)], capture_output=True, text=True, check=True
    )
    assert many() == [str(number) for number in range(30)]
