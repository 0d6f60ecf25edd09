"""The program in process: arguments in; exit code, output and talk out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from usepolicy.cli.app import main

POLICY = """\
# Tern Acceptable Use

You may not use Tern to:

- harass anyone
- spread malware
- impersonate a person without their consent

We may suspend accounts that break these rules. You can appeal our decision.
"""
"""A policy with one restriction that a qualifier lifts, and two provisions."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the program did."""

    code: int
    out: str
    err: str


Program = Callable[..., Run]


@pytest.fixture
def usepolicy(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a function that runs `usepolicy` with arguments, and bytes as standard input."""

    def run(*arguments: object, stdin: bytes = b"") -> Run:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Run(_code(ended.value), captured.out, captured.err)

    return run


def _code(ended: SystemExit) -> int:
    return ended.code if isinstance(ended.code, int) else 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that the program runs in, so that messages show short paths."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def policy(folder: Path) -> Path:
    """Return the path of a document, relative to the folder."""
    (folder / "tern.md").write_text(POLICY, encoding="utf-8")
    return Path("tern.md")
