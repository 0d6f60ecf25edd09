"""The outbox: an entry is sent once, by one sender; a sender that is killed loses nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from ledger_past import ANN, BEN, DAY, MIA, NOW, decision

from usepolicy.delivering.runs import Done, Sender, run
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import Erased, ErasureReason, ErasureScope
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_sent import Delivered, Way
from usepolicy.errors import DeniedError, FetchError
from usepolicy.store.ledger import Ledger, Wanted
from usepolicy.store.ledger_erasure import Acting, Terms, erase, retain
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.outbox import HOOK, LEASE, Attempt, Outbox
from usepolicy.tracking.deliveries import FOR_GOOD, IN_A_ROW
from usepolicy.tracking.webhooks import WAITS

MACHINE = Actor(ActorKind.SYSTEM, "notices")
KINDS = ("decision",)


@pytest.fixture
def queue(ledger: Ledger) -> Outbox:
    """A queue of three decisions: two of Ann, one of Ben."""
    for name, link in (("d1", ANN), ("d2", BEN), ("d3", ANN)):
        ledger.append(decision(name, account=link))
    made = Outbox(ledger, "q")
    made.fill(KINDS, lambda _: True)
    return made


class Posting:
    """Sends to nobody, and fails where it is told to."""

    def __init__(self, *failing: str, code: str = "not-delivered") -> None:
        self.failing, self.code = failing, code
        self.sent: list[str] = []
        self.numbers = count(1)

    def send(self, entry: Entry, now: datetime) -> None:
        self.sent.append(entry.id)
        if entry.id in self.failing:
            raise FetchError(self.code, "nobody answers")

    def tell(self, entry: Entry, ended: Attempt, attempts: int) -> Draft | None:
        if ended.next_at is not None:
            return None
        body = Delivered(entry.id, Way.FILE, attempts, not ended.is_done)
        name = EntryId(f"told-{entry.id}-{next(self.numbers)}-{id(self)}")
        return Draft(name, ended.at, MACHINE, body, entry.account, entry.case)

    def run(self, ledger: Ledger, queue: Outbox, at: datetime = NOW) -> Done:
        return run(ledger, queue, Sender(self.send, self.tell), clock=lambda: at)


def told(ledger: Ledger) -> list[tuple[str, int, bool]]:
    found = (e.body for e in ledger.entries(Wanted(kinds=("delivery",))))
    return [(b.notice, b.attempts, b.is_given_up) for b in found if isinstance(b, Delivered)]


def test_each_is_sent_once_and_that_it_was_is_an_entry(ledger: Ledger, queue: Outbox) -> None:
    post = Posting()
    assert post.run(ledger, queue) == Done(sent=3)
    assert post.run(ledger, queue) == Done()
    queue.fill(KINDS, lambda _: True)
    assert post.run(ledger, queue) == Done()
    assert post.sent == ["d1", "d2", "d3"]
    assert told(ledger) == [("d1", 1, False), ("d2", 1, False), ("d3", 1, False)]


def test_only_what_came_since_is_looked_at(ledger: Ledger, queue: Outbox) -> None:
    seen: list[str] = []
    ledger.append(decision("d4"))
    queue.fill(KINDS, lambda entry: bool(seen.append(entry.id)) or True)
    queue.fill(KINDS, lambda entry: bool(seen.append(entry.id)) or True)
    assert seen == ["d4"]


def test_another_queue_is_its_own(ledger: Ledger, queue: Outbox) -> None:
    other = Outbox(ledger, "other")
    other.fill(KINDS, lambda entry: entry.account == BEN)
    post = Posting()
    assert (post.run(ledger, queue).sent, post.run(ledger, other).sent) == (3, 1)


def test_what_fails_is_tried_again_when_it_is_time(ledger: Ledger, queue: Outbox) -> None:
    post = Posting("d2")
    first = post.run(ledger, queue)
    assert (first.sent, first.waiting, first.failures) == (
        2,
        1,
        ["error[not-delivered]: nobody answers"],
    )
    assert told(ledger) == [("d1", 1, False), ("d3", 1, False)], "it is not over"
    assert post.run(ledger, queue) == Done(waiting=1)
    later = NOW + timedelta(seconds=WAITS[0])
    assert Posting().run(ledger, queue, later) == Done(sent=1)
    assert told(ledger)[-1] == ("d2", 2, False)


def test_it_is_given_up_after_the_last_wait_and_tried_anew_if_asked(
    ledger: Ledger, queue: Outbox
) -> None:
    post, at = Posting("d2"), NOW
    for wait in WAITS:
        assert post.run(ledger, queue, at).given_up == 0
        at += timedelta(seconds=wait)
    assert post.run(ledger, queue, at).given_up == 1
    assert post.run(ledger, queue, at + 9 * DAY) == Done()
    assert (queue.given_up(), told(ledger)[-1]) == (1, ("d2", len(WAITS) + 1, True))
    queue.again(at)
    assert Posting().run(ledger, queue, at) == Done(sent=1)
    assert (queue.given_up(), told(ledger)[-1]) == (0, ("d2", 1, False))


def test_what_is_refused_for_good_is_given_up_at_once(ledger: Ledger, queue: Outbox) -> None:
    post = Posting("d1", code=FOR_GOOD)
    done = post.run(ledger, queue)
    assert (done.sent, done.given_up) == (2, 1)
    assert told(ledger)[0] == ("d1", 1, True)


def test_who_is_away_is_not_called_for_each(ledger: Ledger, queue: Outbox) -> None:
    names = [f"e{n}" for n in range(IN_A_ROW + 3)]
    ledger.append_many([decision(name) for name in names])
    queue.fill(KINDS, lambda _: True)
    post = Posting("d1", "d2", "d3", *names)
    assert post.run(ledger, queue).waiting == len(names) + 3
    assert len(post.sent) == IN_A_ROW


def test_mailboxes_that_are_refused_do_not_stop_the_others(ledger: Ledger, queue: Outbox) -> None:
    names = [f"e{n}" for n in range(IN_A_ROW + 3)]
    ledger.append_many([decision(name) for name in names])
    queue.fill(KINDS, lambda _: True)
    post = Posting(*names, code=FOR_GOOD)
    assert (post.run(ledger, queue).given_up, len(post.sent)) == (len(names), len(names) + 3)


def test_two_senders_at_once_send_nothing_twice(ledger: Ledger, queue: Outbox) -> None:
    other, second = Outbox(ledger, "q"), Posting()

    class Meanwhile(Posting):
        def send(self, entry: Entry, now: datetime) -> None:
            super().send(entry, now)
            second.run(ledger, other)

    first = Meanwhile()
    first.run(ledger, queue)
    assert sorted(first.sent + second.sent) == ["d1", "d2", "d3"]
    assert len(told(ledger)) == 3


@pytest.mark.parametrize("stops", [DeniedError("private-address", "no"), KeyboardInterrupt()])
def test_what_ends_a_run_leaves_nothing_claimed(
    ledger: Ledger, queue: Outbox, stops: BaseException
) -> None:
    def stop(entry: Entry, now: datetime) -> None:
        raise stops

    before = queue.waiting()
    with pytest.raises(type(stops)):
        run(ledger, queue, Sender(stop, Posting().tell), clock=lambda: NOW)
    assert queue.waiting() == before


KILLED = """
import os, sys
from datetime import datetime
from usepolicy.delivering.runs import Sender, run
from usepolicy.store.ledger import Ledger
from usepolicy.store.outbox import Outbox
ledger = Ledger.open(sys.argv[1])
def send(entry, now):
    print(entry.id, flush=True)
    os._exit(9)
