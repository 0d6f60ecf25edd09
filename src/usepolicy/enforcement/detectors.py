"""Detectors by the kind that a rules file names.

Owns which kind of detector stands behind which entry. A new kind is added to `_BUILDERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from usepolicy.enforcement.detection import Detector, Target
from usepolicy.enforcement.guards.spec import NO_SURROUNDINGS, Surroundings
from usepolicy.enforcement.labelled import LabellerDetector
from usepolicy.enforcement.pattern_detector import PatternDetector, shipped_detector
from usepolicy.enforcement.pattern_list import load_patterns
from usepolicy.enforcement.rules_file import DetectorEntry, DetectorKind
from usepolicy.errors import SchemaError
from usepolicy.labelling.protocol import Domain
from usepolicy.labelling.words import USES_VERSION, word_labeller
from usepolicy.taxonomy.categories import load_taxonomy

ReadFile = Callable[[str], tuple[bytes, str]]
"""From a path as the rules file writes it, to bytes and place."""


def build_detector(
    entry: DetectorEntry, read: ReadFile, around: Surroundings = NO_SURROUNDINGS
) -> Detector:
    """Return the detector of an entry.

    Args:   around: what a guard model is built for and from.
    Raises: PolicyFileError: its file breaks its schema. UsePolicyError: it can't be read; of a
            guard, as `guards.build`.
    """
    if entry.kind is DetectorKind.GUARD:
        return _guard(entry, around)
    return _BUILDERS[entry.kind](entry, read)


def _guard(entry: DetectorEntry, around: Surroundings) -> Detector:
    from usepolicy.enforcement.guards.build import build_guard

    if entry.guard is None:
        message = f"the detector `{entry.name}` needs the key `guard`"
        raise SchemaError("missing-key", message, place=around.place, help="see docs/guards.md")
    return build_guard(entry.guard, around)


def _patterns(entry: DetectorEntry, read: ReadFile) -> Detector:
    if entry.file is None:
        return shipped_detector()
    data, place = read(entry.file)
    return PatternDetector(load_patterns(data, place=place))


def _uses(entry: DetectorEntry, read: ReadFile) -> Detector:  # noqa: ARG001  as every builder
    targets = frozenset(Target(category) for category in load_taxonomy().by_id)
    return LabellerDetector(word_labeller, Domain.USE, targets, USES_VERSION)


_BUILDERS: Mapping[DetectorKind, Callable[[DetectorEntry, ReadFile], Detector]] = {
    DetectorKind.PATTERNS: _patterns,
    DetectorKind.USES: _uses,
}
