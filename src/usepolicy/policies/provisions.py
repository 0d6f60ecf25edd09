"""Provisions and references: what a policy says of its own enforcement, and of other documents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from usepolicy.policies.spans import Evidence


class ProvisionKind(StrEnum):
    """The twelve provisions on enforcement that a coder notes of a policy."""

    MONITORING = "monitoring"
    WARNING = "warning"
    FEATURE_OR_RATE_LIMIT = "feature_or_rate_limit"
    CONTENT_REMOVAL = "content_removal"
    SUSPENSION = "suspension"
    TERMINATION_BAN = "termination_ban"
    REPORT_TO_AUTHORITIES = "report_to_authorities"
    NOTICE_OF_VIOLATION = "notice_of_violation"
    JUSTIFICATION = "justification"
    APPEAL = "appeal"
    RESEARCHER_EXEMPTION = "researcher_exemption"
    USER_REPORTING = "user_reporting"


@dataclass(frozen=True, slots=True)
class Provision:
    """One statement of how the policy is enforced."""

    kind: ProvisionKind
    evidence: Evidence


class ReferenceKind(StrEnum):
    """How a policy relates to a document that it names."""

    INCORPORATES = "incorporates"
    SUPERSEDES = "supersedes"
    SUBJECT_TO = "subject_to"
    MENTIONS = "mentions"


@dataclass(frozen=True, slots=True)
class Reference:
    """A document that the policy names, with the words that name it."""

    kind: ReferenceKind
    evidence: Evidence
    target: str | None
    """Address of the document, where the text gives one."""
    sentence: Evidence | None = None
    """The sentence or item that names it; None where that is not known or very long."""

    @property
    def words(self) -> Evidence:
        """The sentence that names it, else the words that do."""
        return self.sentence or self.evidence
