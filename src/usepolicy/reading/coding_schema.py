"""The shape of a coding file: its models, its JSON Schema, and the rules between its parts.

Owns the names, order, types and meaning of the keys, for YAML and JSON alike. Whether the words
stand in the policy's text cannot be told from the file; `policies.hand_codings` carries them.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, StrictStr

from usepolicy.policies.clauses import CategoryId, ClauseId, Strength
from usepolicy.policies.codings import CellValue
from usepolicy.policies.hand_codings import HandCell, HandCoding, HandDecision
from usepolicy.policies.places import CitedWords
from usepolicy.policies.policies import Identity
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import VersionId
from usepolicy.reading.policy_plain import StudyNames
from usepolicy.reading.policy_problems import Path, Report, did_you_mean, shown
from usepolicy.reading.policy_schema import (
    FileEntry,
    PolicyEntry,
    check_model,
    schema_of,
    schema_text,
)
from usepolicy.reading.policy_tree import Node
from usepolicy.reading.policy_values import (
    ClauseKey,
    IsoDate,
    Offset,
    Sha256,
    VersionKey,
    Words,
)

CODING_SCHEMA_VERSION = 1
"""Raised when a key is removed or changes its meaning; part of the schema's `$id`."""


class CodedPolicyEntry(PolicyEntry):
    """The policy that was coded."""

    id: VersionKey
    """Id of the version, `developer/slug@date`."""


class CodingEntry(FileEntry):
    """What the cells are about."""

    policy: CodedPolicyEntry
    """The policy, as it was read or as its file says."""
    text_sha256: Sha256
    """SHA-256 of the canonical text that the places are in."""


class WordsEntry(FileEntry):
    """Words of the policy and where they stand."""

    quote: Words
    """The words, exactly as the text has them."""
    start: Offset
    """First code point."""
    end: Offset
    """Code point after the last."""
    clause: ClauseKey | None = None
    """Id of the clause that they stand in; null where they stand in none."""


class CellEntry(FileEntry):
    """One category, decided by a person."""

    category: StrictStr
    """Id of a category of the taxonomy."""
    study_name: StrictStr | None = None
    """The category's name in the study, null where it has none; derived, not read."""
    decision: HandDecision
    """`accept` or `reject` what the machine said, `add` what it did not find."""
    value: CellValue | None = None
    """`coded` where words stand and were not rejected, else `not_coded`; derived."""
    strength: Strength | None = None
    """How strictly the use is restricted; null where not coded or not said."""
    evidence: tuple[WordsEntry, ...] = ()
    """The words that it rests on; of a rejected cell, those that were rejected."""
    note: StrictStr | None = None
    """What the person has to say."""
    coder: Words
    """Who decided."""
    date: IsoDate
    """When."""


class CodingFile(FileEntry):
    """A person's decisions about the categories of one policy."""

    coding: CodingEntry
    """What was coded."""
    cells: tuple[CellEntry, ...] = ()
    """One a category that somebody looked at, sorted by category."""


CODING_ENTRIES: Mapping[str, type[BaseModel]] = {
    "": CodingFile,
    "coding": CodingEntry,
    "policy": CodedPolicyEntry,
    "cells": CellEntry,
    "evidence": WordsEntry,
}
"""The model of the mapping, or of each in the list, under a key; `""` is the file."""


def coding_schema_text() -> str:
    """Return the JSON Schema as `schemas/coding.schema.json` holds it."""
    return schema_text(schema_of(CodingFile, "coding", CODING_SCHEMA_VERSION))


def build_coding(root: Node, study_names: StudyNames, report: Report) -> HandCoding:
    """Return the hand coding that `root` holds.

    Raises: PolicyFileError: the tree breaks the schema or a rule; all problems of a stage.
    """
    file = check_model(root, CodingFile, CODING_ENTRIES, report)
    report.raise_if_any()
    assert file is not None
    entry = file.coding.policy
    identity = Identity(**{key: getattr(entry, key) for key in Identity.__dataclass_fields__})
    cells = tuple(_cell(("cells", i), cell, report) for i, cell in enumerate(file.cells))
    _check_categories(cells, study_names, report)
    report.raise_if_any()
    return HandCoding(VersionId(entry.id), file.coding.text_sha256, identity, cells)


def _cell(path: Path, entry: CellEntry, report: Report) -> HandCell:
    cell = HandCell(
        CategoryId(entry.category),
        entry.decision,
        entry.coder,
        entry.date,
        tuple(_words((*path, "evidence", i), w, report) for i, w in enumerate(entry.evidence)),
        entry.strength,
        entry.note or "",
    )
    if cell.decision is HandDecision.ADD and not cell.words:
        report.add(path, "missing-quote", "an added cell needs the words that it rests on")
    if entry.value not in (None, cell.value):
        message = f"`value` is `{entry.value}`, but decision and evidence make it `{cell.value}`"
        report.add((*path, "value"), "value-mismatch", message, help="leave it out: it is derived")
    if cell.strength is not None and cell.value is CellValue.NOT_CODED:
        message = f"`strength` is `{cell.strength}`, but the cell is not coded"
        report.add((*path, "strength"), "wrong-strength", message, help="leave it out")
    return cell


def _words(path: Path, entry: WordsEntry, report: Report) -> CitedWords:
    end = entry.start + len(entry.quote)
    if entry.end != end:
        message = f"the quote has {len(entry.quote)} code points, so `end` is {end}"
        report.add((*path, "end"), "span-mismatch", f"{message}, not {entry.end}")
    clause = ClauseId(entry.clause) if entry.clause is not None else None
    return CitedWords(Evidence(Span(entry.start, end), entry.quote), clause)


def _check_categories(cells: tuple[HandCell, ...], study_names: StudyNames, report: Report) -> None:
    seen: set[CategoryId] = set()
    for index, cell in enumerate(cells):
        path: Path = ("cells", index, "category")
        if cell.category not in study_names:
            help = did_you_mean(cell.category, study_names) or "list them: `usepolicy categories`"
            message = f"unknown category `{shown(cell.category)}`"
            report.add(path, "unknown-category", message, help=help)
        elif cell.category in seen:
            message = f"the category `{cell.category}` has a cell already"
            report.add(path, "duplicate-category", message)
        seen.add(cell.category)
