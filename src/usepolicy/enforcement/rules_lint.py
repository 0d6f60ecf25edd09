"""Lint of rules: what can never happen, what is not covered, and what can't be enforced; pure.

Owns the advice; what makes a file no rules at all is an error of `rules_build`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.detection import Target
from usepolicy.enforcement.grounds import Grounds
from usepolicy.enforcement.ledger_bodies import SignalKind
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.rules import DetectorName, Rule, Rules, Watched
from usepolicy.enforcement.unseen import unseen_categories
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.taxonomy.categories import load_taxonomy

Knowledge = Mapping[DetectorName, frozenset[Target]]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at."""

    code: str
    """Stable kebab-case identifier, e.g. `not-covered`."""
    message: str
    advice: str
    path: Path = ()
    """Where in the file."""


def lint(rules: Rules, grounds: Grounds, knowledge: Knowledge) -> list[Advice]:
    """Return what an operator should look at, in the order of the rules.

    Args: knowledge: what each detector can tell anything of.
    """
    found = [each for n, rule in enumerate(rules.rules) for each in _of_rule(rule, n, knowledge)]
    found += _doubled(rules.rules)
    found += _unused(rules.rules, knowledge)
    found += _uncovered(rules, grounds)
    found += _ladder(rules, grounds)
    return found


def _of_rule(rule: Rule, number: int, knowledge: Knowledge) -> Iterator[Advice]:
    path: Path = ("rules", number)
    if rule.outcome is Outcome.ALLOW and not rule.support:
        yield Advice(
            "never-matters",
            f"the rule `{rule.id}` allows whatever it finds",
            "give it an outcome, or leave it out",
            path,
        )
    if Surface.WEIGHTS in rule.surfaces:
        yield Advice(
            "not-enforceable-here",
            f"the rule `{rule.id}` names `weights`, where nobody stands between",
            "bind those who take the weights by a licence, and leave the surface out",
            (*path, "surfaces"),
        )
    if rule.only_in and rule.only_in <= rule.not_in:
        message = f"the rule `{rule.id}` holds nowhere: `not_in` leaves out all of `only_in`"
        yield Advice("never-fires", message, "keep one of the two", (*path, "only_in"))
    if not (rule.channels and rule.surfaces):
        message = f"the rule `{rule.id}` looks at nothing: it has no channel or no surface"
        yield Advice("never-fires", message, "name one, or leave the key out", path)
    for each in rule.watched:
        yield from _of_watched(rule, each, path, knowledge)
    for index, exemption in enumerate(rule.exemptions):
        if exemption.outcome.rank >= rule.outcome.rank:
            message = f"an exemption of `{rule.id}` is no milder than the rule"
            advice = "give it a milder outcome"
            yield Advice("exemption-without-effect", message, advice, (*path, "exemptions", index))


def _of_watched(rule: Rule, watched: Watched, path: Path, knowledge: Knowledge) -> Iterator[Advice]:
    nothing: frozenset[Target] = frozenset()
    able = [s for s in rule.cascade if watched.targets & knowledge.get(s.detector, nothing)]
    if not able:
        asked = ", ".join(f"`{stage.detector}`" for stage in rule.cascade)
        message = f"`{watched.category}` of `{rule.id}` can never be found: not known to {asked}"
        advice = "add patterns or a guard model that knows it"
        yield Advice("never-fires", message, advice, path)
    if rule.outcome is Outcome.BLOCK and _is_conditional(watched):
        yield Advice(
            "blocks-what-is-conditional",
            f"`{rule.id}` blocks `{watched.category}`, which the policy allows under a condition",
            "no request shows whether the condition is met: warn, refer, or exempt by a grant",
            path,
        )
    if watched.category in unseen_categories() and Channel.DECLARED_USE not in rule.channels:
        reason = unseen_categories()[watched.category]
        message = f"`{watched.category}` of `{rule.id}` shows in no single request: {reason}"
        advice = "look for it in declared uses, and in what accounts do over time"
        yield Advice("not-enforceable-here", message, advice, path)


