"""Summary: what changed for a user, in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from usepolicy.tracking.changes import Artefact, Bound, Change, ChangeKind, Missing, VersionKind

MOST = 6
"""Categories named in a summary; the rest is a number."""
SAID = {
    VersionKind.COSMETIC: "no words of the policy changed",
    VersionKind.EDITORIAL: "words changed, but not what users may do",
    VersionKind.TECHNICAL: "the snapshot is the same, only the parser differs",
    VersionKind.UNKNOWN: "words changed in a language that is not read",
}
WORDS = {
    ChangeKind.ADDED: "added",
    ChangeKind.REMOVED: "removed",
    ChangeKind.WIDENED: "widened",
    ChangeKind.NARROWED: "narrowed",
    ChangeKind.ENFORCEMENT_ADDED: "enforcement added",
    ChangeKind.ENFORCEMENT_REMOVED: "enforcement removed",
}


MISSING = {
    Missing.OLD: "the page shows the policy again, or for the first time",
    Missing.NEW: "the page does not show the policy any more",
    Missing.BOTH: "neither version shows the policy",
}
ARTEFACTS = {
    Artefact.DOUBLED: "the recorder has the text twice",
    Artefact.UNDOUBLED: "the recorder had the text twice",
    Artefact.APPENDED: "the recorder put further pages behind it",
    Artefact.DETACHED: "the recorder left out pages that stood behind it",
    Artefact.SWAPPED: "one of the recorded pages is another page",
}


def summary_of(
    kind: VersionKind,
    changes: Sequence[Change] = (),
    *,
    missing: Missing | None = None,
    artefact: Artefact | None = None,
) -> str:
    """Return one sentence on a whole version."""
    note = f" ({ARTEFACTS[artefact]})" if artefact else ""
    if missing is not None:
        return MISSING[missing]
    moved = sum(change.change is ChangeKind.MOVED for change in changes)
    places = f"; {moved} moved to another place" if moved else ""
    return (_facts(changes) if kind is VersionKind.SUBSTANTIVE else SAID[kind] + places) + note


def bounds_said(change: Change) -> tuple[str, ...]:
    """Return what came or went of the conditions of a rule: "qualifier (consent) removed"."""
    return tuple(
        f"{b.what}{_kind(b)} {'added' if b.is_added else 'removed'}" for b in change.bounds
    )


def _kind(bound: Bound) -> str:
    return f" ({bound.kind.replace('_', ' ')})" if bound.kind else ""


def _facts(changes: Sequence[Change]) -> str:
    counts = Counter(change.change for change in changes)
    parts = [f"{counts[each]} {word}" for each, word in WORDS.items() if counts[each]]
    names = sorted({str(c.category) for c in changes if c.change in WORDS and c.category})
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    about = f": {', '.join(names[:MOST])}{more}" if names else ""
    return ", ".join(parts) + about
