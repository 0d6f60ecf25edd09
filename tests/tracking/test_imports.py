"""Versions from repositories and folders into the history: whole, once, and running nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recorder import Recorder

from usepolicy.errors import StoreError, UsePolicyError
from usepolicy.store.history import History
from usepolicy.tracking.alerts import Wanted, events_of
from usepolicy.tracking.imports import import_source
from usepolicy.tracking.timeline import timelines

ERROR = "This page isn't available\n"


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "repository")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History.open(tmp_path / "history.sqlite")


def happened(history: History) -> list[str]:
    return [f"{e.document} {e.kind}" for e in events_of(timelines(history), Wanted())]


def test_a_repository_comes_in_with_its_whole_history(
    recorder: Recorder, history: History, policy: str
) -> None:
    name = "Harbour Light/Acceptable Use Policy.md"
    for text in (policy, ERROR, policy, policy.replace("* develop", "* gamble\n* develop")):
        recorder.record(name, text)
    recorder.record("Tern/Terms of Service.md", policy)
    assert import_source(history, recorder.path)[1] == 5
    assert [d.name for d in history.documents()] == [
        "Harbour Light/Acceptable Use Policy",
        "Tern/Terms of Service",
    ]
    assert happened(history) == [
        "Harbour Light/Acceptable Use Policy substantive",
        "Harbour Light/Acceptable Use Policy outage",
    ]
    assert history.counts()["snapshots"] == 3


def test_again_brings_only_what_is_new(recorder: Recorder, history: History, policy: str) -> None:
    recorder.record("A/Policy.md", policy)
    assert import_source(history, recorder.path)[1] == 1
    assert import_source(history, recorder.path)[1] == 0
    recorder.record("A/Policy.md", policy + "\nDo not gamble.\n")
    source, new = import_source(history, recorder.path)
    assert new == 1
    assert source.cursor != recorder.git("rev-parse", "HEAD")
    assert history.sources()[0].cursor == recorder.git("rev-parse", "HEAD")


def test_a_history_written_anew_repeats_nothing(
    recorder: Recorder, history: History, policy: str
) -> None:
    recorder.record("A/Policy.md", policy)
    recorder.record("A/Policy.md", policy + "\nDo not gamble.\n")
    import_source(history, recorder.path)
    recorder.git("reset", "--quiet", "--hard", "HEAD~1")
    recorder.record("A/Policy.md", policy + "\nDo not spam.\n")
    assert import_source(history, recorder.path)[1] == 1
    assert history.counts()["records"] == 3


def test_nothing_that_a_repository_names_is_run(
    recorder: Recorder, history: History, policy: str, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    recorder.record("A/Policy.md", policy)
    recorder.record(".gitattributes", "*.md diff=evil filter=evil\n")
    recorder.record("A/Policy.md", policy + "\nDo not gamble.\n")
    for setting in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.external",
        "diff.evil.textconv", "diff.evil.command", "filter.evil.smudge", "filter.evil.clean",
        "filter.evil.process", "gpg.program", "core.alternateRefsCommand", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        recorder.git("config", setting, str(program))
    recorder.git("config", "log.showSignature", "true")
    recorder.git("config", "core.hooksPath", str(tmp_path))
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        program.copy(tmp_path / hook) if hasattr(program, "copy") else (
            tmp_path / hook
        ).write_bytes(program.read_bytes())
        (tmp_path / hook).chmod(0o755)
    mark.unlink(missing_ok=True)
    assert import_source(history, recorder.path)[1] == 2
    assert not mark.exists()


def test_a_missing_object_is_not_fetched(recorder: Recorder, history: History, policy: str) -> None:
    recorder.record("A/Policy.md", policy)
    blob = recorder.git("rev-parse", "HEAD:A/Policy.md")
    (recorder.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    recorder.git("config", "remote.origin.url", "ext::sh -c touch% ran")
    recorder.git("config", "remote.origin.promisor", "true")
    recorder.git("config", "extensions.partialClone", "origin")
    with pytest.raises(UsePolicyError):
        import_source(history, recorder.path)
    assert not (recorder.path / "ran").exists()


@pytest.mark.parametrize(
    "name", ["-x/--help.md", "a/Ünï & <b>.md", "deep/er/Terms.md", 'q"uote.md']
)
def test_names_are_data(recorder: Recorder, history: History, policy: str, name: str) -> None:
    recorder.record(name, policy)
    assert import_source(history, recorder.path)[1] == 1
    assert [d.path for d in history.documents()] == [name]


def test_links_are_not_followed(recorder: Recorder, history: History, policy: str) -> None:
    recorder.record("A/Policy.md", policy)
    (recorder.path / "A" / "Secret.md").symlink_to("/etc/hostname")
    recorder.git("add", "--all")
    recorder.git("commit", "--quiet", "--message", "link")
    assert import_source(history, recorder.path)[1] == 1


def test_a_folder_of_dated_files(tmp_path: Path, history: History, policy: str) -> None:
    folder = tmp_path / "versions"
    for name, text in (
        ("harbour--aup/2025-03-02-1-abc.md", policy),
        ("harbour--aup/2025-03-01.md", policy.replace("* develop or procure weapons\n", "")),
        ("tern-aup-20250301.md", policy),
        ("tern-aup-20250302.html", "<h1>Policy</h1><p>Do not harass people.</p>"),
        ("notes.md", "no date"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    assert import_source(history, folder)[1] == 4
    assert import_source(history, folder)[1] == 0
    assert {d.name for d in history.documents()} == {"harbour--aup", "tern-aup"}
    assert "harbour--aup substantive" in happened(history)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: None, "no-such-folder"),
        (lambda p: p.mkdir(), "no-dated-files"),
        (lambda p: Recorder(p), "no-commits"),
    ],
)
def test_what_holds_no_versions_is_refused(history: History, tmp_path: Path, make, code) -> None:
    make(tmp_path / "place")
    with pytest.raises(UsePolicyError) as caught:
        import_source(history, tmp_path / "place")
    assert caught.value.code == code


def test_a_snapshot_is_never_overwritten(recorder: Recorder, history: History, policy: str) -> None:
    recorder.record("A/Policy.md", policy)
    import_source(history, recorder.path)
    [record] = history.records(history.documents()[0])
    with sqlite3.connect(history.path) as connection:
        connection.execute("UPDATE snapshots SET data = x'789c030000000001'")
    recorder.record("B/Policy.md", policy)
    import_source(history, recorder.path)
    with pytest.raises(StoreError, match="broken"):
        history.bytes_of(record.sha256)


IMPORT = "from pathlib import Path; import sys; from usepolicy.store.history import History; from usepolicy.tracking import imports; imports.BATCH = 1; imports.import_source(History.open(Path(sys.argv[1])), Path(sys.argv[2]))"


def test_what_is_killed_is_done_again_whole(
    recorder: Recorder, policy: str, tmp_path: Path
) -> None:
    for number in range(30):
        recorder.record("A/Policy.md", f"{policy}\nVersion {number}.\n")
    path = tmp_path / "killed.sqlite"
    command = [sys.executable, "-c", IMPORT, str(path), str(recorder.path)]
    for delay in (0.5, 0.7, 0.9):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    history = History.open(path)
    import_source(history, recorder.path)
    records = history.records(history.documents()[0])
    assert [history.bytes_of(r.sha256).decode().splitlines()[-1] for r in records] == [
        f"Version {number}." for number in range(30)
    ]


def test_a_full_disk_loses_nothing(recorder: Recorder, policy: str, tmp_path: Path) -> None:
    for number in range(40):
        recorder.record("A/Policy.md", policy + os.urandom(3000).hex() + f"\nVersion {number}.\n")
    path = tmp_path / "full.sqlite"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000)); import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    done = subprocess.run(
        [sys.executable, "-c", limit + IMPORT, str(path), str(recorder.path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "history-unwritable" in done.stderr
    history = History.open(path)
    import_source(history, recorder.path)
    assert history.counts()["records"] == 40


def test_processes_find_the_same(recorder: Recorder, policy: str, tmp_path: Path) -> None:
    for number in range(50):
        name = f"S{number % 3}/Policy.md"
        recorder.record(
            name,
            policy + f"\nDo not do {['gambling', 'spam', 'fraud'][number % 3]}.\n" * (number % 2),
        )
    told = []
    for workers in (1, 2):
        history = History.open(tmp_path / f"{workers}.sqlite")
        import_source(history, recorder.path)
        list(timelines(history, workers=workers))
        told.append(happened(history))
    assert told[0] == told[1] != []
