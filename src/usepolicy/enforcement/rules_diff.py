"""Differences of rules: what one rules file does otherwise than another, rule by rule; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from usepolicy.enforcement.rules import Exemption, Rule, Rules, Stage

NOTHING = "nothing"
"""What stands on the side of a difference that has no value."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is other."""

    rule: str
    """Id of the rule; empty for what is of the whole file."""
    what: str
    """`added`, `removed`, or the key of the rules file that is other."""
    before: str
    after: str


def differences(old: Rules, new: Rules) -> tuple[Difference, ...]:
    """Return what is other in new rules, by rule in the order of their ids."""
    return (*_of_file(old, new), *_of_rules(old, new))


def _of_file(old: Rules, new: Rules) -> Iterator[Difference]:
    if old.name != new.name:
        yield Difference("", "rules_of", old.name, new.name)
    if old.policies != new.policies:
        sides = (_listed(f"{v} {sha[:12]}" for v, sha in each.policies) for each in (old, new))
        yield Difference("", "policies", *sides)
    if old.resources != new.resources:
        before, after = (
            {f"{r.locale} {r.name}: {r.contact}" for r in each.resources} for each in (old, new)
        )
        yield Difference("", "resources", _listed(before - after), _listed(after - before))


def _of_rules(old: Rules, new: Rules) -> Iterator[Difference]:
    before, after = ({rule.id: rule for rule in each.rules} for each in (old, new))
    for id in sorted(before.keys() | after.keys()):
        mine, theirs = before.get(id), after.get(id)
        if mine is not None and theirs is not None:
            yield from _of_rule(mine, theirs)
        elif theirs is not None:
            yield Difference(id, "added", NOTHING, _summary(theirs))
        elif mine is not None:
            yield Difference(id, "removed", _summary(mine), NOTHING)


def _of_rule(old: Rule, new: Rule) -> Iterator[Difference]:
    for what, said in _SAID.items():
        before, after = said(old), said(new)
        if before != after:
            yield Difference(new.id, what, before, after)


def _summary(rule: Rule) -> str:
    return f"{rule.outcome}: {_restrictions(rule)}"


def _restrictions(rule: Rule) -> str:
    """Say what is enforced with how many clauses; the words themselves are in the policy."""
    counts: dict[str, int] = {}
    for each in rule.watched:
        counts[each.category] = counts.get(each.category, 0) + len(each.restrictions)
    return _listed(f"{c} ({n} {'clause' if n == 1 else 'clauses'})" for c, n in counts.items())


def _cascade(stages: Iterable[Stage]) -> str:
    said = (f"{s.detector} from {s.applies_from}, clear below {s.clear_below}" for s in stages)
    return "; then ".join(said)


def _exemption(each: Exemption) -> str:
    met = [*sorted(each.manners), *(f"grant {name}" for name in sorted(each.grants))]
    about = f" for {', '.join(sorted(each.categories))}" if each.categories else ""
    return f"{' and '.join(met)}{about}: {each.outcome}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or NOTHING


_SAID: Mapping[str, Callable[[Rule], str]] = {
    "restrictions": _restrictions,
    "clauses": lambda rule: _listed({r.clause for w in rule.watched for r in w.restrictions}),
    "outcome": lambda rule: rule.outcome.value,
    "between": lambda rule: rule.between.value,
    "on_error": lambda rule: rule.error_outcome.value,
    "untrusted": lambda rule: rule.untrusted.value,
    "cascade": lambda rule: _cascade(rule.cascade),
    "channels": lambda rule: _listed(rule.channels),
    "surfaces": lambda rule: _listed(rule.surfaces),
    "only_in": lambda rule: _listed(rule.only_in),
    "not_in": lambda rule: _listed(rule.not_in),
    "exemptions": lambda rule: _listed(map(_exemption, rule.exemptions)),
    "severity": lambda rule: rule.severity.value,
    "support": lambda rule: "yes" if rule.support else "no",
}
"""What is said of a rule by its key in the file."""
