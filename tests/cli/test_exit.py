"""How the program ends: exit codes, error lines, and what it never does."""

from __future__ import annotations

import re
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
    ("matrix tern.md --by group:wheeel", 2, "unknown-scheme", "a scheme that does not exist"),
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

    monkeypatch.setattr("usepolicy.reading.pipeline.read_snapshot", interrupt)
    run = usepolicy("read", policy)
    assert run.code == 130
    assert "Traceback" not in run.err


def test_a_bug_is_not_hidden(usepolicy, monkeypatch: pytest.MonkeyPatch, policy: Path) -> None:
    """A bug crashes with its traceback: only what the user can act on becomes one line."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("usepolicy.reading.pipeline.read_snapshot", fail)
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


USAGE = [
    # arguments, what the error line says, why the row exists
    (["read"], "missing argument `SOURCE`", "nothing to read"),
    (["matrix"], "missing argument `CODING...`", "nothing to compare"),
    (["frobnicate"], "no such command `frobnicate`", "no such command"),
    (
        ["read", "a", "--format", "csv"],
        "`csv` is not one of `table`, `yaml`, `json`",
        "no such value",
    ),
    (["read", "a", "--max-tokens", "x"], "invalid value for `--max-tokens`: input", "no number"),
    (["read", "a", "--frob"], "no such option", "no such option"),
]


@pytest.mark.parametrize(("arguments", "words", "why"), USAGE, ids=[row[2] for row in USAGE])
def test_wrong_usage_is_told_in_our_words(
    usepolicy, arguments: list[str], words: str, why: str
) -> None:
    run = usepolicy(*arguments)
    first, help_ = run.err.splitlines()
    assert (run.code, run.out) == (2, "")
    assert first.startswith("error[wrong-usage]: ")
    assert words in first, why
    assert help_.endswith(" --help")
    assert not re.search(r"Value error|<str>|[{}]", run.err)


EMPTY = [
    (["read", ""], "a document"),
    (["show", ""], "a policy"),
    (["categories", ""], "a name that may be left out"),
    (["matrix", "study", " "], "white space, one of several"),
    (["explain", "tern.md", ""], "a category"),
    (["coding", "edit", ""], "a command of a group"),
    (["read", "tern.md", "-o", ""], "a file, which would be this folder"),
    (["read", "tern.md", "--title="], "the value of an option"),
]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("arguments", "why"), EMPTY, ids=[row[1] for row in EMPTY])
def test_an_empty_argument_is_wrong_usage(usepolicy, arguments: list[str], why: str) -> None:
    run = usepolicy(*arguments)
    assert (run.code, run.out) == (2, ""), why
    assert run.err.startswith("error[empty-argument]: ")


BROKEN = [
    ["read", "tern.md", "--title", "\udcff"],
    ["read", "tern.md", "--developer", "a\udcff", "-o", "x.yaml"],
    ["read", "tern.md", "--service", "\udcff"],
    ["coding", "edit", "tern.md", "--from", "s.csv", "--coder", "\udcff"],
    ["coding", "compare", "study", "study", "--developer", "\udcff"],
    ["matrix", "study", "--by", "\udcff"],
]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("arguments", BROKEN, ids=[" ".join(row[:-1]) for row in BROKEN])
def test_bytes_that_are_no_text_are_refused(usepolicy, files: Path, arguments: list[str]) -> None:
    """They would be written into files that nobody can read."""
    run = usepolicy(*arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error[not-text]: ")
    assert not (files / "x.yaml").exists()


@pytest.mark.usefixtures("files")
def test_a_file_may_have_a_name_that_is_no_text(usepolicy, files: Path) -> None:
    (files / "caf\udce9.md").write_bytes(FILES["tern.md"])
    run = usepolicy("read", "caf\udce9.md", "-o", "caf\udce9.yaml")
    assert run.code == 0, run.err
    assert run.err.endswith(r"usepolicy matrix study $'caf\xe9.yaml'" + "\n")
    assert usepolicy("show", "caf\udce9.yaml").code == 0


@pytest.mark.parametrize("command", ["", "read", "show", "matrix", "explain", "coding edit"])
def test_help_has_no_words_of_the_framework(usepolicy, command: str) -> None:
    assert not re.search(r"<str>|<path>|range>|\{", usepolicy(*command.split(), "--help").out)


def test_help_lists_every_kind(usepolicy) -> None:
    from usepolicy.policies.policies import PolicyKind

    words = set(re.findall(r"\w+", usepolicy("read", "--help").out))
    assert {kind.value for kind in PolicyKind} <= words
