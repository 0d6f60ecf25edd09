"""`usepolicy serve`, as a person starts and stops it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from usepolicy.web.site import LOOK_S

HISTORY = Path(__file__).parents[2] / "examples" / "history"
PROGRAM = Path(sys.executable).with_name("usepolicy")


def started(*arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    """Start the program on a free port; return it with the address that it prints."""
    process = subprocess.Popen(
        [PROGRAM, "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stderr
    process.stderr.readline()
    address = re.search(r"http://\S+/", process.stderr.readline())
    assert address
    return process, address.group()


def test_it_prints_its_address_serves_and_stops(tmp_path):
    process, address = started(XDG_DATA_HOME=str(tmp_path))
    try:
        assert address.startswith("http://127.0.0.1:"), "loopback unless told otherwise"
        assert "Harbourlight" in httpx.get(address).text, "no catalogue: study and examples"
        assert changes(address) == 5, "no history: the example"
        assert httpx.get(f"{address}add").text.count("no token") == 1
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (out, "Traceback" in err) == ("", False)


def test_it_serves_a_catalogue_and_sees_what_is_added_to_it(usepolicy, policy, tmp_path):
    kept = tmp_path / "c.sqlite"
    add = ("catalogue", "add", policy, "--catalogue", kept, "--developer")
    assert usepolicy(*add, "Tern").code == 0
    process, address = started("--catalogue", str(kept))
    try:
        assert "tern" in httpx.get(f"{address}policies.json").text
        assert usepolicy(*add, "Heron").code == 0
        time.sleep(LOOK_S + 0.2)
        assert "heron" in httpx.get(f"{address}policies.json").text
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)


def test_a_visitor_is_limited_unless_the_operator_says_otherwise(tmp_path):
    process, address = started("--examples", "--limit", "1")
    try:
        asked = [httpx.get(f"{address}search.json?q=spam").status_code for _ in range(2)]
        mapped = httpx.get(f"{address}search", headers={"x-forwarded-for": "192.0.2.7"})
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert asked == [200, 429]
    assert mapped.status_code == 200, "behind a proxy on loopback each visitor counts alone"


def changes(address: str) -> int:
    """Return how many changes the site shows."""
    return httpx.get(f"{address}changes.json?kind=all").json()["content"]["count"]


def test_it_serves_a_history_and_does_not_write_to_it(usepolicy, tmp_path):
    kept = tmp_path / "h.sqlite"
    assert usepolicy("track", "import", HISTORY / "Saltmarsh", "--history", kept).code == 0
    before = kept.read_bytes()
    process, address = started("--history", str(kept))
    try:
        assert changes(address) == 2
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert kept.read_bytes() == before


ERRORS = [
    (["--limit", "-1"], 2, "error[wrong-usage]", "a limit below none"),
    (["--history", "none.sqlite"], 1, "error[no-history]", "a history that is not there"),
    (["--catalogue", "none.sqlite"], 1, "error[no-catalogue]", "a catalogue that is not there"),
    (["--port", "70000"], 2, "error[wrong-usage]", "no such port"),
]


@pytest.mark.parametrize(("arguments", "code", "talk", "why"), ERRORS, ids=[r[3] for r in ERRORS])
def test_errors(usepolicy, folder, arguments, code, talk, why):
    done = usepolicy("serve", *arguments)
    assert (done.code, talk in done.err) == (code, True), done.err


def test_a_port_that_is_taken(usepolicy, folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = usepolicy("serve", "--examples", "--port", taken.getsockname()[1])
    assert (done.code, "error[cannot-listen]" in done.err) == (1, True)


def test_a_token_that_can_be_guessed(usepolicy, folder, monkeypatch):
    monkeypatch.setenv("USEPOLICY_OPERATOR_TOKEN", "secret")
    done = usepolicy("serve", "--examples")
    assert (done.code, "error[short-token]" in done.err) == (1, True)
    assert "secret`" not in done.err