def _is_conditional(watched: Watched) -> bool:
    return all(each.strength is Strength.RESTRICTED for each in watched.restrictions)


def _doubled(rules: Sequence[Rule]) -> Iterator[Advice]:
    """Yield the rules that another of the same place and detectors makes needless."""
    seen: dict[tuple[object, ...], Rule] = {}
    for number, rule in enumerate(rules):
        for each in rule.watched:
            places = (rule.channels, rule.surfaces, rule.only_in, rule.not_in, rule.cascade)
            key = (each.category, *places, rule.exemptions)
            other = seen.setdefault(key, rule)
            if other is not rule:
                message = f"`{each.category}` is in `{other.id}` and in `{rule.id}` alike"
                advice = "the stricter of the two decides: keep that"
                yield Advice("said-twice", message, advice, ("rules", number))


def _unused(rules: Sequence[Rule], knowledge: Knowledge) -> Iterator[Advice]:
    used = {stage.detector for rule in rules for stage in rule.cascade}
    for number, name in enumerate(knowledge):
        if name not in used:
            message = f"no stage asks the detector `{name}`"
            yield Advice("unused-detector", message, "leave it out", ("detectors", number))


def _uncovered(rules: Rules, grounds: Grounds) -> Iterator[Advice]:
    """Yield what the policies forbid and no rule enforces."""
    enforced = {
        (cited.clause, cited.category)
        for rule in rules.rules
        for each in rule.watched
        for cited in each.restrictions
    }
    for category in grounds.categories():
        watched = grounds.of_category(category)
        if watched is None:
            continue
        missing = [r for r in watched.restrictions if (r.clause, r.category) not in enforced]
        if missing:
            yield _not_covered(category, missing[0].quote)


def _ladder(rules: Rules, grounds: Grounds) -> Iterator[Advice]:
    """Yield what of the ladder can never be reached, or weighs nothing."""
    if rules.ladder is None:
        return
    path: Path = ("ladder",)
    known = {*grounds.categories(), *load_taxonomy().by_id}
    for name in rules.ladder.restrictions:
        if name not in known and not list(grounds.of_clause(name)):
            message = f"the ladder names `{name}`, no category and no clause of the policies"
            advice = "categories are printed by `usepolicy categories`, clauses by `usepolicy show`"
            yield Advice("unknown-restriction", message, advice, (*path, "restrictions", name))
    for kind in SignalKind:
        watched = getattr(rules.ladder.watch, kind.value) is not None
        weighs = rules.ladder.signals.get(kind) is not None
        category = getattr(getattr(rules.ladder.watch, kind.value), "category", None)
        if category and grounds.of_category(CategoryId(category)) is None:
            message = f"`{kind}` is a sign of `{category}`, which no policy of the rules forbids"
            advice = "leave the category out, or enforce a policy that forbids it"
            yield Advice("no-words", message, advice, (*path, "watch", kind.value))
        if weighs and not watched:
            message = f"`{kind}` weighs something and is not watched for"
            advice = "say when it is raised, under `watch`"
            yield Advice("never-raised", message, advice, (*path, "signals", kind.value))
        if watched and not weighs:
            message = f"`{kind}` is watched for and weighs nothing: it is recorded alone"
            yield Advice("weighs-nothing", message, "give it a severity, under `signals`", path)


def _not_covered(category: CategoryId, quote: str) -> Advice:
    reason = unseen_categories().get(category)
    if reason is not None:
        message = f"`{category}` is forbidden and shows in no single request: {reason}"
        return Advice("not-enforceable-here", message, "say in the policy how you watch for it")
    message = f"`{category}` is forbidden and no rule enforces it: “{quote}”"
    return Advice("not-covered", message, "add it to a rule, or know that you leave it to people")
