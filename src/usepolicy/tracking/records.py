"""Records: the change of a version as plain values, and back; quotes are kept with their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from usepolicy.policies.clauses import CategoryId, QualifierKind, QualifierRole
from usepolicy.policies.spans import Evidence, Span
from usepolicy.tracking.changes import (
    Artefact,
    Bound,
    BoundKind,
    Change,
    ChangeKind,
    Missing,
    Side,
    VersionChange,
    VersionKind,
)


def record_of(found: VersionChange) -> dict[str, object]:
    """Return the change of a version as values that JSON has."""
    changes = [
        {
            "change": change.change.value,
            "category": change.category,
            "old": _side(change.old),
            "new": _side(change.new),
            "qualifiers": [_bound(bound) for bound in change.bounds],
        }
        for change in found.changes
    ]
    return {
        "kind": found.kind.value,
        "summary": found.summary,
        "changes": changes,
        "missing": found.missing and found.missing.value,
        "artefact": found.artefact and found.artefact.value,
    }


def _side(evidence: Evidence | None) -> dict[str, object] | None:
    if evidence is None:
        return None
    return {"quote": evidence.quote, "start": evidence.span.start, "end": evidence.span.end}


def _bound(bound: Bound) -> dict[str, object]:
    """Return a qualifier or an exemption: what happened to it, and its words on the side named."""
    evidence = bound.evidence
    return {
        "change": "added" if bound.is_added else "removed",
        "what": bound.what.value,
        "kind": bound.kind and bound.kind.value,
        "role": bound.role and bound.role.value,
        "side": bound.side.value,
        "quote": evidence.quote,
        "start": evidence.span.start,
        "end": evidence.span.end,
    }


def change_from(record: Mapping[str, Any]) -> VersionChange:
    """Return the change of a version from what `record_of` made of it."""
    return VersionChange(
        VersionKind(record["kind"]),
        record["summary"],
        tuple(
            Change(
                ChangeKind(each["change"]),
                CategoryId(each["category"]) if each["category"] else None,
                _evidence(each["old"]),
                _evidence(each["new"]),
                tuple(_bound_from(bound) for bound in each.get("qualifiers", ())),
            )
            for each in record["changes"]
        ),
        Missing(record["missing"]) if record["missing"] else None,
        Artefact(record["artefact"]) if record["artefact"] else None,
    )


def _evidence(side: Mapping[str, Any] | None) -> Evidence | None:
    return Evidence(Span(side["start"], side["end"]), side["quote"]) if side else None


def _bound_from(record: Mapping[str, Any]) -> Bound:
    return Bound(
        BoundKind(record["what"]),
        Side(record["side"]),
        Evidence(Span(record["start"], record["end"]), record["quote"]),
        QualifierKind(record["kind"]) if record["kind"] else None,
        QualifierRole(record["role"]) if record["role"] else None,
    )
