"""A report's numbers are those of the entries, and none of them tells of one person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_cases import AT, MEASURES, decision, entry, sanction

from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    AppealDecided,
    AppealFiled,
    Body,
    GrantApplied,
    GrantApproved,
    GrantKind,
    Label,
    ReferralLabelled,
    Result,
    RulesChanged,
    Scope,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.report import Period, Report, report_of
from usepolicy.enforcement.report_tables import kept_back
from usepolicy.errors import UsageError

MARCH = Period("2026-03", "2026-03")
DAY = timedelta(days=1)
HASH = "0" * 64


def numbers(report: Report, name: str) -> dict[tuple[str, ...], tuple[int | None, ...]]:
    table = next(table for table in report.tables if table.name == name)
    return {row.labels: row.numbers for row in table.rows}


def told(entries: Iterable[Entry], period: Period = MARCH, small: int = 1) -> Report:
    kept = list(entries)
    return report_of(lambda: kept, period, small=small)


def numbered(entry_: Entry, number: int, at: datetime = AT) -> Entry:
    from dataclasses import replace

    return replace(entry_, id=EntryId(f"{entry_.id}-{number}"), at=at)


BLOCKS = [numbered(decision(), number) for number in range(7)]


@pytest.mark.parametrize(
    ("period", "months"),
    [
        (("2026-03", "2026-03"), ("2026-03",)),
        (("2025-11", "2026-02"), ("2025-11", "2025-12", "2026-01", "2026-02")),
    ],
)
def test_periods_are_whole_months(period: tuple[str, str], months: tuple[str, ...]) -> None:
    assert Period(*period).months == months


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-03", "2026-02", "no-period"),
        ("2000-01", "2026-01", "no-period"),
        ("2026-13", "2026-13", "no-month"),
        ("March", "April", "no-month"),
        ("", "", "no-month"),
    ],
)
def test_what_is_no_period(first: str, last: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        Period(first, last)
    assert caught.value.code == code


def test_what_lies_outside_is_not_counted() -> None:
    before, after = AT - 40 * DAY, AT + 40 * DAY
    entries = [numbered(decision(), 1, before), BLOCKS[0], numbered(decision(), 2, after)]
    assert numbers(told(entries), "decisions") == {("block",): (1, 0)}


def test_decisions_by_restriction_surface_means_and_month() -> None:
    report = told([*BLOCKS, numbered(decision(Outcome.WARN), 8)])
    clause = decision().body.restrictions[0].clause  # type: ignore[attr-defined]
    assert numbers(report, "restrictions") == {
        (clause, "malware", "block"): (7, 0),
        (clause, "malware", "warn"): (1, 0),
    }
    assert numbers(report, "surfaces") == {("api", "prompt"): (8, 0)}
    assert numbers(report, "means") == {("pattern", "fully"): (8, 0)}
    assert numbers(report, "months") == {("2026-03",): (1, 0, 7, 0, 0)}


def appeal(number: int, result: Result, days: int) -> list[Entry]:
    against = BLOCKS[number].id
    filed = numbered(entry("appeal", AppealFiled((against,), HASH)), number)
    reverses = (against,) if result is Result.OVERTURNED else ()
    body = AppealDecided(filed.id, result, HASH, reverses)
    return [filed, numbered(entry("ruling", body), number, AT + days * DAY)]


def test_a_decision_that_was_overturned_is_shown_as_taken_back() -> None:
    report = told([*BLOCKS, *appeal(0, Result.OVERTURNED, 3), *appeal(1, Result.CONFIRMED, 5)])
    assert numbers(report, "decisions") == {("block",): (7, 1)}
    assert numbers(report, "appeals") == {
        ("filed",): (2,),
        ("confirmed",): (1,),
        ("overturned",): (1,),
    }
    assert report.median_days == 4.0
    [rate] = [each.rate for each in report.errors if each.of == "appeals that were right"]
    assert rate is not None
    assert (rate.hits, rate.of) == (1, 2)


def test_what_reviewers_found_is_an_error_rate_with_its_interval() -> None:
    def label(number: int, said: Label) -> Entry:
        body = ReferralLabelled(EntryId("r"), BLOCKS[number].id, said)
        return numbered(entry("label", body), number)

    labels = [label(n, Label.DOES_NOT_VIOLATE if n < 2 else Label.VIOLATES) for n in range(6)]
    report = told([*BLOCKS, *labels, label(6, Label.UNCLEAR)])
    [rate] = [each.rate for each in report.errors if each.of.startswith("referred")]
    assert rate is not None
    assert (rate.hits, rate.of) == (2, 6)
    assert [round(end, 2) for end in rate.interval] == [0.1, 0.7]  # of Wilson's, by hand


def body_of_grant(state: str) -> Body:
    scope = Scope(("malware",), (), ("research",))
    if state == "applied":
        return GrantApplied(GrantKind.RESEARCH, scope, AT, AT + 90 * DAY)
    return GrantApproved(EntryId("grant-1"), scope, AT, AT + 90 * DAY)


def test_grants_and_the_decisions_that_used_them() -> None:
    used = numbered(decision(grant=EntryId("grant-1")), 9)
    grants = [entry(f"grant-{state}", body_of_grant(state)) for state in ("applied", "approved")]
    report = told([*grants, used])
    assert numbers(report, "grants asked for") == {("research",): (1,)}
    assert numbers(report, "grants") == {("approved",): (1,), ("used in a decision",): (1,)}


def test_sanctions_and_accounts() -> None:
    measures = [MEASURES["warning"], MEASURES["warning"], MEASURES["ban"]]
    laid = [numbered(sanction(measure), n) for n, measure in enumerate(measures)]
    report = told(laid)
    assert numbers(report, "actions") == {
        ("applied", "ban", "fully"): (1, 0),
        ("applied", "warning", "fully"): (2, 0),
    }
    assert numbers(report, "accounts") == {("ban",): (1,), ("warning",): (1,)}, "one account"


def test_changes_of_the_rules_are_listed() -> None:
    changed = entry("rules-1", RulesChanged(HASH, None, ("harbour/aup@2026-01-01",), "the first"))
    [change] = told([changed]).rules
    assert (change.day, change.summary) == ("2026-03-01", "the first")


@pytest.mark.parametrize(
    ("column", "expected", "why"),
    [
        ([0, 9, 7], [0, 9, 7], "nothing is small: zero tells of nobody"),
        ([1, 2, 9], [None, None, 9], "two small ones hide each other"),
        ([1, 9, 7], [None, 9, None], "one alone could be had from a total, so the next goes too"),
        ([3], [None], "alone in its table"),
        ([3, 0, 0], [None, 0, 0], "a zero hides nothing"),
        ([4, 5], [None, None], "the limit itself is shown, but for the one beside it"),
    ],
)
def test_small_numbers_are_kept_back(
    column: list[int], expected: list[int | None], why: str
) -> None:
    assert kept_back(column, 5) == expected, why


@given(st.lists(st.integers(0, 20), max_size=6), st.integers(1, 6))
def test_no_small_number_is_ever_shown(column: list[int], small: int) -> None:
    shown = kept_back(column, small)
    assert all(number is None or number == 0 or number >= small for number in shown)
    assert all(number in (None, given) for number, given in zip(shown, column, strict=True))
    if any(0 < number < small for number in column) and sum(n > 0 for n in column) > 1:
        assert shown.count(None) >= 2, "what is hidden is not the rest of a total"


def test_a_small_report_says_nothing_of_anybody() -> None:
    report = told([BLOCKS[0], *appeal(0, Result.OVERTURNED, 3)], small=5)
    shown = [n for table in report.tables for row in table.rows for n in row.numbers]
    assert set(shown) <= {0, None}
    assert report.median_days is None
    assert {each.rate for each in report.errors} == {None}


def test_a_ledger_without_entries_has_a_report() -> None:
    report = told([])
    assert (report.entries, report.head) == (0, "")
    assert {n for table in report.tables for row in table.rows for n in row.numbers} == {0}
