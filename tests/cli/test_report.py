"""`usepolicy report` writes a report whole, or says what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from usepolicy.cli.app import main
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.store.ledger import Ledger

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path) -> str:
    from ledger_cases import MEASURES, decision, sanction

    place = str(tmp_path / "ledger.sqlite")
    ledger = Ledger.open(place)
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for each in (decision(), sanction(MEASURES["suspension"])):
        actor = Actor(ActorKind.SYSTEM, "decide")
        ledger.append(Draft(EntryId(each.id), at, actor, each.body, each.account, each.case))
    ledger.close()
    return place


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["report", *arguments])
    return int(caught.value.code or 0)


MARCH = ("--from", "2026-03", "--to", "2026-03")


def test_a_page(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "r.html"
    policy = str(ROOT / "examples" / "harbourlight-aup.md")
    assert run(*MARCH, "--ledger", place, "-o", str(out), "--name", "Acme", "--policy", policy) == 0
    page = out.read_text("utf-8")
    assert "How the use policy was enforced, Acme" in page
    assert "stated by the policy" in page
    assert "2 entries" in capsys.readouterr().err


def test_json_and_csv(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*MARCH, "--ledger", place, "--format", "json", "--small", "1") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tables"][0]["rows"] == [{"labels": ["block"], "numbers": [1, 0]}]
    assert run(*MARCH, "--ledger", place, "--format", "csv") == 0
    assert "decisions,outcome: block,number,<5" in capsys.readouterr().out


def test_statements_of_reasons(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    address = "https://acme.example/aup"
    assert run(*MARCH, "--ledger", place, "--format", "dsa", "--policy-address", address) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 2
    assert {line["decision_ground_reference_url"] for line in lines} == {address}
    assert run("--from", "2026-04", "--to", "2026-04", "--ledger", place, "--format", "dsa") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "exit"),
    [
        (("--from", "2026-04", "--to", "2026-03"), "no-period", 2),
        (("--from", "1.3.2026", "--to", "2026-03"), "no-month", 2),
        ((*MARCH, "--edition", "1999"), "unknown-edition", 2),
        ((*MARCH, "--ledger", "nowhere.sqlite"), "no-ledger", 1),
    ],
)
def test_what_can_not_be_reported(
    place: str, arguments: tuple[str, ...], code: str, exit: int, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments if "--ledger" in arguments else (*arguments, "--ledger", place)
    assert run(*given) == exit
    shown = capsys.readouterr()
    assert shown.err.startswith(f"error[{code}]")
    assert shown.out == ""
