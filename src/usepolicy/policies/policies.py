"""Policies: a version read into clauses, provisions and references, with who published it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from usepolicy.policies.clauses import CategoryId, Clause, Effect, Restriction, Strength
from usepolicy.policies.provisions import Provision, Reference
from usepolicy.policies.versions import Finding, Version


class PolicyKind(StrEnum):
    """What kind of instrument a policy is."""

    AUP = "aup"
    TERMS = "terms"
    LICENCE = "licence"
    BEHAVIOUR_POLICY = "behaviour_policy"
    MODEL_CARD = "model_card"
    API_POLICY = "api_policy"
    SCALING_POLICY = "scaling_policy"
    CONTRACT = "contract"
    REGULATION = "regulation"
    CODE = "code"


class Weights(StrEnum):
    """Whether the weights of the models are public."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who published a policy and what it covers, as stated by whoever asked for the reading.

    The reader never guesses a publisher: it sees the document alone. Unknown is None.
    """

    developer: str | None = None
    service: str | None = None
    title: str | None = None
    kind: PolicyKind | None = None
    document_kind: str | None = None
    """As the study has it: standalone, licence, terms of service."""
    binding: str | None = None
    """The document that makes the policy binding; None where unknown."""
    models: tuple[str, ...] = ()
    modality: str | None = None
    weights: Weights | None = None
    headquarters: str | None = None
    effective: date | None = None
    """Date from which it applies, as stated in the document."""
    recorded: date | None = None
    """Date at which the bytes were taken."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A version read into clauses that cite their words."""

    identity: Identity
    version: Version
    clauses: tuple[Clause, ...] = ()
    provisions: tuple[Provision, ...] = ()
    references: tuple[Reference, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def is_read(self) -> bool:
        """Whether silence of this reading means that the text is silent."""
        return not any(finding.blocks for finding in self.findings)


def restrictions_on(policy: Policy, category: CategoryId) -> list[tuple[Clause, Restriction]]:
    """Return what `policy` forbids or requires about `category`, in order of the text."""
    return [
        (clause, restriction)
        for clause in policy.clauses
        for restriction in clause.restrictions
        if restriction.category == category and restriction.effect is not Effect.PERMITS
    ]


def strength_of(policy: Policy, category: CategoryId) -> Strength | None:
    """Return the strictest strength that `policy` has for `category`; None if it has none."""
    strengths = {restriction.strength for _, restriction in restrictions_on(policy, category)}
    if Strength.PROHIBITED in strengths:
        return Strength.PROHIBITED
    return Strength.RESTRICTED if strengths else None
