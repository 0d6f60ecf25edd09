"""Runs: what waits in an outbox, sent one by one, and how each attempt ended.

An entry is claimed before it is sent and noted after: whoever is killed in between sends it again
under the same id, and nothing is lost. What fails is tried again by a schedule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.errors import DeniedError, FetchError
from usepolicy.store.ledger import Ledger
from usepolicy.store.outbox import Attempt, Outbox, Waiting
from usepolicy.tracking.deliveries import FOR_GOOD, IN_A_ROW
from usepolicy.tracking.webhooks import next_try

Send = Callable[[Entry, datetime], None]
"""Sends an entry once; FetchError where it can't be sent now, other errors end the run."""
Tell = Callable[[Entry, Attempt, int], Draft | None]
"""From an entry, how an attempt ended, and which attempt it was to the entry that tells of it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """How a queue is sent."""

    send: Send
    tell: Tell
    is_sendable: Callable[[Waiting], bool] = lambda _: True
    """Whether there is anybody to send it to; what isn't sendable waits untried."""


@dataclass(slots=True)
class Done:
    """What became of what waited."""

    sent: int = 0
    waiting: int = 0
    """Failed, or not due again yet."""
    given_up: int = 0
    nobody: int = 0
    """There is nobody to send it to."""
    failures: list[str] = field(default_factory=list)
    """What went wrong, each once."""


def run(ledger: Ledger, outbox: Outbox, sender: Sender, *, clock: Callable[[], datetime]) -> Done:
    """Send what is due, the oldest first.

    Raises: UsePolicyError: what no other attempt would mend; nothing is claimed then.
    """
    done, in_a_row = Done(), 0
    for waiting in outbox.waiting():
        if not sender.is_sendable(waiting):
            done.nobody += 1
        elif in_a_row >= IN_A_ROW or waiting.next_at > clock():
            done.waiting += 1
        elif outbox.claim(waiting, clock()):
            failure = _attempt(ledger, outbox, sender, waiting, clock=clock)
            _count(done, failure)
            is_away = failure is not None and failure[0].code != FOR_GOOD
            in_a_row = in_a_row + 1 if is_away else 0
    return done


Failure = tuple[FetchError, bool]
"""What went wrong, and whether it is tried again."""


def _attempt(
    ledger: Ledger,
    outbox: Outbox,
    sender: Sender,
    waiting: Waiting,
    *,
    clock: Callable[[], datetime],
) -> Failure | None:
    entry = ledger.entry(waiting.id)
    if entry is None:
        raise TypeError(waiting.id)
    attempts = waiting.attempts + 1
    try:
        failed = _sent(sender.send, entry, clock())
    except BaseException:
        outbox.release(waiting)
        raise
    now = clock()
    again = None if failed is None or failed.code == FOR_GOOD else next_try(attempts, now)
    ended = Attempt(now, failed is None, again)
    outbox.note(waiting, ended, sender.tell(entry, ended, attempts))
    return None if failed is None else (failed, again is not None)


def _sent(send: Send, entry: Entry, now: datetime) -> FetchError | None:
    try:
        send(entry, now)
    except DeniedError:
        raise
    except FetchError as error:
        return error
    return None


def _count(done: Done, failure: Failure | None) -> None:
    if failure is None:
        done.sent += 1
        return
    error, is_again = failure
    done.waiting += is_again
    done.given_up += not is_again
    said = str(error)
    if said not in done.failures:
        done.failures.append(said)


def refuse(message: str) -> FetchError:
    """Return the error of something that will never be sent, whoever tries."""
    return FetchError(FOR_GOOD, message)
