"""Outcomes have an order, and nothing means that nothing speaks against it."""

from __future__ import annotations

import pytest

from usepolicy.enforcement.outcomes import Outcome, strictest

ALLOW, WARN, REFER, BLOCK = Outcome


@pytest.mark.parametrize(
    ("outcomes", "expected", "why"),
    [
        ([], ALLOW, "what no rule speaks of is allowed"),
        ([WARN, ALLOW], WARN, "the strictest wins over what came later"),
        ([BLOCK, REFER], BLOCK, "a person does not undo a block"),
        ([REFER, WARN], REFER, "order of strictness, not of the alphabet"),
    ],
)
def test_the_strictest_wins(outcomes: list[Outcome], expected: Outcome, why: str) -> None:
    assert strictest(outcomes) is expected, why
