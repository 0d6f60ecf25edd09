"""`usepolicy serve` with a history: which one it shows, and what it says of one that can't be read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

HISTORY = Path(__file__).parents[2] / "examples" / "history"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which nothing is kept yet."""
    return {**os.environ, "XDG_DATA_HOME": str(tmp_path), "COLUMNS": "200"}


@contextmanager
def served(environment: dict[str, str], *options: str) -> Iterator[str]:
    """Run the site on a free port; give its address."""
    command = [sys.executable, "-m", "usepolicy", "serve", "--port", "0", *options]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "http://" not in said and (line := process.stderr.readline()):
            said += line
        found = re.search(r"http://[\d.]+:\d+", said)
        try:
            assert found, said
            yield found.group()
        finally:
            process.terminate()


def usepolicy(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "usepolicy", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def count(address: str) -> int:
    return httpx.get(f"{address}/changes.json?kind=all").json()["content"]["count"]


def test_where_nothing_is_kept_the_example_is_shown(environment: dict[str, str]) -> None:
    with served(environment) as address:
        assert count(address) == 5
        assert "gannet" in httpx.get(f"{address}/feeds/changes.atom").text


def test_what_is_tracked_is_shown_and_not_written_to(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = usepolicy(environment, "track", "import", str(HISTORY / "Saltmarsh"))
    assert done.returncode == 0, done.stderr
    [kept] = tmp_path.rglob("history.sqlite")
    before = kept.read_bytes()
    with served(environment) as address:
        assert count(address) == 2
    assert kept.read_bytes() == before


def test_a_history_that_is_not_there_is_an_error(environment: dict[str, str]) -> None:
    done = usepolicy(environment, "serve", "--port", "0", "--history", "nowhere.sqlite")
    assert (done.returncode, "error[no-history]" in done.stderr) == (1, True)
