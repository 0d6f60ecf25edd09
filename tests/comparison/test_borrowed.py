"""Shared wording: the longest runs, each cited where it stands."""

from __future__ import annotations

from datetime import date

import pytest

from usepolicy.comparison.borrowed import shared_wording

LONG = "to harass any person or to send spam to people who never asked for it"


def test_the_longest_run_is_cited_in_both(read) -> None:
    a = read(f"You may not use the service {LONG}, ever.", "a")
    b = read(f"You must not use our models {LONG.upper()}.", "b")
    (run,) = shared_wording([b, a])
    assert " ".join(run.words) == LONG
    assert [place.subject.coding.id for place in run.places] == ["test/a@undated", "test/b@undated"]
    for place in run.places:
        assert place.subject.text is not None
        assert place.evidence.span.cut(place.subject.text) == place.evidence.quote
        assert place.evidence.quote.casefold() == LONG


@pytest.mark.parametrize(
    ("other", "number", "why"),
    [
        ("You may not send spam to anyone.", 0, "a few words are idiom"),
        (f"You shall not {LONG}.", 1, "the same run"),
        ("Nothing in common here at all, dear reader.", 0, "other words"),
    ],
)
def test_only_long_runs_count(read, other: str, number: int, why: str) -> None:
    found = shared_wording([read(f"You may not {LONG}.", "a"), read(other, "b")])
    assert len(found) == number, why


def test_three_policies_with_one_run_are_one_finding(read) -> None:
    subjects = [read(f"You may not {LONG}.", name) for name in "cab"]
    (run,) = shared_wording(subjects)
    assert len(run.places) == 3


@pytest.mark.parametrize(
    ("first", "second", "earliest", "why"),
    [
        (date(2023, 1, 1), date(2024, 1, 1), "a", "the earlier date"),
        (date(2024, 1, 1), date(2023, 1, 1), "b", "whatever the order"),
        (date(2024, 1, 1), date(2024, 1, 1), None, "the same day says nothing"),
        (date(2024, 1, 1), None, None, "one without a date may be earlier"),
    ],
)
def test_the_earliest_is_named_only_where_dates_tell(read, first, second, earliest, why) -> None:
    (run,) = shared_wording(
        [
            read(f"You may not {LONG}.", "a", effective=first),
            read(f"You may not {LONG}.", "b", effective=second),
        ]
    )
    assert (run.earliest.coding.label if run.earliest else None) == earliest, why


def test_codings_without_a_text_share_nothing(make) -> None:
    from usepolicy.comparison.subjects import Subject

    assert shared_wording([Subject(make("a", "+")), Subject(make("b", "+"))]) == ()
