"""How the program ends: exit codes, error lines, and what it never does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from usepolicy import __version__

FILES = {
    "tern.md": b"# Tern\n\nYou may not use Tern to harass anyone.\n",
    "empty.md": b" \n\n",
    "data.bin": bytes(range(256)) * 20,
    "broken.pdf": b"%PDF-1.7\nnothing more",
    "wrong.yaml": b"policy:\n  kindd: aup\nclauses: 3\n",
    "bomb.yaml": b"a: &a [x, x]\nb: &b [*a, *a]\nclauses: [*b, *b]\n",
    "hostile.yaml": b'policy: {"\\u001b[31mred\\u0007": 1}\nclauses: []\n',
    "unknown.yaml": b"clauses:\n- text: No piracy.\n  restrictions:\n  - category: pirasy\n",
    "only-pictures/a.png": b"\x89PNG",
    "kept.yaml/inside": b"",
}

EXITS = [
    # arguments, exit code, error code (None: the words of the usage line are not ours), why the row exists
    ("--version", 0, None, "asks for nothing"),
    ("--help", 0, None, "asks for help"),
    ("categories violence", 0, None, "done"),
    ("frobnicate", 2, None, "no such command"),
    ("read", 2, None, "an argument is missing"),
    ("read tern.md --format csv", 2, None, "a value that the option has not"),
    ("read tern.md --kind law", 2, "unknown-kind", "a kind that does not exist"),
    ("read tern.md --effective 2025", 2, "not-a-date", "a year is no date"),
    ("read tern.md -o x.yaml --format table", 2, "no-table-file", "a policy file is no table"),
    ("read . -o x.yaml", 3, None, "one of the folder's documents can't be read"),
    ("matrix tern.md --by colour", 2, "unknown-rows", "rows by what they can't be"),
    ("matrix tern.md --by category:wheel", 2, "unknown-rows", "categories have no scheme"),
    ("matrix tern.md --by group:wheeel", 3, "unknown-scheme", "a scheme that does not exist"),
    ("matrix study/anthropi", 3, "unknown-developer", "a developer that the study has not"),
    ("categories violnce", 3, "unknown-category", "a category that does not exist"),
    ("read missing.md", 1, "no-such-file", "no such document"),
    ("show missing.yaml", 1, "no-such-file", "no such policy file"),
    ("matrix missing.yaml", 1, "no-such-file", "no such coding"),
    ("read tern.md -o nowhere/x.yaml", 1, "unwritable", "no such folder to write to"),
    (
        "read tern.md -o kept.yaml --text-out nowhere/t.md",
        1,
        "unwritable",
        "one of two files can't be written",
    ),
    ("read empty.md", 3, "empty-document", "nothing to read"),
    ("read data.bin", 3, None, "bytes that are no document"),
    ("read broken.pdf", 3, None, "a PDF cut off"),
    ("read only-pictures", 3, "no-documents", "a folder without documents"),
    ("show wrong.yaml", 3, "unknown-key", "a policy file that breaks its schema"),
    ("show bomb.yaml", 3, "too-many-aliases", "aliases that would multiply"),
    ("show unknown.yaml", 3, "unknown-category", "a category that the taxonomy has not"),
    ("read http://127.0.0.1:9/x", 4, "private-address", "an address of this machine"),
    ("read file:///etc/hostname", 4, None, "a scheme that is not for policies"),
]


@pytest.fixture
def files(folder: Path) -> Path:
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("line", "code", "error", "why"), EXITS, ids=[row[0] for row in EXITS])
def test_exit_code_says_what_happened(
    usepolicy, line: str, code: int, error: str | None, why: str
) -> None:
    run = usepolicy(*line.split())
    assert run.code == code, f"{why}: {run.err}"
    if error is not None:
        assert f"error[{error}]: " in run.err, why
        assert run.out == "", "an error is no data"


ERRORS = {
    "unknown category": "categories violnce",
    "unknown developer": "matrix study/anthropi",
    "unknown scheme": "matrix study --by group:figures",
    "unknown rows": "matrix study --by colour",
    "unknown kind": "read tern.md --kind law",
    "missing file": "read missing.md",
    "wrong policy file": "show wrong.yaml",
    "hostile policy file": "show hostile.yaml",
    "several documents, one file": "read pair -o pair.yaml",
}


@pytest.mark.usefixtures("files")
def test_errors_read_well(usepolicy, files: Path, golden: Callable[[str, str], None]) -> None:
    """One file holds them all, so that their wording is compared side by side."""
    for name in ("a.md", "b.md"):
        (files / "pair").mkdir(exist_ok=True)
        (files / "pair" / name).write_bytes(FILES["tern.md"])
    texts = [
        f"# {why}\n$ usepolicy {line}\n{usepolicy(*line.split()).err}"
        for why, line in ERRORS.items()
    ]
    golden("errors.txt", "\n".join(texts))


def test_an_error_moves_no_cursor(usepolicy, folder: Path) -> None:
    """A name is the user's input, or an attacker's: it is shown, never obeyed."""
    run = usepolicy("read", "no\x1b[31msuch\x07\r\nfile.md")
    assert run.code == 1
    assert not {"\x1b", "\x07", "\r"} & set(run.err)


def test_a_failed_write_leaves_nothing(usepolicy, policy: Path, folder: Path) -> None:
    """Neither of two files is written if one can't be, and no half-written one stays."""
    run = usepolicy("read", policy, "-o", "tern.yaml", "--text-out", "nowhere/tern.md")
    assert run.code == 1
    assert sorted(path.name for path in folder.iterdir()) == ["tern.md"]


def test_a_failed_write_keeps_what_was_there(usepolicy, policy: Path, folder: Path) -> None:
    (folder / "old.yaml").write_text("old", encoding="utf-8")
    usepolicy("read", policy, "-o", "old.yaml", "--text-out", "nowhere/tern.md")
    assert (folder / "old.yaml").read_text(encoding="utf-8") == "old"


def test_a_failed_read_writes_nothing(usepolicy, folder: Path) -> None:
    (folder / "empty.md").write_text("", encoding="utf-8")
    assert usepolicy("read", "empty.md", "-o", "empty.yaml").code == 3
    assert not (folder / "empty.yaml").exists()


def test_interruption_is_quiet(usepolicy, monkeypatch: pytest.MonkeyPatch, policy: Path) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("usepolicy.reading.pipeline.read_source", interrupt)
    run = usepolicy("read", policy)
    assert run.code == 130
    assert "Traceback" not in run.err


def test_a_bug_is_not_hidden(usepolicy, monkeypatch: pytest.MonkeyPatch, policy: Path) -> None:
    """A bug crashes with its traceback: only what the user can act on becomes one line."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("usepolicy.reading.pipeline.read_source", fail)
    with pytest.raises(ZeroDivisionError):
        usepolicy("read", policy)


PROGRAM = Path(sys.executable).parent / "usepolicy"


def test_the_installed_program_runs() -> None:
    done = subprocess.run(
        [PROGRAM, "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"usepolicy {__version__}\n"
    assert done.stderr == ""


def test_a_closed_pipe_is_quiet() -> None:
    """`usepolicy categories | head -1` ends without complaint."""
    with subprocess.Popen(
        [PROGRAM, "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait(timeout=60) in {0, 1}


def test_start_up_imports_nothing_heavy() -> None:
    """Start-up is not timed here, but what costs time is not imported."""
    words = "import sys, usepolicy.cli.app; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=True
    )
    heavy = {"httpx", "lxml", "mammoth", "markdown_it", "pydantic", "pypdfium2", "re2", "yaml"}
    assert not heavy & set(done.stdout.split())
