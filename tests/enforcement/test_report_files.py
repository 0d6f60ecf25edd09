"""A report says the same as a page, as CSV and as JSON; and how the operator stands."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from ledger_cases import MEASURES, decision, entry, notice, sanction

from usepolicy.comparison.indicators import Answer, Stated
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import Cited, RulesChanged, UserReported
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.practice import Score, Shown, own_scores, practices_of
from usepolicy.enforcement.report import Period, Report, report_of
from usepolicy.enforcement.report_files import TITLES, report_csv, report_html, report_json
from usepolicy.indicators import indicators, of_edition
from usepolicy.tables import table_rows

CLAUSE = '=HYPERLINK("https://elsewhere.example")#<script>alert(1)</script>'


def made(*, small: int = 5) -> Report:
    hostile = decision(restrictions=(Cited(CLAUSE, "No.", "malware"),))
    entries = [replace(hostile, id=EntryId(f"decision-{n}")) for n in range(6)]
    entries += [sanction(MEASURES["ban"])]
    entries += [entry("rules", RulesChanged("0" * 64, None, ("<b>p</b>",), "the <i>first</i>"))]
    return report_of(lambda: entries, Period("2026-03", "2026-03"), small=small)


SCORES = own_scores(of_edition("2025-12"), frozenset({Shown.REPORT}))


def test_every_table_has_a_title() -> None:
    assert {table.name for table in made().tables} == set(TITLES)


def test_the_three_forms_have_the_same_numbers() -> None:
    report = made(small=1)
    told = [n for table in report.tables for row in table.rows for n in row.numbers]
    rows = list(csv.DictReader(io.StringIO(report_csv(report))))
    assert [int(row["number"]) for row in rows] == told
    plain = json.loads(report_json(report, ()))
    assert [n for t in plain["tables"] for row in t["rows"] for n in row["numbers"]] == told
    page = report_html(report, (), "Acme")
    cells = re.findall(r'<td class="num">([\d,]+)</td>', page.split('<h2 id="errors"')[0])
    assert [int(cell.replace(",", "")) for cell in cells] == told


def test_what_is_kept_back_is_in_no_form() -> None:
    report = made()
    rows = list(csv.DictReader(io.StringIO(report_csv(report))))
    assert {row["number"] for row in rows if row["table"] == "actions"} == {"<5", "0"}
    plain = json.loads(report_json(report, ()))
    actions = next(table for table in plain["tables"] if table["name"] == "actions")
    assert [row["numbers"] for row in actions["rows"]] == [[None, 0]]
    assert "&lt;5" in report_html(report, (), "Acme")


def test_the_words_of_others_are_inert() -> None:
    page = report_html(made(), SCORES, "<Acme>")
    assert "<script>" not in page
    assert "<b>p" not in page
    assert "<i>first" not in page
    assert "&lt;Acme&gt;" in page
    cells = [cell for row in csv.reader(io.StringIO(report_csv(made()))) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))] == []


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = report_html(made(), SCORES, "Acme")
    assert not re.search(r'(?:src|href)="', page)
    assert "@import" not in page


@pytest.mark.parametrize(
    ("entries", "shown"),
    [
        ([], {Shown.REPORT}),
        ([decision(), notice(decision())], {Shown.REPORT, Shown.NOTICES}),
        ([entry("u", UserReported())], {Shown.REPORT, Shown.USER_REPORTS}),
        ([entry("r", RulesChanged("0" * 64, None, ()))], {Shown.REPORT, Shown.RULES}),
    ],
)
def test_what_a_ledger_shows(entries: list[Entry], shown: set[Shown]) -> None:
    assert practices_of(entries) == shown


def scored(id: str, practices: set[Shown], stated: Stated | None = None) -> Score:
    item = next(each for each in indicators() if each.id == id)
    texts = [Answer(item, stated, "words")] if stated else []
    [found] = own_scores([item], frozenset(practices), texts)
    return found.score


@pytest.mark.parametrize(
    ("id", "practices", "stated", "expected", "why"),
    [
        ("2025-96", {Shown.REPORT}, None, Score.SHOWN, "the numbers are the report"),
        ("2025-95", {Shown.REPORT}, None, Score.MISSING, "no rules are on record"),
        ("2025-95", {Shown.REPORT, Shown.RULES}, None, Score.SHOWN, "now they are"),
        ("2024-76", set(), None, Score.MISSING, "nobody was told why"),
        ("2024-76", set(), Stated.STATED, Score.STATED, "the policy says that it does"),
        ("2024-76", set(), Stated.PARTLY, Score.PARTLY, "it says half of it"),
        ("2024-76", set(), Stated.UNKNOWN, Score.MISSING, "unknown earns nothing"),
    ],
)
def test_how_an_item_stands(
    id: str, practices: set[Shown], stated: Stated | None, expected: Score, why: str
) -> None:
    assert scored(id, practices, stated) is expected, why


def test_the_table_of_practice_names_items_that_there_are() -> None:
    ids = {each.id for each in indicators()}
    rows = table_rows("indicators/practice.csv")
    assert {row["indicator_id"] for row in rows} <= ids
    assert all(set(row["shown_by"].split()) <= set(Shown) for row in rows)
    assert all(row["why"] and row["source"] for row in rows)
