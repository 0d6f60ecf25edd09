"""From a rules file to rules: what it names is looked up, bound and checked.

Owns the problems between the parts of the file. How a policy or a list of patterns is loaded comes
in as an argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.detection import Detector
from usepolicy.enforcement.grounds import Grounds
from usepolicy.enforcement.ladder import Ladder
from usepolicy.enforcement.ladder_file import ladder_of, note_ladder
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.pins import Pin, pin_of, what_changed
from usepolicy.enforcement.resources import shipped_resources
from usepolicy.enforcement.rules import (
    BETWEEN,
    DetectorName,
    Exemption,
    NotEnforceable,
    Resource,
    Rule,
    RuleId,
    Rules,
    Stage,
    Unenforced,
    Watched,
)
from usepolicy.enforcement.rules_file import (
    RULES_ENTRIES,
    DetectorEntry,
    PinnedPolicyEntry,
    RuleEntry,
    RulesFile,
    StageEntry,
)
from usepolicy.enforcement.unseen import unseen_categories
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.policies import Policy
from usepolicy.reading.policy_problems import Path, Report, did_you_mean, shown
from usepolicy.reading.policy_schema import check_model
from usepolicy.reading.policy_tree import Node, read_tree
from usepolicy.taxonomy.categories import Taxonomy

MAX_RULES = 2_000


@dataclass(frozen=True, slots=True)
class Loading:
    """How what a rules file names is loaded."""

    policies: Callable[[str], Sequence[Policy]]
    """The policies of a `source`."""
    chain: Callable[[str], Sequence[Policy]]
    """The policies that bind at the end of a chain file."""
    detector: Callable[[DetectorEntry, Sequence[Policy]], Detector]
    """The detector of an entry, for the policies of the rules."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """Rules with what they were built of."""

    rules: Rules
    file: RulesFile
    policies: tuple[Policy, ...]
    detectors: Mapping[DetectorName, Detector]
    line_of: Callable[[Path], int | None]
    place: str


def load_rules(data: bytes, *, place: str, taxonomy: Taxonomy, loading: Loading) -> LoadedRules:
    """Return the rules that a file holds, bound to the policies that it pins.

    Raises: PolicyFileError: the file breaks its schema, names what is not there, or pins another
            reading; all problems of a stage are collected.
            UsePolicyError: a policy can't be read.
    """
    root = read_tree(data, place=place)
    report = Report(place, root.line_of)
    file = _shaped(root, report)
    _check(file, taxonomy, report)
    report.raise_if_any()
    policies = tuple(_policies(file, loading, report))
    report.raise_if_any()
    grounds = Grounds(policies, taxonomy)
    rules = tuple(_rules(file, grounds, report))
    report.raise_if_any()
    detectors = {
        DetectorName(each.name): loading.detector(each, policies) for each in file.detectors
    }
    own = tuple(Resource(r.locale, r.name, r.contact, r.source) for r in file.resources)
    built = Rules(
        file.rules_of,
        hashlib.sha256(data).hexdigest(),
        tuple((pin.version, pin.sha256) for pin in map(pin_of, policies)),
        rules,
        tuple(_unseen(grounds)),
        (*own, *shipped_resources()),
        ladder_of(file.ladder) if file.ladder else None,
    )
    return LoadedRules(built, file, policies, detectors, root.line_of, place)


def read_rules_file(data: bytes, *, place: str) -> RulesFile:
    """Return a rules file by its shape alone.

    Raises: PolicyFileError: the file breaks its schema.
    """
    root = read_tree(data, place=place)
    return _shaped(root, Report(place, root.line_of))


def ladder_in(data: bytes, *, place: str) -> Ladder | None:
    """Return the ladder of a rules file; None where the file is none.

    Raises: PolicyFileError: the file breaks its schema, or has no `ladder`.
    """
    root = read_tree(data, place=place)
    plain = root.plain()
    if not (isinstance(plain, dict) and "rules_of" in plain):
        return None
    report = Report(place, root.line_of)
    file = _shaped(root, report)
    if file.ladder is None:
        report.add((), "no-ladder", "the rules have no `ladder`")
    else:
        note_ladder(file.ladder, ("ladder",), report)
    report.raise_if_any()
    assert file.ladder is not None
    return ladder_of(file.ladder)


def _shaped(root: Node, report: Report) -> RulesFile:
    file = check_model(root, RulesFile, RULES_ENTRIES, report)
    report.raise_if_any()
    assert file is not None
    return file


def _check(file: RulesFile, taxonomy: Taxonomy, report: Report) -> None:
    """Note what is wrong between the parts of the file, before anything is loaded."""
    if not (file.policies or file.chain):
        report.add((), "no-policy", "the rules name no policy; write `policies` or `chain`")
    if len(file.rules) > MAX_RULES:
        report.add(("rules",), "too-many-rules", f"more than {MAX_RULES:,} rules")
    _check_unique("rule", [each.id for each in file.rules], ("rules",), report)
    names = [each.name for each in file.detectors]
    _check_unique("detector", names, ("detectors",), report)
    _check_cascade(file.cascade, names, ("cascade",), report)
    for number, entry in enumerate(file.rules):
        _check_rule(entry, file, taxonomy, ("rules", number), report)
    if file.ladder is not None:
        note_ladder(file.ladder, ("ladder",), report)


def _check_unique(what: str, names: Iterable[str], path: Path, report: Report) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            message = f"a second {what} called `{shown(name)}`"
            report.add((*path, number), f"duplicate-{what}", message)
        seen.add(name)


def _check_cascade(
    cascade: Sequence[StageEntry], names: Sequence[str], path: Path, report: Report
) -> None:
    for number, stage in enumerate(cascade):
        at = (*path, number)
        if stage.detector not in names:
            message = f"unknown detector `{shown(stage.detector)}`"
            help = did_you_mean(stage.detector, names) or f"named are: {', '.join(names)}"
            report.add((*at, "detector"), "unknown-detector", message, help=help)
        if stage.clear_below > stage.applies_from:
            message = (
                f"`clear_below` {stage.clear_below} is above `applies_from` {stage.applies_from}"
            )
            help = "what applies can't be clear: the lower of the two is `clear_below`"
            report.add(at, "thresholds-crossed", message, help=help)


def _check_rule(
    entry: RuleEntry, file: RulesFile, taxonomy: Taxonomy, path: Path, report: Report
) -> None:
    names = [each.name for each in file.detectors]
    _check_cascade(entry.cascade or (), names, (*path, "cascade"), report)
    if not (entry.cascade or file.cascade):
        report.add(path, "no-cascade", "neither the rule nor the file has a `cascade`")
    if not (entry.categories or entry.clauses):
        report.add(path, "no-restriction", "the rule names no `categories` and no `clauses`")
    if entry.between is not None and entry.between.rank > entry.outcome.rank:
        message = f"`between` is `{entry.between}`, stricter than the outcome `{entry.outcome}`"
        help = "a lower score must not do more than a higher one"
        report.add((*path, "between"), "between-stricter", message, help=help)
    for number, category in enumerate(entry.categories):
        _check_category(category, taxonomy, (*path, "categories", number), report)
    for number, exemption in enumerate(entry.exemptions):
        at = (*path, "exemptions", number)
        if not (exemption.manners or exemption.grants):
            report.add(at, "empty-exemption", "the exemption names no `manners` and no `grants`")
        for index, category in enumerate(exemption.categories):
            _check_category(category, taxonomy, (*at, "categories", index), report)


def _check_category(category: str, taxonomy: Taxonomy, path: Path, report: Report) -> None:
    if category not in taxonomy.by_id:
        help = did_you_mean(category, taxonomy.by_id) or "list them: `usepolicy categories`"
        message = f"unknown category `{shown(category)}`"
        report.add(path, "unknown-category", message, help=help)


def _policies(file: RulesFile, loading: Loading, report: Report) -> Iterator[Policy]:
    for number, entry in enumerate(file.policies):
        found = loading.policies(entry.source)
        wanted = [p for p in found if entry.version in (None, p.version.id)] or found[:1]
        for policy in wanted:
            _check_pin(entry, policy, ("policies", number), report)
            yield policy
    if file.chain is not None:
        yield from loading.chain(file.chain)


def _check_pin(entry: PinnedPolicyEntry, policy: Policy, path: Path, report: Report) -> None:
    now = pin_of(policy)
    pinned = Pin(
        policy.version.id if entry.version is None else type(now.version)(entry.version),
        entry.text_sha256 or now.text_sha256,
        entry.sha256 or now.sha256,
    )
    changed = what_changed(pinned, now)
    if changed:
        help = f"look at what changed, then pin the new reading: {now.lines()}"
        report.add(path, "pin-broken", changed, help=help)


def _rules(file: RulesFile, grounds: Grounds, report: Report) -> Iterator[Rule]:
    for number, entry in enumerate(file.rules):
        watched = tuple(_watched(entry, grounds, ("rules", number), report))
        if watched:
            yield _rule(entry, file, watched)


def _watched(entry: RuleEntry, grounds: Grounds, path: Path, report: Report) -> Iterator[Watched]:
    for number, category in enumerate(entry.categories):
        found = grounds.of_category(CategoryId(category))
        if found is None:
            message = f"no policy of these rules forbids `{category}`, so there is nothing to cite"
            help = "leave it out, or enforce a policy that forbids it"
            report.add((*path, "categories", number), "no-ground", message, help=help)
        else:
            yield found
    for number, clause in enumerate(entry.clauses):
        those = list(grounds.of_clause(clause))
        if not those:
            message = f"no clause `{shown(clause)}` that forbids a category"
            help = "ids are printed by `usepolicy show POLICY`; a key is written with its `#`"
            report.add((*path, "clauses", number), "unknown-clause", message, help=help)
        yield from those


def _rule(entry: RuleEntry, file: RulesFile, watched: tuple[Watched, ...]) -> Rule:
    between = entry.between or min(BETWEEN, entry.outcome, key=lambda outcome: outcome.rank)
    return Rule(
        RuleId(entry.id),
        watched,
        tuple(map(_stage, entry.cascade or file.cascade)),
        entry.outcome,
        between,
        entry.on_error,
        Outcome(entry.untrusted or file.untrusted),
        frozenset(entry.channels),
        frozenset(entry.surfaces),
        frozenset(entry.only_in),
        frozenset(entry.not_in),
        tuple(
            Exemption(
                frozenset(each.manners),
                frozenset(each.grants),
                frozenset(map(CategoryId, each.categories)),
                each.outcome,
            )
            for each in entry.exemptions
        ),
        entry.severity,
        entry.support,
    )


def _stage(entry: StageEntry) -> Stage:
    return Stage(DetectorName(entry.detector), entry.applies_from, entry.clear_below)


def _unseen(grounds: Grounds) -> Iterator[Unenforced]:
    """Yield what the policies forbid and no single request shows."""
    for category in grounds.categories():
        reason = unseen_categories().get(category)
        if reason is not None:
            found = grounds.of_category(category)
            why = NotEnforceable.NO_SINGLE_REQUEST
            yield Unenforced(category, why, found.restrictions if found else (), reason)
