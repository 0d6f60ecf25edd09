"""What a reader must know of how far a text was read. Rows: text, codes, why the row exists."""

from __future__ import annotations

import pytest

from usepolicy.policies.versions import Finding, VersionId
from usepolicy.reading.reader import read_policy

POLICY = "# Acceptable use policy\n\nYou may not juggle in the hall. You may not run there.\n\n"
CHINESE = "您不得使用本服务从事任何违法活动，传播暴力内容。"


def findings(text: str) -> tuple[Finding, ...]:
    return read_policy(text, version_id=VersionId("acme/aup@undated")).findings


ROWS = [
    ("You may not send spam.", [], "a use is named: nothing stands against the reading"),
    (
        "# Scones\n\nRub the butter into the flour. Do not add sugar to the dough.",
        ["not-a-policy"],
        "a rule about no use, in a text that speaks of no policy",
    ),
    (POLICY, ["no-restrictions"], "rules about no use, in a policy"),
    (
        "# This page isn't available\n\nDo not add sugar to the dough.",
        ["error-page"],
        "a rule about no use does not make a page of an error page",
    ),
    (
        POLICY + "You may not juggle with the chairs of the hall. " * 8 + CHINESE * 3,
        ["no-restrictions", "part-not-read"],
        "what was not read may hold what was not found",
    ),
]


@pytest.mark.parametrize(("text", "codes", "why"), ROWS, ids=[row[2] for row in ROWS])
def test_findings(text: str, codes: list[str], why: str) -> None:
    assert [finding.code for finding in findings(text)] == codes


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("zzkq wrtp vlxx " * 30, "can't be told", "no language that is known"),
        (CHINESE, "does not read `zh`", "one that is known and not read"),
    ],
)
def test_the_language_is_named_where_it_can_be(text: str, words: str, why: str) -> None:
    (finding,) = findings(text)
    assert finding.blocks
    assert words in finding.message
    assert "und" not in finding.message
