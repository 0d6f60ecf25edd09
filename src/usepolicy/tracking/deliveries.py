"""Deliveries: which event went to which subscriber, and when the others are tried again.

Owns the outbox. An event is noted as delivered when the subscriber has answered: whoever is killed
in between delivers it again under the same id, and never loses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from usepolicy.errors import FetchError
from usepolicy.store.history import Delivery, History
from usepolicy.tracking.alerts import Event
from usepolicy.tracking.webhooks import next_try

FOR_GOOD = "refused-for-good"
"""Code of a failure after which nothing is tried again."""
IN_A_ROW = 5
"""Failures one after another from which the subscriber is away, and the rest waits untried."""
Deliver = Callable[[Event], None]
"""Delivers one event; FetchError where it can't."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the events of one run."""

    sent: int = 0
    waiting: int = 0
    """Failed, or not yet due again."""
    given_up: int = 0


def deliver(
    history: History, target: str, events: Sequence[Event], send: Deliver, *, now: datetime
) -> Delivered:
    """Deliver what the target has not got, the oldest first; each event by itself."""
    known = history.deliveries(target)
    sent = waiting = given_up = row = 0
    for event in reversed(events):
        before = known.get(event.id, Delivery(event.id, 0, None, None))
        if before.done_at is not None:
            continue
        if before.attempts and before.next_at is None:
            given_up += 1
        elif row >= IN_A_ROW or (before.next_at is not None and before.next_at > now):
            waiting += 1
        else:
            after = _attempt(event, before, send, now)
            history.note_delivery(target, after)
            row = 0 if after.done_at else row + 1
            sent += after.done_at is not None
            waiting += after.done_at is None and after.next_at is not None
            given_up += after.done_at is None and after.next_at is None
    return Delivered(sent, waiting, given_up)


def _attempt(event: Event, before: Delivery, send: Deliver, now: datetime) -> Delivery:
    attempts = before.attempts + 1
    try:
        send(event)
    except FetchError as error:
        again = None if error.code == FOR_GOOD else next_try(attempts, now)
        return Delivery(event.id, attempts, None, again)
    return Delivery(event.id, attempts, now, None)
