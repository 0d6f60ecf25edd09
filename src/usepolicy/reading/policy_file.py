"""The policy file: a policy as YAML or JSON that a person can read, write and review in a diff.

Owns reading and writing the whole file; docs/policy-file.md describes it. The stages are
`policy_tree` (bytes to values), `policy_schema` (shape), `policy_build` (rules between the
parts), and on the way out `policy_plain` and `policy_yaml`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from usepolicy.policies.policies import Policy
from usepolicy.reading.policy_plain import StudyNames, plain_policy, without_empty
from usepolicy.reading.policy_problems import PolicyFileError, Problem, Report
from usepolicy.reading.policy_tree import read_tree
from usepolicy.reading.policy_yaml import to_yaml

__all__ = [
    "PolicyFileError",
    "PolicyFormat",
    "Problem",
    "StudyNames",
    "dump_policy",
    "load_policy",
    "policy_schema",
    "policy_schema_text",
]


class PolicyFormat(StrEnum):
    """The two forms of a policy file; they hold the same."""

    YAML = "yaml"
    JSON = "json"


def dump_policy(
    policy: Policy, *, format: PolicyFormat, study_names: StudyNames | None = None
) -> str:
    """Return the policy file of `policy`, with a newline at its end.

    JSON has every key, null and empty ones too; YAML leaves these out, but for `clauses` and
    `category`. `study_names` stands in for the shipped taxonomy.
    """
    names = _taxonomy_names() if study_names is None else study_names
    plain = plain_policy(policy, names)
    if format is PolicyFormat.YAML:
        return to_yaml(without_empty(plain))
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def load_policy(data: str | bytes, *, place: str, study_names: StudyNames | None = None) -> Policy:
    """Return the policy that a file holds; what starts with `{` or `[` is JSON, the rest YAML.

    Args:   place: path or address of the file, for messages.
            study_names: stands in for the shipped taxonomy.
    Raises: PolicyFileError: the file breaks its format, its schema or the rules between its
            parts; of each stage all problems are collected.
    """
    from usepolicy.reading import policy_build, policy_schema  # pydantic: only who reads pays

    root = read_tree(data, place=place)
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
