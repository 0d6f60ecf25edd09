"""What moved without another word, and which condition came or went."""

from __future__ import annotations

import json

import pytest

from usepolicy.tracking.changes import ChangeKind, VersionKind
from usepolicy.tracking.feeds import lines_of
from usepolicy.tracking.records import change_from, record_of
from usepolicy.tracking.versions import compare_texts

HARM = (
    "## Harm to people\n\nYou may not use Tern to:\n\n* harass anyone\n* track people in secret\n"
)
TRICKS = "## Tricks and lies\n\nYou may not use Tern to:\n\n* forge documents\n* run lotteries\n"
OUTPUT = "## Rules for output\n\nDo not publish output as the work of a person.\n"
POLICY = f"# Tern use policy\n\n{HARM}\n{TRICKS}\n{OUTPUT}"
LOTTERIES = "* run lotteries\n"


def moved(text: str, *, put: str, behind: str) -> str:
    """Return the text with a piece behind other words."""
    assert put in text
    assert behind in text
    return text.replace(put, "").replace(behind, behind + put)


MOVES = [
    (moved(POLICY, put=LOTTERIES, behind="* harass anyone\n"), ["run lotteries"], "another section"),
    (moved(POLICY, put=LOTTERIES, behind="* forge documents\n"), [], "nothing moved"),
    (moved(POLICY, put="* forge documents\n", behind=LOTTERIES), [], "another order in one list"),
    (f"# Tern use policy\n\n{TRICKS}\n{HARM}\n{OUTPUT}", ["Harm to people"], "a section behind another"),
    (f"# Tern use policy\n\n{OUTPUT}\n{HARM}\n{TRICKS}", ["Rules for output"], "the fewest sections"),
    (POLICY.replace("Tricks and lies", "Lies and tricks"), [], "a heading renamed"),
    (POLICY.replace("Tricks and lies", "Tricks, lies and games for all"), [], "a heading reworded"),
    (POLICY.replace("Tricks and lies", "Deception"), [], "a heading replaced"),
    (POLICY.replace("## Tricks and lies\n\n", ""), [], "a heading gone"),
    (POLICY.replace("* run lotteries", "### Games\n\n* run lotteries"), [], "a heading put between"),
    (POLICY.replace("# Tern use policy\n\n", ""), [], "the title gone"),
    (POLICY.replace("* run", "* harass anyone\n* run"), [], "repeated in another section"),
    (
        POLICY.replace(LOTTERIES, "") + "\n## For minors only\n\nIf you are under 18, you may not:\n\n* run lotteries\n* drink\n",
        [],
        "the new lead-in bounds it: no mere move",
    ),
    (
        POLICY.replace(LOTTERIES, "") + "\n## New duties\n\nYou may not use Tern to:\n\n* run lotteries\n",
        ["run lotteries"],
        "a section that is new",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("new", "quotes", "why"), MOVES, ids=[row[2] for row in MOVES])
def test_what_moved(new: str, quotes: list[str], why: str) -> None:
    found = compare_texts(POLICY, new)
    moves = [c for c in found.changes if c.change is ChangeKind.MOVED]
    assert [c.new.quote for c in moves if c.new] == quotes
    for change in moves:
        assert change.old
        assert change.new
        assert change.old.span.cut(POLICY) == change.old.quote
        assert change.new.span.cut(new) == change.new.quote


def test_a_move_alone_is_no_alarm() -> None:
    found = compare_texts(POLICY, moved(POLICY, put=LOTTERIES, behind="* harass anyone\n"))
    assert found.kind is VersionKind.COSMETIC
    assert found.summary == "no words of the policy changed; 1 moved to another place"
    assert found.substantive == ()


def test_what_is_permitted_elsewhere_is_turned_and_not_moved() -> None:
    new = (
        POLICY.replace(LOTTERIES, "")
        + "\n## What is fine\n\nYou may use Tern to:\n\n* run lotteries\n"
    )
    found = compare_texts(POLICY, new)
    assert found.kind is VersionKind.SUBSTANTIVE
    assert ChangeKind.MOVED not in {c.change for c in found.changes}


RULE = "# Use\n\nYou may not:\n\n* {}\n* harass anyone\n\n{}\n"
TRACKING = "track people"
EXEMPT = "This does not apply to research that a university has approved."
BOUNDS = [
    ("track people without their consent", TRACKING, "", "",
     ("widened", "removed", "qualifier", "consent", "lifts", "old", "without their consent"), "a condition less"),
    (TRACKING, "track people without their consent", "", "",
     ("narrowed", "added", "qualifier", "consent", "lifts", "new", "without their consent"), "a condition more"),
    (TRACKING, TRACKING, "", EXEMPT,
     ("narrowed", "added", "exemption", None, None, "new", EXEMPT), "an exemption more"),
    (TRACKING, TRACKING, EXEMPT, "",
     ("widened", "removed", "exemption", None, None, "old", EXEMPT), "an exemption less"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old_rule", "new_rule", "old_end", "new_end", "expected", "why"), BOUNDS, ids=[b[5] for b in BOUNDS]
)  # fmt: skip
def test_what_bounds_a_rule_is_named(old_rule, new_rule, old_end, new_end, expected, why) -> None:
    texts = {"old": RULE.format(old_rule, old_end), "new": RULE.format(new_rule, new_end)}
    found = compare_texts(texts["old"], texts["new"])
    [change] = record_of(found)["changes"]
    [bound] = change["qualifiers"]
    keys = ("change", "what", "kind", "role", "side", "quote")
    assert (change["change"], *(bound[key] for key in keys)) == expected
    assert texts[bound["side"]][bound["start"] : bound["end"]] == bound["quote"]
    assert change_from(json.loads(json.dumps(record_of(found)))) == found


def test_other_changes_name_no_condition() -> None:
    found = compare_texts(RULE.format(TRACKING, ""), RULE.format(TRACKING + "\n* gamble", ""))
    assert [change["qualifiers"] for change in record_of(found)["changes"]] == [[]]


def test_a_record_of_an_older_engine_is_read() -> None:
    record = record_of(compare_texts(RULE.format(TRACKING, ""), RULE.format("gamble", "")))
    for change in record["changes"]:
        del change["qualifiers"]
    assert change_from(record).changes


def test_a_digest_has_the_condition() -> None:
    from datetime import UTC, datetime

    from usepolicy.tracking.alerts import Event
    from usepolicy.tracking.histories import Recorded, Step

    at = Recorded(datetime(2025, 1, 1, tzinfo=UTC), "a", "r")
    found = compare_texts(
        RULE.format("track people without their consent", ""), RULE.format(TRACKING, "")
    )
    [line] = lines_of(Event("T/P", "T", Step(at, at, found)))
    assert line.endswith(
        "became “track people”; qualifier (consent) removed: “without their consent”"
    )
