"""Summary: what changed for a user, in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from usepolicy.tracking.changes import Change, ChangeKind, VersionKind

MOST = 6
"""Categories named in a summary; the rest is a number."""
SAID = {
    VersionKind.UNAVAILABLE: "the page does not show the policy",
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


def summary_of(kind: VersionKind, changes: Sequence[Change]) -> str:
    """Return one sentence on a whole version."""
    if kind is not VersionKind.SUBSTANTIVE:
        return SAID[kind]
    counts = Counter(change.change for change in changes)
    parts = [f"{counts[each]} {word}" for each, word in WORDS.items() if counts[each]]
    names = sorted({str(c.category) for c in changes if c.change in WORDS and c.category})
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    about = f": {', '.join(names[:MOST])}{more}" if names else ""
    return ", ".join(parts) + about
