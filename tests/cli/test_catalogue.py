"""`usepolicy catalogue` and the ids of the catalogue, as a person types them."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(autouse=True)
def _own_catalogue(monkeypatch, tmp_path):
    monkeypatch.setenv("USEPOLICY_CATALOGUE", str(tmp_path / "kept" / "c.sqlite"))


@pytest.fixture
def kept(usepolicy, policy):
    """Return the id of a policy that is in the catalogue."""
    done = usepolicy(
        "catalogue",
        "add",
        policy,
        "--developer",
        "Tern",
        "--title",
        "Use",
        "--effective",
        "2026-01-01",
    )
    assert done.code == 0, done.err
    return "tern/use@2026-01-01"


def test_add_says_what_was_kept(usepolicy, policy, kept, golden):
    (policy.parent / "empty.md").write_text("", "utf-8")
    again = usepolicy("catalogue", "add", policy, "--developer", "Tern", "--title", "Use")
    folder = usepolicy("catalogue", "add", ".")
    assert (again.code, folder.code) == (0, 0)
    shown = again.err + folder.err
    golden("catalogue-add.txt", shown.replace(str(policy.parent.absolute()), "."))


def test_list_remove(usepolicy, kept):
    rows = json.loads(usepolicy("catalogue", "list", "--format", "json").out)
    assert [(row["id"], row["categories"]) for row in rows] == [(kept, "3")]
    assert usepolicy("catalogue", "remove", kept).code == 0
    gone = usepolicy("catalogue", "remove", kept)
    assert (gone.code, "error[not-in-catalogue]" in gone.err) == (2, True)


COMMANDS = [
    ["show", "{id}"],
    ["matrix", "study", "{id}", "--by", "group"],
    ["explain", "{id}", "malware"],
    ["compare", "{id}", "eu-ai-act"],
    ["check", "{id}"],
    ["indicators", "{id}"],
    ["export", "{id}"],
    ["survey", "{id}", "study"],
    ["coding", "edit", "{id}"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
@pytest.mark.parametrize("id", ["tern/use", "tern/use@2026-01-01"])
def test_an_id_stands_where_a_policy_does(usepolicy, kept, command, id):
    done = usepolicy(*(word.format(id=id) for word in command))
    assert done.code == 0, done.err
    assert done.out


def test_an_unknown_id_is_one_line(usepolicy, kept):
    done = usepolicy("show", "tern/usage@2026-01-01")
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "error[not-in-catalogue]: the catalogue has no `tern/usage@2026-01-01`",
    )


def test_export_and_import(usepolicy, kept, tmp_path):
    assert usepolicy("catalogue", "export", "all.zip").code == 0
    other = tmp_path / "other.sqlite"
    done = usepolicy("catalogue", "import", "all.zip", "--catalogue", other)
    assert (done.code, done.err) == (0, "1 added\n")
    assert kept in usepolicy("catalogue", "list", "--catalogue", other).out


ERRORS = [
    (["catalogue", "add"], 2, "error[nothing-to-add]", "no source"),
    (["catalogue", "list"], 1, "error[no-catalogue]", "nothing was ever added"),
    (["catalogue", "add", "none.md"], 1, "error[no-such-file]", "a file that is not there"),
    (["catalogue", "import", "none.zip"], 2, "error[no-such-file]", "an archive that is not there"),
    (
        ["catalogue", "add", "http://127.0.0.1:1/x"],
        1,
        "error[private-address]",
        "a private address",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "talk", "why"), ERRORS, ids=[r[3] for r in ERRORS])
def test_errors(usepolicy, folder, arguments, code, talk, why):
    done = usepolicy(*arguments)
    assert (done.code, talk in done.err) == (code, True), done.err
