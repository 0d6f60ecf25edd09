"""`usepolicy coding`: the way of a sheet through the program, comparison and audit."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import yaml

CHANGED = """\
# Tern Acceptable Use

You may not use Tern to:

- bully anyone
- spread malware or viruses
- impersonate a person without their consent
"""


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def fill(path: Path, **decisions: dict[str, str]) -> None:
    """Fill in a sheet as a person does, and save it as a spreadsheet program may."""
    rows = rows_of(path)
    for row in rows:
        row.update(decisions.get(row["category"].replace("-", "_"), {}))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def coded(usepolicy, policy: Path, folder: Path) -> Path:
    """Return the policy with Ada's decisions about it in `ada.yaml`."""
    usepolicy("read", policy, "--developer", "Tern", "-o", "tern.yaml")
    usepolicy("coding", "edit", "tern.yaml", "-o", "sheet.csv")
    fill(
        folder / "sheet.csv",
        harassment={"decision": "accept"},
        malware={"decision": "reject", "note": "in jest"},
        spam={"decision": "add", "quote": "spread malware", "strength": "restricted"},
        hate={"decision": "accept"},
    )
    done = usepolicy(
        *[
            "coding",
            "edit",
            "tern.yaml",
            "--from",
            "sheet.csv",
            "--coder",
            "Ada",
            "--date",
            "2026-01-02",
            "-o",
            "ada.yaml",
        ]
    )
    assert done.code == 0, done.err
    return folder


def test_the_sheet(usepolicy, policy: Path, golden) -> None:
    done = usepolicy("coding", "edit", policy)
    shown = [line for line in done.out.splitlines() if "category" in line or '"coded"' in line]
    golden("coding-sheet.csv", "\n".join(shown) + "\n")
    assert done.err == (
        "147 rows: 3 coded, 144 not coded; 0 decided. Fill it in, then: "
        "usepolicy coding edit tern.md --from SHEET.csv --coder NAME -o CODING.yaml\n"
    )


def test_the_coding_file(coded: Path, golden) -> None:
    golden("coding.yaml", (coded / "ada.yaml").read_text("utf-8"))


def test_a_coding_file_is_a_coding(usepolicy, coded: Path) -> None:
    matrix = json.loads(usepolicy("matrix", "study", "ada.yaml", "--format", "json").out)
    mine = {c["row"]: c for c in matrix["cells"] if c["column"] == matrix["codings"][-1]["id"]}
    assert matrix["codings"][-1]["coder"] == "Ada"
    values = {name: mine[name]["value"] for name in ("harassment", "malware", "spam", "hate")}
    assert values == {
        "harassment": "coded",
        "malware": "not_coded",
        "spam": "coded",
        "hate": "not_coded",
    }
    assert [c["value"] for c in mine.values()].count("unknown") == 143, "nobody looked at the rest"


def test_people_win_over_the_machine(usepolicy, coded: Path) -> None:
    def values(*more: str) -> dict[str, str]:
        done = usepolicy("matrix", "tern.yaml", *more, "--format", "json")
        return {cell["row"]: cell["value"] for cell in json.loads(done.out)["cells"]}

    alone, reviewed = values(), values("--people", "ada.yaml")
    changed = {name for name in alone if alone[name] != reviewed[name]}
    assert changed == {"malware", "spam"}
    assert "unknown" not in reviewed.values()


def test_decisions_live_on_when_the_text_changes(usepolicy, coded: Path) -> None:
    (coded / "tern.md").write_text(CHANGED, "utf-8")
    usepolicy("read", "tern.md", "--developer", "Tern", "-o", "later.yaml")
    done = usepolicy("coding", "edit", "later.yaml", "--from", "ada.yaml", "-o", "later-ada.yaml")
    cells = yaml.safe_load((coded / "later-ada.yaml").read_text("utf-8"))["cells"]
    assert [(c["category"], c["decision"], c["coder"]) for c in cells] == [("spam", "add", "Ada")]
    warned = [line.split("`")[1] for line in done.err.splitlines() if "look-again" in line]
    assert warned == ["harassment", "hate", "malware"], (
        "its words are gone; nothing was quoted; the machine reads more words now"
    )
    matrix = usepolicy("matrix", "later.yaml", "--people", "ada.yaml")
    assert "warning[look-again]" in matrix.err


