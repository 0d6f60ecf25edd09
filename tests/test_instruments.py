"""Instruments: the shipped tables are whole and agree with one another."""

from __future__ import annotations

import csv
import io
from importlib import resources
from pathlib import Path

import pytest

from usepolicy.comparison.coverage import Coverage, coverage_of
from usepolicy.comparison.needs import ClaimKind
from usepolicy.errors import TaxonomyError
from usepolicy.figures.build import study_subjects
from usepolicy.instruments import find_instrument, instruments, needs_of
from usepolicy.policies.policies import PolicyKind
from usepolicy.policies.provisions import ProvisionKind
from usepolicy.tables import table_rows
from usepolicy.taxonomy.categories import load_taxonomy

DATA = Path(str(resources.files("usepolicy") / "data"))
TABLES = [
    "taxonomy/crosswalk.csv",
    "taxonomy/kinds.csv",
    *(f"instruments/{name}.csv" for name in ("instruments", "needs", "regulations")),
    *(f"indicators/{name}.csv" for name in ("indicators", "indicator_scores")),
]
META = next(s for s in study_subjects() if s.coding.id == "study/meta")


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_canonical_and_name_their_source(name: str) -> None:
    text = (DATA / name).read_bytes().decode("utf-8")
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(csv.reader(io.StringIO(text)))
    assert text == written.getvalue()
    rows = list(table_rows(name))
    assert all(row["source"] for row in rows)
    assert len({tuple(row.values()) for row in rows}) == len(rows)


def test_the_crosswalk_names_what_exists() -> None:
    rows = list(table_rows("taxonomy/crosswalk.csv"))
    assert len(rows) == 718
    assert {row["category"] for row in rows} <= set(load_taxonomy().by_id)
    assert {row["scheme"] for row in rows} == {
        row["scheme"] for row in table_rows("instruments/instruments.csv")
    } - {""}


def test_every_regulation_belongs_to_an_instrument() -> None:
    ids = [row["id"] for row in table_rows("instruments/regulations.csv")]
    held = [t.id for i in instruments().values() for t in i.targets if t.kind != "hazard"]
    assert sorted(held) == sorted(ids)


def test_needs_name_items_and_claims_that_exist() -> None:
    items = {row["id"] for row in table_rows("instruments/regulations.csv")}
    items |= {row["id"] for row in table_rows("indicators/indicators.csv")}
    allowed = {
        ClaimKind.PROVISION: {kind.value for kind in ProvisionKind},
        ClaimKind.CATEGORY: set(load_taxonomy().by_id),
        ClaimKind.KIND: {kind.value for kind in PolicyKind},
        ClaimKind.PERMITS: {""},
        ClaimKind.RESTRICTIONS: {""},
    }
    for row in table_rows("instruments/needs.csv"):
        assert row["item"] in items
        for need in needs_of(row["item"])[0]:
            assert all(claim.value in allowed[claim.kind] for claim in need.any_of), row


@pytest.mark.parametrize(
    ("instrument", "target", "grade", "why"),
    [
        ("eu-ai-act", "EUAIA-5-1-bb", Coverage.COVERED, "prohibits child sexual abuse material"),
        ("eu-ai-act", "EUAIA-5-1-c", Coverage.NOT, "has no social scoring"),
        (
            "eu-ai-act",
            "EUAIA-5-1-f",
            Coverage.UNKNOWN,
            "the study did not look for emotion inference",
        ),
        ("eu-ai-act", "EUAIA-55-1-a", Coverage.NO_MAPPING, "no text of a policy evaluates a model"),
        ("dsa", "DSA-17", Coverage.UNKNOWN, "the study's coding has no provisions"),
        ("nist-ai-600-1", "nist-confabulation", Coverage.NO_MAPPING, "a risk that is no use"),
    ],
)
def test_grades_of_a_policy_of_the_study(
    instrument: str, target: str, grade: Coverage, why: str
) -> None:
    rows = coverage_of(META, find_instrument(instrument).targets)
    assert {row.target.id: row.coverage for row in rows}[target] is grade, why


def test_an_instrument_without_a_mapping_knows_it() -> None:
    assert [i.id for i in instruments().values() if not i.is_mapped] == ["colorado-sb26-189"]


def test_what_was_written_down_from_memory_is_marked() -> None:
    marked = {t.id for i in instruments().values() for t in i.targets if t.recalled}
    facts = {
        r["id"] for r in table_rows("instruments/regulations.csv") if r["checked"] == "recalled"
    }
    assert marked == facts
    assert "DSA-14" in marked


def test_an_unknown_instrument_is_an_error_with_help() -> None:
    with pytest.raises(TaxonomyError) as caught:
        find_instrument("eu-ai-akt")
    assert (caught.value.code, caught.value.help) == (
        "unknown-instrument",
        "did you mean `eu-ai-act`",
    )
