"""Detectors that say what a test tells them to, and rules built of few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from usepolicy.enforcement.detection import Content, Detection, Fault, Target
from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Request, Role, Turn
from usepolicy.enforcement.rules import (
    CitedRestriction,
    DetectorName,
    Rule,
    RuleId,
    Rules,
    Stage,
    Watched,
)
from usepolicy.policies.clauses import CategoryId, ClauseId
from usepolicy.policies.spans import Span
from usepolicy.policies.versions import VersionId

POLICY = VersionId("tern/use@2026-01-01")


@dataclass(slots=True)
class Told:
    """A detector that says the same of everything."""

    scores: Mapping[str, float] = field(default_factory=dict)
    needs: Mapping[str, float] = field(default_factory=dict)
    fault: Fault | None = None
    is_trusted: bool = True
    knows: Sequence[str] = ("fraud", "hate", "malware", "suicide")
    asked: list[str] = field(default_factory=list)
    version: str = "told 1"

    @property
    def targets(self) -> frozenset[Target]:
        return frozenset(map(Target, self.knows))

    def detect(self, contents: Sequence[Content]) -> Sequence[Detection]:
        self.asked += [content.text for content in contents]
        return [self._detection(content) for content in contents]

    def _detection(self, content: Content) -> Detection:
        if self.fault is not None:
            return Detection(fault=self.fault)
        scores = {Target(t): s for t, s in self.scores.items()}
        spans = {target: (Span(0, len(content.text)),) for target in scores}
        needs = {Target(t): s for t, s in self.needs.items()}
        return Detection(scores, spans, needs, is_trusted=self.is_trusted)


def watched(category: str) -> Watched:
    """Return a category with one clause that forbids it."""
    clause = ClauseId(f"{POLICY}#{category}")
    cited = CitedRestriction(POLICY, clause, CategoryId(category), f"no {category}")
    return Watched(CategoryId(category), frozenset({Target(category)}), (cited,))


def stage(name: str = "a", applies_from: float = 0.8, clear_below: float = 0.4) -> Stage:
    return Stage(DetectorName(name), applies_from, clear_below)


def rule(category: str = "fraud", outcome: Outcome = Outcome.BLOCK, **more: object) -> Rule:
    """Return a rule on a category, asked of the detector `a`."""
    parts: dict[str, object] = {
        "id": RuleId(f"{category}-rule"),
        "watched": (watched(category),),
        "cascade": (stage(),),
        "outcome": outcome,
        "between": min(Outcome.REFER, outcome, key=lambda each: each.rank),
    }
    return Rule(**{**parts, **more})  # type: ignore[arg-type]


def engine(rules: Sequence[Rule], detectors: Mapping[str, object], **more: object) -> Engine:
    made = Rules("test", "0" * 64, rules=tuple(rules), **more)  # type: ignore[arg-type]
    return Engine(made, {DetectorName(n): d for n, d in detectors.items()})  # type: ignore[misc]


def prompt(text: str = "words", **more: object) -> Request:
    return Request("1", (Turn(Role.USER, text),), **more)  # type: ignore[arg-type]
