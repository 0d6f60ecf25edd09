"""The shape of a policy file: its models, its JSON Schema, and what breaks it.

Owns the names, order, types and meaning of the keys, for YAML and JSON alike. What a model
cannot see alone (spans that cut their quotes, ids, categories) is checked in `policy_build`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError
from pydantic_core import ErrorDetails

from usepolicy.policies.clauses import Effect, QualifierKind, QualifierRole, Strength
from usepolicy.policies.policies import PolicyKind, Weights
from usepolicy.policies.provisions import ProvisionKind, ReferenceKind
from usepolicy.reading.policy_problems import Path, Report, did_you_mean, shown
from usepolicy.reading.policy_tree import Node
from usepolicy.reading.policy_values import (
    ClauseKey,
    IsoDate,
    Offset,
    Sha256,
    VersionKey,
    Words,
)

SCHEMA_VERSION = 1
"""Raised when a key is removed or changes its meaning; part of the schema's `$id`."""


class FileEntry(BaseModel):
    """A mapping of a file that people write: no key but its own, no change once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SpanEntry(FileEntry):
    """A range of the canonical text, in code points."""

    start: Offset
    """First code point."""
    end: Offset
    """Code point after the last."""


class CitationEntry(FileEntry):
    """Words of the text and where they stand."""

    quote: Words
    """The words, exactly as the text has them."""
    start: Offset | None = None
    """First code point; left out: the first place where the words stand."""
    end: Offset | None = None
    """Code point after the last; left out: `start` and the length of the quote."""


class QualifierEntry(FileEntry):
    """A condition of a restriction."""

    kind: QualifierKind
    """What the restriction depends on."""
    role: QualifierRole
    """`narrows` says what is forbidden, `lifts` when it is allowed."""
    quote: Words
    """The words of the condition; they may stand outside the clause, as in a lead-in."""
    start: Offset | None = None
    """First code point; left out: the first place where the words stand."""
    end: Offset | None = None
    """Code point after the last; left out: computed."""


class RestrictionEntry(FileEntry):
    """One use that the clause forbids, requires or permits."""

    category: StrictStr | None
    """Id of a category of the taxonomy; null where none fits."""
    study_name: StrictStr | None = None
    """The category's name in the study, null where it has none; derived, checked if given."""
    effect: Effect = Effect.FORBIDS
    """What the clause does with the use."""
    strength: Strength | None = None
    """`restricted` if a qualifier lifts, else `prohibited`; null for `permits`; derived."""
    evidence: Annotated[tuple[CitationEntry, ...], Field(min_length=1)] | None = None
    """The words that say so, inside the clause; left out: the whole clause."""
    qualifiers: tuple[QualifierEntry, ...] = ()
    """The conditions of this restriction."""


class ScopeEntry(FileEntry):
    """Whom and what a clause binds, as far as its words say."""

    bound: CitationEntry | None = None
    """Who is bound."""
    surface: CitationEntry | None = None
    """Where it holds: an API, an app, a store."""
    product: CitationEntry | None = None
    """Which product or model it is about."""


class ClauseEntry(FileEntry):
    """A unit of the policy's text and what was read from it."""

    id: ClauseKey | None = None
    """`developer/slug@date#k`; left out: computed from the words."""
    start: Offset | None = None
    """First code point of the clause; left out in a file written by hand."""
    end: Offset | None = None
    """Code point after its last; left out in a file written by hand."""
    text: Words
    """The words of the clause."""
    lead_ins: tuple[SpanEntry, ...] = ()
    """Headings and lead-ins that give the clause its force, outermost first."""
    scope: ScopeEntry = ScopeEntry()
    """Whom and what the clause binds."""
    restrictions: tuple[RestrictionEntry, ...] = ()
    """What the clause forbids, requires or permits."""


class ProvisionEntry(FileEntry):
    """A statement of how the policy is enforced."""

    kind: ProvisionKind
    """What is provided."""
    quote: Words
    """The words that say so."""
    start: Offset | None = None
    """First code point; left out: the first place where the words stand."""
    end: Offset | None = None
    """Code point after the last; left out: computed."""


