"""Parts, dates and titles of texts that join several pages."""

from __future__ import annotations

import pytest

from usepolicy.policies.spans import Span
from usepolicy.policies.versions import Part
from usepolicy.reading.parts import find_parts
from usepolicy.reading.references import stated_date
from usepolicy.reading.view import plain_view

JOINED = """# Usage policy

Effective 3 March 2025. No hate.

- - -

Agents
======

Updated: July 17, 2025
"""


def test_each_page_of_a_joined_text_is_a_part() -> None:
    whole = Part(Span(0, len(JOINED)), address="https://x.example/")
    parts = find_parts(JOINED, plain_view(JOINED), whole)
    assert [(part.title, str(part.stated_date), part.address) for part in parts] == [
        ("Usage policy", "2025-03-03", "https://x.example/"),
        ("Agents", "2025-07-17", "https://x.example/"),
    ]
    assert parts[0].span.cut(JOINED).startswith("# Usage")
    assert parts[1].span.cut(JOINED).strip().startswith("Agents")


@pytest.mark.parametrize(
    ("text", "parts", "why"),
    [
        ("No hate.", 1, "one page"),
        ("a\n\n* * *\n\nb", 1, "a rule within a page"),
        ("a\n\n- - -\n\n", 1, "nothing behind the rule"),
        ("a\n\n- - -\n" * 300, 1, "a text that uses the rule for something else"),
    ],
)
def test_a_page_is_not_cut_without_need(text: str, parts: int, why: str) -> None:
    assert len(find_parts(text, plain_view(text), Part(Span(0, len(text))))) == parts


@pytest.mark.parametrize(
    ("text", "date", "why"),
    [
        ("Effective Aug 24, 2024", "2024-08-24", "a short month"),
        ("Last modified: 17 December 2024", "2024-12-17", "the day first"),
        ("Version of 2024-02-30", "None", "no day of the calendar"),
        ("Updated 2024-02-29", "2024-02-29", "ISO"),
        ("UpdatedJanuary 10, 2024", "2024-01-10", "glued by a converter"),
        ("The act of 21 May 2024 applies", "None", "a date that is not the document's"),
        ("Last updated: September 1st, 2025", "2025-09-01", "an ordinal"),
    ],
)
def test_the_stated_date(text: str, date: str, why: str) -> None:
    assert str(stated_date(plain_view(text))) == date
