"""The coding file: a person's cells for one policy, as YAML or JSON, for review in a diff.

Owns reading and writing the whole file; docs/coding-by-hand.md describes it. It shares tree,
problems and YAML with the policy file. The shape is `coding_schema`'s.
"""

from __future__ import annotations

import re

from usepolicy.policies.hand_codings import HandCell, HandCoding
from usepolicy.policies.policies import Policy
from usepolicy.policies.versions import Version
from usepolicy.reading.policy_file import PolicyFormat
from usepolicy.reading.policy_plain import StudyNames, plain_policy, without_empty
from usepolicy.reading.policy_problems import Report
from usepolicy.reading.policy_tree import Plain, first_key, read_tree
from usepolicy.reading.policy_yaml import to_json, to_yaml

_CODING = re.compile(
    rb"""^["']?coding["']?[ \t]*:[ \t]*(?:[{#\r]|$)|"coding"\s*:\s*\{""", re.MULTILINE
)
"""The one key that every coding file has, with a mapping: at the margin of YAML, anywhere in JSON."""


def is_coding_file(data: bytes) -> bool:
    """Tell whether a file holds a coding rather than a policy, by its outermost keys."""
    return first_key(data) in ("coding", "cells") and _CODING.search(data) is not None


def dump_coding(hand: HandCoding, *, format: PolicyFormat, study_names: StudyNames) -> str:
    """Return the coding file of `hand`, with a newline at its end."""
    plain = _plain(hand, study_names)
    if format is PolicyFormat.YAML:
        return to_yaml(without_empty(plain))
    return to_json(plain)


def load_coding(data: str | bytes, *, place: str, study_names: StudyNames) -> HandCoding:
    """Return the hand coding that a file holds; what starts with `{` is JSON, the rest YAML.

    Args:   place: path of the file, for messages.
    Raises: PolicyFileError: the file breaks its format, its schema or the rules between its
            parts; of each stage all problems are collected.
    """
    from usepolicy.reading.coding_schema import build_coding  # pydantic: only who reads pays

    root = read_tree(data, place=place)
    return build_coding(root, study_names, Report(place, root.line_of))


def coding_schema_text() -> str:
    """Return the JSON Schema as `schemas/coding.schema.json` holds it."""
    from usepolicy.reading import coding_schema

    return coding_schema.coding_schema_text()


def _plain(hand: HandCoding, study_names: StudyNames) -> dict[str, Plain]:
    return {
        "coding": {"policy": _policy(hand), "text_sha256": hand.text_sha256},
        "cells": [_cell(cell, study_names) for cell in hand.cells],
    }


def _policy(hand: HandCoding) -> Plain:
    version = Version(hand.version_id, 0, hand.text_sha256, "", "")
    return plain_policy(Policy(hand.identity, version), {})["policy"]


def _cell(cell: HandCell, study_names: StudyNames) -> dict[str, Plain]:
    return {
        "category": cell.category,
        "study_name": study_names.get(cell.category),
        "decision": cell.decision,
        "value": cell.value,
        "strength": cell.strength,
        "evidence": [
            {
                "quote": words.evidence.quote,
                "start": words.evidence.span.start,
                "end": words.evidence.span.end,
                "clause": words.clause,
            }
            for words in cell.words
        ],
        "note": cell.note or None,
        "coder": cell.coder,
        "date": cell.date.isoformat(),
    }
