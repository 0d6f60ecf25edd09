"""The standard streams: what is full, closed, or can't show a character ends in a line at most."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("usepolicy")


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in which `$U` is the program."""
    return subprocess.run(
        ["bash", "-c", line],
        env={"U": str(PROGRAM), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


FULL = "error[unwritable]: standard output can't be written: no space left on device\n"
CLOSED = "error[unwritable]: standard output can't be written: bad file descriptor\n"
NO_INPUT = "error[unreadable-file]: -: standard input can't be read: bad file descriptor\n"

STREAMS = [
    # line, exit code, talk, why the row exists
    ("$U --help >/dev/full", 1, FULL, "help"),
    ("$U --version >/dev/full", 1, FULL, "the version"),
    ("$U read --help >/dev/full", 1, FULL, "help of a command"),
    ("$U schema >/dev/full", 1, FULL, "more than the buffer holds"),
    ("$U categories spam 2>&1 >/dev/full | tail -1", 0, "", "a table"),
    ("$U categories nope 2>/dev/full", 3, "", "an error that nobody hears"),
    ("$U schema >&-", 1, CLOSED, "closed output"),
    ("$U categories nope >&- 2>&-", 3, "", "both closed"),
    ("$U show - <&-", 1, NO_INPUT, "closed input"),
    ("$U schema 2>&- | tail -1", 0, "", "closed talk is not printed as data"),
    ("$U categories spam <&- >/dev/null 2>/dev/null", 0, "", "input that nobody needs"),
]


@pytest.mark.parametrize(("line", "code", "talk", "why"), STREAMS, ids=[row[0] for row in STREAMS])
def test_a_stream_that_fails_is_one_line(line: str, code: int, talk: str, why: str) -> None:
    done = shell(line)
    assert (done.returncode, done.stderr) == (code, talk), why


def test_talk_never_becomes_data() -> None:
    assert shell("$U categories spam --format json 2>&-").stdout == (
        shell("$U categories spam --format json 2>/dev/null").stdout
    )


@pytest.mark.parametrize(
    "charset", [{"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C"}]
)
def test_a_pipe_is_utf8_whatever_the_charset(charset: dict[str, str]) -> None:
    done = shell("$U matrix study/meta", **charset)
    assert done.returncode == 0
    assert "●" in done.stdout
    assert "◐ restricted" in done.stderr


def test_a_terminal_without_the_character_shows_its_number() -> None:
    line = "import sys; sys.argv = ['u', 'matrix', 'study/meta']; import usepolicy.__main__ as m; m.main()"
    main, side = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-c", line],
        stdout=side, stderr=subprocess.DEVNULL, env={"PYTHONIOENCODING": "ascii", "TERM": "dumb"},
    )  # fmt: skip
    os.close(side)
    printed = b""
    while True:
        try:
            chunk = os.read(main, 65536)
        except OSError:
            break
        if not chunk:
            break
        printed += chunk
    assert done.wait(60) == 0
    assert b"\\u25cf" in printed


def test_an_interrupt_while_it_loads_is_quiet() -> None:
    """Python itself loads for the first 15 ms, and nothing of ours can be quiet before that."""
    line = (
        "import os, signal, sys; import usepolicy.__main__ as m\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "m.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_an_interrupt_while_it_waits_is_quiet() -> None:
    with subprocess.Popen(
        [PROGRAM, "read", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
        assert running.stderr is not None
        assert running.stderr.read() == b""


@pytest.mark.parametrize(("given", "kept"), [(None, "1"), ("4", "4")])
def test_one_thread_multiplies_unless_the_environment_says_more(
    given: str | None, kept: str
) -> None:
    """numpy asks when it is loaded, so that the number must stand there before."""
    line = (
        "import atexit, os, sys; import usepolicy.__main__ as m\n"
        "assert 'numpy' not in sys.modules\n"
        "atexit.register(lambda: print(os.environ['OPENBLAS_NUM_THREADS']))\n"
        "sys.argv = ['u', '--version']\n"
        "m.main()"
    )
    env = {"OPENBLAS_NUM_THREADS": given} if given else {}
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, env=env, check=True)
    assert done.stdout.split()[-1].decode() == kept
