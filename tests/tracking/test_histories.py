"""What the recorded versions of one document say happened to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from usepolicy.tracking.changes import Artefact, VersionChange, VersionKind
from usepolicy.tracking.histories import Outage, Recorded, Step, history_of
from usepolicy.tracking.versions import compare_texts

ERROR = "This page isn't available\n\nAn unexpected error has occurred.\n"
OTHER_ERROR = "502 bad gateway error\n"
START = datetime(2025, 3, 1, tzinfo=UTC)


def told(policy: str, letters: str) -> list[str]:
    """Return the history of records, a day apart: A and B versions, e and f errors."""
    texts = {
        "A": policy,
        "B": policy.replace("* develop", "* gamble\n* develop"),
        "C": policy.replace("3 March", "4 March"),
        "e": ERROR,
        "f": OTHER_ERROR,
    }
    records = [
        Recorded(START + timedelta(days=n), letter, str(n)) for n, letter in enumerate(letters)
    ]

    def compare(old: str, new: str) -> VersionChange:
        return compare_texts(texts[old], texts[new])

    return [line(entry) for entry in history_of(records, compare)]


def line(entry: Step | Outage) -> str:
    if isinstance(entry, Step):
        return f"{entry.old.sha256}{entry.new.sha256} {entry.change.kind.value}"
    end = "on" if entry.until is None else "over"
    return f"outage {end} {entry.down.days}d x{entry.times}"


@pytest.mark.parametrize(
    ("letters", "history", "why"),
    [
        ("A", [], "one record is no change"),
        ("AAA", [], "nor are equal ones"),
        ("AB", ["AB substantive"], "a change"),
        ("AeA", ["outage over 1d x1"], "an error and its return are one outage and no change"),
        ("AeeA", ["outage over 2d x1"], "a long one"),
        ("AefA", ["outage over 2d x1"], "two error pages in a row"),
        ("AeAeAAe", ["outage on 2d x3"], "flapping is one entry"),
        ("AeB", ["outage over 1d x1", "AB substantive"], "what changed meanwhile is told"),
        ("AeC", ["outage over 1d x1", "AC cosmetic"], "and if it does not matter too"),
        ("eA", ["outage over 1d x1"], "the first record was the error"),
        ("efA", ["outage over 2d x1"], "the first two were"),
        ("eAB", ["outage over 1d x1", "AB substantive"], "then it changed"),
        ("AeAeBe", ["outage over 2d x2", "AB substantive", "outage on 0d x1"], "split by a change"),
    ],
)
def test_flapping_collapses(policy: str, letters: str, history: list[str], why: str) -> None:
    assert told(policy, letters) == history, why


def page(title: str, rules: str) -> str:
    return f"\n\nUpdated: 1 May 2024\n\n# {title}\n\nYou may not:\n\n{rules}"


FEED = page("Rules of the feed", "* post spam\n* post gore\n* post scams\n* sell pills\n")
VIDEO = page("Rules of videos", "* clone voices\n* show cruelty\n* stage accidents\n* fake news\n")


@pytest.mark.parametrize(
    ("old", "new", "artefact", "kind"),
    [
        ("", "{policy}", Artefact.DOUBLED, VersionKind.COSMETIC),
        ("{policy}", "", Artefact.UNDOUBLED, VersionKind.COSMETIC),
        ("", FEED, Artefact.APPENDED, VersionKind.SUBSTANTIVE),
        (FEED, "", Artefact.DETACHED, VersionKind.SUBSTANTIVE),
        (FEED, VIDEO, Artefact.SWAPPED, VersionKind.SUBSTANTIVE),
        ("", "\n\nWe wish you a good day.", None, VersionKind.EDITORIAL),
        (FEED, FEED.replace("* post gore\n", ""), None, VersionKind.SUBSTANTIVE),
    ],
)
def test_what_a_recorder_did_is_noted(
    policy: str, old: str, new: str, artefact: Artefact | None, kind: VersionKind
) -> None:
    behind = [part.replace("{policy}", policy) for part in (old, new)]
    found = compare_texts(policy + behind[0], policy + behind[1])
    assert (found.artefact, found.kind) == (artefact, kind)
