"""Where an operator starts: a policy to edit, and rules made for what a policy forbids.

Owns `data/rules/`. What is made is a file for a person to change, and works as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal, cast

from pydantic import TypeAdapter

from usepolicy.enforcement.detection import Target
from usepolicy.enforcement.grounds import Grounds
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.pattern_list import shipped_patterns
from usepolicy.enforcement.pins import pin_of
from usepolicy.enforcement.rules import Severity
from usepolicy.patterns import load_table
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.policies import Policy
from usepolicy.reading.policy_schema import FileEntry
from usepolicy.reading.policy_tree import Plain
from usepolicy.reading.policy_yaml import to_yaml
from usepolicy.supply_chain.manners import Manner
from usepolicy.taxonomy.categories import load_taxonomy

HEAD = """\
# How the policy is enforced: docs/rules.md describes the keys. Edit it, then
#   usepolicy rules check {name}      finds what is missing or can never happen
#   usepolicy decide --rules {name} 'a request'
#   usepolicy evaluate --rules {name} --prompts labelled.jsonl
# A pattern is a first stage: precise, and it misses most. Put a guard model behind it before you
# rely on it: between the two thresholds the next stage is asked, or else a person (`refer`).
"""
MILDER = {
    Outcome.BLOCK: Outcome.REFER,
    Outcome.REFER: Outcome.WARN,
    Outcome.WARN: Outcome.ALLOW,
}
"""What a manner makes of an outcome: who says that it is for research may say so falsely."""
PATTERNS, USES = "patterns", "uses"


class _Group(FileEntry):
    """An entry of `starting.yaml`."""

    id: str
    categories: tuple[CategoryId, ...]
    outcome: Literal[Outcome.WARN, Outcome.REFER, Outcome.BLOCK]
    severity: Severity
    spares: tuple[Manner, ...] = ()
    support: bool = False


@cache
def _table() -> Mapping[str, object]:
    return cast("Mapping[str, object]", load_table("rules/starting.yaml"))


@cache
def _groups() -> tuple[_Group, ...]:
    return TypeAdapter(tuple[_Group, ...]).validate_python(_table()["groups"])


def starting_policy(developer: str, day: str) -> str:
    """Return the policy file to start from.

    Args: day: the date from which it applies, YYYY-MM-DD.
    """
    source = resources.files("usepolicy") / "data" / "rules" / "starting-policy.yaml"
    text = source.read_text(encoding="utf-8")
    name = json.dumps(developer, ensure_ascii=False)
    return text.replace('"@developer@"', name).replace('"@date@"', day)


def starting_rules(policies: Sequence[tuple[Policy, str]], *, name: str, file: str) -> str:
    """Return a rules file for policies.

    Args: policies: each with its `source` as the file names it; name: what the rules are called;
          file: what the file is called, for the hints in its head.
    """
    grounds = Grounds([policy for policy, _ in policies], load_taxonomy())
    plain: dict[str, object] = {
        "rules_of": name,
        "policies": [_pinned(policy, source) for policy, source in policies],
        "detectors": [{"name": PATTERNS, "kind": "patterns"}, {"name": USES, "kind": "uses"}],
        "cascade": [_stage(PATTERNS, "cascade")],
        "untrusted": "allow",
        "rules": list(_rules(grounds)),
    }
    return HEAD.format(name=file) + to_yaml(cast("Plain", plain))


def _pinned(policy: Policy, source: str) -> dict[str, object]:
    pin = pin_of(policy)
    return {
        "source": source,
        "version": pin.version,
        "text_sha256": pin.text_sha256,
        "sha256": pin.sha256,
    }


def _stage(detector: str, table: str) -> dict[str, object]:
    return {"detector": detector, **cast("Mapping[str, object]", _table()[table])}


def _rules(grounds: Grounds) -> Iterator[dict[str, object]]:
    declared: list[CategoryId] = []
    for group in _groups():
        hard, soft = _split(group, grounds)
        declared += [*hard, *soft]
        if hard:
            yield _rule(group, hard, group.id, group.outcome)
        if soft:
            yield _rule(group, soft, f"{group.id}-conditional", Outcome.WARN)
    if declared:
        yield {
            "id": "declared-uses",
            "categories": sorted(set(declared)),
            "outcome": "refer",
            "cascade": [_stage(USES, "declared")],
            "channels": ["declared_use"],
        }


def _split(group: _Group, grounds: Grounds) -> tuple[list[CategoryId], list[CategoryId]]:
    """Return the categories that the policies prohibit, and those that they only restrict."""
    known = frozenset(Target(each.target) for each in shipped_patterns().patterns)
    hard: list[CategoryId] = []
    soft: list[CategoryId] = []
    forbidden = frozenset(grounds.categories())
    for category in group.categories:
        watched = grounds.of_category(category) if category in forbidden else None
        if watched is None or not watched.targets & known:
            continue
        strict = any(each.strength is Strength.PROHIBITED for each in watched.restrictions)
        (hard if strict else soft).append(category)
    return hard, soft


def _rule(
    group: _Group, categories: Sequence[CategoryId], id: str, outcome: Outcome
) -> dict[str, object]:
    rule: dict[str, object] = {
        "id": id,
        "categories": list(categories),
        "outcome": outcome.value,
        "severity": group.severity.value,
    }
    if group.support:
        rule["support"] = True
    if group.spares:
        manners = [manner.value for manner in group.spares]
        rule["exemptions"] = [{"manners": manners, "outcome": MILDER[outcome].value}]
    return rule
