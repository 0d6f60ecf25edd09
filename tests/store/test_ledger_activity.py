"""What accounts asked, kept beside the entries: the same as a recount, on both databases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from ledger_past import ANN, BEN, DAY, LADDER, MACHINE, MIA, NOW, SOME_HASH, decision, ids
from sqlalchemy import text

from usepolicy.enforcement.account_signals import Anomaly, Flow, Watch, signals
from usepolicy.enforcement.ladder import Ladder
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId, moment
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Decided,
    Erased,
    ErasureReason,
    ErasureScope,
    GrantApplied,
    GrantKind,
    Means,
    Refusal,
    Scope,
    SignalKind,
    Signalled,
)
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.sanctions import Office, Telling
from usepolicy.enforcement.signal_replay import Remembered, asked_of, replayed
from usepolicy.enforcement.steps import Step
from usepolicy.store.ledger import Ledger, View, new_id
from usepolicy.store.ledger_erasure import Acting, Terms, retain
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.ledger_signals import Term, signals_in, write_missing

A, B = "a" * 64, "b" * 64
HOUR = timedelta(hours=1)
WATCH = Watch(Flow(9, 3_600), Flow(4, 1_800, "spam"), Anomaly(12, 2, 5 * 86_400, 5))


def past(number: int, seed: int = 1) -> list[Draft]:
    """Return decisions on two accounts at random times, some alike."""
    chance, now, drafts = random.Random(seed), NOW, []
    for n in range(number):
        now += timedelta(seconds=chance.expovariate(1 / chance.choice([20, 200, 4_000])))
        likeness = chance.choice([None, A, B, A])
        account = chance.choice([ANN, ANN, BEN])
        drafts.append(
            decision(f"d{n}", outcome=Outcome.ALLOW, at=now, account=account, likeness=likeness)
        )
    return drafts


def remembered(ledger: Ledger, account) -> Remembered:
    """Return what an account asked, by a recount of the entries."""
    found = Remembered()
    for entry in ledger.entries():
        asked = asked_of(entry)
        if asked is not None and entry.account == account:
            found.add(asked)
    return found


def told(past_) -> list[object]:
    """Return answers to many questions of what an account asked."""
    times = [NOW + HOUR * n for n in range(0, 200, 13)]
    return [
        *(past_.nth(n, likeness) for n in (1, 2, 7, 40, 400) for likeness in (None, A, B)),
        *(past_.count(since, likeness) for since in times for likeness in (None, A, B)),
        *(sorted(past_.hours(since, times[-1])) for since in times),
    ]


def kept(ledger: Ledger, account) -> list[object]:
    with ledger.view() as view:
        return told(view.past(account))


@pytest.mark.parametrize("batch", [1, 7, 300])
def test_it_is_what_a_recount_tells(ledger: Ledger, batch: int) -> None:
    drafts = past(300 if batch > 1 else 60)
    for start in range(0, len(drafts), batch):
        ledger.append_many(drafts[start : start + batch])
    for account in (ANN, BEN):
        assert kept(ledger, account) == told(remembered(ledger, account))


def test_it_is_made_anew_from_the_entries(ledger: Ledger, place: str) -> None:
    ledger.append_many(past(120))
    before = kept(ledger, ANN)
    with ledger.engine.begin() as at:
        for table in ("activity", "active_hours", "latest"):
            at.execute(text(f"DELETE FROM {table}"))
    assert kept(ledger, ANN) != before
    ledger.rebuild()
    assert kept(ledger, ANN) == before
    ledger.migrate(to="0003")
    again = Ledger.open(place)
    assert kept(again, ANN) == before
    again.close()


def test_an_erasure_forgets_the_account_and_no_other(ledger: Ledger) -> None:
    ledger.append_many(past(60))
    other = kept(ledger, BEN)
    erased = Erased(ErasureScope.ACCOUNT, ErasureReason.REQUEST)
    end = ledger.head()
    later = moment(end.at) + HOUR
    gone = Draft(EntryId("e"), later, MIA, erased, ANN)
    new = [decision("n1", at=later), gone, decision("n2", at=later + HOUR)]
    ledger.append_many(new)
    with ledger.view() as view:
        assert view.past(ANN).count(NOW - DAY) == 1, "what came after in the same transaction"
        assert view.past(ANN).nth(2) is None
    assert kept(ledger, BEN) == other


def test_retention_forgets_what_no_window_reaches(ledger: Ledger, keys: Keys) -> None:
    ledger.append_many([decision("d1"), decision("d2", at=NOW + 80 * DAY)])
    by = Acting(MIA, NOW + 95 * DAY, new_id)
    retain(ledger, keys, terms=Terms(), by=by)
    with ledger.view() as view:
        assert view.past(ANN).count(NOW - DAY) == 1
        assert view.past(ANN).hours(NOW - DAY, NOW + 99 * DAY) == [1]


KEPT_OUT = Decided(
    Outcome.BLOCK, Channel.PROMPT, Surface.API, Means.STANDING, Automation.FULLY,
    refusal=Refusal(EntryId("s_1"), EntryId("c"), Step.BAN, Automation.NONE),
)  # fmt: skip


def test_the_newest_of_signals_and_refusals_is_known(ledger: Ledger) -> None:
    def signal(id: str, until) -> Draft:
        return Draft(EntryId(id), NOW, MACHINE, Signalled(SignalKind.VOLUME, 9, 5, 60, until), ANN)

    ledger.append_many([signal("s2", NOW + HOUR), signal("s1", NOW)])
    ledger.append(Draft(EntryId("k"), NOW + HOUR, MACHINE, KEPT_OUT, ANN))
    with ledger.view() as view:
        assert view.past(ANN).raised(SignalKind.VOLUME) == NOW + HOUR, (
            "one that comes late is older"
        )
        assert view.past(BEN).raised(SignalKind.VOLUME) is None
        assert view.past(ANN).raised(SignalKind.RATE_ANOMALY) is None
        assert view.past(ANN).was_refused(EntryId("s_1"))
        assert not view.past(ANN).was_refused(EntryId("s-1"))


def test_the_grants_of_an_account_are_found_by_their_cases(ledger: Ledger) -> None:
    scope = Scope(("spam",), (Surface.API,), ("research",))
    body = GrantApplied(GrantKind.RESEARCH, scope, NOW, NOW + DAY)
    for account, id in ((ANN, "g1"), (BEN, "g2"), (ANN, "g3")):
        actor = Actor(ActorKind.ACCOUNT, account)
        ledger.append(Draft(EntryId(id), NOW, actor, body, account, EntryId(id)))
    with ledger.view() as view:
        assert [grant.id for grant in view.grants(ANN)] == ["g1", "g3"]
        assert view.grants("c" * 64) == ()


def office(watch: Watch, ladder: Ladder = LADDER) -> Office:
    from dataclasses import replace

    return Office(replace(ladder, watch=watch), new_id, Telling("notice", "en", "page"))


def appended_live(ledger: Ledger, drafts: Sequence[Draft]) -> None:
    """Append decisions one by one, each with the signals that it raises."""
    numbers = ids()
    for draft in drafts:

        def follows(view: View, draft: Draft = draft) -> list[Draft]:
            assert draft.account
            asked = asked_of(draft)
            assert asked
            found = signals(asked, view.past(draft.account), WATCH)
            told_ = (
                Draft(numbers.new_id("signal"), draft.at, MACHINE, each, draft.account)
                for each in found
            )
            return [draft, *told_]

        ledger.append_from(follows)


def test_what_was_raised_live_is_what_a_replay_raises(ledger: Ledger) -> None:
    appended_live(ledger, past(250, seed=3))
    found = replayed(ledger.entries(), WATCH)
    assert {each.signal.signal for each in found} == set(SignalKind), "something of each"
    assert all(each.recorded for each in found)
    live = [e.body for e in ledger.entries() if isinstance(e.body, Signalled)]
    assert sorted(live, key=repr) == sorted((each.signal for each in found), key=repr)


def test_what_no_entry_tells_is_written_once_with_what_follows(ledger: Ledger) -> None:
    times = [NOW + timedelta(seconds=n) for n in range(6)]
    ledger.append_many(
        [decision(f"d{n}", outcome=Outcome.ALLOW, at=at, likeness=A) for n, at in enumerate(times)]
    )
    made, by = office(Watch(mass_posting=Flow(4, 60, "spam"))), Acting(MIA, NOW + DAY, new_id)
    found = signals_in(ledger, made, Term())
    assert [(each.decision, each.recorded) for each in found] == [("d4", None)]
    written = write_missing(ledger, found, made, by=by)
    assert [entry.kind for entry in written] == ["signal", "sanction", "notice"]
    assert ledger.standing(ANN, made.ladder, NOW + DAY).points == 3
    assert write_missing(ledger, found, made, by=by) == (), "a second time nothing is missing"
    assert [each.recorded for each in signals_in(ledger, made, Term())] == [written[0].id]


@pytest.mark.parametrize(
    ("term", "number"),
    [(Term(), 1), (Term(NOW + DAY), 0), (Term(before=NOW), 0), (Term(NOW, NOW + DAY), 1)],
)
def test_a_term(ledger: Ledger, term: Term, number: int) -> None:
    ledger.append_many([decision(f"d{n}", outcome=Outcome.ALLOW, likeness=A) for n in range(6)])
    made = office(Watch(mass_posting=Flow(4, 60)))
    assert len(signals_in(ledger, made, term)) == number


def test_no_likeness_and_no_link_of_somebody_in_need_is_kept(ledger: Ledger) -> None:
    from usepolicy.errors import LedgerError

    draft = decision("d", outcome=Outcome.ALLOW, account=None, support=True, likeness=SOME_HASH)
    with pytest.raises(LedgerError) as refused:
        ledger.append(draft)
    assert refused.value.code == "linked-support"
