"""Statements of reasons: what was done with a request or an account, in the form of the DSA.

Owns the way from the entries of a case to a statement. INVARIANT: no personal data: neither the
account's link nor a word of its content is in a statement. A warning restricts nothing, so it has
none. Whether a model API is an online platform is a question of law; the form is of use either way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from usepolicy.enforcement.dsa import Statement, has_territory
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Decided,
    Means,
    SanctionAction,
    Sanctioned,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel
from usepolicy.enforcement.steps import Step
from usepolicy.tables import rows_by

AUTOMATED = {
    Automation.FULLY: "AUTOMATED_DECISION_FULLY",
    Automation.PARTLY: "AUTOMATED_DECISION_PARTIALLY",
    Automation.NONE: "AUTOMATED_DECISION_NOT_AUTOMATED",
}
FOUND = {
    Means.PATTERN: "an automatic search of the text",
    Means.MODEL: "an automatic classifier",
    Means.USER_REPORT: "a report by a user",
    Means.PERSON: "a reviewer",
    Means.STANDING: "a sanction in force",
}
LOOKED_AT = {
    Channel.PROMPT: "a request to a model",
    Channel.OUTPUT: "an answer of a model",
    Channel.DECLARED_USE: "the use that an account declared",
    Channel.METADATA: "the details of a request",
}
ON_ACCOUNT: Mapping[Step, tuple[str, str, str]] = {
    Step.LIMITED_FUNCTIONS: (
        "decision_provision",
        "DECISION_PROVISION_PARTIAL_SUSPENSION",
        "service",
    ),
    Step.RATE_LIMIT: ("decision_provision", "DECISION_PROVISION_PARTIAL_SUSPENSION", "service"),
    Step.SUSPENSION: ("decision_account", "DECISION_ACCOUNT_SUSPENDED", "account"),
    Step.BAN: ("decision_account", "DECISION_ACCOUNT_TERMINATED", ""),
}
"""Field, value and what of the end date, by step."""
OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"


@dataclass(frozen=True, slots=True)
class Publisher:
    """What a statement says of the policy, which no entry has."""

    policy_address: str | None = None
    """Where the policy is published."""


def statements_of(entries: Iterable[Entry], publisher: Publisher) -> Iterator[Statement]:
    """Yield a statement for each block and each sanction, in the order of the entries."""
    decisions: dict[str, tuple[Entry, Decided]] = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, Decided):
            decisions[entry.id] = (entry, body)
            if _is_stated(body):
                yield _statement(entry, entry, body, publisher) | {
                    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]
                }
        elif isinstance(body, Sanctioned) and body.action is SanctionAction.APPLIED:
            causes = [decisions[id] for id in body.causes if id in decisions]
            if causes and body.measure.step in ON_ACCOUNT:
                yield _of_sanction(entry, body, causes[-1], publisher)


def _is_stated(body: Decided) -> bool:
    """Tell whether a decision has a statement; what a sanction kept out has the sanction's."""
    return body.outcome is Outcome.BLOCK and not body.support and body.refusal is None


def _of_sanction(
    entry: Entry, body: Sanctioned, cause: tuple[Entry, Decided], publisher: Publisher
) -> Statement:
    name, value, what = ON_ACCOUNT[body.measure.step]
    ends = {f"end_date_{what}_restriction": f"{body.until:%Y-%m-%d}"} if what and body.until else {}
    decided = {name: value, "automated_decision": AUTOMATED[body.automation]}
    return _statement(entry, *cause, publisher) | decided | ends


def _statement(
    entry: Entry, first: Entry, decided: Decided, publisher: Publisher
) -> dict[str, str | list[str]]:
    statement: dict[str, str | list[str]] = {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": _ground(decided)[:500],
        "incompatible_content_explanation": _explained(decided)[:2000],
        "content_type": ["CONTENT_TYPE_TEXT"],
        "category": OTHER,
        "content_date": f"{first.at:%Y-%m-%d}",
        "application_date": f"{entry.at:%Y-%m-%d}",
        "decision_facts": _facts(decided),
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION"
        if decided.means is Means.USER_REPORT
        else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if decided.means in (Means.PATTERN, Means.MODEL) else "No",
        "automated_decision": AUTOMATED[decided.automation],
        "puid": hashlib.sha256(entry.id.encode()).hexdigest(),
    }
    if publisher.policy_address:
        statement["decision_ground_reference_url"] = publisher.policy_address[:500]
    if decided.jurisdiction is not None and has_territory(decided.jurisdiction):
        statement["territorial_scope"] = [decided.jurisdiction]
    return statement | _categories(decided)


def _ground(decided: Decided) -> str:
    return "; ".join(f"“{each.quote}” ({each.clause})" for each in decided.restrictions) or "none"


def _explained(decided: Decided) -> str:
    what = LOOKED_AT[decided.channel]
    return f"What was found in {what} falls under this restriction of the use policy."


def _facts(decided: Decided) -> str:
    return f"What was looked at: {LOOKED_AT[decided.channel]}. Found by {FOUND[decided.means]}."


def _categories(decided: Decided) -> dict[str, str | list[str]]:
    """Return the DSA's category and keywords of what was broken, as far as the crosswalk has them."""
    targets = [
        target
        for each in decided.restrictions
        for target in _targets().get(each.category or "", ())
    ]
    broad = [target for target in targets if target.startswith("STATEMENT_CATEGORY_")]
    keywords = [target for target in targets if target.startswith("KEYWORD_")]
    found: dict[str, str | list[str]] = {"category": broad[0]} if broad else {}
    if broad[1:]:
        found["category_addition"] = list(dict.fromkeys(broad[1:]))
    if keywords:
        found["category_specification"] = list(dict.fromkeys(keywords))
    return found


@cache
def _targets() -> Mapping[str, tuple[str, ...]]:
    rows = rows_by("taxonomy/crosswalk.csv", "scheme")["DSA"]
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row["relation"] != "none" and row["target_id"]:
            found[row["category"]] = (*found.get(row["category"], ()), row["target_id"])
    return found
