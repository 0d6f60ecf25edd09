"""The command line: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from usepolicy.cli.app import app, main
from usepolicy.cli.files import write_files
from usepolicy.cli.render import printable, shortened
from usepolicy.errors import UsePolicyError

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
AUP = str(EXAMPLES / "harbourlight-aup.md")
TERMS = str(EXAMPLES / "northgate-terms.md")
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs the program in process: exit code, output, talk."""
    monkeypatch.chdir(ROOT)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


GOLDENS = {
    "read-aup.txt": ["read", "examples/harbourlight-aup.md", "--developer", "Harbourlight"],
    "read-terms.txt": ["read", "examples/northgate-terms.md", "--developer", "Northgate"],
    "read-terms.yaml": ["read", "examples/northgate-terms.md", "--format", "yaml"],
    "matrix-group.txt": [
        "matrix",
        "study",
        "examples/harbourlight-aup.md",
        "examples/northgate-terms.md",
        "--by",
        "group",
    ],
    "matrix-study.csv": ["matrix", "study", "--by", "group:study-figures-4-6", "--format", "csv"],
    "explain-coded.txt": ["explain", "examples/harbourlight-aup.md", "no human in the loop"],
    "explain-not-coded.txt": ["explain", "examples/northgate-terms.md", "fraud"],
    "category.txt": ["categories", "Critical infrastructiure"],
}


@pytest.mark.parametrize("name", GOLDENS)
def test_golden(name, run):
    code, out, _ = run(*GOLDENS[name])
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(out, "utf-8")
    assert code == 0
    assert path.exists(), "no expectation: write it with UPDATE_GOLDEN=1 and read it"
    assert out == path.read_text("utf-8")


ERRORS = [
    (["read", "nope.md"], 1, "error[no-such-file]", "a file that is not there"),
    (["read", "{tmp}/empty.md"], 3, "error[empty-document]", "an empty document"),
    (["read", "{tmp}/image.md"], 3, "error[not-a-document]", "binary under the name of a document"),
    (["read", "{tmp}"], 3, "error[", "a folder without documents"),
    (
        ["read", "http://127.0.0.1:1/x"],
        4,
        "error[private-address]",
        "a loopback address without leave",
    ),
    (
        ["read", "ftp://example.org/x"],
        4,
        "error[unsupported-scheme]",
        "a scheme that is not fetched",
    ),
    (["read", AUP, "--kind", "poem"], 2, "error[unknown-kind]", "a kind that does not exist"),
    (["read", AUP, "--effective", "soon"], 2, "error[not-a-date]", "a date that is none"),
    (
        ["read", AUP, "-o", "{tmp}/no/such/policy.yaml"],
        1,
        "error[unwritable]",
        "a folder that is not there",
    ),
    (
        ["read", AUP, "-o", "{tmp}/x.yaml", "--format", "table"],
        2,
        "error[no-table-file]",
        "no policy file is a table",
    ),
    (["show", "{tmp}/none.yaml"], 1, "error[no-such-file]", "a policy file that is not there"),
    (["show", "{tmp}/bomb.yaml"], 3, "error[too-many-aliases]", "an alias bomb"),
    (
        ["show", "{tmp}/category.yaml"],
        3,
        "error[unknown-category]",
        "a category that does not exist",
    ),
    (
        ["matrix", "study/anthropi"],
        3,
        "error[unknown-developer]",
        "a developer that is not in the study",
    ),
    (
        ["matrix", "study", "--by", "group:wheels"],
        2,
        "error[unknown-scheme]",
        "a scheme that does not exist",
    ),
    (["matrix", "study", "--by", "colour"], 2, "error[unknown-rows]", "rows that do not exist"),
    (["categories", "harrassment"], 3, "error[unknown-category]", "a category with a typo"),
    (["read"], 2, "error[wrong-usage]: missing argument `SOURCE`", "no source"),
    (["fly"], 2, "error[wrong-usage]: no such command `fly`", "no such command"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message", "why"), ERRORS, ids=[row[3] for row in ERRORS]
)
def test_an_error_is_one_line_with_a_code(arguments, code, message, why, run, tmp_path):
    bad = tmp_path / "bad"
    bad.mkdir()
    if arguments != ["read", "{tmp}"]:
        (bad / "empty.md").write_bytes(b" \n")
        (bad / "image.md").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
        (bad / "bomb.yaml").write_text("a: &a [x]\nb: [*a, *a]\n")
        (bad / "category.yaml").write_text(
            "clauses:\n- text: no hate\n  restrictions:\n  - category: haet\n"
        )
    before = sorted(bad.iterdir())
    ended, out, err = run(*(argument.format(tmp=bad) for argument in arguments))
    assert (ended, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert sorted(bad.iterdir()) == before, "nothing is written where nothing is read"


def test_help_and_errors_offer_what_to_try(run):
    assert run("categories", "harrassment")[2].splitlines() == [
        "error[unknown-category]: no category `harrassment` in taxonomy 1.0",
        "  help: did you mean `harassment`",
    ]


def test_the_json_of_read_is_the_policy_file(run, tmp_path):
    code, out, _ = run("read", AUP, "--format", "json", "--text-out", str(tmp_path / "t.md"))
    policy = json.loads(out)
    assert code == 0
    assert list(policy) == ["policy", "version", "clauses", "provisions", "references", "findings"]
    text = (tmp_path / "t.md").read_text("utf-8")
    assert len(text) == policy["version"]["text_length"]
    for clause in policy["clauses"]:
        assert text[clause["start"] : clause["end"]] == clause["text"]
        for restriction in clause["restrictions"]:
            for cited in restriction["evidence"] + restriction["qualifiers"]:
                assert text[cited["start"] : cited["end"]] == cited["quote"]
    (tmp_path / "p.json").write_text(out, "utf-8")
    assert run("show", str(tmp_path / "p.json"), "--format", "json")[1] == out, (
        "reading it back changes nothing"
    )


def test_a_written_policy_is_the_printed_one(run, tmp_path):
    target = tmp_path / "policy.yaml"
    code, out, err = run("read", AUP, "-o", str(target))
    assert (code, out) == (0, "")
    assert f"Written to {target}" in err
    assert target.read_text("utf-8") == run("read", AUP, "--format", "yaml")[1]
    assert [path.name for path in tmp_path.iterdir()] == ["policy.yaml"]
    shown = run("show", str(target))[1]
    assert "threats" in shown
    assert "appeal" in shown


def test_a_folder_gives_a_policy_a_document(run, tmp_path):
    for document in (AUP, TERMS):
        shutil.copy(document, tmp_path)
    code, out, err = run("read", str(tmp_path), "--format", "json")
    assert code == 0
    assert [p["policy"]["title"] for p in json.loads(out)] == [
        "Harbourlight AI Acceptable Use Policy",
        "Northgate Images Terms of Service",
    ]
    assert err.startswith("2 documents, ")
    run("read", str(tmp_path), "-o", str(tmp_path))
    assert len(list(tmp_path.glob("*.yaml"))) == 2


def test_a_policy_can_come_through_a_pipe(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"You may not send spam.")))
    code, out, _ = run("read", "-", "--format", "yaml")
    assert code == 0
    assert [c["restrictions"][0]["category"] for c in yaml.safe_load(out)["clauses"]] == ["spam"]


