"""A small year: the report is a recount, standings replay, and what is done to the chain is found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import simulated_year  # noqa: E402  a program in bench/, not a package

from usepolicy.store.ledger import Ledger, Wanted  # noqa: E402
from usepolicy.store.ledger_keys import Keys  # noqa: E402


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[simulated_year.Year]:
    folder = tmp_path_factory.mktemp("year")
    place = str(folder / "ledger" / "ledger.sqlite")
    ledger = simulated_year.waiting_for_no_disk(Ledger.open(place))
    keys = Keys.open(str(folder / "keys" / "keys.sqlite"), beside=place)
    made = simulated_year.Year(ledger, keys, decisions=2_000, accounts=60)
    made.run()
    yield made
    ledger.close()
    keys.close()


def test_the_year_has_something_of_everything(year: simulated_year.Year) -> None:
    kinds = {entry.kind for entry in year.ledger.entries()}
    assert {"decision", "sanction", "notice", "appeal_filed", "appeal_decided"} <= kinds
    assert {"referral_opened", "referral_labelled", "erasure", "rules_change", "signal"} <= kinds
    assert {"grant_applied", "user_report"} <= kinds


def test_the_report_is_a_recount(year: simulated_year.Year) -> None:
    assert simulated_year.report_differs(year.ledger) == []


def test_standings_are_the_same_however_they_are_computed(year: simulated_year.Year) -> None:
    assert simulated_year.standings_differ(year.ledger, year.links) == []
    at = simulated_year.START + simulated_year.YEAR
    points = [year.ledger.standing(link, simulated_year.LADDER, at).points for link in year.links]
    assert max(points) > 3, "there is something to be the same"


def test_signals_are_told_again_and_standings_keep_out(year: simulated_year.Year) -> None:
    assert simulated_year.signals_differ(year.ledger) == []
    entries = list(year.ledger.entries(Wanted(kinds=("decision", "signal"))))
    kinds = {entry.body.signal for entry in entries if entry.kind == "signal"}
    assert len(kinds) == 3, "something of each kind"
    kept_out = [e for e in entries if e.kind == "decision" and e.body.refusal is not None]
    assert len(kept_out) > 20
    assert "suspension" in {e.body.refusal.step for e in kept_out}


def test_what_is_done_to_the_chain_is_found(year: simulated_year.Year) -> None:
    found = simulated_year.tampering_found(year.ledger)
    assert len(found) == 6
    assert all(hits == of for hits, of in found.values()), found


def test_a_recount_that_is_off_is_noticed(
    year: simulated_year.Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(year.ledger.entries(Wanted(kinds=("decision",))))
    monkeypatch.setattr(year.ledger, "entries", lambda: iter(whole))
    assert simulated_year.report_differs(year.ledger), "a report without its sanctions differs"
