"""Decisions as they go out: one line of JSON each, and the steps that made one.

Owns the names of the keys; docs/deciding.md describes them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from usepolicy.enforcement.ledger_bodies import Automation, Refusal
from usepolicy.enforcement.steps import Step
from usepolicy.enforcement.unshown import unshown_categories
from usepolicy.errors import UsePolicyError

if TYPE_CHECKING:
    from usepolicy.enforcement.decisions import Broken, Decision, Failure, Look, Spared, Trace
    from usepolicy.enforcement.recording import Recorded
    from usepolicy.enforcement.rules import CitedRestriction, Unenforced

Plain = dict[str, object]
CODES = {
    Step.LIMITED_FUNCTIONS: "function_limited",
    Step.RATE_LIMIT: "rate_limited",
    Step.SUSPENSION: "account_suspended",
    Step.BAN: "account_banned",
}
"""What a caller branches on, by the step that kept the request out."""


def plain_decision(decision: Decision) -> Plain:
    """Return a decision as plain values."""
    rules = decision.rules
    return {
        "id": decision.id,
        "outcome": decision.outcome.value,
        "support": decision.support,
        "score": decision.score,
        "restrictions": [_broken(each) for each in decision.restrictions],
        "scores": dict(decision.scores or {}),
        "errors": [_failure(each) for each in decision.errors],
        "exemptions": [_spared(each) for each in decision.exemptions],
        "resources": [
            {"locale": r.locale, "name": r.name, "contact": r.contact, "source": r.source}
            for r in decision.resources
        ],
        "not_enforceable_here": sorted({u.category for u in decision.not_enforceable_here}),
        "versions": {
            "rules": rules.version if rules else None,
            "policies": dict(rules.policies) if rules else {},
            "detectors": dict(decision.detectors or {}),
        },
    }


def decision_line(decision: Decision) -> str:
    """Return a decision as one line of JSON, without its end."""
    return _line(plain_decision(decision))


def recorded_line(recorded: Recorded, appeals: str | None = None) -> str:
    """Return a decision with what the ledger has of it, as one line of JSON.

    Args: appeals: where one appeals.
    """
    told = {
        "entry": recorded.entry,
        "sanctions": [step.value for step in recorded.sanctions],
        "notice": recorded.notice,
        "standing": recorded.standing.value if recorded.standing else None,
        "signals": [
            {"signal": each.signal.value, "entry": each.entry, "notice": each.notice}
            for each in recorded.signals
        ],
        "refusal": _refusal(recorded.refusal, appeals) if recorded.refusal else None,
    }
    return _line({**plain_decision(recorded.decision), "recorded": told})


def _refusal(refusal: Refusal, appeals: str | None) -> Plain:
    """Return why a request was kept out: for what, decided by whom, until when, how to appeal."""
    retry, until = refusal.retry_at, refusal.appeal_until
    return {
        "code": CODES[refusal.step],
        "step": refusal.step.value,
        "sanction": refusal.sanction,
        "until": refusal.until.isoformat() if refusal.until else None,
        "decided_by": "machine" if refusal.automation is Automation.FULLY else "person",
        "retry_at": retry.isoformat() if retry else None,
        "function": refusal.function,
        "appeal": {
            "case": refusal.case,
            "until": until.isoformat() if until else None,
            "address": appeals,
        },
    }


def error_line(error: UsePolicyError, number: int) -> str:
    """Return what stands in the place of a decision on a line that is no request."""
    told = {"code": error.code, "message": error.message, "line": number}
    return _line({"id": None, "line": number, "error": told})


def explained_line(decision: Decision, traces: tuple[Trace, ...]) -> str:
    """Return a decision with the steps that made it, as one line of JSON."""
    steps = [plain_trace(each) for each in traces if each.looks and _tells(each)]
    return _line({**plain_decision(decision), "steps": steps})


def plain_trace(trace: Trace) -> Plain:
    """Return the steps of one rule as plain values."""
    return {
        "rule": trace.rule.id,
        "category": trace.watch.watched.category,
        "channel": trace.content.channel.value,
        "state": trace.state.value,
        "outcome": trace.outcome.value,
        "manner": trace.manner.value if trace.manner else None,
        "looks": [_look(look, _shown_text(trace)) for look in trace.looks],
    }


def plain_unenforced(each: Unenforced) -> Plain:
    """Return what can't be enforced as plain values."""
    return {
        "category": each.category,
        "why": each.why.value,
        "note": each.note,
        "restrictions": [_cited(cited) for cited in each.restrictions],
    }


def _line(plain: Plain) -> str:
    # Escaped, so that no line end or half of a surrogate pair of a request can break a line.
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":"))


def _tells(trace: Trace) -> bool:
    return any(look.score or look.need or look.code for look in trace.looks)


def _cited(cited: CitedRestriction) -> Plain:
    return {"clause": cited.clause, "category": cited.category, "quote": cited.quote}


def _broken(each: Broken) -> Plain:
    return {
        **_cited(each.restriction),
        "score": each.score,
        "outcome": each.outcome.value,
        "rule": each.rule,
        "severity": each.severity.value,
        "channel": each.channel.value,
        "detector": each.detector,
        "spans": [[span.start, span.end] for span in each.spans],
    }


def _failure(each: Failure) -> Plain:
    return {
        "detector": each.detector,
        "code": each.code,
        "channel": each.channel.value,
        "outcome": each.outcome.value,
        "rules": list(each.rules),
    }


def _spared(each: Spared) -> Plain:
    return {
        "rule": each.rule,
        "category": each.category,
        "manner": each.manner.value if each.manner else None,
        "grants": list(each.grants),
    }


def _shown_text(trace: Trace) -> str | None:
    """Return what words are cut from; None where nobody is shown them."""
    hidden = trace.watch.watched.category in unshown_categories()
    return None if hidden else trace.content.text


def _look(look: Look, text: str | None) -> Plain:
    return {
        "detector": look.stage.detector,
        "state": look.state.value,
        "score": look.score,
        "need": look.need,
        "code": look.code,
        "applies_from": look.stage.applies_from,
        "clear_below": look.stage.clear_below,
        "words": [] if text is None else [span.cut(text) for span in look.spans],
    }
