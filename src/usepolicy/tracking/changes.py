"""Changes: what differs between two versions, as facts about restrictions with quotes.

Owns the nouns; `compare_versions` finds them, `summary` says them in a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from usepolicy.policies.clauses import CategoryId, QualifierKind, QualifierRole
from usepolicy.policies.spans import Evidence


class ChangeKind(StrEnum):
    """What happened to a restriction or to the enforcement."""

    ADDED = "added"
    REMOVED = "removed"
    WIDENED = "widened"
    """It forbids more: another act, one more audience, an exemption or a condition less."""
    NARROWED = "narrowed"
    REWORDED = "reworded"
    """Other words, the same scope as far as can be told."""
    MOVED = "moved"
    ENFORCEMENT_ADDED = "enforcement_added"
    ENFORCEMENT_REMOVED = "enforcement_removed"


HARMLESS = frozenset({ChangeKind.REWORDED, ChangeKind.MOVED})
"""Changes after which users may do what they could before."""
STRICTER = frozenset({ChangeKind.ADDED, ChangeKind.WIDENED, ChangeKind.ENFORCEMENT_ADDED})
"""Changes after which users may do less, or more befalls them."""


class VersionKind(StrEnum):
    """What the change of a whole version is."""

    UNAVAILABLE = "unavailable"
    """One side is an error page or has lost its policy."""
    COSMETIC = "cosmetic"
    """White space, markup, dates, titles, navigation, slips of the pen; or nothing."""
    EDITORIAL = "editorial"
    """Other words that change nothing for users: reasons, names, report channels."""
    SUBSTANTIVE = "substantive"
    """What users may do has changed, or what befalls them."""
    TECHNICAL = "technical"
    """The snapshot is the same; only our parser made another text of it."""
    UNKNOWN = "unknown"
    """Words changed in a language that is not read."""


class Missing(StrEnum):
    """Which version does not show the policy."""

    OLD = "old"
    NEW = "new"
    BOTH = "both"


class Artefact(StrEnum):
    """What a recorder made of pages, where the text shows it."""

    DOUBLED = "doubled_text"
    UNDOUBLED = "doubling_undone"
    APPENDED = "pages_appended"
    DETACHED = "pages_detached"
    SWAPPED = "page_swapped"


class Side(StrEnum):
    """Of the two versions, the one where words stand."""

    OLD = "old"
    NEW = "new"


class BoundKind(StrEnum):
    """What bounds a rule."""

    QUALIFIER = "qualifier"
    """Words of the rule: "without consent"."""
    EXEMPTION = "exemption"
    """A statement of its own: "This does not apply to ..."."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A qualifier or an exemption that only one version has."""

    what: BoundKind
    side: Side
    evidence: Evidence
    kind: QualifierKind | None = None
    """Of a qualifier, as is `role`."""
    role: QualifierRole | None = None

    @property
    def is_added(self) -> bool:
        """Whether the new version has it."""
        return self.side is Side.NEW


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, with the words of each side that has some."""

    change: ChangeKind
    category: CategoryId | None = None
    """The use it is about; None where the taxonomy has no name for it."""
    old: Evidence | None = None
    new: Evidence | None = None
    bounds: tuple[Bound, ...] = ()
    """Of `narrowed` and `widened`: the qualifiers and exemptions that came or went."""

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands: in the new text, else in the old."""
        new = self.new.span.start if self.new else -1
        old = self.old.span.start if self.old else -1
        return (new if new >= 0 else old, old)


@dataclass(frozen=True, slots=True)
class VersionChange:
    """All that differs between two versions."""

    kind: VersionKind
    summary: str
    """One sentence."""
    changes: tuple[Change, ...] = ()
    missing: Missing | None = None
    """Of `unavailable`: which version does not show the policy."""
    artefact: Artefact | None = None
    """What the recorder did; the facts are of what the files hold all the same."""

    @property
    def substantive(self) -> tuple[Change, ...]:
        """The changes that matter to a user."""
        return tuple(change for change in self.changes if change.change not in HARMLESS)
