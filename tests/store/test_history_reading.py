"""The history read alone: nothing is written, and what can't be read says why."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from usepolicy.errors import StoreError
from usepolicy.store.history import History, Taken
from usepolicy.store.history_reading import history_in_memory, open_to_read, written_at

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAKEN = Taken("Tern/Terms", "Tern", "Terms", "r1", NOW, b"Do not send spam.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a history with one version; blanks and signs in its name."""
    place = tmp_path / "a b?c#d%41.sqlite"
    history = History.open(place)
    history.keep(history.source("folder", "x"), [TAKEN], cursor=None)
    return place


def test_what_is_kept_can_be_read(path: Path) -> None:
    history = open_to_read(path)
    [document] = history.documents()
    [record] = history.records(document)
    assert (document.name, history.bytes_of(record.sha256)) == ("Tern/Terms", TAKEN.data)


def test_nothing_can_be_written(path: Path) -> None:
    with pytest.raises(StoreError, match="readonly"):
        open_to_read(path).source("folder", "y")
    with pytest.raises(OperationalError), open_to_read(path).engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM records")


def test_what_another_process_writes_is_seen(path: Path) -> None:
    reading, before = open_to_read(path), written_at(open_to_read(path))
    history = History.open(path)
    later = Taken("Tern/Terms", "Tern", "Terms", "r2", NOW, b"Do not send spam or malware.")
    history.keep(history.sources()[0], [later], cursor=None)
    assert len(reading.records(reading.documents()[0])) == 2
    assert written_at(reading) != before


BROKEN = [
    ("no file", None, "no-history"),
    ("no database", b"not a database, but long enough to be looked at" * 50, "history-unreadable"),
    ("a later program's", 99, "history-too-new"),
    ("an earlier program's", 0, "history-too-old"),
]


@pytest.mark.parametrize(("why", "content", "code"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_cannot_be_read_says_why(tmp_path: Path, why: str, content: object, code: str) -> None:
    place = tmp_path / "h.sqlite"
    if isinstance(content, bytes):
        place.write_bytes(content)
    elif content is not None:
        with sqlite3.connect(place) as connection:
            connection.execute("CREATE TABLE t (x)")
            connection.execute(f"PRAGMA user_version = {content}")
    with pytest.raises(StoreError) as caught:
        open_to_read(place)
    assert caught.value.code == code
    assert place.exists() is (content is not None), "nothing is made"


def test_a_history_in_memory_is_whole_and_never_changes() -> None:
    history = history_in_memory("folder", "x", [TAKEN])
    [record] = history.records(history.documents()[0])
    assert history.bytes_of(record.sha256) == TAKEN.data
    assert written_at(history) == ()
