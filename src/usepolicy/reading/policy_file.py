"""The policy file: a policy as YAML or JSON that a person can read, write and review in a diff.

Owns reading and writing the whole file; docs/policy-file.md describes it. The stages are
`policy_tree` (bytes to values), `policy_schema` (shape), `policy_build` (rules between the
parts), and on the way out `policy_plain` and `policy_yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from usepolicy.policies.policies import Policy
from usepolicy.reading.policy_plain import PLAIN_KEYS, StudyNames, plain_policy, without_empty
from usepolicy.reading.policy_problems import PolicyFileError, Problem, Report, refuse
from usepolicy.reading.policy_tree import (
    MAX_BYTES,
    MAX_VALUES,
    Node,
    count_values,
    first_key,
    read_tree,
    read_trees,
)
from usepolicy.reading.policy_yaml import to_json, to_yaml

__all__ = [
    "PolicyFileError",
    "PolicyFormat",
    "Problem",
    "StudyNames",
    "dump_policies",
    "dump_policy",
    "is_policy_file",
    "load_policies",
    "load_policy",
    "policy_schema",
    "policy_schema_text",
    "seems_policy_file",
]


_CLAUSES = re.compile(
    rb"""^["']?clauses["']?[ \t]*:[ \t]*(?:[\[#\r]|$)|"clauses"\s*:\s*\[""", re.MULTILINE
)
"""The one key that every policy file has, with a list: at the margin of YAML, anywhere in JSON."""


class PolicyFormat(StrEnum):
    """The two forms of a policy file; they hold the same."""

    YAML = "yaml"
    JSON = "json"


def is_policy_file(data: bytes) -> bool:
    """Tell by its outermost keys whether a file holds policies, whatever its name is."""
    return first_key(data) in PLAIN_KEYS and _CLAUSES.search(data) is not None


def seems_policy_file(data: bytes) -> bool:
    """Tell whether a file at least begins as a policy file or a broken one does."""
    return first_key(data) in PLAIN_KEYS


def dump_policy(
    policy: Policy, *, format: PolicyFormat, study_names: StudyNames | None = None
) -> str:
    """Return the policy file of `policy`, as `dump_policies` does."""
    return dump_policies([policy], format=format, study_names=study_names)


def dump_policies(
    policies: Sequence[Policy], *, format: PolicyFormat, study_names: StudyNames | None = None
) -> str:
    """Return the file of policies, with a newline at its end: YAML documents, or a list of JSON.

    JSON has every key, null and empty ones too; YAML leaves these out, but for `clauses` and
    `category`. `study_names` stands in for the shipped taxonomy.

    Raises: PolicyFileError: `too-many-values`, `too-large`: `load_policies` would refuse it.
    """
    names = _taxonomy_names() if study_names is None else study_names
    plain = [plain_policy(policy, names) for policy in policies]
    if format is PolicyFormat.YAML:
        plain = [without_empty(each) for each in plain]
        text = "---\n".join(map(to_yaml, plain))
    else:
        text = to_json(plain[0] if len(plain) == 1 else plain)
    _check_size(text, sum(map(count_values, plain)), place=policies[0].version.id)
    return text


def _check_size(text: str, values: int, *, place: str) -> None:
    help = "read parts of it, or several documents with -o into a folder"
    if values > MAX_VALUES:
        message = f"the policy file would hold {values:,} values, more than {MAX_VALUES:,}"
        refuse("too-many-values", message, place=place, help=help)
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        message = f"the policy file would have {size:,} bytes, more than {MAX_BYTES:,}"
        refuse("too-large", message, place=place, help=help)


def load_policy(data: str | bytes, *, place: str, study_names: StudyNames | None = None) -> Policy:
    """Return the one policy that a file holds.

    Raises: PolicyFileError: `several-documents`, and what `load_policies` raises.
    """
    return _policy(read_tree(data, place=place), place, study_names)


def load_policies(
    data: str | bytes, *, place: str, study_names: StudyNames | None = None
) -> list[Policy]:
    """Return the policies of a file; what starts with `{` or `[` is JSON, the rest YAML.

    Args:   place: path or address of the file, for messages.
            study_names: stands in for the shipped taxonomy.
    Raises: PolicyFileError: the file breaks its format, its schema or the rules between its
            parts; of each stage all problems of a policy are collected.
    """
    return [_policy(root, place, study_names) for root in read_trees(data, place=place)]


def _policy(root: Node, place: str, study_names: StudyNames | None) -> Policy:
    from usepolicy.reading import policy_build, policy_schema  # pydantic: only who reads pays

    report = Report(place, root.line_of)
    file = policy_schema.check_shape(root, report)
    report.raise_if_any()
    assert file is not None
    names = _taxonomy_names() if study_names is None else study_names
    policy = policy_build.build_policy(file, names, report)
    report.raise_if_any()
    return policy


def policy_schema() -> Mapping[str, object]:
    """Return the JSON Schema (draft 2020-12) of the policy file."""
    from usepolicy.reading import policy_schema as schema

    return schema.policy_schema()


def policy_schema_text() -> str:
    """Return the JSON Schema as `schemas/policy.schema.json` holds it."""
    from usepolicy.reading import policy_schema as schema

    return schema.policy_schema_text()


@cache
def _taxonomy_names() -> StudyNames:
    from usepolicy.taxonomy.categories import load_taxonomy

    names = {category.id: category.study_name for category in load_taxonomy().categories}
    return MappingProxyType(names)
