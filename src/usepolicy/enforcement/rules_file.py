"""The rules file: its keys, their types and meaning, and the JSON Schema.

Owns the shape alone. What a rule names, policies, clauses, detectors, is looked up by
`rules_build`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, StrictStr

from usepolicy.enforcement.guards.spec import GuardSpec
from usepolicy.enforcement.ladder_file import LADDER_ENTRIES, LadderFile
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.rules import Severity
from usepolicy.reading.policy_schema import FileEntry, schema_of, schema_text
from usepolicy.reading.policy_values import Sha256, Share, VersionKey, Words
from usepolicy.supply_chain.manners import Manner

RULES_SCHEMA_VERSION = 1
"""Raised when a key is removed or changes its meaning; part of the schema's `$id`."""

Country = Annotated[StrictStr, Field(pattern="^[A-Z]{2}$")]


class DetectorKind(StrEnum):
    """What stands behind a detector."""

    PATTERNS = "patterns"
    """A list of patterns: the shipped one, or a file."""
    USES = "uses"
    """The built-in labeller of uses, for what users declare."""
    GUARD = "guard"
    """A guard model: at a server, or in a folder."""


class PinnedPolicyEntry(FileEntry):
    """A policy that is enforced, and the reading of it that the rules were written for."""

    source: Words
    """A policy file, document, address or id of the catalogue; a path is relative to the file."""
    version: VersionKey | None = None
    """Id of the version."""
    text_sha256: Sha256 | None = None
    """SHA-256 of its text."""
    sha256: Sha256 | None = None
    """SHA-256 of its reading: `usepolicy rules pin` prints all three."""


class DetectorEntry(FileEntry):
    """A detector, and what stands behind it."""

    name: Words
    """What stages call it."""
    kind: DetectorKind
    """What stands behind it."""
    file: Words | None = None
    """A list of patterns beside the file; left out: the shipped list."""
    guard: GuardSpec | None = None
    """Which guard model, and how it is asked."""


class StageEntry(FileEntry):
    """One detector of a cascade."""

    detector: Words
    """Name of a detector."""
    applies_from: Share
    """Score from which the rule applies."""
    clear_below: Share
    """Score below which the request is clear; between the two the next stage is asked."""


class ExemptionEntry(FileEntry):
    """When a rule does not hold; of `manners` and `grants`, each that is given must be met."""

    manners: tuple[Manner, ...] = ()
    """How the text deals with what it names, e.g. `quotation`."""
    grants: tuple[Words, ...] = ()
    """Names of grants; the request must carry one."""
    categories: tuple[Words, ...] = ()
    """Categories of the rule that it is about; all if left out."""
    outcome: Outcome = Outcome.ALLOW
    """What is done instead, if that is milder."""


class RuleEntry(FileEntry):
    """How some restrictions are enforced."""

    id: Words
    """Short name, unique in the file."""
    categories: tuple[Words, ...] = ()
    """Categories that the policies restrict; those below them count too."""
    clauses: tuple[Words, ...] = ()
    """Clauses of the policies: a whole id, or `#` and its key."""
    outcome: Outcome
    """What is done with a request that breaks one of them."""
    between: Outcome | None = None
    """What is done with a score between the thresholds; `refer`, or `outcome` if that is milder."""
    on_error: Outcome | None = None
    """What is done where no detector could tell; left out: `outcome`."""
    untrusted: Literal[Outcome.ALLOW, Outcome.WARN, Outcome.REFER] | None = None
    """What is done where no detector knows the language; left out: that of the file."""
    cascade: tuple[StageEntry, ...] | None = None
    """The detectors in order; left out: that of the file."""
    channels: tuple[Channel, ...] = (Channel.PROMPT, Channel.OUTPUT)
    """What of a request is looked at."""
    surfaces: tuple[Surface, ...] = (Surface.API, Surface.INTERFACE)
    """Where it holds."""
    only_in: tuple[Country, ...] = ()
    """Countries (ISO 3166-1, two letters) in which it holds; all if left out."""
    not_in: tuple[Country, ...] = ()
    """Countries in which it doesn't."""
    exemptions: tuple[ExemptionEntry, ...] = ()
    """When it doesn't hold."""
    severity: Severity = Severity.MEDIUM
    """How grave a breach is."""
    support: StrictBool = False
    """Whether people whom it meets may be in need: they are shown where to find help."""


class ResourceEntry(FileEntry):
    """Where people in need find help."""

    locale: Words
    """Language tag with a country, `en-GB`, or `und` for a resource of all countries."""
    name: Words
    """What it is called."""
    contact: Words
    """How it is reached."""
    source: Words
    """Where that is stated."""


class RulesFile(FileEntry):
    """How an operator enforces one or more policies."""

    rules_of: Words
    """What the rules are called."""
    policies: tuple[PinnedPolicyEntry, ...] = ()
    """The policies that are enforced."""
    chain: Words | None = None
    """A chain file beside this one: what binds its last link is enforced."""
    detectors: tuple[DetectorEntry, ...]
    """The detectors that stages name."""
    cascade: tuple[StageEntry, ...] = ()
    """The cascade of rules that name none."""
    untrusted: Literal[Outcome.ALLOW, Outcome.WARN, Outcome.REFER] = Outcome.ALLOW
    """What is done where no detector knows the language of a text; it is marked in any case."""
    resources: tuple[ResourceEntry, ...] = ()
    """Where people in need find help, before the shipped table."""
    rules: tuple[RuleEntry, ...]
    """The rules; their order means nothing."""
    ladder: LadderFile | None = None
    """What follows from breaches, over time."""


RULES_ENTRIES: Mapping[str, type[BaseModel]] = {
    **LADDER_ENTRIES,
    "": RulesFile,
    "policies": PinnedPolicyEntry,
    "detectors": DetectorEntry,
    "guard": GuardSpec,
    "cascade": StageEntry,
    "resources": ResourceEntry,
    "rules": RuleEntry,
    "exemptions": ExemptionEntry,
}
"""The model of each in the list under a key; `""` is the file."""


def rules_schema_text() -> str:
    """Return the JSON Schema as `schemas/rules.schema.json` holds it."""
    return schema_text(schema_of(RulesFile, "rules", RULES_SCHEMA_VERSION))
