"""`usepolicy chain` and `ask --chain`: the worked chains, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAINS = sorted((ROOT / "examples" / "chains").glob("*.yaml"))
SCHEMA = ROOT / "schemas" / "chain.schema.json"


@pytest.mark.parametrize("path", CHAINS, ids=lambda path: path.stem)
def test_the_worked_chains(path, usepolicy, golden, monkeypatch):
    monkeypatch.chdir(ROOT)
    run = usepolicy("chain", f"examples/chains/{path.name}")
    assert run.code == 0
    golden(f"chain-{path.stem}.txt", run.out + run.err)


@pytest.mark.parametrize("name", ["02-api-cloud-app", "09-two-ways"])
def test_a_diagram(name, usepolicy, golden, monkeypatch):
    monkeypatch.chdir(ROOT)
    run = usepolicy("chain", f"examples/chains/{name}.yaml", "--format", "svg")
    assert run.code == 0
    golden(f"chain-{name}.svg", run.out)


def test_there_are_ten():
    assert len(CHAINS) >= 10


def test_json_cites_what_the_texts_have(usepolicy):
    run = usepolicy("chain", CHAINS[1], "--format", "json")
    answer = json.loads(run.out)
    texts = {p.stem: p.read_text("utf-8") for p in (ROOT / "examples/chains/policies").glob("*.md")}
    every = "\n".join(texts.values())
    sources = [
        source
        for link in answer["links"]
        for bound in link["bound"] + link["not_reaching"]
        for source in bound["sources"]
    ]
    assert sources
    assert all(source["quote"] in every for source in sources)
    assert all(duty["quote"] in every for link in answer["links"] for duty in link["duties"])
    assert {f["kind"] for f in answer["findings"]} == {
        "gap",
        "not_passed_on",
        "conflict",
        "hosting_forbidden",
    }


USE = "Personalised fundraising letters for a city council campaign"


def test_a_use_at_the_end_of_a_chain(usepolicy, golden, monkeypatch):
    monkeypatch.chdir(ROOT)
    run = usepolicy("ask", USE, "--chain", "examples/chains/02-api-cloud-app.yaml")
    assert run.code == 0
    golden("ask-chain.txt", run.out + run.err)


@pytest.mark.parametrize(
    ("name", "verdict", "above", "why"),
    [
        ("01-weights-host-derivative", "not_addressed", "prohibited", "it stops at the app"),
        ("02-api-cloud-app", "not_addressed", "prohibited", "the cloud permits, the app is silent"),
        ("05-all-passed-on", "prohibited", "prohibited", "both forbid it"),
        ("06-agreement", "restricted", "prohibited", "allowed by the agreement alone"),
    ],
)
def test_what_a_chain_comes_to(name, verdict, above, why, usepolicy):
    path = ROOT / "examples" / "chains" / f"{name}.yaml"
    run = usepolicy("ask", USE, "--chain", path, "--format", "json")
    answer = json.loads(run.out)
    (end,) = answer["chain"]["ends"]
    assert (end["verdict"], end["above"]) == (verdict, above), why
    assert all({"binds", "via", "link"} <= each.keys() for each in answer["verdicts"])


def test_each_end_has_its_own_verdict(usepolicy):
    path = ROOT / "examples" / "chains" / "09-two-ways.yaml"
    answer = json.loads(usepolicy("ask", USE, "--chain", path, "--format", "json").out)
    ends = {each["link"]: each["verdict"] for each in answer["chain"]["ends"]}
    assert ends == {"local": "prohibited", "caller": "permitted"}


def test_what_is_no_use_gets_no_verdict_of_a_chain(usepolicy):
    answer = json.loads(usepolicy("ask", "hello", "--chain", CHAINS[0], "--format", "json").out)
    assert answer["verdicts"] == answer["chain"]["ends"] == []


def test_the_schema_is_generated(usepolicy):
    assert usepolicy("schema", "chain").out == SCHEMA.read_text("utf-8")


LINK = "  - id: a\n    kind: developer\n    access: api\n"
ERRORS = [
    ("chain: x\nlinks: []\n", "no-links", "nobody"),
    ("links:\n" + LINK, "missing-key", "no name"),
    ("chain: x\nlinks:\n  - id: a\n    kind: develper\n", "unknown-value", "a typo of a kind"),
    ("chain: x\nlinks:\n  - id: a\n    kind: user\n    acess: api\n", "unknown-key", "of a key"),
    ("chain: x\nlinks:\n" + LINK + "    takes_from: [b]\n", "unknown-link", "no such link"),
    ("chain: x\nlinks:\n" + LINK + "    takes_from: [a]\n", "cyclic-chain", "takes from itself"),
    ("chain: x\nlinks:\n" + LINK + LINK, "duplicate-link", "twice"),
    (
        "chain: x\nlinks:\n" + LINK + "    policies:\n      - source: nope.md\n",
        "no-such-file",
        "an unknown policy",
    ),
    (
        "chain: x\nlinks:\n" + LINK + "    policies:\n      - source: study/nobody\n",
        "unknown-developer",
        "an unknown developer",
    ),
    (
        "chain: x\nlinks:\n"
        + LINK
        + "    agreements:\n      - {with_link: a, lifts: [frawd], document: d}\n",
        "unknown-category",
        "a typo of a category",
    ),
]


@pytest.mark.parametrize(("text", "code", "why"), ERRORS)
def test_errors(usepolicy, folder, text, code, why):
    (folder / "chain.yaml").write_text(text, encoding="utf-8")
    run = usepolicy("chain", "chain.yaml")
    assert run.code in (1, 3), why
    assert f"error[{code}]" in run.err
    assert run.out == ""


def test_a_policy_that_can_not_be_read_is_told_with_its_link(usepolicy, folder):
    text = "chain: x\nlinks:\n" + LINK + "    policies:\n      - source: nope.md\n"
    (folder / "chain.yaml").write_text(text, encoding="utf-8")
    assert (
        "chain.yaml, link `a`: nope.md: there is no such file"
        in usepolicy("chain", "chain.yaml").err
    )


def test_a_chain_without_a_policy_says_so(usepolicy, folder):
    text = "chain: x\nlinks:\n" + LINK + "  - id: b\n    kind: user\n"
    (folder / "chain.yaml").write_text(text, encoding="utf-8")
    run = usepolicy("chain", "chain.yaml")
    assert run.code == 0
    assert "no policy that binds b restricts a use" in run.out
    assert "gives access without a policy" in run.out


def test_json_tells_who_enforces_what(usepolicy):
    answer = json.loads(usepolicy("chain", CHAINS[1], "--format", "json").out)
    links = {each["id"]: each for each in answer["links"]}
    enforces = [(each["link"], each["why"]) for each in links["storyjar"]["enforces"]]
    assert enforces == [("storyjar", "own"), ("heron", "must_pass_on")]
    assert links["reader"]["watched_by"] == ["heron", "cumulus", "storyjar"]


def test_a_file_that_is_not_there(usepolicy, folder):
    run = usepolicy("chain", "nope.yaml")
    assert run.code == 1
    assert "error[no-such-file]" in run.err
