"""A policy as the plain values of its file, in the order of the schema.

Owns the way out; `policy_build` owns the way in. Kept free of pydantic, which takes longer to
import than a policy takes to read; a test holds the keys equal to those of the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from usepolicy.policies.clauses import CategoryId, Clause, Qualifier, Restriction, Scope
from usepolicy.policies.policies import Identity, Policy
from usepolicy.policies.provisions import Provision, Reference
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import Finding, Part, Version
from usepolicy.reading.policy_tree import Plain

StudyNames = Mapping[CategoryId, str | None]
"""The ids of all categories, each with its name in the study, or None."""

ALWAYS_WRITTEN = frozenset({"clauses", "category"})
"""Keys that YAML keeps even where they are empty or null: leaving one out is an error."""


PLAIN_KEYS = ("policy", "version", "clauses", "provisions", "references", "findings")
"""The outermost keys of a policy file, in their order."""


def plain_policy(policy: Policy, study_names: StudyNames) -> dict[str, Plain]:
    """Return `policy` with every key of the schema, null and empty ones too."""
    return {
        "policy": {"id": policy.version.id, **_identity(policy.identity)},
        "version": _version(policy.version),
        "clauses": [_clause(clause, study_names) for clause in policy.clauses],
        "provisions": [_provision(provision) for provision in policy.provisions],
        "references": [_reference(reference) for reference in policy.references],
        "findings": [_finding(finding) for finding in policy.findings],
    }


def without_empty(value: dict[str, Plain]) -> dict[str, Plain]:
    """Leave out the keys whose values are null or empty, but those of ALWAYS_WRITTEN."""
    pruned = {key: _pruned(child) for key, child in value.items()}
    return {k: v for k, v in pruned.items() if k in ALWAYS_WRITTEN or v not in (None, [], {})}


def _pruned(value: Plain) -> Plain:
    if isinstance(value, dict):
        return without_empty(value)
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    return value


def _identity(identity: Identity) -> dict[str, Plain]:
    return {
        "developer": identity.developer,
        "service": identity.service,
        "title": identity.title,
        "kind": identity.kind,
        "document_kind": identity.document_kind,
        "binding": identity.binding,
        "models": list(identity.models),
        "modality": identity.modality,
        "weights": identity.weights,
        "headquarters": identity.headquarters,
        "effective": _date(identity.effective),
        "recorded": _date(identity.recorded),
    }


def _version(version: Version) -> dict[str, Plain]:
    return {
        "snapshot_sha256": version.snapshot_sha256,
        "text_sha256": version.text_sha256,
        "parser": version.parser,
        "language": version.language,
        "text_length": version.text_length,
        "parts": [_part(part) for part in version.parts],
    }


def _part(part: Part) -> dict[str, Plain]:
    return {
        **_span(part.span),
        "title": part.title,
        "address": part.address,
        "stated_date": _date(part.stated_date),
        "snapshot_sha256": part.snapshot_sha256,
    }


def _clause(clause: Clause, study_names: StudyNames) -> dict[str, Plain]:
    return {
        "id": clause.id,
        **_span(clause.span),
        "text": clause.text,
        "lead_ins": [dict(_span(span)) for span in clause.lead_ins],
        "scope": _scope(clause.scope),
        "restrictions": [_restriction(r, study_names) for r in clause.restrictions],
    }


def _scope(scope: Scope) -> dict[str, Plain]:
    return {
        "bound": _evidence(scope.bound) if scope.bound else None,
        "surface": _evidence(scope.surface) if scope.surface else None,
        "product": _evidence(scope.product) if scope.product else None,
    }


def _restriction(restriction: Restriction, study_names: StudyNames) -> dict[str, Plain]:
    category = restriction.category
    return {
        "category": category,
        "study_name": study_names.get(category) if category is not None else None,
        "effect": restriction.effect,
        "strength": restriction.strength,
        "evidence": [_evidence(evidence) for evidence in restriction.evidence],
        "qualifiers": [_qualifier(qualifier) for qualifier in restriction.qualifiers],
    }


def _qualifier(qualifier: Qualifier) -> dict[str, Plain]:
    return {"kind": qualifier.kind, "role": qualifier.role, **_evidence(qualifier.evidence)}


def _provision(provision: Provision) -> dict[str, Plain]:
    return {"kind": provision.kind, **_evidence(provision.evidence)}


def _reference(reference: Reference) -> dict[str, Plain]:
    evidence = _evidence(reference.evidence)
    sentence = _evidence(reference.sentence) if reference.sentence else None
    return {
        "kind": reference.kind,
        **evidence,
        "target": reference.target,
        "sentence": sentence,
    }


def _finding(finding: Finding) -> dict[str, Plain]:
    place = _span(finding.span) if finding.span is not None else {"start": None, "end": None}
    return {
        "code": finding.code,
        "message": finding.message,
        **place,
        "blocks": finding.blocks,
    }


def _evidence(evidence: Evidence) -> dict[str, Plain]:
    return {"quote": evidence.quote, **_span(evidence.span)}


def _span(span: Span) -> dict[str, Plain]:
    return {"start": span.start, "end": span.end}


def _date(day: date | None) -> str | None:
    return day.isoformat() if day else None
