"""Decisions: what the rules make of what the detectors say of a request; pure.

Owns the walk down a cascade, exemptions, and the decision. `decide` and `explain` take the same
traces: what is explained is what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.enforcement.detection import Content, Detection, Target
from usepolicy.enforcement.outcomes import ON_NO_MATCH, Outcome, strictest
from usepolicy.enforcement.plans import Plan, Watch
from usepolicy.enforcement.requests import Channel, Request
from usepolicy.enforcement.resources import resources_for
from usepolicy.enforcement.rules import (
    CitedRestriction,
    DetectorName,
    Exemption,
    Resource,
    Rule,
    RuleId,
    Rules,
    Severity,
    Stage,
    Unenforced,
)
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span
from usepolicy.supply_chain.manners import Manner

LANGUAGE = "language"
"""Code of the mark on a text whose language no detector knows."""

Found = Mapping[tuple[DetectorName, int], Detection]
"""What each detector said of the content with a number; what was not asked is left out."""
MannerOf = Callable[[Content, CategoryId, Sequence[Span]], Manner]
"""Tells how a text deals with what it names in the spans, of which there is at least one."""


class State(StrEnum):
    """Where a look, or the whole cascade, ends."""

    APPLIES = "applies"
    CLEAR = "clear"
    BETWEEN = "between"
    UNTRUSTED = "untrusted"
    """Nothing was found by a detector that does not know the language."""
    FAULT = "fault"
    PENDING = "pending"
    """The next detector has not been asked yet."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one stage of a cascade showed."""

    stage: Stage
    state: State
    score: float = 0.0
    need: float = 0.0
    """How likely whoever speaks is in need of help."""
    code: str = ""
    """Why it could not tell."""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """How one rule came to an outcome on one thing in one content."""

    watch: Watch
    content: Content
    looks: tuple[Look, ...]
    state: State
    outcome: Outcome = ON_NO_MATCH
    exemption: Exemption | None = None
    manner: Manner | None = None

    @property
    def rule(self) -> Rule:
        """The rule that looked."""
        return self.watch.rule

    @property
    def decisive(self) -> Look | None:
        """The look that the outcome follows from; None where nobody was asked."""
        return next((look for look in reversed(self.looks) if look.state is self.state), None)

    @property
    def score(self) -> float:
        """What the deciding detector gave, or the last that gave any where it could not tell."""
        told = (look.score for look in reversed(self.looks) if look.state is not State.FAULT)
        return next(told, 0.0)


@dataclass(frozen=True, slots=True)
class Broken:
    """A restriction that a request breaks or comes near to, and why that is thought."""

    restriction: CitedRestriction
    rule: RuleId
    outcome: Outcome
    score: float
    severity: Severity
    channel: Channel
    detector: DetectorName
    spans: tuple[Span, ...]
    """Where in the text of the channel, as far as the detector can say."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A detector that could not tell, and what the rules did then."""

    detector: DetectorName
    code: str
    """A fault, or `LANGUAGE`."""
    channel: Channel
    rules: tuple[RuleId, ...]
    outcome: Outcome
    """The strictest that followed from it."""


