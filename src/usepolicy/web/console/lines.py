"""Lines: entries of a ledger as a page shows them, in words, with nothing of anybody's content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from usepolicy.enforcement.ledger import Actor, ActorKind
from usepolicy.enforcement.ledger_bodies import (
    Accessed,
    AppealDecided,
    AppealFiled,
    Checked,
    Decided,
    GrantApplied,
    GrantApproved,
    Notified,
    PeopleChanged,
    ReferralLabelled,
    ReferralOpened,
    RulesChanged,
    Sanctioned,
    Signalled,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.ledger_sent import Delivered, HookCalled
from usepolicy.enforcement.standing import Standing
from usepolicy.enforcement.steps import Measure
from usepolicy.web.words import cut, inert


@dataclass(frozen=True, slots=True)
class Rule:
    """A restriction in the policy's words."""

    clause: str
    quote: str
    name: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry."""

    sequence: int
    id: str
    case: str
    at: str
    kind: str
    what: str
    by: str
    rules: tuple[Rule, ...] = ()
    until: str | None = None


@dataclass(frozen=True, slots=True)
class StandingLine:
    """What is held against an account."""

    at: str
    points: int
    violations: tuple[str, ...]
    sanctions: tuple[str, ...]


def day(at: datetime) -> str:
    """Return a time as it is shown."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def line_of(entry: Entry, names: Mapping[str, str], people: Mapping[str, str]) -> EntryLine:
    """Return an entry in words.

    Args: names: of categories, by id; people: names to sign in with, by id.
    """
    body = entry.body
    rules = _rules(body, names) if isinstance(body, Decided | Signalled) else ()
    until = body.until if isinstance(body, Sanctioned) else None
    return EntryLine(
        entry.sequence,
        entry.id,
        entry.case or entry.id,
        day(entry.at),
        entry.kind,
        _what(entry),
        _by(entry.actor, people),
        rules,
        day(until) if until else None,
    )


def standing_line(standing: Standing) -> StandingLine:
    """Return a standing in words."""
    sanctions = (
        f"{measure_words(each.measure)}{f' until {day(each.until)}' if each.until else ''}"
        for each in standing.sanctions
    )
    return StandingLine(
        day(standing.at), standing.points, tuple(standing.violations), tuple(sanctions)
    )


def measure_words(measure: Measure) -> str:
    """Return a step in words."""
    said = measure.step.value.replace("_", " ")
    if measure.queries is not None:
        said += f": {measure.queries} queries in {measure.per_seconds} s"
    if measure.functions:
        said += f": {', '.join(map(cut, measure.functions))}"
    return said


def _decided(body: Decided) -> str:
    if body.refusal is not None:
        step = body.refusal.step.value.replace("_", " ")
        return f"kept out: {step} of case {body.refusal.case}"
    granted = ", under a grant" if body.grant else ""
    return f"{body.outcome.value}, {body.channel.value}, by {body.means.value}{granted}"


def _opened(body: ReferralOpened) -> str:
    asked = f": {measure_words(body.proposed)}" if body.proposed else ""
    return f"{body.reason.value.replace('_', ' ')}{asked}"


def _signalled(body: Signalled) -> str:
    return f"{body.signal.value.replace('_', ' ')}: {body.value} of {body.threshold}"


_WORDS: Mapping[type, Callable[[Any], str]] = {
    Decided: _decided,
    Sanctioned: lambda body: f"{body.action.value}: {measure_words(body.measure)}",
    ReferralOpened: _opened,
    ReferralLabelled: lambda body: str(body.label.value.replace("_", " ")),
    Notified: lambda body: f"told by {body.by}, in {body.language}",
    AppealFiled: lambda body: f"against {', '.join(body.against)}",
    AppealDecided: lambda body: str(body.result.value),
    GrantApplied: lambda body: f"for {body.kind.value.replace('_', ' ')}",
    GrantApproved: lambda body: f"until {day(body.until)}",
    Checked: lambda body: f"of {body.count} entries",
    Signalled: _signalled,
    UserReported: lambda body: body.category or "of no category",
    RulesChanged: lambda body: f"{cut(body.summary)} (rules {body.sha256[:12]})",
    PeopleChanged: lambda body: (
        f"{body.action.value.replace('_', ' ')}: {' '.join((body.who, *body.rights))}"
    ),
    Delivered: lambda body: f"by {body.by.value}{', given up' if body.is_given_up else ''}",
    HookCalled: lambda body: f"{body.result.value.replace('_', ' ')}: {', '.join(body.categories)}",
    Accessed: lambda body: f"words of {body.what}: {cut(body.purpose)}",
}
"""What is said of an entry beside its kind, by its body."""


def _what(entry: Entry) -> str:
    told = _WORDS.get(type(entry.body))
    return told(entry.body) if told else ""


def _by(actor: Actor, people: Mapping[str, str]) -> str:
    if actor.kind is ActorKind.PERSON:
        return people.get(actor.id, actor.id)
    return (
        actor.kind.value if actor.kind is not ActorKind.SYSTEM else f"machine ({inert(actor.id)})"
    )


def _rules(body: Decided | Signalled, names: Mapping[str, str]) -> tuple[Rule, ...]:
    return tuple(
        Rule(each.clause, cut(each.quote), names.get(each.category or "", ""))
        for each in body.restrictions
    )