def test_a_second_coder_takes_up_the_sheet(usepolicy, coded: Path) -> None:
    usepolicy("coding", "edit", "tern.yaml", "--from", "ada.yaml", "-o", "two.csv")
    assert {row["coder"] for row in rows_of(coded / "two.csv")} == {"", "Ada"}
    fill(coded / "two.csv", malware={"decision": "accept", "note": "meant"})
    alone = usepolicy(
        *["coding", "edit", "tern.yaml", "--from", "two.csv", "--coder", "Bo", "-o", "both.yaml"]
    )
    assert (alone.code, "decision-of-another" in alone.err) == (3, True)
    both = "coding edit tern.yaml --from two.csv --from ada.yaml --coder Bo -o both.json"
    assert usepolicy(*both.split()).code == 0
    cells = json.loads((coded / "both.json").read_text("utf-8"))["cells"]
    assert {c["category"]: c["coder"] for c in cells} == {
        "harassment": "Ada",
        "hate": "Ada",
        "malware": "Bo",
        "spam": "Ada",
    }


def test_the_day_is_today_if_none_is_given(usepolicy, coded: Path, monkeypatch) -> None:
    class Clock:
        @staticmethod
        def today():
            from datetime import date

            return date(2030, 1, 1)

    monkeypatch.setattr("usepolicy.cli.coding.Date", Clock)
    done = usepolicy("coding", "edit", "tern.yaml", "--from", "sheet.csv", "--coder", "Cy")
    assert {str(cell["date"]) for cell in yaml.safe_load(done.out)["cells"]} == {"2030-01-01"}


ERRORS = [
    # arguments behind `coding`, exit code, error code, why the row exists
    ("edit tern.yaml -o c.yaml", 2, "no-decisions", "a coding of nothing"),
    ("edit tern.yaml -o c.txt", 2, "unknown-format", "neither sheet nor coding"),
    ("edit tern.yaml --from sheet.csv", 2, "no-coder", "whose decisions?"),
    ("edit tern.yaml --from sheet.csv --coder A --date soon", 2, "not-a-date", "no date"),
    ("edit tern.yaml -o sheet.csv", 2, "would-lose-decisions", "a filled sheet stays"),
    ("edit tern.yaml --from sheet.csv --coder A -o ada.yaml", 2, "would-lose-decisions", "a coding too"),
    ("edit ada.yaml", 2, "not-a-policy", "a coding file has no clauses"),
    ("edit tern.yaml --from tern.yaml", 2, "not-a-coding", "a policy decides nothing"),
    ("edit both", 2, "several-policies", "a sheet is about one"),
    ("edit tern.yaml --from none.csv --coder A", 1, "no-such-file", "no such sheet"),
    ("edit tern.yaml --from tern.csv --coder A", 3, "missing-column", "another table"),
    ("compare study/meta study/openai -o d.csv", 2, "no-text", "nothing to look into"),
    ("compare study tern.yaml", 2, "nothing-to-compare", "Tern is not in the study"),
    ("compare study tern.yaml --developer =Meta", 2, "no-developer", "whose?"),
    ("compare study both --developer tern=Meta", 2, "ambiguous-developer", "two of one developer"),
    ("compare ada.yaml tern.yaml -o d.yaml", 2, "not-a-sheet", "differences are a sheet"),
    ("compare ada.yaml tern.yaml -o sheet.csv", 2, "would-lose-decisions", "it is filled in"),
    ("check study/anthropi", 3, "unknown-developer", "a typo"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "error", "why"), ERRORS, ids=[row[3] for row in ERRORS])
def test_errors(usepolicy, coded: Path, line: str, code: int, error: str, why: str) -> None:
    (coded / "tern.csv").write_text("a,b\n1,2\n")
    (coded / "both").mkdir()
    for name in ("one.yaml", "two.yaml"):
        (coded / "both" / name).write_text((coded / "tern.yaml").read_text("utf-8"), "utf-8")
    before = {p: p.read_bytes() for p in coded.rglob("*") if p.is_file()}
    done = usepolicy("coding", *line.split())
    assert (done.code, done.out) == (code, "")
    assert f"error[{error}]" in done.err
    assert "Traceback" not in done.err
    assert {p: p.read_bytes() for p in coded.rglob("*") if p.is_file()} == before


def test_problems_of_a_sheet_are_told_together(usepolicy, coded: Path, golden) -> None:
    usepolicy("coding", "edit", "tern.yaml", "-o", "bad.csv")
    fill(
        coded / "bad.csv",
        malware={"decision": "acept"},
        spam={"decision": "add", "quote": "Spread Malware"},
        hate={"note": "really?"},
    )
    done = usepolicy("coding", "edit", "tern.yaml", "--from", "bad.csv", "--coder", "Ada")
    assert done.code == 3
    golden("coding-problems.txt", done.err)


