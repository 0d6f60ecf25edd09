"""Refusals: what a sanction in force keeps out, before any rule or detector is asked.

Owns which requests that are, and what the account is told: which sanction, who decided on it, until
when, and how to appeal. A refusal is no violation. Pure: what was asked before comes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from usepolicy.enforcement.account_signals import Past
from usepolicy.enforcement.decisions import Decision
from usepolicy.enforcement.ledger_bodies import Automation, Notified, Refusal, Sanctioned
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Request, Role
from usepolicy.enforcement.resources import resources_for
from usepolicy.enforcement.rules import Rules
from usepolicy.enforcement.standing import InForce, Standing
from usepolicy.enforcement.steps import Step

CLOSED = (Step.SUSPENSION, Step.BAN)
"""Steps that let nothing in."""


@dataclass(frozen=True, slots=True)
class Barred:
    """A sanction that keeps a request out."""

    sanction: InForce
    retry_at: datetime | None = None
    function: str | None = None


def barred(request: Request, standing: Standing, past: Past, *, at: datetime) -> Barred | None:
    """Return the sanction that keeps a request out; None where it is let in.

    An answer of a model is no request: it is kept out where nothing is let in, and not counted.
    """
    strictest = standing.strictest
    if strictest is not None and strictest.measure.step in CLOSED:
        return Barred(strictest)
    if is_answer(request):
        return None
    limits = [limit for each in standing.sanctions if (limit := _limit(each, past, at))]
    if limits:
        return max(limits, key=lambda limit: limit.retry_at or at)
    return _limited(standing.sanctions, request.function)


def is_answer(request: Request) -> bool:
    """Tell whether what is judged is what a model answered."""
    return bool(request.turns) and request.turns[-1].role is Role.ASSISTANT


def refusal_of(found: Barred, case: Iterable[Entry]) -> Refusal:
    """Return what is told of a refusal, from the entries of the sanction's case."""
    entries = {entry.id: entry for entry in case}
    entry = entries.get(found.sanction.id)
    laid = entry.body if entry and isinstance(entry.body, Sanctioned) else None
    told = [
        each.body.appeal_until
        for each in entries.values()
        if isinstance(each.body, Notified)
        and found.sanction.id in each.body.about
        and each.body.appeal_until is not None
    ]
    return Refusal(
        found.sanction.id,
        (entry.case if entry else None) or found.sanction.id,
        found.sanction.measure.step,
        laid.automation if laid else Automation.NONE,
        found.sanction.until,
        found.retry_at,
        found.function,
        max(told, default=None),
    )


def refused(request: Request, rules: Rules) -> Decision:
    """Return the decision on a request that was kept out.

    Where help is to be found is told: nobody looked whether whoever asks is in need of it.
    """
    resources = resources_for(request, rules.resources)
    return Decision(request.id, Outcome.BLOCK, resources=resources, scores={}, rules=rules)


def _limit(each: InForce, past: Past, at: datetime) -> Barred | None:
    """Return the bar of a rate limit that is used up; what was before it began is not counted."""
    measure = each.measure
    if measure.step is not Step.RATE_LIMIT or not measure.per_seconds or measure.queries is None:
        return None
    if measure.queries == 0:
        return Barred(each, each.until)
    window = timedelta(seconds=measure.per_seconds)
    last = past.nth(measure.queries)
    if last is None or last <= max(each.since, at - window):
        return None
    free = last + window
    return Barred(each, min(free, each.until) if each.until else free)


def _limited(sanctions: Sequence[InForce], function: str | None) -> Barred | None:
    asked = (function or "").casefold()
    for each in sanctions:
        if asked and asked in {name.casefold() for name in each.measure.functions}:
            return Barred(each, function=asked)
    return None