def test_what_is_not_read_is_said_and_unknown(run, tmp_path):
    path = tmp_path / "zh.md"
    path.write_text("您不得使用本服务从事任何违法活动，包括传播暴力、色情内容。", "utf-8")
    code, out, err = run("matrix", str(path), "--format", "json")
    assert code == 0
    assert {cell["value"] for cell in json.loads(out)["cells"]} == {"unknown"}
    code, _, err = run("read", str(path))
    assert code == 0
    assert "warning[language-not-read]" in err


def test_the_matrix_as_csv_has_every_row_and_coding(run):
    rows = list(csv.reader(io.StringIO(run("matrix", "study", AUP, "--format", "csv")[1])))
    assert (len(rows), {len(row) for row in rows}) == (148, {34})
    assert rows[0][2:4] == ["study/01-ai", "study/adept"]
    assert rows[0][-1] == "total"


def test_the_same_policy_twice_is_two_columns(run):
    columns = json.loads(run("matrix", AUP, AUP, "--format", "json")[1])["codings"]
    assert [column["id"].endswith(" (2)") for column in columns] == [False, True]


def test_columns_with_one_title_are_told_apart(run, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text("# Terms\n\nYou may not send spam.\n", "utf-8")
    (tmp_path / "c.md").write_text("# Other\n\nYou may not send spam.\n", "utf-8")
    head = run("matrix", *(str(tmp_path / f"{name}.md") for name in "abca"))[1].splitlines()[:2]
    words = " ".join(" ".join(head).split())
    for column in ("(unknown/a@undated)", "(unknown/b@undated)", "(unknown/a@undated (2))"):
        assert column in words.replace("( ", "(")
    assert "Other (" not in words


@pytest.mark.parametrize(
    "command",
    [
        "matrix {}",
        "show {}",
        "explain {} spam",
        "coding compare {} study/meta --developer Meta",
        "coding check {}",
    ],
)
def test_every_command_says_what_was_not_read(command, run, tmp_path):
    path = tmp_path / "zh.md"
    path.write_text("您不得使用本服务从事任何违法活动，包括传播暴力、色情内容。", "utf-8")
    code, _, err = run(*command.format(path).split())
    assert code == 0, err
    assert f"warning[language-not-read]: {path}: " in err


def test_findings_of_a_folder_name_the_document(run, tmp_path):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(
            "您不得使用本服务从事任何违法活动，包括传播暴力、色情内容。", "utf-8"
        )
    err = run("matrix", str(tmp_path))[2]
    assert f"{tmp_path}: unknown/a@undated: " in err
    assert f"{tmp_path}: unknown/b@undated: " in err


def test_an_id_reaches_neither_terminal_nor_spreadsheet(run, tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text('policy: {id: "=1+1/b@c", title: "a\\e[31mb"}\nclauses: [{text: No spam.}]\n')
    for format in ("table", "csv", "json"):
        code, out, err = run("matrix", str(path), "--format", format, "--all")
        assert code == 0, err
        assert "\x1b" not in out + err
    head = next(csv.reader(io.StringIO(run("matrix", str(path), "--format", "csv")[1])))
    assert head == ["id", "name", "'=1+1/b@c", "total"]


@pytest.mark.parametrize("format", ["csv", "json", "table"])
def test_categories_list_them_all(run, format):
    code, out, err = run("categories", "--format", format)
    assert code == 0
    assert "emotion-inference" in out
    assert err.startswith("147 of 147 categories")


def test_the_schema_is_that_of_the_repository(run):
    assert run("schema")[1] == (ROOT / "schemas" / "policy.schema.json").read_text("utf-8")
    coding = (ROOT / "schemas" / "coding.schema.json").read_text("utf-8")
    assert run("schema", "coding")[1] == coding


HOSTILE = "# Policy\n\nYou may not send \x1b[31mspam\x1b[0m [bold]x[/bold] \u202e\u200b here.\n"


def test_a_document_cannot_reach_the_terminal(run, tmp_path):
    path = tmp_path / "hostile.md"
    path.write_text(HOSTILE, "utf-8")
    for arguments in (["read", str(path)], ["matrix", str(path)]):
        _, out, err = run(*arguments)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e\u200b]", out + err)
    assert "[bold]x[/bold]" in run("read", str(path))[1]


@pytest.mark.parametrize(
    ("text", "shown", "why"),
    [
        ("a\n b", "a b", "one line"),
        ("\x1b[31m", "\\u001b[31m", "no escape sequence"),
        ("\u202eabc", "\\u202eabc", "no change of direction"),
        ("é仇", "é仇", "letters of any script stay"),
    ],
)
def test_printable(text, shown, why):
    assert printable(text) == shown


def test_long_quotes_are_cut_with_a_sign():
    assert shortened("a" * 30, 10) == "a" * 9 + "…"


def test_files_are_written_all_or_none(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(UsePolicyError) as caught:
        write_files({tmp_path / "a": "new", tmp_path / "no" / "b": "new"})
    assert caught.value.code == "unwritable"
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_written_file_has_the_usual_rights(tmp_path):
    write_files({tmp_path / "a": "x"})
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o600 == 0o600


def test_the_installed_program_answers():
    program = Path(sys.executable).with_name("usepolicy")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == "usepolicy 0.1.0\n"


def test_a_closed_pipe_is_no_traceback():
    program = Path(sys.executable).with_name("usepolicy")
    command = f"{program} categories --format json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == '[\n  {\n    "'[:10]
    assert "Traceback" not in done.stderr


def commands() -> dict[str, list[str]]:
    """Return each command, those of groups too, with its long options."""
    import typer

    def below(group, prefix: str) -> dict[str, list[str]]:
        found = {}
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                found |= below(command, f"{prefix}{name} ")
            else:
                options = [o for p in command.params for o in p.opts if o.startswith("--")]
                found[prefix + name] = [option for option in options if option != "--help"]
        return found

    return below(typer.main.get_command(app), "")


@pytest.mark.parametrize("command", commands())
def test_every_option_is_documented(command):
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    section = re.search(rf"## `usepolicy {command}\b.*?(?=\n## |\Z)", page, re.S)
    assert section, f"`{command}` has no section in docs/cli.md"
    assert [option for option in commands()[command] if option not in section.group()] == []
