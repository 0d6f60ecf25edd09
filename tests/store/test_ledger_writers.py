"""Several writers at once, and writers that are killed: one chain, nothing lost, nothing half done."""

from __future__ import annotations

import importlib.util
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from ledger_past import MACHINE, NOW, decision, entries_of, ids

from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import Automation, Notified, SanctionAction, Sanctioned
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.sanctions import respond
from usepolicy.enforcement.standing import Standing
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.errors import StoreError
from usepolicy.store import ledger_engine
from usepolicy.store.ledger import Ledger

ROOT = Path(__file__).parents[2]
HELPERS = ROOT / "tests" / "helpers"
WRITER = """
import sys
from ledger_past import decision
from usepolicy.store.ledger import Ledger
ledger = Ledger.open(sys.argv[1])
for n in range(30):
    ledger.append_many([decision(f"{sys.argv[2]}-{n}-{m}") for m in range(3)])
"""


def test_two_processes_make_one_chain(ledger: Ledger, place: str) -> None:
    command = [sys.executable, "-c", WRITER, place]
    writers = [
        subprocess.Popen([*command, name], env={"PYTHONPATH": str(HELPERS)}) for name in ("a", "b")
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    assert verified(ledger.records()).fault is None
    order = [entry.id for entry in ledger.entries()]
    for name in ("a", "b"):
        mine = [id for id in order if id.startswith(name)]
        assert mine == [f"{name}-{n}-{m}" for n in range(30) for m in range(3)]
    together = [id.rpartition("-")[0] for id in order]
    assert together[0::3] == together[1::3] == together[2::3]  # a batch is side by side


def test_threads_that_read_before_they_write_see_each_other(ledger: Ledger) -> None:
    """Each appends one more than it saw: none sees what another is about to change."""

    def one_more(name: str) -> None:
        for n in range(10):
            ledger.append_from(
                lambda view, n=n: [decision(f"{name}-{n}", category=f"c{view.head().sequence}")]
            )

    threads = [threading.Thread(target=one_more, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    seen = [entry.body.restrictions[0].category for entry in ledger.entries()]
    assert seen == [f"c{n}" for n in range(30)]


def test_a_reader_sees_a_batch_whole_or_not_at_all(ledger: Ledger) -> None:
    stop, lengths = threading.Event(), set()

    def read() -> None:
        while not stop.is_set():
            lengths.add(ledger.head().sequence)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(20):
        ledger.append_many([decision(f"{n}-{m}") for m in range(5)])
    stop.set()
    reader.join(timeout=60)
    assert {length % 5 for length in lengths} == {0}


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[tuple[Ledger, sqlite3.Connection]]:
    """A ledger in which somebody else is writing."""
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger.open(str(path))
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    yield ledger, other
    other.close()
    ledger.close()


def test_who_waits_for_its_turn_gets_it(locked: tuple[Ledger, sqlite3.Connection]) -> None:
    ledger, other = locked
    threading.Timer(0.3, other.execute, ["ROLLBACK"]).start()
    assert ledger.append(decision("d1")).sequence == 1


def test_who_waits_for_too_long_is_told(
    locked: tuple[Ledger, sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, other = locked
    monkeypatch.setattr(ledger_engine, "BUSY", 1)
    with pytest.raises(StoreError) as refused:
        ledger.append(decision("d1"))
    assert refused.value.code == "ledger-unusable"
    assert "database is locked" in str(refused.value)
    assert ledger.head().sequence == 0
    other.execute("ROLLBACK")
    assert ledger.append(decision("d1")).sequence == 1


def test_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    ledger = Ledger.open(str(tmp_path / "ledger.sqlite"))
    with ledger.engine.connect() as at:
        at.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreError) as refused:
        ledger.append(decision("d1"))
    assert refused.value.code == "ledger-unusable"
    ledger.close()


def test_writers_that_are_killed_lose_nothing(place: str) -> None:
    command = [sys.executable, "bench/ledger_kill.py", "--times", "4", "--place", place]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 times two writers killed" in done.stdout
    assert "0 faults" in done.stdout


@pytest.fixture(scope="module")
def kill() -> ModuleType:
    sys.path.insert(0, str(ROOT / "bench"))
    spec = importlib.util.spec_from_file_location("ledger_kill", ROOT / "bench" / "ledger_kill.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.pop(0)
    return module


def whole() -> list[Draft]:
    return list(respond(decision("d1"), Standing(NOW), ids()))


def of(kind: type) -> Callable[[Draft], bool]:
    return lambda draft: not isinstance(draft.body, kind)


BAN = Sanctioned(
    SanctionAction.APPLIED, Measure(Step.BAN), NOW, None, Automation.FULLY, (EntryId("d9"),)
)


@pytest.mark.parametrize(
    ("drafts", "acknowledged", "found"),
    [
        (whole(), ["d1"], []),
        (whole(), ["d1", "d2"], ["`d2` was acknowledged, and is gone"]),
        (list(filter(of(Notified), whole())), [], ["`d1` has no notice", "`sanction-1` has no notice"]),
        (list(filter(of(Sanctioned), whole())), [], []),
        ([*whole(), Draft(EntryId("s9"), NOW, MACHINE, BAN, whole()[0].account)], [],
         ["the sanction `s9` has no cause", "`s9` has no notice"]),
    ],
)  # fmt: skip
def test_what_the_killing_looks_for_is_found(
    kill: ModuleType, drafts: Sequence[Draft], acknowledged: list[str], found: list[str]
) -> None:
    assert list(kill.faults(entries_of(drafts), acknowledged)) == found
