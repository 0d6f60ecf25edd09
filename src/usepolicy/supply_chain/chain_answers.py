"""Chain answers: what is computed of a chain as plain data, the same for table, page and JSON.

Owns the names and the order of the keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from usepolicy.supply_chain.answers import NO_ADVICE, Plain, plain_answer, plain_reference
from usepolicy.supply_chain.binding import Binding, Bound, Source
from usepolicy.supply_chain.chains import ChainPolicy
from usepolicy.supply_chain.duties import Duty
from usepolicy.supply_chain.ends import EndVerdict
from usepolicy.supply_chain.propagation import ChainFinding, ChainResult, LinkResult
from usepolicy.supply_chain.uses import Use


def plain_chain(result: ChainResult) -> Plain:
    """Return a chain's result as JSON has it: `chain`, `links`, `findings`, `note`."""
    return {
        "chain": result.chain.name,
        "links": [_link(each) for each in result.links],
        "findings": [_finding(each) for each in result.findings],
        "note": NO_ADVICE,
    }


def plain_end_answer(use: Use, ends: Sequence[EndVerdict], name: str) -> Plain:
    """Return what a chain says of a use as JSON has it: the keys of an answer, and `chain`."""
    bindings = [(end, binding) for end in ends for binding, _ in end.verdicts]
    answer = plain_answer(use, [verdict for end in ends for _, verdict in end.verdicts])
    verdicts = answer["verdicts"]
    assert isinstance(verdicts, list)
    for (end, binding), verdict in zip(bindings, verdicts, strict=True):
        verdict.update(link=binding.policy.link, end=end.end.id, binds=binding.binds)
        verdict.update(via=binding.via, stops_at=binding.stops_at)
    answer["chain"] = {
        "name": name,
        "ends": [
            {
                "link": each.end.id,
                "verdict": each.value,
                "above": each.above,
                "agreements": list(each.agreements),
            }
            for each in ends
        ],
    }
    return answer


def _link(result: LinkResult) -> Plain:
    link = result.link
    return {
        "id": link.id,
        "kind": link.kind,
        "name": link.name,
        "takes_from": list(link.sources),
        "access": link.access,
        "enforces_by": result.enforces,
        "enforces": [
            {"link": each.policy.link, "policy": each.policy.asked.id, "why": each.why}
            for each in result.charges
        ],
        "watched_by": list(result.watched_by),
        "policies": [policy.asked.id for policy in link.policies],
        "adds": list(result.adds),
        "policies_above": [_binding(each) for each in result.bindings],
        "bound": [_bound(each) for each in result.bound],
        "not_reaching": [_bound(each) for each in result.not_reaching],
        "duties": [_duty(policy, duty) for policy, duty in result.duties],
    }


def _binding(binding: Binding) -> Plain:
    return {
        "link": binding.policy.link,
        "policy": binding.policy.asked.id,
        "binds": binding.binds,
        "via": binding.via,
        "stops_at": binding.stops_at,
        "by": binding.by.asked.id if binding.by else None,
        "reference": plain_reference(binding.reference) if binding.reference else None,
    }


def _bound(bound: Bound) -> Plain:
    return {
        "category": bound.category,
        "strength": bound.strength,
        "sources": [_source(each) for each in bound.sources],
        "lifted_by": [each.document for each in bound.lifted],
    }


def _source(source: Source) -> Plain:
    return {
        "link": source.link,
        "policy": source.policy,
        "effect": source.named.effect,
        "strength": source.named.strength,
        "clause": source.named.clause,
        "quote": source.named.quote,
    }


def _duty(policy: ChainPolicy, duty: Duty) -> Plain:
    evidence = duty.evidence
    return {
        "kind": duty.kind,
        "link": policy.link,
        "policy": policy.asked.id,
        "quote": evidence.quote,
        "start": evidence.span.start,
        "end": evidence.span.end,
    }


def _finding(finding: ChainFinding) -> Plain:
    return {
        "kind": finding.kind,
        "at": finding.at,
        "of": finding.of,
        "category": finding.category,
        "duty": finding.duty.evidence.quote if finding.duty else None,
        "sources": [_source(each) for each in finding.sources],
        "reference": plain_reference(finding.reference) if finding.reference else None,
    }
