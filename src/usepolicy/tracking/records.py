"""Records: the change of a version as plain values, and back; quotes are kept with their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Evidence, Span
from usepolicy.tracking.changes import (
    Artefact,
    Change,
    ChangeKind,
    Missing,
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
            )
            for each in record["changes"]
        ),
        Missing(record["missing"]) if record["missing"] else None,
        Artefact(record["artefact"]) if record["artefact"] else None,
    )


def _evidence(side: Mapping[str, Any] | None) -> Evidence | None:
    return Evidence(Span(side["start"], side["end"]), side["quote"]) if side else None