class ReferenceEntry(FileEntry):
    """A document that the policy names."""

    kind: ReferenceKind
    """How the policy relates to it."""
    quote: Words
    """The words that name it."""
    start: Offset | None = None
    """First code point; left out: the first place where the words stand."""
    end: Offset | None = None
    """Code point after the last; left out: computed."""
    target: StrictStr | None = None
    """Address of the document, where the text gives one."""
    sentence: CitationEntry | None = None
    """The sentence that names it."""


class FindingEntry(FileEntry):
    """Something that a reader of the policy must know about how it was read."""

    code: Words
    """Stable kebab-case identifier, e.g. `language-not-read`."""
    message: StrictStr
    """What was found, for a person."""
    start: Offset | None = None
    """First code point, if it is about one place."""
    end: Offset | None = None
    """Code point after the last."""
    blocks: StrictBool = False
    """True: what is not found in the text is unknown, not absent."""


class PartEntry(FileEntry):
    """One of the documents that the version joins."""

    start: Offset | None = None
    """First code point; may be left out where there is one part: it is the whole text."""
    end: Offset | None = None
    """Code point after the last."""
    title: StrictStr | None = None
    """Title of the document."""
    address: StrictStr | None = None
    """Address that it was read from."""
    stated_date: IsoDate | None = None
    """The date that the text itself states."""
    snapshot_sha256: Sha256 | None = None
    """SHA-256 of the bytes of this part."""


class PolicyEntry(FileEntry):
    """Who published the policy and what it covers; unknown is null."""

    id: VersionKey | None = None
    """Id of the version, `developer/slug@date`; left out: computed from the fields below."""
    developer: StrictStr | None = None
    """Who publishes the policy."""
    service: StrictStr | None = None
    """The service that it covers."""
    title: StrictStr | None = None
    """Title of the document."""
    kind: PolicyKind | None = None
    """Kind of instrument."""
    document_kind: StrictStr | None = None
    """Kind of document as the study has it: standalone, licence, terms of service."""
    binding: StrictStr | None = None
    """The document that makes the policy binding."""
    models: tuple[StrictStr, ...] = ()
    """Models that it covers."""
    modality: StrictStr | None = None
    """What the models take and make: text, image, audio."""
    weights: Weights | None = None
    """Whether the weights of the models are public."""
    headquarters: StrictStr | None = None
    """Where the developer has its headquarters."""
    effective: IsoDate | None = None
    """Date from which the policy applies."""
    recorded: IsoDate | None = None
    """Date at which the document was taken."""


class VersionEntry(FileEntry):
    """The canonical text that the offsets are into; the text itself is not in the file."""

    snapshot_sha256: Sha256 | None = None
    """SHA-256 of the bytes that were read."""
    text_sha256: Sha256 | None = None
    """SHA-256 of the canonical text in UTF-8; left out in a file written by hand."""
    parser: Words = "hand"
    """Name and version of what made the text; `hand` for a file written by hand."""
    language: Words = "und"
    """BCP 47 tag of the text's language; `und` where unknown."""
    text_length: Offset | None = None
    """Length of the canonical text in code points; left out in a file written by hand."""
    parts: tuple[PartEntry, ...] = ()
    """The documents that the version joins."""


class PolicyFile(FileEntry):
    """A policy as clauses that cite their words."""

    policy: PolicyEntry = PolicyEntry()
    """Who published it and what it covers."""
    version: VersionEntry = VersionEntry()
    """The text that was read."""
    clauses: tuple[ClauseEntry, ...]
    """The clauses, in order of the text."""
    provisions: tuple[ProvisionEntry, ...] = ()
    """What the policy says of its own enforcement."""
    references: tuple[ReferenceEntry, ...] = ()
    """The documents that it names."""
    findings: tuple[FindingEntry, ...] = ()
    """What a reader of this file must know about the reading."""


ENTRIES: Mapping[str, type[BaseModel]] = {
    "": PolicyFile,
    "policy": PolicyEntry,
    "version": VersionEntry,
    "parts": PartEntry,
    "clauses": ClauseEntry,
    "lead_ins": SpanEntry,
    "scope": ScopeEntry,
    "bound": CitationEntry,
    "surface": CitationEntry,
    "product": CitationEntry,
    "restrictions": RestrictionEntry,
    "evidence": CitationEntry,
    "qualifiers": QualifierEntry,
    "provisions": ProvisionEntry,
    "references": ReferenceEntry,
    "findings": FindingEntry,
}
"""The model of the mapping, or of each in the list, under a key; `""` is the file."""