@dataclass(frozen=True, slots=True)
class Spared:
    """An exemption that was used."""

    rule: RuleId
    category: CategoryId
    manner: Manner | None
    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with a request, and everything that it rests on."""

    id: str
    outcome: Outcome
    support: bool = False
    """People in need are shown where to find help; no sanction may follow."""
    resources: tuple[Resource, ...] = ()
    score: float = 0.0
    """The highest probability over the rules."""
    restrictions: tuple[Broken, ...] = ()
    """The strictest first; those that determine the outcome have it."""
    scores: Mapping[CategoryId, float] | None = None
    errors: tuple[Failure, ...] = ()
    exemptions: tuple[Spared, ...] = ()
    not_enforceable_here: tuple[Unenforced, ...] = ()
    rules: Rules | None = None
    detectors: Mapping[DetectorName, str] | None = None
    """Version of each detector."""


def is_silent(found: Found) -> bool:
    """Tell whether no detector has anything to say, so that every rule is clear."""
    return not any(d.scores or d.needs or d.fault or not d.is_trusted for d in found.values())


def trace(
    plan: Plan, request: Request, contents: Sequence[Content], found: Found, manner_of: MannerOf
) -> Iterator[Trace]:
    """Yield how each rule that anything was said of comes to its outcome; the others are clear."""
    for number, content in enumerate(contents):
        for watch in _concerned(plan, number, content, found):
            walked = _walk(watch, number, content, found)
            yield _exempted(walked, request, manner_of)


def pending(plan: Plan, contents: Sequence[Content], found: Found) -> set[tuple[DetectorName, int]]:
    """Return which detectors must be asked of which contents before the rules can decide."""
    wanted = set()
    for number, content in enumerate(contents):
        for watch in _concerned(plan, number, content, found):
            walked = _walk(watch, number, content, found)
            if walked.state is State.PENDING:
                wanted.add((watch.stages[len(walked.looks)].detector, number))
    return wanted


def _concerned(plan: Plan, number: int, content: Content, found: Found) -> Iterator[Watch]:
    """Yield the watches that their first detector said anything of, or could not tell of."""
    watches = plan.watches[content.channel]
    touched = plan.touched[content.channel]
    unsure: set[DetectorName] = set()
    numbers: set[int] = set()
    for name in plan.first[content.channel]:
        told = found.get((name, number))
        if told is None or told.fault is not None or not told.is_trusted:
            unsure.add(name)
            continue
        for target in (*told.scores, *told.needs):
            numbers.update(touched.get((name, target), ()))
    if unsure:
        numbers.update(n for n, w in enumerate(watches) if w.stages[0].detector in unsure)
    return (watches[n] for n in sorted(numbers))


def _walk(watch: Watch, number: int, content: Content, found: Found) -> Trace:
    looks: list[Look] = []
    for stage in watch.stages:
        detection = found.get((stage.detector, number))
        if detection is None:
            return Trace(watch, content, tuple(looks), State.PENDING)
        looks.append(_look(stage, detection, watch.watched.targets))
        if looks[-1].state in (State.APPLIES, State.CLEAR):
            break
    state = _state(looks)
    return Trace(watch, content, tuple(looks), state, _outcome(watch.rule, state))


def _look(stage: Stage, detection: Detection, targets: frozenset[Target]) -> Look:
    code = detection.fault or ""
    scored = [target for target in targets if target in detection.scores]
    score = max((detection.scores[target] for target in scored), default=0.0)
    need = max((detection.needs.get(target, 0.0) for target in targets), default=0.0)
    if not (0 <= score <= 1 and 0 <= need <= 1):  # not a number, or none that is a probability
        return Look(stage, State.FAULT, code="answer")
    spans = {span for target in scored for span in detection.spans.get(target, ())}
    where = tuple(sorted(spans))
    if score >= stage.applies_from:  # what was found counts, whatever failed beside it
        return Look(stage, State.APPLIES, score, need, code, where)
    if code:
        return Look(stage, State.FAULT, need=need, code=code)
    if score >= stage.clear_below:
        return Look(stage, State.BETWEEN, score, need, spans=where)
    if not detection.is_trusted:
        return Look(stage, State.UNTRUSTED, score, need, LANGUAGE)
    return Look(stage, State.CLEAR, score, need)


def _state(looks: Sequence[Look]) -> State:
    """The last look decides; one that doesn't know the language takes no doubt away."""
    states = [look.state for look in looks]
    if states[-1] is State.UNTRUSTED and State.BETWEEN in states:
        return State.BETWEEN
    return states[-1]


def _outcome(rule: Rule, state: State) -> Outcome:
    outcomes = {
        State.APPLIES: rule.outcome,
        State.BETWEEN: rule.between,
        State.UNTRUSTED: rule.untrusted,
        # FAIL CLOSED: what nobody could tell is not allowed for it.
        State.FAULT: rule.error_outcome,
        State.PENDING: rule.error_outcome,
    }
    return outcomes.get(state, ON_NO_MATCH)


