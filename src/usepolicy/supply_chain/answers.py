"""Answers: a use and its verdicts as plain data, the same for the command line, pages and JSON.

Owns the names and the order of the keys.
"""

from __future__ import annotations

from collections.abc import Iterable

from usepolicy.policies.provisions import Reference
from usepolicy.supply_chain.asked import Named
from usepolicy.supply_chain.references import Reached, References
from usepolicy.supply_chain.uses import Use, UseCategory
from usepolicy.supply_chain.verdicts import Condition, Verdict

NO_ADVICE = "this is no legal advice: it tells what texts say, not what a court would make of it"
NO_LEAVE = "`not_addressed` is no permission: what is silent on a use may forbid it elsewhere"
NO_QUOTE = "no quote: coded by the study, whose table has neither words nor conditions"

Plain = dict[str, object]


def plain_answer(use: Use, verdicts: Iterable[Verdict], through: Through | None = None) -> Plain:
    """Return a use and its verdicts as JSON has them.

    Keys: `use`, `categories`, `verdicts`, `unclear` (null or the reason), `left_open`, `by`, `note`.

    Args: through: the verdicts that references may lead to, where they are more than `verdicts`.
    """
    verdicts = tuple(verdicts)
    known = through or Through(verdicts)
    return {
        "use": use.text,
        "categories": [_category(each) for each in use.categories],
        "verdicts": [{**_verdict(each), **known.plain(each)} for each in verdicts],
        "unclear": use.unclear,
        "left_open": list(use.left_open),
        "by": use.by,
        "note": NO_ADVICE,
    }


class Through:
    """What policies say through those that they name as binding too."""

    def __init__(self, given: Iterable[Verdict]) -> None:
        self._verdicts = {id(verdict.asked): verdict for verdict in given}
        self._references = References(verdict.asked for verdict in self._verdicts.values())

    def of(self, verdict: Verdict) -> tuple[tuple[Reached, Verdict], ...]:
        """Return what is said by each policy that a verdict's policy binds to."""
        reached = self._references.follow(verdict.asked).reached
        return tuple((each, self._verdicts[id(each.asked)]) for each in reached)

    def missing(self, verdict: Verdict) -> tuple[Reference, ...]:
        """Return what it names as binding too that is not given."""
        return self._references.follow(verdict.asked).missing

    def plain(self, verdict: Verdict) -> Plain:
        """Return both as JSON has them: `through` and `not_given`."""
        return {
            "through": [
                {
                    "policy": found.asked.id,
                    "verdict": found.value,
                    "basis": found.basis,
                    "reference": plain_reference(reached.reference),
                    "restrictions": [_place(place) for place in found.restrictions],
                }
                for reached, found in self.of(verdict)
            ],
            "not_given": [plain_reference(each) for each in self.missing(verdict)],
        }


def plain_reference(reference: Reference) -> Plain:
    """Return the sentence that names another document, and its name there, as JSON has them."""
    words = reference.words
    return {
        "kind": reference.kind,
        "quote": words.quote,
        "start": words.span.start,
        "end": words.span.end,
        "name": reference.evidence.quote,
        "target": reference.target,
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
