"""Segmentation: what leads into what. A row's expectation is `words < lead-in < heading`."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usepolicy.reading.blocks import MAX_NESTING, find_blocks
from usepolicy.reading.segment import segment


def chains(text: str) -> list[str]:
    """Return each unit with what leads into it, innermost first."""
    units = segment(text, find_blocks(text).blocks)
    return [
        " < ".join(text[u.start : u.end] for u in (unit, *(units[i] for i in reversed(unit.above))))
        for unit in units
    ]


CASES = [
    (
        "a list under its lead-in",
        """
        You may not:

        - harm people
        - send spam
        """,
        ["You may not:", "harm people < You may not:", "send spam < You may not:"],
    ),
    (
        "headings stay above until one of their level follows",
        """
        # Rules
        ## Safety
        No hate.
        ## Privacy
        No doxxing.
        """,
        [
            "Rules",
            "Safety < Rules",
            "No hate. < Safety < Rules",
            "Privacy < Rules",
            "No doxxing. < Privacy < Rules",
        ],
    ),
    (
        "a nested list hangs on its item",
        """
        1. Do not deceive, including:
            1. fraud
        2. Do not harm
        """,
        ["Do not deceive, including:", "fraud < Do not deceive, including:", "Do not harm"],
    ),
    (
        "the last sentence of an item leads into what is nested",
        """
        - Safety matters. You cannot use it for:
            - threats
        """,
        [
            "Safety matters.",
            "You cannot use it for: < Safety matters.",
            "threats < You cannot use it for: < Safety matters.",
        ],
    ),
    (
        "a lead-in right above a heading leads into the sections that follow",
        """
        # Rules

        Do not use it for the following:

        ## Fraud

        - scams
        """,
        [
            "Rules",
            "Do not use it for the following: < Rules",
            "Fraud < Do not use it for the following: < Rules",
            "scams < Fraud < Do not use it for the following: < Rules",
        ],
    ),
    (
        "what follows in an item is led by the item's first sentence",
        """
        Never:

        - **Spying.** Watching people. Listening in.
        """,
        [
            "Never:",
            "**Spying.** < Never:",
            "Watching people. < **Spying.** < Never:",
            "Listening in. < **Spying.** < Never:",
        ],
    ),
    (
        "letters inside a sentence are items",
        """
        You will not: (a) send spam; (b) harm others. We may act.
        """,
        [
            "You will not:",
            "send spam; < You will not:",
            "harm others. < You will not:",
            "We may act.",
        ],
    ),
    (
        "roman numerals inside letters",
        """
        No use to (a) harm: (i) people; (ii) animals; (b) spam.
        """,
        [
            "No use to",
            "harm: < No use to",
            "people; < harm: < No use to",
            "animals; < harm: < No use to",
            "spam. < No use to",
        ],
    ),
    (
        "a list that the page broke off goes on under the item before it",
        """
        You may not:

        1. Do the following, including:

        * betting

        2. Cheat
        """,
        [
            "You may not:",
            "Do the following, including: < You may not:",
            "betting < Do the following, including: < You may not:",
            "Cheat < You may not:",
        ],
    ),
    (
        "a bold line is a heading",
        """
        **Prohibited uses**

        - fraud
        """,
        ["**Prohibited uses**", "fraud < **Prohibited uses**"],
    ),
    (
        "bullets without Markdown, as PDF gives them",
        """
        You must not:
        • send spam
        • harass
        """,
        ["You must not:", "send spam < You must not:", "harass < You must not:"],
    ),
    (
        "counted paragraphs of a licence are items",
        """
        You agree not to use the Model:

        (a) to harm others;

        (b) to defame others.
        """,
        [
            "You agree not to use the Model:",
            "to harm others; < You agree not to use the Model:",
            "to defame others. < You agree not to use the Model:",
        ],
    ),
    (
        "a list without marks that was torn from its lead-in goes on with it",
        """
        You may not use it:

        * for fraud;

        **Reporting**

        Write to us.

        for spam;
        to harass people;
        to track people
        """,
        [
            "You may not use it:",
            "for fraud; < You may not use it:",
            "**Reporting**",
            "Write to us. < **Reporting**",
            "for spam; < You may not use it:",
            "to harass people; < You may not use it:",
            "to track people < You may not use it:",
        ],
    ),
    (
        "the lines of a list without marks stand under the colons that lead into them",
        """
        You will not:
        send spam to
        anybody;
        sell goods, such as:
        weapons;
        drugs
        """,
        [
            "You will not:",
            "send spam to\nanybody; < You will not:",
            "sell goods, such as: < You will not:",
            "weapons; < sell goods, such as: < You will not:",
            "drugs < sell goods, such as: < You will not:",
        ],
    ),
    (
        "the name of a list on the line behind the colon that leads into it",
        "You will not:  \nAgainst us\n- hack us",
        ["You will not:", "Against us < You will not:", "hack us < Against us < You will not:"],
    ),
    (
        "sentences end at stops, not at abbreviations",
        """
        No fraud, e.g. Ponzi schemes by Acme Inc. and others. No spam.
        """,
        ["No fraud, e.g. Ponzi schemes by Acme Inc. and others.", "No spam."],
    ),
    (
        "an indented paragraph of a licence is no code",
        """
        Terms follow here.

                You may not harm others.
        """,
        ["Terms follow here.", "You may not harm others."],
    ),
    (
        "the head of a column leads into its cells",
        """
        | Use | Rule |
        | --- | --- |
        | Fraud | No |
        """,
        ["Use", "Rule", "Fraud < Use", "No < Rule"],
    ),
]


@pytest.mark.parametrize(("why", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_leads_into_what(why: str, text: str, expected: list[str]) -> None:
    assert chains(dedent(text).strip()) == expected


def test_deep_lists_are_read_flat_with_their_place() -> None:
    blocks = find_blocks("- " * 10_000 + "no hate")
    assert blocks.too_deep == (0,)
    deep = "\n".join("  " * depth + "- x" for depth in range(MAX_NESTING * 2))
    assert find_blocks(deep).too_deep


MARKDOWN = st.text(alphabet=st.sampled_from(list("ab.:;()*#->|1 \n\t`[]")), max_size=200)


@settings(max_examples=200)
@given(MARKDOWN)
def test_units_stay_in_the_text_and_in_order(text: str) -> None:
    units = segment(text, find_blocks(text).blocks)
    for number, unit in enumerate(units):
        assert 0 <= unit.start < unit.end <= len(text)
        assert all(above < number for above in unit.above)
