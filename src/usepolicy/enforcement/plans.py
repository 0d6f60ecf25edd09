"""Plans: which rules look at what of a request that comes in at one place; pure.

Owns the choice by surface, jurisdiction and channel, made once for all requests of a kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from usepolicy.enforcement.detection import Target
from usepolicy.enforcement.requests import Channel, Request, Surface
from usepolicy.enforcement.rules import (
    DetectorName,
    NotEnforceable,
    Rule,
    Rules,
    Stage,
    Unenforced,
    Watched,
)
from usepolicy.policies.clauses import CategoryId

Knowledge = Mapping[DetectorName, frozenset[Target]]
"""What each detector can tell anything of."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing that one rule looks for, with the detectors that can tell of it."""

    rule: Rule
    watched: Watched
    stages: tuple[Stage, ...]
    """At least one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is looked for in the requests of one surface and jurisdiction."""

    rules: Rules
    watches: Mapping[Channel, tuple[Watch, ...]]
    first: Mapping[Channel, frozenset[DetectorName]]
    """The detectors that are asked about every content of a channel."""
    touched: Mapping[Channel, Mapping[tuple[DetectorName, Target], tuple[int, ...]]]
    """The watches, by number, that a score of a target by their first detector concerns."""
    unenforced: tuple[Unenforced, ...]


def plan_for(rules: Rules, request: Request, knowledge: Knowledge) -> Plan:
    """Return the plan of a request; requests of one surface and jurisdiction share it."""
    here = [rule for rule in rules.rules if rule.holds_in(request.jurisdiction)]
    active = [rule for rule in here if _is_enforced(rule, request.surface)]
    watches = [watch for rule in active for watch in _watches(rule, knowledge)]
    by_channel = {
        channel: tuple(w for w in watches if channel in w.rule.channels) for channel in Channel
    }
    first = {
        channel: frozenset(watch.stages[0].detector for watch in found)
        for channel, found in by_channel.items()
    }
    away = [rule for rule in here if not _is_enforced(rule, request.surface)]
    seen = {each.category for rule in active for each in rule.watched}
    unenforced = (*rules.unenforced, *_out_of_reach(away, seen), *_unknown(active, knowledge))
    touched = {channel: _touched(found) for channel, found in by_channel.items()}
    return Plan(rules, by_channel, first, touched, unenforced)


def _touched(watches: Sequence[Watch]) -> Mapping[tuple[DetectorName, Target], tuple[int, ...]]:
    found: dict[tuple[DetectorName, Target], list[int]] = {}
    for number, watch in enumerate(watches):
        for target in watch.watched.targets:
            found.setdefault((watch.stages[0].detector, target), []).append(number)
    return {key: tuple(numbers) for key, numbers in found.items()}


def _is_enforced(rule: Rule, surface: Surface) -> bool:
    return surface is not Surface.WEIGHTS and surface in rule.surfaces


def _watches(rule: Rule, knowledge: Knowledge) -> Iterable[Watch]:
    for watched in rule.watched:
        stages = _able(rule, watched, knowledge)
        if stages:
            yield Watch(rule, watched, stages)


def _able(rule: Rule, watched: Watched, knowledge: Knowledge) -> tuple[Stage, ...]:
    nothing: frozenset[Target] = frozenset()
    return tuple(
        stage for stage in rule.cascade if watched.targets & knowledge.get(stage.detector, nothing)
    )


def _out_of_reach(rules: Iterable[Rule], seen: Set[CategoryId]) -> Iterable[Unenforced]:
    """Yield what rules of other surfaces watch and no rule of this one does."""
    for rule in rules:
        for each in rule.watched:
            if each.category not in seen:
                yield Unenforced(each.category, NotEnforceable.SURFACE, each.restrictions)


def _unknown(rules: Iterable[Rule], knowledge: Knowledge) -> Iterable[Unenforced]:
    for rule in rules:
        for each in rule.watched:
            if not _able(rule, each, knowledge):
                yield Unenforced(each.category, NotEnforceable.NO_DETECTOR, each.restrictions)
