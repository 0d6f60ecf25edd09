"""Entries of our own making for tests of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from usepolicy.enforcement.ladder import Ladder, Rung, Severity
from usepolicy.enforcement.ledger import (
    AccountLink,
    Actor,
    ActorKind,
    EntryId,
    Head,
    Record,
    chained,
    head_of,
)
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Cited,
    Decided,
    Means,
    SignalKind,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry, entry_of, unchained
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.sanctions import Office, Telling
from usepolicy.enforcement.steps import Measure, Step

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANN, BEN = AccountLink("a" * 64), AccountLink("b" * 64)
MACHINE = Actor(ActorKind.SYSTEM, "gateway")
MIA, NOAH = Actor(ActorKind.PERSON, "reviewer-mia"), Actor(ActorKind.PERSON, "reviewer-noah")
SOME_HASH = "c" * 64

LADDER = Ladder(
    (
        Rung(1, Measure(Step.WARNING)),
        Rung(3, Measure(Step.RATE_LIMIT, 7 * 86_400, 20, 3_600)),
        Rung(6, Measure(Step.SUSPENSION, 14 * 86_400), requires_person=True),
        Rung(12, Measure(Step.BAN), requires_person=True),
    ),
    {
        "minor": Severity("minor", 1),
        "serious": Severity("serious", 3),
        "severe": Severity("severe", 4, Step.SUSPENSION),
    },
    "minor",
    {"weapons": "severe", "malware": "serious"},
    {SignalKind.MASS_POSTING: "serious"},
    decay_points=1,
    decay_every=30 * 86_400,
)


def ids() -> Office:
    """Return an office that numbers its entries."""
    numbers = count(1)
    return Office(
        LADDER, lambda kind: EntryId(f"{kind}-{next(numbers)}"), Telling("notice", "en", "page")
    )


def decision(
    id: str,
    *,
    category: str = "spam",
    outcome: Outcome = Outcome.BLOCK,
    at: datetime = NOW,
    account: AccountLink | None = ANN,
    **more: object,
) -> Draft:
    """Return a decision that blocks spam, unless told otherwise."""
    cited = Cited("tern/aup@2026-01-01#k1", "send spam", category)
    body = Decided(
        outcome,
        Channel.PROMPT,
        Surface.API,
        Means.PATTERN,
        Automation.FULLY,
        restrictions=(cited,) if outcome is not Outcome.ALLOW else (),
        **more,  # type: ignore[arg-type]
    )
    return Draft(EntryId(id), at, MACHINE, body, account, EntryId(id))


def records_of(drafts: Iterable[Draft]) -> list[Record]:
    """Return drafts as a chain."""
    head, found = Head(), []
    for draft in drafts:
        found.append(chained(unchained(draft), head))
        head = head_of(found[-1])
    return found


def entries_of(drafts: Iterable[Draft]) -> list[Entry]:
    """Return drafts as entries of a chain."""
    return [entry_of(record) for record in records_of(drafts)]


def days(number: int) -> Iterator[datetime]:
    """Yield so many days from NOW on."""
    return (NOW + DAY * day for day in range(number))


def kinds(drafts: Sequence[Draft] | Sequence[Entry]) -> list[str]:
    """Return the names of their bodies."""
    return [type(draft.body).__name__ for draft in drafts]
