"""Account signals: raised by times and likeness alone, once a window, and told again by a replay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_past import ANN, BEN, DAY, MACHINE, MIA, NOW, decision, entries_of

from usepolicy.enforcement.account_signals import (
    Anomaly,
    Asked,
    Flow,
    Watch,
    expected,
    signals,
)
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Decided,
    Erased,
    ErasureReason,
    ErasureScope,
    Means,
    Refusal,
    SignalKind,
    Signalled,
)
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.signal_replay import Remembered, asked_of, replayed
from usepolicy.enforcement.steps import Step

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
VOLUME, ODD = SignalKind.VOLUME, SignalKind.RATE_ANOMALY
A, B = "a" * 64, "b" * 64
FLOW = Watch(volume=Flow(3, 60))
MASS = Watch(mass_posting=Flow(2, 60, "spam"))
RATE = Watch(rate_anomaly=Anomaly(more_than=5, deviations=8, history=7 * 86_400, active_hours=6))


def raised(times: Iterable[tuple[float, str | None]], watch: Watch) -> list[tuple[float, str, int]]:
    """Return when which signal is raised with which count, of requests at seconds."""
    past, found = Remembered(), []
    for second, likeness in times:
        asked = Asked(NOW + timedelta(seconds=second), likeness)
        for signal in signals(asked, past, watch):
            past.last[signal.signal] = asked.at
            found.append((second, signal.signal.value, signal.value))
        past.add(asked)
    return found


def at(*seconds: float, likeness: str | None = None) -> list[tuple[float, str | None]]:
    return [(second, likeness) for second in seconds]


@pytest.mark.parametrize(
    ("times", "watch", "found", "why"),
    [
        (at(0, 1, 2), FLOW, [], "as many as are let be"),
        (at(0, 1, 2, 3), FLOW, [(3, "volume", 4)], "one more"),
        (at(0, 20, 40, 60), FLOW, [], "the first has left: a window does not hold its own begin"),
        (at(0, 20, 40, 59.9), FLOW, [(59.9, "volume", 4)], "just before it leaves"),
        (at(0, 1, 2, 3, 4, 5), FLOW, [(3, "volume", 4)], "not twice in a window"),
        (at(0, 1, 2, 3, 60, 61, 62), FLOW, [(3, "volume", 4)], "just before the window is over"),
        (at(0, 1, 2, 3, 60, 61, 62, 63), FLOW, [(3, "volume", 4), (63, "volume", 4)], "again after"),
        (at(0, 1, 2, 3, *range(4, 64)), FLOW, [(3, "volume", 4), (63, "volume", 60)], "all of the window are told"),
        (at(0, 0, 0, 0), FLOW, [(0, "volume", 4)], "at one time"),
        (at(0, 1, 2, likeness=A), MASS, [(2, "mass_posting", 3)], "alike"),
        ([*at(0, likeness=A), *at(1, 2, likeness=B), *at(3, likeness=A)], MASS, [], "two each"),
        (at(0, 1, 2), MASS, [], "of which nobody knows whether they are alike"),
        ([*at(0, 1, 2, likeness=A), *at(3, 4, 5, likeness=B)], MASS, [(2, "mass_posting", 3)], "another text in the same window"),
        (at(0, 1, 2, 3, likeness=A), Watch(), [], "nothing is watched"),
        (at(0, 1, 2, 3, likeness=A), Watch(FLOW.volume, MASS.mass_posting), [(2, "mass_posting", 3), (3, "volume", 4)], "both"),
    ],
)  # fmt: skip
def test_flows(times: list[tuple[float, str | None]], watch: Watch, found: list, why: str) -> None:
    assert raised(times, watch) == found, why


def hourly(*counts: int) -> list[tuple[float, str | None]]:
    """Return so many requests in the first minutes of hours that follow each other from NOW."""
    return [(hour * 3_600 + n, None) for hour, count in enumerate(counts) for n in range(count)]


EVEN = (4, 5, 6, 5, 4, 5)


@pytest.mark.parametrize(
    ("counts", "found", "why"),
    [
        ((*EVEN, 23), [(23, 22)], "far above what is usual: 5 and 8 roots of 5 are 22.8"),
        ((*EVEN, 22), [], "at the edge"),
        ((*EVEN, 60), [(23, 22)], "once an hour, with the first that is too many"),
        ((*EVEN, 60, 60), [(23, 22), (23, 22)], "in the next hour again: one odd hour moves no median"),
        ((4, 5, 6, 5, 4, 60), [], "too little is known of the account: 5 active hours"),
        ((4, 5, 6, 5, 4, 0, 0, 60), [], "hours without requests are not active"),
        ((1, 1, 1, 1, 1, 1, 5), [], "so few are never odd"),
        ((1, 1, 1, 1, 1, 1, 10), [(10, 9)], "even a past without variation varies by chance"),
        ((10, 80, 10, 90, 20, 100, 150), [], "an account that always varies"),
    ],
)  # fmt: skip
def test_anomalies(counts: Sequence[int], found: list[tuple[int, int]], why: str) -> None:
    past, seen = Remembered(), []
    for second, _ in hourly(*counts):
        asked = Asked(NOW + timedelta(seconds=second))
        for signal in signals(asked, past, RATE):
            past.last[ODD] = asked.at
            seen.append((signal.value, signal.threshold))
        past.add(asked)
    assert seen == found, why


def test_an_anomaly_forgets_what_is_past_its_history() -> None:
    times = [*hourly(*EVEN), *((8 * 86_400 + n, None) for n in range(60))]
    assert raised(times, RATE) == []


def test_an_anomaly_tells_what_it_rests_on() -> None:
    past = Remembered()
    for second, _ in hourly(*EVEN, 22):
        past.add(Asked(NOW + timedelta(seconds=second)))
    [signal] = signals(Asked(NOW + 6 * HOUR + MINUTE), past, RATE)
    assert (signal.usual, signal.hours, signal.window_seconds) == (5, 6, 3_600)
    assert signal.until == NOW + 6 * HOUR + MINUTE


@pytest.mark.parametrize(
    ("counts", "deviations", "found", "why"),
    [
        ([4], 8, (4, 20), "one hour: the root of 4, eight times"),
        ([10, 10, 10, 10_000], 8, (10, 35), "one outlier moves nothing"),
        ([1, 2, 3, 4, 100], 3, (3, 8), "the root of 3 is more than 1.4826"),
        ([0, 50, 100, 150, 200], 2, (100, 248), "1.4826 times a deviation of 50"),
        ([1, 2], 1, (2, 2), "between two: 1.5 and the root of it"),
    ],
)
def test_what_is_expected(
    counts: list[int], deviations: int, found: tuple[int, int], why: str
) -> None:
    assert expected(counts, deviations) == found, why


KEPT_OUT = Decided(
    Outcome.BLOCK, Channel.PROMPT, Surface.API, Means.STANDING, Automation.FULLY,
    refusal=Refusal(EntryId("s"), EntryId("c"), Step.BAN, Automation.NONE),
)  # fmt: skip
ANSWER = Decided(Outcome.ALLOW, Channel.OUTPUT, Surface.API, Means.PATTERN, Automation.FULLY)


def plain(id: str, when: datetime, account=ANN) -> Draft:
    return decision(id, outcome=Outcome.ALLOW, at=when, account=account)


@pytest.mark.parametrize(
    ("draft", "counts", "why"),
    [
        (plain("d", NOW), True, "a request"),
        (decision("d"), True, "one that a rule blocked"),
        (plain("d", NOW, account=None), False, "of nobody"),
        (Draft(EntryId("d"), NOW, MACHINE, KEPT_OUT, ANN), False, "one that a sanction kept out"),
        (Draft(EntryId("d"), NOW, MACHINE, ANSWER, ANN), False, "an answer is no request"),
        (Draft(EntryId("s"), NOW, MACHINE, Signalled(VOLUME, 9, 5, 60), ANN), False, "a signal"),
    ],
)
def test_what_counts_as_a_request(draft: Draft, counts: bool, why: str) -> None:
    assert (asked_of(draft) is not None) is counts, why


def burst(account, name: str, begin: datetime) -> list[Draft]:
    return [plain(f"{name}{n}", begin + timedelta(seconds=n), account) for n in range(4)]


def test_a_replay_tells_accounts_apart_and_knows_what_is_recorded() -> None:
    drafts = [*burst(ANN, "a", NOW), *burst(BEN, "b", NOW + MINUTE)]
    when = NOW + timedelta(seconds=3)
    told = Draft(EntryId("s"), when, MACHINE, Signalled(VOLUME, 4, 3, 60, when), ANN)
    drafts = [*drafts[:4], told, *drafts[4:]]
    found = replayed(entries_of(drafts), FLOW)
    assert [(each.account, each.decision, each.recorded) for each in found] == [
        (ANN, "a3", "s"),
        (BEN, "b3", None),
    ]


def test_a_replay_tells_nothing_of_an_erased_account() -> None:
    erased = Erased(ErasureScope.ACCOUNT, ErasureReason.REQUEST)
    gone = Draft(EntryId("e"), NOW + HOUR, MIA, erased, ANN)
    drafts = [*burst(ANN, "a", NOW), gone, *burst(ANN, "n", NOW + DAY)[:3]]
    assert replayed(entries_of(drafts), FLOW) == ()


PASTS = st.lists(
    st.tuples(st.integers(0, 2), st.floats(0, 4_000), st.sampled_from([None, A, B])), max_size=60
)


@given(PASTS)
def test_what_comes_later_changes_no_signal_before(
    steps: list[tuple[int, float, str | None]],
) -> None:
    watch = Watch(FLOW.volume, MASS.mass_posting, Anomaly(3, 1, 86_400, 5))
    drafts, now = [], NOW
    for number, (account, later, likeness) in enumerate(steps):
        now += timedelta(seconds=later)
        more = {"account": (ANN, BEN, ANN)[account], "likeness": likeness}
        drafts.append(decision(f"d{number}", outcome=Outcome.ALLOW, at=now, **more))
    entries = entries_of(drafts)
    whole = replayed(entries, watch)
    for cut in range(0, len(entries), 7):
        sofar = replayed(entries[:cut], watch)
        assert sofar == tuple(each for each in whole if int(each.decision[1:]) < cut)
