"""`figure`, `compare` and `survey` from the command line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AUP = ROOT / "examples" / "harbourlight-aup.md"
TERMS = ROOT / "examples" / "northgate-terms.md"


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_figure_is_data_with_notes_beside(usepolicy, golden) -> None:
    run = usepolicy("figure", 3)
    assert run.code == 0
    golden("figure-3.txt", run.out)
    assert "printed 26, computed 24 (26 with Deception)" in run.err


@pytest.mark.parametrize("number", range(1, 9))
def test_json_of_a_figure_has_its_rows_and_notes(usepolicy, number: int) -> None:
    run = usepolicy("figure", number, "--format", "json")
    figure = json.loads(run.out)
    table = records(usepolicy("figure", number, "--format", "csv").out)
    assert figure["rows"] == table
    assert run.err.count("note: ") == len(figure["notes"])


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "csv", "json"])
def test_a_figure_is_written_by_its_ending(usepolicy, folder: Path, ending: str) -> None:
    run = usepolicy("figure", 4, AUP, "-o", f"f.{ending}", "--size", "column")
    assert (run.code, run.out) == (0, "")
    assert (folder / f"f.{ending}").stat().st_size > 500


@pytest.mark.parametrize(
    ("arguments", "code", "message", "why"),
    [
        (["figure", 9], 2, "error[no-such-figure]", "the study has eight"),
        (["figure", 5, AUP], 2, "error[figure-is-empty]", "one policy fills figure 4"),
        (["figure", 3, "-o", "f.gif"], 2, "error[unknown-image]", "no such form"),
        (["compare", AUP, "dsaa"], 3, "error[unknown-instrument]", "an instrument with a typo"),
        (["compare", "study", "dsa"], 2, "error[not-one-policy]", "thirty are not one"),
        (["compare", "meta", "dsa"], 1, "error[no-such-file]", "`study/meta` is meant"),
        (["compare", AUP, "none.md"], 1, "error[no-such-file]", "a file that is not there"),
        (["survey", "study", "--by", "colour"], 2, "error[unknown-rows]", "rows that do not exist"),
    ],
)
def test_errors(usepolicy, folder, arguments, code, message, why) -> None:
    run = usepolicy(*arguments)
    assert run.code == code, why
    assert message in run.err, why


def test_two_policies_side_by_side(usepolicy, golden) -> None:
    run = usepolicy("compare", "study/meta", "study/stability-ai")
    assert run.code == 0
    golden("compare-two.txt", run.out)
    assert run.err.endswith("similarity 0.57\n")


def test_two_texts_are_compared_with_words_and_provisions(usepolicy) -> None:
    run = usepolicy("compare", AUP, TERMS, "--format", "csv")
    rows = {row[""]: row for row in records(run.out)}
    assert rows["spam"]["verdict"] == "only b"
    assert "spam" in rows["spam"]["words of b"]
    assert rows["provision: justification"]["verdict"] == "only a"


def test_a_policy_and_a_law(usepolicy, golden) -> None:
    run = usepolicy("compare", "study/meta", "eu-ai-act", "--format", "csv")
    golden("compare-eu-ai-act.csv", run.out)


def test_a_restriction_with_a_condition_covers_partly(usepolicy) -> None:
    run = usepolicy("compare", AUP, "eu-ai-act", "--format", "csv")
    graded = {row["target"]: row["coverage"] for row in records(run.out)}
    assert graded["EUAIA-5-1-bb"] == "covered"
    assert graded["EUAIA-III-4-a"] == "partly", "allowed where a person reviews"


def test_recalled_provisions_are_hidden_unless_asked_for(usepolicy) -> None:
    shown = usepolicy("compare", "study/meta", "dsa", "--format", "csv")
    asked = usepolicy("compare", "study/meta", "dsa", "--format", "csv", "--recalled")
    assert len(records(asked.out)) - len(records(shown.out)) == 7
    assert "7 provisions written down from memory are hidden" in shown.err
    assert "DSA-14 (recalled)" in asked.out


def test_an_instrument_without_a_mapping_says_so(usepolicy) -> None:
    run = usepolicy("compare", "study/meta", "colorado-sb26-189")
    assert "nothing of ours is mapped to Colorado" in run.err


VIEWS = ["breadth", "gray", "alone", "kinds", "similar", "clusters", "borrowed", "cut"]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_a_table(usepolicy, view: str) -> None:
    run = usepolicy("survey", "study", AUP, TERMS, "--show", view, "--format", "json")
    assert run.code == 0
    assert run.err.endswith("32 codings\n")
    assert isinstance(json.loads(run.out), list)


def test_breadth_of_the_study(usepolicy, golden) -> None:
    golden("survey-breadth.txt", usepolicy("survey", "study").out)


KINDS = ROOT / "docs" / "examples"


@pytest.mark.parametrize(
    ("name", "kind", "categories", "why"),
    [
        ("model-card.md", "model_card", {"legal-advice", "disinformation"}, "out-of-scope uses"),
        ("api-policy.md", "api_policy", {"spam", "building-a-competing-service"}, "services"),
        ("scaling-policy.md", "scaling_policy", {"cbrn"}, "dangerous abilities"),
        ("contract.md", "contract", {"military", "facial-recognition"}, "a reseller is bound"),
        ("licence.md", "licence", {"model-scraping", "military"}, "lettered items"),
        ("code.md", "code", {"harassment", "discrimination"}, "members are bound"),
    ],
)
def test_policies_of_other_kinds_are_read(usepolicy, folder, name, kind, categories, why) -> None:
    assert usepolicy("read", KINDS / name, "--kind", kind, "-o", "p.json").code == 0
    policy = json.loads((folder / "p.json").read_text("utf-8"))
    assert policy["policy"]["kind"] == kind
    found = {r["category"] for clause in policy["clauses"] for r in clause["restrictions"]}
    assert categories <= found, why


def test_a_behaviour_policy_is_compared_both_ways(usepolicy, folder) -> None:
    name = KINDS / "behaviour-policy.md"
    usepolicy("read", name, "--kind", "behaviour_policy", "-o", "behaviour.yaml")
    run = usepolicy("compare", AUP, "behaviour.yaml", "--format", "csv")
    verdicts = {row[""]: row["verdict"] for row in records(run.out)}
    assert verdicts["cbrn"] == "both"
    assert "use restrictions without a matching behaviour: " in run.err
    assert "behaviours without a matching use restriction: " in run.err


def test_a_model_card_binds_nobody(usepolicy, folder) -> None:
    usepolicy("read", KINDS / "model-card.md", "--kind", "model_card", "-o", "card.yaml")
    assert "binds nobody" in usepolicy("compare", "card.yaml", AUP).err
    assert "binds nobody" in usepolicy("compare", "card.yaml", "eu-ai-act").err


def test_findings_are_numbered_with_place_and_advice(usepolicy, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    run = usepolicy("check", "examples/northgate-terms.md")
    lines = run.out.splitlines()
    count = len(lines) // 2
    assert (
        f"/{count}] vague-words: examples/northgate-terms.md:45: `unreasonable` is vague" in run.out
    )
    assert lines[0].startswith(f"[1/{count}] ")
    assert all(line.startswith("  help: ") for line in lines[1::2])
    assert run.err == f"{count} findings. They are advice: a policy may have its reasons\n"


def test_peers_can_be_named(usepolicy) -> None:
    run = usepolicy("check", TERMS, "--peer", "study/meta", "--format", "csv")
    peers = [row["message"] for row in records(run.out) if row["code"] == "peers"]
    assert "1 of 1 peers restrict Self-harm, this does not" in peers


@pytest.mark.parametrize("form", ["csv", "json", "disclosure", "disclosure-json", "bibtex", "csl"])
def test_exports_are_printed(usepolicy, form: str) -> None:
    run = usepolicy("export", "study/meta", AUP, "--as", form)
    assert run.code == 0
    assert "Meta" in run.out
    assert run.err == f"2 codings as {form}\n"


def test_parquet_needs_a_file(usepolicy, folder) -> None:
    assert usepolicy("export", "study", "--as", "parquet").code == 2
    assert usepolicy("export", "study", "--as", "parquet", "-o", "x.parquet").code == 0
    assert (folder / "x.parquet").read_bytes()[:4] == b"PAR1"


def test_indicators_of_a_company_and_a_policy(usepolicy) -> None:
    run = usepolicy("indicators", "openai", AUP, "--edition", "2024-05", "--format", "csv")
    rows = {row["id"]: row for row in records(run.out)}
    assert rows["2024-76"]["OpenAI"] == "0"
    assert rows["2024-76"]["Harbourlight AI Acceptable Use Policy"] == "stated"
    assert usepolicy("indicators", "--edition", "2022").code == 2


def test_all_companies_are_counted_for_people(usepolicy) -> None:
    lines = usepolicy("indicators", "--edition", "2023-10").out.splitlines()
    (line,) = [line for line in lines if line.startswith("2023-75")]
    assert line.split(None, 1)[1].startswith("Usage policy enforcement")
    assert "3 of 10" in line


def test_what_the_study_tells_of_hosting_counts(usepolicy) -> None:
    run = usepolicy("survey", "study", "--show", "kinds", "--format", "csv")
    rows = {row[""]: row for row in records(run.out)}
    hosting = rows["end use: Hosting as an API"]
    assert (hosting["have it"], hosting["unknown"], hosting["who"]) == ("1", "29", "TII")


@pytest.mark.parametrize(
    ("module", "arguments", "why"),
    [
        ("matplotlib", ["figure", 3, "-o", "f.png"], "images are an extra"),
        (
            "pyarrow",
            ["export", "study", "--as", "parquet", "-o", "f.parquet"],
            "Parquet is one too",
        ),
    ],
)
def test_an_extra_that_is_missing_is_named(
    usepolicy, folder, monkeypatch, module, arguments, why
) -> None:
    for name in [n for n in sys.modules if n.startswith((module, "usepolicy.figures."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    run = usepolicy(*arguments)
    assert run.code == 1, why
    assert "error[extra-missing]" in run.err
    assert "pip install 'usepolicy[" in run.err


def test_what_draws_is_loaded_only_then() -> None:
    code = "import sys, usepolicy.cli.figure, usepolicy.figures.build; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
