"""Files of the program: what it writes to, what it takes for what, what a folder gives."""

from __future__ import annotations

import json
import os
import resource
import socketserver
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from usepolicy.cli.files import write_files
from usepolicy.cli.render import shell_word
from usepolicy.errors import UsePolicyError

PROGRAM = Path(sys.executable).with_name("usepolicy")


@pytest.fixture
def policy_file(usepolicy, policy: Path, folder: Path) -> str:
    """Return the text of the policy file of the document `tern.md`."""
    usepolicy("read", policy, "-o", "tern.yaml")
    text = (folder / "tern.yaml").read_text("utf-8")
    (folder / "tern.yaml").unlink()
    return text


def test_a_pipe_is_written_to_and_stays(usepolicy, policy: Path, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append((folder / "pipe").read_text("utf-8")))
    reader.start()
    done = usepolicy("read", policy, "-o", "pipe")
    reader.join(10)
    assert done.code == 0
    assert found[0].startswith("policy:\n")
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)
    assert done.err.endswith("study tern.md\n"), "a pipe can't be read again"


def test_a_device_is_written_to_and_stays(usepolicy, policy: Path) -> None:
    assert usepolicy("read", policy, "-o", os.devnull, "--text-out", os.devnull).code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_standard_output_can_be_named_as_a_file(policy: Path, folder: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "read", policy, "-o", "/dev/stdout"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("policy:\n")


@pytest.mark.parametrize("old", ["old", None], ids=["to a file", "to nothing yet"])
def test_a_link_is_followed(folder: Path, old: str | None) -> None:
    (folder / "away").mkdir()
    if old is not None:
        (folder / "away" / "real").write_text(old)
    (folder / "link").symlink_to("away/real")
    write_files({folder / "link": "new"})
    assert (folder / "link").is_symlink()
    assert (folder / "away" / "real").read_text() == "new"
    assert [path.name for path in (folder / "away").iterdir()] == ["real"]


def test_a_link_to_itself_is_refused(usepolicy, policy: Path, folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    done = usepolicy("read", policy, "-o", "loop", "--text-out", "text.md")
    assert (done.code, "symbolic links" in done.err) == (1, True)
    assert (folder / "loop").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_keeps_its_rights(folder: Path, mode: int) -> None:
    (folder / "a").write_text("old")
    (folder / "a").chmod(mode)
    write_files({folder / "a": "new"})
    assert (folder / "a").read_text() == "new"
    assert stat.S_IMODE((folder / "a").stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anything")
def test_a_file_without_the_right_to_write_stays(folder: Path) -> None:
    (folder / "a").write_text("old")
    (folder / "a").chmod(0o400)
    with pytest.raises(UsePolicyError, match="write-protected"):
        write_files({folder / "a": "new"})


def test_a_failed_write_leaves_nothing_behind(policy: Path, folder: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    before = sorted(folder.iterdir())
    done = subprocess.run(
        [PROGRAM, "read", policy, "-o", "tern.yaml"],
        preexec_fn=limit, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith("tern.yaml: the file can't be written: file too large\n")
    assert sorted(folder.iterdir()) == before


def test_a_device_that_fails_leaves_the_files(usepolicy, policy: Path, folder: Path) -> None:
    (folder / "old.yaml").write_text("old")
    done = usepolicy("read", policy, "-o", "old.yaml", "--text-out", "/dev/full")
    assert (done.code, "no space left" in done.err) == (1, True)
    assert (folder / "old.yaml").read_text() == "old"


TARGETS = [
    # options, error code, why the row exists
    ("tern.md -o tern.md", "would-overwrite", "the policy file over the document"),
    ("tern.md --text-out ./tern.md", "would-overwrite", "its text over it, by another path"),
    ("tern.md -o link.yaml", "would-overwrite", "through a link"),
    ("tern.md -o x.yaml --text-out x.yaml", "one-target", "the text would be lost"),
    ("tern.md -o x.yaml --text-out docs/../x.yaml", "one-target", "the same by another path"),
    ("docs --text-out docs", "would-overwrite", "a document of the folder that is read"),
]


@pytest.mark.parametrize(("line", "error", "why"), TARGETS, ids=[row[2] for row in TARGETS])
def test_a_document_is_never_written_over(
    usepolicy, policy: Path, folder: Path, line: str, error: str, why: str
) -> None:
    (folder / "docs").mkdir()
    for name in ("a.md", "unknown--a@undated.md"):
        (folder / "docs" / name).write_bytes(policy.read_bytes())
    (folder / "link.yaml").symlink_to("tern.md")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = usepolicy("read", *line.split())
    assert done.code == 2, why
    assert f"error[{error}]" in done.err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


# --- What a file is ---


@pytest.mark.parametrize("name", ["-", "tern.txt", "tern", "tern.md"])
def test_a_policy_file_is_known_by_its_content(
    usepolicy, policy_file: str, folder: Path, name: str
) -> None:
    if name != "-":
        (folder / name).write_text(policy_file, "utf-8")
    for command in ("show", "matrix"):
        done = usepolicy(command, name, "--format", "json", stdin=policy_file.encode())
        assert done.code == 0, done.err
        assert "unknown/tern@undated" in done.out
    refused = usepolicy("read", name, "-o", "again.yaml", stdin=policy_file.encode())
    assert refused.code == 2
    assert refused.err == (
        f"error[already-read]: `{name}` is a policy file or a coding file, not a document\n"
        f"  help: look at it: usepolicy show {name}\n"
    )
    assert not (folder / "again.yaml").exists()


def test_a_policy_file_at_an_address_is_known(usepolicy, policy_file: str) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(policy_file.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server: socketserver.BaseServer = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}/tern"
        done = usepolicy("show", address, "--allow-private", "--format", "yaml")
    finally:
        server.shutdown()
        server.server_close()
    assert done.out == policy_file


@pytest.mark.parametrize("format", ["yaml", "json"])
@pytest.mark.parametrize("way", ["-", "all"])
def test_what_read_prints_of_a_folder_is_input(
    usepolicy, policy: Path, folder: Path, format: str, way: str
) -> None:
    (folder / "docs").mkdir()
    for name in ("a.md", "b.md"):
        (folder / "docs" / name).write_bytes(policy.read_bytes())
    printed = usepolicy("read", "docs", "--format", format).out
    (folder / "all").write_text(printed, "utf-8")
    shown = usepolicy("show", way, "--format", format, stdin=printed.encode())
    assert shown.out == printed
    done = usepolicy("matrix", way, "--format", "json", stdin=printed.encode())
    assert len(json.loads(done.out)["codings"]) == 2


FOLDERS = [
    # files, codings, paths passed over, why the row exists
    (["policy a.yaml", "stray b.json"], 1, ["b.json"], "a stray file beside a policy file"),
    (["document a.md", "stray a.gold.json"], 1, ["a.gold.json"], "labels beside a document"),
    (["document a.md", "other b.yaml"], 2, [], "policy files and documents are both taken"),
    (["document a.md", "policy a.yaml"], 1, [], "the document was read into the policy file"),
    (["document sub/a.md", "other b.yml"], 2, [], "documents below, policy files beside"),
    (["document a.md", "stray .hidden.yaml"], 1, [], "hidden files are nobody's"),
]


@pytest.mark.parametrize(
    ("files", "codings", "passed", "why"), FOLDERS, ids=[f[3] for f in FOLDERS]
)
def test_a_folder_is_its_policy_files_and_its_documents(
    usepolicy, policy: Path, policy_file: str, folder: Path, files, codings, passed, why
) -> None:
    kinds = {
        "document": policy.read_text("utf-8"),
        "policy": policy_file,
        "other": "clauses:\n- text: No spam.\n",
        "stray": '{"title": "labels"}',
    }
    for each in files:
        kind, name = each.split()
        path = folder / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(kinds[kind], "utf-8")
    done = usepolicy("matrix", "set", "--format", "json")
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["codings"]) == codings, why
    warned = [line for line in done.err.splitlines() if "not-a-policy-file" in line]
    assert [line.split(": ")[1] for line in warned] == [f"set/{name}" for name in passed]


WRONG = [
    # arguments, exit code, error code, what else is said, why the row exists
    ("show stray", 3, "missing-key", "give it the ending of one", "a folder with nothing else"),
    (
        "show doc.yaml",
        3,
        "",
        "if it is a document, give it the ending of one",
        "a renamed document",
    ),
    ("show pipe.yaml", 1, "unreadable-file", "not a regular file", "a pipe is there, but no file"),
    ("show none.yaml", 1, "no-such-file", "", "no file"),
    ("show study", 2, "not-a-policy", "usepolicy matrix study POLICY", "a coding, not a policy"),
    ("explain Study/Meta spam", 2, "not-a-policy", "usepolicy matrix study/meta POLICY", "a part"),
    ("matrix Study/Metta", 3, "unknown-developer", "did you mean `study/meta`", "a typo in it"),
]


@pytest.mark.parametrize(
    ("line", "code", "error", "words", "why"), WRONG, ids=[r[4] for r in WRONG]
)
def test_what_is_no_policy_is_said(
    usepolicy, policy: Path, folder: Path, line, code, error, words, why
) -> None:
    (folder / "stray").mkdir()
    (folder / "stray" / "a.json").write_text('{"title": 1}')
    (folder / "doc.yaml").write_bytes(policy.read_bytes())
    os.mkfifo(folder / "pipe.yaml")
    done = usepolicy(*line.split())
    assert (done.code, done.out) == (code, ""), why
    assert f"error[{error}" in done.err
    assert words in done.err


def test_the_study_is_known_in_any_case(usepolicy) -> None:
    assert usepolicy("matrix", "STUDY/Meta").out == usepolicy("matrix", "study/meta").out


NAMES = [
    ("a.md", "a.md", "plain"),
    ("a b.md", "'a b.md'", "a space"),
    ("a  b.md", r"$'a\x20\x20b.md'", "two spaces, which printing would join"),
    ("caf\udce9.md", r"$'caf\xe9.md'", "bytes that are no UTF-8"),
    ("\x1b[31m'\\", r"$'\x1b[31m\x27\x5c'", "controls, quotes"),
    ("-x.md", "./-x.md", "like an option"),
    ("-", "-", "standard input"),
]


@pytest.mark.parametrize(("name", "word", "why"), NAMES, ids=[row[2] for row in NAMES])
def test_a_name_is_shown_as_the_shell_reads_it(name: str, word: str, why: str) -> None:
    assert shell_word(name) == word
    echoed = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert echoed.stdout == os.fsencode(name if word[:2] != "./" else word), why