def policy_schema() -> Mapping[str, object]:
    """Return the JSON Schema of the policy file."""
    return schema_of(PolicyFile, "policy", SCHEMA_VERSION)


def policy_schema_text() -> str:
    """Return the JSON Schema as `schemas/policy.schema.json` holds it."""
    return schema_text(policy_schema())


def schema_of(file: type[BaseModel], name: str, version: int) -> Mapping[str, object]:
    """Return the JSON Schema (draft 2020-12) of a kind of file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:usepolicy:schema:{name}:{version}",
        **file.model_json_schema(),
    }


def schema_text(schema: Mapping[str, object]) -> str:
    """Return a JSON Schema as a file of `schemas/` holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


Model = TypeVar("Model", bound=BaseModel)


def check_shape(root: Node, report: Report) -> PolicyFile | None:
    """Return the file as its model; note every way in which it breaks it, and return None."""
    return check_model(root, PolicyFile, ENTRIES, report)


def check_model(
    root: Node, model: type[Model], entries: Mapping[str, type[BaseModel]], report: Report
) -> Model | None:
    """Return the tree as `model`, as `check_shape` does; `entries` are the models below it."""
    try:
        return model.model_validate(root.plain())
    except ValidationError as error:
        for details in error.errors(include_url=False):
            _note(details, entries, report)
        return None


_PHRASES = {
    "string_type": "must be text, not {value}",
    "string_unicode": "holds half of a surrogate pair, which no text can hold",
    "string_too_short": "must hold words",
    "int_type": "must be a whole number, not {value}",
    "bool_type": "must be `true` or `false`, not {value}",
    "tuple_type": "must be a list, not {value}",
    "model_type": "must be a mapping, not {value}",
    "greater_than_equal": "must not be negative, but is {value}",
    "too_short": "must not be an empty list; leave it out to cite the whole clause",
}
"""Pydantic's error types in our words."""


def _note(details: ErrorDetails, entries: Mapping[str, type[BaseModel]], report: Report) -> None:
    kind, path, value = details["type"], details["loc"], details["input"]
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        help = _suggest(key, entries[_container(path[:-1])].model_fields)
        report.add(path, "unknown-key", f"unknown key `{shown(key)}`", help=help)
    elif kind == "missing":
        nullable = key == "category" and "restrictions" in path
        help = "write `category: null` where none fits" if nullable else ""
        report.add(path[:-1], "missing-key", f"the key `{key}` is missing", help=help)
    elif kind == "enum":
        allowed = details["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        message = f"unknown {key.replace('_', ' ')} {_value(value)}"
        report.add(path, "unknown-value", message, help=_suggest(str(value), allowed))
    else:
        report.add(path, "wrong-value", f"`{shown(key)}` {_phrase(kind, key, value)}")


def _phrase(kind: str, key: str, value: object) -> str:
    if key.endswith("sha256") and kind == "string_pattern_mismatch":
        return f"must be 64 hexadecimal digits, not {_value(value)}"
    if kind == "id_form" or (key in ("id", "clause") and kind == "string_pattern_mismatch"):
        return f"must be like `developer/slug@date`, a clause's with `#key`, not {_value(value)}"
    if kind.startswith("date"):
        return f"must be a date such as `2025-01-31`, not {_value(value)}"
    if kind in ("share_form", "greater_than", "less_than_equal"):
        return f"must be a number above 0, at most 1, not {_value(value)}"
    if kind == "value_error":
        return "must hold words" if isinstance(value, str) else "must be a date in quotes"
    phrase = _PHRASES.get(kind, "has a wrong value: {value}")
    return phrase.format(value=_value(value))


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "empty" if value is None else f"`{shown(value)}`"


def _suggest(word: str, allowed: object) -> str:
    names = [str(name) for name in allowed] if isinstance(allowed, list | Mapping) else []
    nearest = did_you_mean(word, names)
    listed = "allowed: " + ", ".join(f"`{name}`" for name in names)
    return f"{nearest} {listed}" if nearest else listed


def _container(path: Path) -> str:
    """Return the last key of `path`: the one whose mapping or list the value stands in."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")