def _exempted(walked: Trace, request: Request, manner_of: MannerOf) -> Trace:
    """Return the trace with the exemption that makes its outcome mildest, if one holds."""
    if walked.outcome is ON_NO_MATCH:
        return walked
    category = walked.watch.watched.category
    about = [e for e in walked.rule.exemptions if not e.categories or category in e.categories]
    spans = walked.decisive.spans if walked.decisive else ()
    manner = None
    if spans and any(exemption.manners for exemption in about):
        manner = manner_of(walked.content, category, spans)
    holding = [e for e in about if _holds(e, manner, request.grants)]
    best = min(holding, key=lambda exemption: exemption.outcome.rank, default=None)
    if best is None or best.outcome.rank >= walked.outcome.rank:
        return walked
    return Trace(
        walked.watch, walked.content, walked.looks, walked.state, best.outcome, best, manner
    )


def _holds(exemption: Exemption, manner: Manner | None, grants: Sequence[str]) -> bool:
    by_manner = not exemption.manners or manner in exemption.manners
    by_grant = not exemption.grants or not exemption.grants.isdisjoint(grants)
    return bool(exemption.manners or exemption.grants) and by_manner and by_grant


def decide(
    plan: Plan,
    request: Request,
    traces: Iterable[Trace],
    detectors: Mapping[DetectorName, str],
) -> Decision:
    """Return the decision that the traces of a request make; the order of rules changes nothing.

    Args: detectors: version of each detector.
    """
    every = list(traces)
    support = any(map(_supports, every))
    broken = (found for each in every for found in _broken(each))
    scores: dict[CategoryId, float] = {}
    for each in every:
        category = each.watch.watched.category
        if each.score > scores.get(category, 0.0):
            scores[category] = each.score
    return Decision(
        request.id,
        strictest(each.outcome for each in every),
        support,
        resources_for(request, plan.rules.resources) if support else (),
        max(scores.values(), default=0.0),
        tuple(sorted(broken, key=_by_strictness)),
        dict(sorted(scores.items())),
        tuple(_failures(every)),
        tuple(sorted(set(_spared(every, request)), key=lambda each: (each.rule, each.category))),
        plan.unenforced,
        plan.rules,
        detectors,
    )


def silent(plan: Plan, request: Request, detectors: Mapping[DetectorName, str]) -> Decision:
    """Return the decision on a request of which no detector has anything to say."""
    return Decision(
        request.id,
        ON_NO_MATCH,
        scores={},
        not_enforceable_here=plan.unenforced,
        rules=plan.rules,
        detectors=detectors,
    )


def _supports(each: Trace) -> bool:
    if not each.rule.support:
        return False
    needed = any(look.need >= look.stage.clear_below for look in each.looks)
    return needed or each.state in (State.APPLIES, State.BETWEEN)


def _broken(each: Trace) -> Iterator[Broken]:
    look = each.decisive
    shown = each.state in (State.APPLIES, State.BETWEEN)
    if look is None or not shown or each.outcome is ON_NO_MATCH:
        return
    for restriction in each.watch.watched.restrictions:
        yield Broken(
            restriction,
            each.rule.id,
            each.outcome,
            look.score,
            each.rule.severity,
            each.content.channel,
            look.stage.detector,
            look.spans,
        )


def _by_strictness(each: Broken) -> tuple[int, float, str, str, str, str]:
    cited = each.restriction
    return (-each.outcome.rank, -each.score, cited.clause, cited.category, each.rule, each.channel)


def _failures(traces: Iterable[Trace]) -> Iterator[Failure]:
    """Yield each failure once, with all rules that it met."""
    met: dict[tuple[DetectorName, str, Channel], list[Trace]] = {}
    for each in traces:
        for look in each.looks:
            if look.code:
                key = (look.stage.detector, look.code, each.content.channel)
                met.setdefault(key, []).append(each)
    for (detector, code, channel), those in sorted(met.items()):
        unsure = [t.outcome for t in those if t.state in (State.FAULT, State.UNTRUSTED)]
        rules = tuple(sorted({each.rule.id for each in those}))
        yield Failure(detector, code, channel, rules, strictest(unsure))


def _spared(traces: Iterable[Trace], request: Request) -> Iterator[Spared]:
    for each in traces:
        if each.exemption is not None:
            used = tuple(sorted(each.exemption.grants.intersection(request.grants)))
            manner = each.manner if each.exemption.manners else None
            yield Spared(each.rule.id, each.watch.watched.category, manner, used)
