"""Versions: two texts or readings in, what changed out; the labeller is the shipped vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from usepolicy.labelling.vocabulary import load_vocabulary
from usepolicy.policies.clauses import CategoryId
from usepolicy.reading.pipeline import Reading
from usepolicy.tracking.changes import VersionChange, VersionKind
from usepolicy.tracking.compare import compare_versions, whole
from usepolicy.tracking.statements import cut


def compare_texts(old: str, new: str) -> VersionChange:
    """Return what changed from one canonical text to another."""
    return compare_versions(cut_once(old), cut_once(new), categories)


cut_once = lru_cache(maxsize=8)(cut)
"""A history asks for each version twice: as the new one, then as the old one."""


def categories(words: str, above: str) -> Sequence[CategoryId]:
    """Return the categories that words name, that which stands first before others."""
    context = f"{above} . {words}".encode("latin-1", "replace")
    found = load_vocabulary().matches(words.encode("latin-1", "replace"), context)
    return sorted(found, key=lambda category: (found[category][0], category))


def compare_readings(old: Reading, new: Reading) -> VersionChange:
    """Return what changed from one reading to another.

    Where the snapshot is the same and only the parser differs, the change is ours, not the policy's.
    """
    before, after = old.policy.version, new.policy.version
    if before.snapshot_sha256 and before.snapshot_sha256 == after.snapshot_sha256:
        same = before.text_sha256 == after.text_sha256
        kind = VersionKind.COSMETIC if same else VersionKind.TECHNICAL
        return whole(kind)
    return compare_texts(old.text, new.text)
