"""Outline: how deep headings stand. Rows: headings with their size, levels, why the row exists."""

from __future__ import annotations

import time

import pytest

from usepolicy.reading.outline import Heading, levels

ROWS = [
    (["16 Rules", "14 Spam", "14 Hate", "16 More"], [1, 2, 2, 1], "by the size of the type"),
    (["16 Rules", "12 Spam", "14 Hate"], [1, 2, 2], "what is left out is no level"),
    (["12 4. Uses", "12 4.1 Spam", "12 4.2 Hate", "12 5. Law"], [1, 2, 2, 1], "by their numbers"),
    (["12 1.1 Spam", "12 2. Law", "12 2.1.1 Tax"], [1, 1, 2], "numbers that are left out"),
    (
        ["12 Uses", "12 1. Spam", "12 2. Hate", "12 Contact"],
        [1, 2, 2, 1],
        "a count begins under it",
    ),
    (["12 Scope", "12 2. Spam", "12 3. Hate"], [1, 1, 1], "a count that goes on does not"),
    (
        ["12 1. A", "12 Spam", "12 Hate", "12 2. B", "12 End"],
        [1, 2, 2, 1, 1],
        "between two numbers",
    ),
    (["12 Part 1. A", "12 1. B", "12 2. C", "12 Part 2. D"], [1, 2, 2, 1], "parts with counts"),
    (["12 I. A", "12 A. B", "12 B. C", "12 IV. D"], [1, 2, 2, 1], "Roman numbers and letters"),
    (["12 2. A", "12 2.1 B", "13 2.2 C", "12 3. D"], [1, 2, 2, 1], "one of them in capitals"),
    (["16 1. A", "12 1. B", "16 2. C"], [1, 2, 1], "a count in a count"),
    (["12 I agree", "12 A rule"], [1, 1], "words that look like numbers"),
    (["12 Uses:", "12 Spam", "12 Hate"], [1, 2, 2], "a heading that leads into headings"),
    (["12 Uses:", "12 Spam:", "12 Hate"], [1, 2, 2], "once only"),
    (
        ["16 Rules", "12 Uses:", "12 Spam", "16 More", "12 Law"],
        [1, 2, 3, 1, 2],
        "within its section",
    ),
    (["12! Policy", "12 Uses", "12 Law"], [1, 2, 2], "the title is above what looks like it"),
    (["12! 1. Uses", "12 2. Law"], [1, 1], "the first of a count is no title"),
    ([f"{20 - n} x" for n in range(9)], [1, 2, 3, 4, 5, 6, 6, 6, 6], "six levels"),
]


@pytest.mark.parametrize(("written", "expected", "why"), ROWS, ids=[row[2] for row in ROWS])
def test_levels(written: list[str], expected: list[int], why: str) -> None:
    headings: list[Heading] = []
    leads = False
    for size, _, text in (row.partition(" ") for row in written):
        opens = size.endswith("!")
        headings.append(Heading(text, float(size.rstrip("!")), leads=leads, opens=opens))
        leads = text.endswith(":")
    assert levels(headings) == expected


def test_many_headings_of_many_looks_take_seconds_at_most() -> None:
    begun = time.process_time()
    levels([Heading(f"{n % 7}.{n} x", n % 200 / 2, leads=True) for n in range(100_000)])
    assert time.process_time() - begun < 5