def test_a_comparison(usepolicy, coded: Path, golden) -> None:
    done = usepolicy("coding", "compare", "tern.yaml", "ada.yaml")
    assert done.code == 0
    golden("coding-compare.txt", done.out)
    assert done.err == (
        "1 pairs; 4 cells compared, 143 cells left out that a side does not know; 2 differ.\n"
    )


def test_a_comparison_for_programs(usepolicy, coded: Path) -> None:
    compared = json.loads(
        usepolicy("coding", "compare", "tern.yaml", "ada.yaml", "--format", "json").out
    )
    assert compared["pairs"][0]["b"] == {
        "id": "tern/tern@undated",
        "label": "Tern",
        "coder": "Ada",
    }
    pooled = {name: compared["pooled"][name] for name in ("both", "only_a", "only_b", "neither")}
    assert pooled == {"both": 1, "only_a": 1, "only_b": 1, "neither": 1}
    spam = next(d for d in compared["disagreements"] if d["category"] == "spam")
    assert spam["a"]["value"] == "not_coded"
    assert spam["b"]["quotes"][0]["quote"] == "spread malware"
    table = usepolicy("coding", "compare", "tern.yaml", "ada.yaml", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == 148
    assert (rows[-1]["category"], rows[-1]["agreement"], rows[-1]["kappa"]) == (
        "pooled",
        "0.5",
        "0.0",
    )


def test_an_audit_of_the_study_ends_in_a_coding_file(usepolicy, coded: Path) -> None:
    """Differences of one developer as a sheet, settled by a person, back into a coding."""
    line = "coding compare study tern.yaml --developer tern=OpenAI -o audit.csv"
    done = usepolicy(*line.split())
    assert done.code == 0
    assert "29 codings without a partner" in done.err
    rows = rows_of(coded / "audit.csv")
    assert {(row["machine"], row["other"]) for row in rows} == {
        ("coded", "not_coded"),
        ("not_coded", "coded"),
    }
    assert {row["policy"] for row in rows} == {"tern/tern@undated"}
    settled = {row["category"].replace("-", "_"): {"decision": "accept"} for row in rows}
    fill(coded / "audit.csv", **settled)
    line = "coding edit tern.yaml --from audit.csv --coder Ada -o settled.yaml"
    assert usepolicy(*line.split()).code == 0
    cells = yaml.safe_load((coded / "settled.yaml").read_text("utf-8"))["cells"]
    assert len(cells) == len(rows)


def test_a_set_may_hold_policies_and_codings(usepolicy, coded: Path) -> None:
    (coded / "set").mkdir()
    (coded / "set" / "ada.yaml").write_bytes((coded / "ada.yaml").read_bytes())
    (coded / "set" / "tern.yaml").write_bytes((coded / "tern.yaml").read_bytes())
    done = usepolicy("matrix", "set", "--format", "json")
    assert [c["coder"].split()[0] for c in json.loads(done.out)["codings"]] == ["Ada", "built-in"]


def test_the_check_of_the_study(usepolicy, golden) -> None:
    done = usepolicy("coding", "check", "study")
    assert done.code == 0
    golden("coding-check.txt", done.out)
    assert done.err == "63 things to look at in 30 codings\n"


def test_the_check_for_programs(usepolicy) -> None:
    found = json.loads(usepolicy("coding", "check", "study", "--format", "json").out)
    same = next(each for each in found if each["kind"] == "identical-columns")
    assert same["codings"] == ["study/baidu", "study/deepseek"]
    rows = list(
        csv.DictReader(io.StringIO(usepolicy("coding", "check", "study", "--format", "csv").out))
    )
    assert [row["where"] for row in rows] == [each["where"] for each in found]


def test_a_hostile_quote_reaches_neither_terminal_nor_spreadsheet(usepolicy, folder: Path) -> None:
    text = 'You may not:\n\n- =HYPERLINK("http://x") spread malware \x1b[31m\n'
    (folder / "p.md").write_text(text, "utf-8")
    usepolicy("coding", "edit", "p.md", "-o", "s.csv")
    quotes = [row["machine_quote"] for row in rows_of(folder / "s.csv") if row["machine_quote"]]
    assert quotes
    assert not any(quote.startswith("=") for quote in quotes)
    fill(folder / "s.csv", malware={"decision": "accept"})
    done = usepolicy(*["coding", "edit", "p.md", "--from", "s.csv", "--coder", "A", "-o", "c.json"])
    assert done.code == 0, done.err
    shown = usepolicy("coding", "compare", "c.json", "p.md")
    assert "\x1b" not in shown.out + shown.err
