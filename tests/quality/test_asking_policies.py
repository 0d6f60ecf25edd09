"""The uses with gold verdicts are coded in words that exist, and each verdict names its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.verdicts import VerdictValue
from usepolicy.taxonomy.categories import load_taxonomy

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import asking_policies  # a program in bench/, not a package

USES = asking_policies.coded_uses()
LIMITS = {value.value for value in asking_policies.LIMITS}
STEMS = set(USES[0]["verdicts"])
KEYS = {"use", "expects", "manner", "clear", "verdicts", "places", "unsure"}


@pytest.mark.parametrize("entry", USES, ids=lambda entry: entry["use"][:40])
class TestEachUse:
    def test_is_of_known_categories_and_manner(self, entry: dict) -> None:
        assert set(entry) <= KEYS
        assert set(entry["expects"]) <= set(load_taxonomy().by_id)
        assert entry.get("manner", "generation") in set(Manner)
        assert isinstance(entry["clear"], bool)

    def test_has_a_verdict_of_each_policy(self, entry: dict) -> None:
        assert set(entry["verdicts"]) == STEMS
        assert set(entry["verdicts"].values()) <= set(VerdictValue) - {VerdictValue.UNKNOWN}
        assert set(entry.get("unsure", ())) <= STEMS

    def test_names_a_place_where_it_is_limited(self, entry: dict) -> None:
        limited = {stem for stem, verdict in entry["verdicts"].items() if verdict in LIMITS}
        places = entry.get("places", {})
        assert limited <= set(places)
        assert all(isinstance(line, int) and line > 0 for at in places.values() for line in at)


def test_no_use_stands_twice() -> None:
    texts = [entry["use"] for entry in USES]
    assert len(texts) == len(set(texts)) == 80
    assert len(set(asking_policies.off_topic())) == 20


def test_what_only_deals_with_a_topic_is_not_forbidden_for_sure() -> None:
    dealt = [entry for entry in USES if entry.get("manner", "generation") != "generation"]
    sure = [
        verdict
        for entry in dealt
        for stem, verdict in entry["verdicts"].items()
        if stem not in entry.get("unsure", ())
    ]
    assert len(dealt) == 10
    assert set(sure) == {"not_addressed"}


@pytest.mark.parametrize(
    ("quote", "lines"),
    [
        pytest.param("spam", {1, 3}, id="wherever it stands"),
        pytest.param("two\nspam", {2, 3}, id="over a line break"),
        pytest.param("none", set(), id="nowhere"),
        pytest.param("", set(), id="an empty quote stands on no line"),
    ],
)
def test_a_quote_stands_on_lines(quote: str, lines: set[int]) -> None:
    assert asking_policies.lines_of(quote, "no spam\ntwo\nspam too") == lines


def test_policies_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stem in STEMS:
        (tmp_path / f"{stem}.md").write_text("# Rules\n\nYou must not send spam.\n", "utf-8")
    assert asking_policies.main(["--given", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(asking_policies.HEAD)


def test_without_a_folder_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert asking_policies.main([]) == 2
    assert "usage:" in capsys.readouterr().err