at = datetime.fromisoformat(sys.argv[2])
run(ledger, Outbox(ledger, "q"), Sender(send, lambda *_: None), clock=lambda: at)
"""


def test_what_a_killed_sender_had_is_sent_again_under_its_id(
    ledger: Ledger, queue: Outbox, place: str
) -> None:
    command = [sys.executable, "-c", KILLED, place, NOW.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (9, "d1\n"), done.stderr
    post = Posting()
    assert post.run(ledger, queue) == Done(sent=2, waiting=1), "it may still be on its way"
    assert post.run(ledger, queue, NOW + LEASE) == Done(sent=1)
    assert (post.sent, told(ledger)[-1]) == (["d2", "d3", "d1"], ("d1", 2, False))


def filled(ledger: Ledger, queue: str) -> Outbox:
    made = Outbox(ledger, queue)
    made.fill(KINDS, lambda _: True)
    return made


@pytest.mark.parametrize(
    ("queue", "left", "why"),
    [("q", [], "nobody is to be told"), (HOOK, ["mine"], "the law outlives an account")],
)
def test_an_erasure_forgets_what_was_sent(
    ledger: Ledger, keys: Keys, queue: str, left: list[str], why: str
) -> None:
    from usepolicy.enforcement.keys import link_of

    ledger.append(decision("mine", account=link_of(keys.of("ann", now=NOW))))
    made = filled(ledger, queue)
    by = Acting(MIA, NOW, lambda kind: EntryId(f"{kind}-1"))
    erase(ledger, keys, "ann", reason=ErasureReason.REQUEST, by=by)
    assert [each.id for each in made.waiting()] == left


def test_of_an_account_erased_while_it_was_sent_to_no_entry_tells(
    ledger: Ledger, queue: Outbox
) -> None:
    gone = Erased(ErasureScope.ACCOUNT, ErasureReason.REQUEST)

    class Meanwhile(Posting):
        def send(self, entry: Entry, now: datetime) -> None:
            if entry.id == "d2":
                ledger.append(Draft(EntryId("gone"), NOW, MIA, gone, BEN))

    assert Meanwhile().run(ledger, queue).sent == 3
    assert [id for id, _, _ in told(ledger)] == ["d1", "d3"]


def sendings(ledger: Ledger, keys: Keys, before: datetime) -> int:
    by = Acting(MIA, NOW, lambda kind: EntryId(f"{kind}-{before:%j}"))
    return retain(ledger, keys, terms=Terms(None, before), by=by).sendings


Prepare = Callable[[Ledger, Outbox], object]


@pytest.mark.parametrize(
    ("queue", "prepare", "gone", "why"),
    [
        ("q", lambda ledger, made: Posting().run(ledger, made, NOW + DAY), 2, "sent"),
        ("q", lambda ledger, made: None, 2, "never sent: there was no mailbox"),
        (HOOK, lambda ledger, made: Posting().run(ledger, made, NOW + DAY), 2, "called"),
        (HOOK, lambda ledger, made: None, 0, "what the law wants is not dropped uncalled"),
        (HOOK, lambda ledger, made: Posting("d0", "d1", code=FOR_GOOD).run(ledger, made, NOW + DAY), 0, "nor given up"),
    ],
)  # fmt: skip
def test_what_was_sent_is_forgotten_after_its_term(
    ledger: Ledger, keys: Keys, queue: str, prepare: Prepare, gone: int, why: str
) -> None:
    ledger.append_many([decision(f"d{n}", at=NOW + DAY * n, account=ANN) for n in range(2)])
    made = filled(ledger, queue)
    prepare(ledger, made)
    assert sendings(ledger, keys, NOW) == 0
    assert sendings(ledger, keys, NOW + 2 * DAY) == gone, why
    assert sendings(ledger, keys, NOW + 2 * DAY) == 0
    made.fill(KINDS, lambda _: True)
    assert len(made.waiting()) == (2 if queue == HOOK and why.startswith("what") else 0), (
        "and not sent anew"
    )
