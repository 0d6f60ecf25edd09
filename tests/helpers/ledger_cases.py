"""Cases of a ledger, made by hand: a decision, what followed, and the notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Body,
    Cited,
    Decided,
    Means,
    Notified,
    SanctionAction,
    Sanctioned,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.steps import Measure, Step

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
LINK = AccountLink("a" * 64)
CASE = EntryId("decision-1")
CLAUSE = "harbourlight/harbourlight-aup@2026-09-01#1a2b3c4d"
QUOTE = "Do not use the service to write\nmalware."


def entry(id: str, body: Body, at: datetime = AT) -> Entry:
    return Entry(1, EntryId(id), at, Actor(ActorKind.SYSTEM, "decide"), body, LINK, CASE, "")


def decision(outcome: Outcome = Outcome.BLOCK, **more: object) -> Entry:
    told = {"channel": Channel.PROMPT, "surface": Surface.API, "means": Means.PATTERN}
    told |= {
        "automation": Automation.FULLY,
        "restrictions": (Cited(CLAUSE, QUOTE, "malware", 912_345),),
    }
    return entry(CASE, Decided(outcome=outcome, **(told | more)))  # type: ignore[arg-type]


def sanction(measure: Measure, automation: Automation = Automation.FULLY) -> Entry:
    body = Sanctioned(SanctionAction.APPLIED, measure, AT, measure.ends(AT), automation, (CASE,), 3)
    return entry(f"sanction-{measure.step}", body)


def notice(*about: Entry, language: str = "en") -> Entry:
    ids = tuple(each.id for each in about)
    until = AT + timedelta(days=180)
    return entry("notice-1", Notified(ids, "standard", language, "page", until))


DAY = 86_400
MEASURES = {
    "warning": Measure(Step.WARNING),
    "limited": Measure(Step.LIMITED_FUNCTIONS, 7 * DAY, functions=("images", "fine-tuning")),
    "rate_limit": Measure(Step.RATE_LIMIT, 7 * DAY, queries=20, per_seconds=3600),
    "suspension": Measure(Step.SUSPENSION, 30 * DAY),
    "ban": Measure(Step.BAN),
}
