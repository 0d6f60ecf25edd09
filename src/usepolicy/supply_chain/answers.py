"""Answers: a use and its verdicts as plain data, the same for the command line, pages and JSON.

Owns the names and the order of the keys.
"""

from __future__ import annotations

from collections.abc import Iterable

from usepolicy.supply_chain.asked import Named
from usepolicy.supply_chain.uses import Use, UseCategory
from usepolicy.supply_chain.verdicts import Condition, Verdict

NO_ADVICE = "this is no legal advice: it tells what texts say, not what a court would make of it"
NO_LEAVE = "`not_addressed` is no permission: what is silent on a use may forbid it elsewhere"
NO_QUOTE = "no quote: coded by the study, whose table has neither words nor conditions"

Plain = dict[str, object]


def plain_answer(use: Use, verdicts: Iterable[Verdict]) -> Plain:
    """Return a use and its verdicts as JSON has them.

    Keys: `use`, `categories`, `verdicts`, `unclear` (null or the reason), `left_open`, `by`, `note`.
    """
    return {
        "use": use.text,
        "categories": [_category(each) for each in use.categories],
        "verdicts": [_verdict(each) for each in verdicts],
        "unclear": use.unclear,
        "left_open": list(use.left_open),
        "by": use.by,
        "note": NO_ADVICE,
    }


def _category(found: UseCategory) -> Plain:
    return {
        "id": found.category,
        "study_name": found.study_name,
        "confidence": found.confidence,
        "manner": found.manner,
        "words": [each.quote for each in found.evidence],
    }


def _verdict(verdict: Verdict) -> Plain:
    return {
        "developer": verdict.asked.developer,
        "policy": verdict.asked.id,
        "verdict": verdict.value,
        "basis": verdict.basis,
        "restrictions": [_place(each) for each in verdict.restrictions],
        "conditions": [_condition(each) for each in verdict.conditions],
        "exemptions": [_condition(each) for each in verdict.exemptions],
        "near": [_place(each) for each in verdict.near],
        "quoted": verdict.asked.quoted,
    }


def _place(place: Named) -> Plain:
    return {
        "clause": place.clause,
        "quote": place.quote,
        "category": place.category,
        "effect": place.effect,
        "strength": place.strength,
    }


def _condition(condition: Condition) -> Plain:
    return {"kind": condition.kind, "role": condition.role, "quote": condition.quote}
