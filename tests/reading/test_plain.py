"""Plain text: lists, headings and wrapped lines. Rows: text, Markdown, why the row exists."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest

from usepolicy.reading.plain import text_markdown

WRAPPED = """
You may not use the service to send mail that nobody asked for, or to
collect the names of people who did not agree to it.
"""
JOINED = " ".join(WRAPPED.split())

ROWS = [
    ("Use policy\n==========\n\nText.", "# Use policy\n\nText.", "underlined"),
    ("A\n===\n\nB b\n---\n\nText.", "# A\n\n## B b\n\nText.", "two signs are two levels"),
    ("Use policy\n~~~~~~~~~~\n\nText.", "# Use policy\n\nText.", "another sign"),
    ("PROHIBITED USES\n\nText.", "# PROHIBITED USES\n\nText.", "in capitals"),
    ("PROHIBITED USES\nText.", "# PROHIBITED USES\n\nText.", "in capitals, right above the text"),
    ("Text.\n\nPolicy\n\nText.", "Text.\n\n# Policy\n\nText.", "a line alone"),
    ("Text.\n\n2. Use Rules\n\nText.", "Text.\n\n# 2. Use Rules\n\nText.", "a title with a number"),
    (
        "Text.\n\nWho can use it?\n\nText.",
        "Text.\n\n# Who can use it?\n\nText.",
        "a question alone",
    ),
    ("Text.\n\n2.1 Other rules\n\nx", "Text.\n\n# 2.1 Other rules\n\nx", "a number without a stop"),
    ("Text.\n\n🌱 Be kind\n\nText.", "Text.\n\n# 🌱 Be kind\n\nText.", "a picture before it"),
    (
        "1. Rules\n\n1.1. We have some.",
        "# 1. Rules\n\n1.1. We have some.",
        "paragraphs are counted too",
    ),
    (
        "Text.\n\nIn force: 1 May\n\nText.",
        "Text.\n\nIn force: 1 May\n\nText.",
        "a date is no title",
    ),
    (
        "You may not:\n\nSend spam\n\nText.",
        "You may not:\n\nSend spam\n\nText.",
        "an item without mark",
    ),
    (
        "Send spam\n\nTell lies\n\nBeg\n\nx",
        "Send spam\n\nTell lies\n\nBeg\n\nx",
        "a list without marks",
    ),
    ("    1. Other Rules\n\nText.", "1. Other Rules\n\nText.", "not at the margin: an item"),
    (
        "Use        Rule\n---------  ----\nSpam       No\nOld texts  Yes",
        "| Use | Rule |\n| --- | --- |\n| Spam | No |\n| Old texts | Yes |",
        "a table by its columns",
    ),
    (
        "Use     Rule\nSpam    No, not\n        at all\n        Ask us",
        "| Use | Rule |\n| --- | --- |\n| Spam | No, not at all Ask us |",
        "cells of several lines",
    ),
    ("a\tb|c\nd\te", "| a | b\\|c |\n| --- | --- |\n| d | e |", "a table by its tabs"),
    ("a   b   c\nd       f", "| a | b | c |\n| --- | --- | --- |\n| d |  | f |", "an empty cell"),
    ("1.   Spam\n2.   Fraud", "1. Spam\n2. Fraud", "wide numbers are no cells"),
    (f"{JOINED}\n{JOINED}", f"{JOINED}  \n{JOINED}", "lines that are not wrapped"),
    ("a   b\n\ntext", "a b\n\ntext", "one row is no table"),
    ("1. Hate Speech\n\n2. Spam\n\nText.", "1. Hate Speech\n2. Spam\n\nText.", "a list of titles"),
    ("THIS IS NO WARRANTY.\n\nText.", "THIS IS NO WARRANTY.\n\nText.", "a sentence in capitals"),
    ("YOU MAY NOT:\n\n- spam", "YOU MAY NOT:\n\n- spam", "a lead-in in capitals"),
    ("NO WARRANTY OF\nANY KIND\n\nx", "NO WARRANTY OF ANY KIND\n\nx", "a paragraph in capitals"),
    (WRAPPED, JOINED, "wrapped lines are joined"),
    (f"{WRAPPED}\n{WRAPPED}", f"{JOINED}\n\n{JOINED}", "a blank line ends a paragraph"),
    ("You may not:\n* spam\n* fraud", "You may not:\n\n- spam\n- fraud", "bullets"),
    ("You may not:\n  • spam\n  • fraud", "You may not:\n\n- spam\n- fraud", "other bullets"),
    ("You may not:\n\t– spam\n\t– fraud", "You may not:\n\n- spam\n- fraud", "dashes behind tabs"),
    (
        "• a:\n    ◦ b:\n        ▪ c\n    ◦ d\n• e",
        "- a:\n  - b:\n    - c\n  - d\n- e",
        "three levels by their indentation",
    ),
    (
        "1. a:\n   (a) b:\n       (i) c\n   (b) d\n2. e",
        "1. a:\n   - (a) b:\n     - (i) c\n   - (b) d\n2. e",
        "numbers, letters, Roman numbers",
    ),
    ("1) a\n2) b", "1) a\n2) b", "numbers with a bracket"),
    ("- a\n\n- b", "- a\n- b", "blank lines between items"),
    ("- spam that goes\n  on\n- fraud", "- spam that goes on\n- fraud", "an item of two lines"),
    ("a\n\n- - -\n\nb", "a\n\n- - -\n\nb", "the joint of two documents stays"),
    ("a\n\n----------\n\nb", "a\n\nb", "a rule is no text"),
    ("a\x0cb", "a b", "a new page"),
    ("# Rules\n\n* spam\ntext", "# Rules\n\n* spam\ntext", "Markdown in a text file stays"),
    ("[x](https://a.example)\nb\n", "[x](https://a.example)\nb\n", "the same, by its links"),
    ("", "", "nothing"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ROWS, ids=[row[2] for row in ROWS])
def test_plain_text(text: str, expected: str, why: str) -> None:
    assert text_markdown(dedent(text)).strip() == expected.strip()


def test_no_word_is_lost() -> None:
    text = "".join(row[0] + "\n\n" for row in ROWS if "[" not in row[0] and "#" not in row[0])
    found = text_markdown(text)
    assert [w for w in text.split() if w.isalpha() and w not in found] == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\n" * 200_000, "short lines"),
        ("x" * 2_000_000, "one line"),
        (" " * 2_000_000 + "x", "blanks"),
        ("- " * 500_000, "bullets behind bullets"),
        ("".join(" " * n + "- a\n" for n in range(1500)), "ever deeper items"),
        ("- " * 3 + "\n" + "=" * 1_000_000, "a long rule"),
        ("A B\n\n" * 100_000, "titles"),
        ("a   b\n" * 100_000, "a long table"),
        ("a   b\n\n" * 100_000, "many rows that are no table"),
        ("a   b   c\n" + "    d\n" * 100_000, "a cell of many lines"),
        ("**" * 300_000, "marks"),
        ("](" * 300_000, "half a link"),
    ],
)
def test_a_hostile_text_takes_seconds_at_most(text: str, why: str) -> None:
    begun = time.process_time()
    text_markdown(text)
    assert time.process_time() - begun < 20
