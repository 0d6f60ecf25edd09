"""Counts: what happened by month, what no longer holds, and what stays of an erased account."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_past import ANN, BEN, DAY, MIA, NOW, SOME_HASH, decision, entries_of

from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    AppealDecided,
    Erased,
    ErasureReason,
    ErasureScope,
    Result,
)
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.ledger_counts import counted, freeze
from usepolicy.enforcement.outcomes import Outcome

E = EntryId


def overturned(id: str, about: str, account=ANN, at=NOW) -> Draft:
    body = AppealDecided(E("a"), Result.OVERTURNED, SOME_HASH, (E(about),))
    return Draft(E(id), at, MIA, body, account, E(about))


def erased(drafts: list[Draft], account=ANN) -> Draft:
    frozen = freeze(entry for entry in entries_of(drafts) if entry.account == account)
    body = Erased(ErasureScope.ACCOUNT, ErasureReason.REQUEST, 0, frozen)
    return Draft(E("gone"), NOW + 400 * DAY, MIA, body, account)


def number(drafts: list[Draft], *what: str, month: str = "2026-03") -> int:
    """Return how often what begins so was counted in a month."""
    found = counted(entries_of(drafts)).items()
    return sum(n for (when, key), n in found if when == month and key[: len(what)] == what)


TWICE = [decision("d1"), decision("d2"), decision("d3", account=BEN)]


@pytest.mark.parametrize(
    ("drafts", "what", "expected", "why"),
    [
        (TWICE, ("decision", "block"), 3, "each once"),
        (TWICE, ("decision", "allow"), 0, "none of that outcome"),
        (TWICE, ("accounts", "decision", "block"), 2, "each account once"),
        (TWICE, ("restriction", "tern/aup@2026-01-01#k1", "spam"), 3, "by clause and category"),
        ([decision("d1", outcome=Outcome.ALLOW)], ("restriction",), 0, "nothing was cited"),
        ([decision("d1", at=NOW + 40 * DAY)], ("decision",), 0, "in another month"),
        ([*TWICE, overturned("o", "d1")], ("reversed", "decision"), 1, "one was reversed"),
        ([*TWICE, overturned("o", "d1"), overturned("p", "d1")], ("reversed", "decision"), 1, "once"),
        ([*TWICE, overturned("o", "d9")], ("reversed", "decision"), 0, "of nothing"),
        ([*TWICE, overturned("o", "d3")], ("reversed", "decision"), 0, "of another account"),
        ([*TWICE, overturned("o", "d1", at=NOW + 40 * DAY)], ("reversed", "decision"), 1, "where it was made"),
        ([decision("d1", account=None, support=True)], ("decision", "block", "support"), 1, "no account"),
        ([decision("d1", account=None, support=True)], ("accounts",), 0, "nobody"),
        ([decision("d1", grant=E("g"))], ("decision", "block", "", "grant"), 1, "under a grant"),
    ],
)  # fmt: skip
def test_what_is_counted(
    drafts: list[Draft], what: tuple[str, ...], expected: int, why: str
) -> None:
    assert number(drafts, *what) == expected


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["block", "warn", "malware", "overturn"]),
        st.sampled_from([ANN, BEN]),
        st.integers(0, 60),
        st.integers(0, 9),
    ),
    max_size=25,
)


@given(STEPS)
def test_an_erasure_changes_no_number(steps: list[tuple[str, str, int, int]]) -> None:
    drafts, day = [], 0
    for place, (what, account, later, target) in enumerate(steps):
        day += later
        at, id = NOW + DAY * day, f"e{place}"
        made = {
            "block": decision(id, at=at, account=account),
            "warn": decision(id, at=at, account=account, outcome=Outcome.WARN),
            "malware": decision(id, at=at, account=account, category="malware"),
            "overturn": overturned(id, f"e{target}", account, at),
        }
        drafts.append(made[what])
    before = Counter(counted(entries_of(drafts)))
    after = Counter(counted(entries_of([*drafts, erased(drafts)])))
    assert {key for key in after - before if key[1][0] != "erasure"} == set()
    assert before - after == Counter()
