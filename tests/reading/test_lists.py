"""Lists: however a page writes one, what leads into it counts for each of its items."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import categories_of, read_policy

USES = [
    "send spam",
    "commit fraud",
    "create malware",
    "harass other people",
    "build biological weapons",
    "track people's location",
    "promote terrorism",
]
LEAD = "You may not use the service to:\n\n"


def cells(text: str) -> set[str]:
    policy = read_policy(f"# Use policy\n\n{text}\n", version_id=VersionId("a/b@undated"))
    return set(categories_of(policy))


def listed(
    item: Callable[[int, str], str], *, between: str = "\n", lead: str = LEAD, after: str = ""
) -> str:
    return lead + between.join(item(n, use) for n, use in enumerate(USES, 1)) + after


ALL = cells(listed(lambda n, use: f"- {use}"))

LISTS = {
    "numbers": listed(lambda n, use: f"{n}. {use}"),
    "letters in brackets": listed(lambda n, use: f"({'abcdefg'[n - 1]}) {use}"),
    "numbers of two levels": listed(lambda n, use: f"4.{n} {use}"),
    "the same, a paragraph each": listed(lambda n, use: f"4.{n} {use};", between="\n\n"),
    "numbers of three levels": listed(lambda n, use: f"4.1.{n}. {use}", between="\n\n"),
    "section signs": listed(lambda n, use: f"§{n} {use}", between="\n\n"),
    "articles": listed(lambda n, use: f"Article {n}. {use}", between="\n\n"),
    "numbers in circles": listed(lambda n, use: f"{chr(0x245F + n)} {use}"),
    "dashes, a paragraph each": listed(lambda n, use: f"— {use}", between="\n\n"),
    "letters for hollow bullets": listed(lambda n, use: f"o {use}"),
    "arrows": listed(lambda n, use: f"➢ {use}"),
    "signs": listed(lambda n, use: f"🚫 {use}"),
    "what Word's fonts leave": listed(lambda n, use: f"\uf0b7 {use}"),
    "bare lines": listed(lambda n, use: use),
    "bare lines in capitals": listed(lambda n, use: use.capitalize()),
    "bare paragraphs": listed(lambda n, use: use, between="\n\n"),
    "bare sentences": listed(lambda n, use: f"{use.capitalize()}.", between="\n\n"),
    "lines that were ended": listed(lambda n, use: f"{use}  "),
    "breaks of a page": listed(lambda n, use: f"{use}<br>"),
    "one sentence": listed(lambda n, use: use, between=", "),
    "behind a title in a list": listed(lambda n, use: f"- {use}", lead="3. Prohibited Uses\n\n"),
    "behind an aside": listed(
        lambda n, use: f"- {use}",
        lead="You may not do any of the following.\n\nWe wrote this with care.\n\n",
    ),
    "a table": listed(lambda n, use: f"| {n} | {use} |", lead=f"{LEAD}| # | Use |\n|---|---|\n"),
    "a fence": listed(lambda n, use: f"- {use}", lead=f"{LEAD}```\n", after="\n```"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_keeps_its_lead_in(name: str) -> None:
    assert cells(LISTS[name]) == ALL


NONE = {
    "prose behind a colon": "We say this to you: \n\nSpam is a pest, and fraud is a crime.",
    "a sentence behind a list": f"{LEAD}- gamble\n\nTerrorism has many causes, which we study.",
    "what comes after the list's end": (
        "You may not use the service to:\n\ngamble\n\nOur team will look into fraud reports.\n\n"
        "spam is what our filters stop"
    ),
    "a list of its own, far below": (
        f"You may not do the following.\n\n{'We wrote this with care. ' * 12}\n\n- spam\n- fraud"
    ),
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_item_takes_no_force(name: str) -> None:
    assert cells(NONE[name]) <= {"gambling"}
