"""Trials: what is said of a past decision under other rules is what those rules come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told import POLICY, Told, prompt, rule, stage

from usepolicy.enforcement.detection import Fault, Target
from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import Decided
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.recording import decided_of
from usepolicy.enforcement.requests import Channel, Request, Surface
from usepolicy.enforcement.rules import CitedRestriction, Exemption, Rule, Rules, Watched
from usepolicy.enforcement.trial import Basis, Replay, Replayer
from usepolicy.enforcement.trial_bounds import Bounds, Side, side_of
from usepolicy.policies.clauses import CategoryId, ClauseId
from usepolicy.supply_chain.manners import Manner

ALLOW, WARN, REFER, BLOCK = Outcome
AT = datetime(2026, 3, 1, tzinfo=UTC)
ME = Actor(ActorKind.SYSTEM, "decide")
LINK = AccountLink("a" * 64)
KNOWS = ("fraud", "phishing", "hate", "malware")


def side(rules: list[Rule], detectors: dict[str, Told], name: str = "old") -> Side:
    made = Rules(name, name.encode().hex().ljust(64, "0"), rules=tuple(rules))
    return side_of(made, detectors)  # type: ignore[arg-type]


def decision_of(rules: Rules, detectors: dict[str, Told], request: Request) -> Decided:
    (decision,) = Engine(rules, detectors).decide([request])  # type: ignore[arg-type]
    return decided_of(decision, request)


def entry(decided: Decided, number: int = 1) -> Entry:
    id = EntryId(f"decision-{number}")
    return Entry(number, id, AT, ME, decided, LINK, id, "")


def replayed(
    old: list[Rule], new: list[Rule], told: dict[str, float], request: Request | None = None
) -> Replay:
    detectors = {"a": Told(told, knows=KNOWS)}
    before = side(old, detectors)
    decided = decision_of(before.rules, detectors, request or prompt())
    made = Replayer(side(new, detectors, "new"), before).replay([entry(decided)])
    (found,) = made.replays
    return found


HIGH, LOW = (stage("a", 0.9, 0.6),), (stage("a", 0.5, 0.3),)
QUOTED = (Exemption(manners=frozenset({Manner.QUOTATION}), outcome=WARN),)


@pytest.mark.parametrize(
    ("old", "new", "score", "low", "high", "why"),
    [
        (rule(), rule(), 0.9, BLOCK, BLOCK, "the same rule does the same"),
        (rule(), rule(), 0.1, ALLOW, ALLOW, "and lets through the same"),
        (rule(), rule(outcome=WARN), 0.9, WARN, WARN, "a milder outcome"),
        (rule(outcome=WARN), rule(), 0.9, BLOCK, BLOCK, "a stricter one"),
        (rule(), rule(cascade=HIGH), 0.85, REFER, REFER, "the score lies between now"),
        (rule(), rule(cascade=HIGH), 0.5, ALLOW, ALLOW, "it is clear now"),
        (rule(), rule(cascade=HIGH), 0.1, ALLOW, ALLOW, "what was clear stays clear if fewer are met"),
        (rule(), rule(cascade=LOW), 0.5, BLOCK, BLOCK, "a kept score is met by a lower threshold"),
        (rule(), rule(cascade=LOW), 0.1, ALLOW, REFER, "of what was allowed no score is kept"),
        (rule(), rule("hate"), 0.9, ALLOW, BLOCK, "another rule: its score is not kept"),
        (rule(), rule("hate", WARN), 0.1, ALLOW, WARN, "it can't be stricter than its outcome"),
        (rule(), rule(cascade=(stage("b"),)), 0.9, ALLOW, BLOCK, "another detector, other scores"),
        (rule(), rule(exemptions=QUOTED), 0.9, WARN, BLOCK, "nobody knows whether it was a quotation"),
        (rule(exemptions=QUOTED), rule(), 0.1, ALLOW, ALLOW, "what was clear needed no exemption"),
        (rule(), rule(only_in=frozenset({"FR"})), 0.9, BLOCK, BLOCK, "where nobody knows, it holds"),
        (rule(), rule(surfaces=frozenset({Surface.INTERFACE})), 0.9, ALLOW, ALLOW, "not here now"),
        (
            rule(),
            rule(channels=frozenset({Channel.OUTPUT})),
            0.9,
            ALLOW,
            BLOCK,
            "whether the words stood in a channel that is left is not kept",
        ),
    ],
)  # fmt: skip
def test_what_is_told_of_a_decision(
    old: Rule, new: Rule, score: float, low: Outcome, high: Outcome, why: str
) -> None:
    detectors = {"a": Told({"fraud": score}, knows=KNOWS), "b": Told(knows=KNOWS)}
    before, after = side([old], detectors), side([new], detectors, "new")
    decided = decision_of(before.rules, detectors, prompt())
    (found,) = Replayer(after, before).replay([entry(decided)]).replays
    assert (found.after.low, found.after.high) == (low, high), why


def test_a_new_version_of_a_detector_gives_scores_that_nobody_knows() -> None:
    old, new = {"a": Told({"fraud": 0.9})}, {"a": Told({"fraud": 0.9}, version="told 2")}
    before = side([rule()], old)
    decided = decision_of(before.rules, old, prompt())
    (found,) = Replayer(side([rule()], new, "new"), before).replay([entry(decided)]).replays
    assert (found.told, found.basis, found.open_rules) == (None, Basis.NOT_KEPT, ())
    allowed = decision_of(before.rules, {"a": Told({"fraud": 0.1})}, prompt())
    (found,) = Replayer(side([rule()], new, "new"), before).replay([entry(allowed)]).replays
    assert found.open_rules == ("fraud-rule",)


def test_rules_that_are_not_at_hand_leave_what_the_scores_tell() -> None:
    clause = Watched(
        CategoryId("fraud"),
        frozenset({Target("fraud"), Target(f"{POLICY}#fraud")}),
        (CitedRestriction(POLICY, ClauseId(f"{POLICY}#fraud"), CategoryId("fraud"), "no"),),
    )
    detectors = {"a": Told({"fraud": 0.9})}
    decided = decision_of(side([rule()], detectors).rules, detectors, prompt())
    after = side([rule(watched=(clause,))], detectors, "new")
    (found,) = Replayer(after, None).replay([entry(decided)]).replays
    assert (found.told, found.basis) == (BLOCK, Basis.SCORES)
    allowed = replace(decided, outcome=ALLOW, restrictions=())
    (found,) = Replayer(after, None).replay([entry(allowed)]).replays
    assert (found.told, found.is_changed, found.basis) == (None, None, Basis.OTHER_RULES)


def test_kept_words_tell_what_scores_do_not() -> None:
    detectors = {"a": Told({"hate": 0.9}, knows=KNOWS)}
    before, after = side([rule()], detectors), side([rule("hate")], detectors, "new")
    decided = decision_of(before.rules, detectors, prompt())
    kept = {EntryId("decision-1"): BLOCK}
    made = Replayer(after, before, lambda each: kept.get(each.id))
    trial = made.replay([entry(decided), entry(decided, 2)])
    assert [(r.told, r.basis) for r in trial.replays] == [
        (BLOCK, Basis.WORDS),
        (None, Basis.NOT_KEPT),
    ]
    assert trial.by_basis() == {
        Basis.SCORES: 0, Basis.WORDS: 1, Basis.NOT_KEPT: 1, Basis.OTHER_RULES: 0,
    }  # fmt: skip
    assert trial.open_rules() == (("hate-rule", 1),)
    assert trial.accounts == {LINK}
    assert [(s.before, s.after, s.decisions, s.accounts) for s in trial.shifts()] == [
        (ALLOW, None, 1, 1),
        (ALLOW, BLOCK, 1, 1),
    ]


@pytest.mark.parametrize(
    ("before", "low", "high", "changed"),
    [
        (ALLOW, ALLOW, ALLOW, False),
        (ALLOW, ALLOW, WARN, None),
        (ALLOW, WARN, BLOCK, True),
        (BLOCK, ALLOW, REFER, True),
        (WARN, ALLOW, BLOCK, None),
        (WARN, REFER, REFER, True),
    ],
)
def test_whether_a_decision_changes(
    before: Outcome, low: Outcome, high: Outcome, changed: bool | None
) -> None:
    made = Replay(EntryId("x"), AT, None, before, Bounds(low, high), Basis.SCORES)
    assert made.is_changed is changed


THOUSANDTHS = st.integers(1, 1000).map(lambda n: n / 1000)
WATCHED = {
    "fraud": ("fraud", ("fraud", "phishing")),
    "phishing": ("fraud", ("phishing",)),  # cites the broader restriction, as rules files do
    "hate": ("hate", ("hate",)),
}


@st.composite
def stages(draw: st.DrawFn, name: str) -> object:
    low, high = sorted((draw(THOUSANDTHS), draw(THOUSANDTHS)))
    return stage(name, high, low)


@st.composite
def exemptions(draw: st.DrawFn) -> tuple[Exemption, ...]:
    outcome = draw(st.sampled_from(Outcome))
    grant = Exemption(grants=frozenset({"g"}), outcome=outcome)
    said = Exemption(manners=frozenset(Manner), outcome=outcome)
    return draw(st.sampled_from([(), (), (grant,), (said,), (grant, said)]))


@st.composite
def drawn_rule(draw: st.DrawFn, number: int) -> Rule:
    category = draw(st.sampled_from(sorted(WATCHED)))
    cited, targets = WATCHED[category]
    clause = CitedRestriction(POLICY, ClauseId(f"{POLICY}#{cited}"), CategoryId(cited), "no")
    outcome = draw(st.sampled_from(Outcome))
    second = draw(st.sampled_from([(), (), (draw(stages("b")),)]))
    return rule(
        category,
        outcome,
        id=f"r{number}",
        watched=(Watched(CategoryId(category), frozenset(map(Target, targets)), (clause,)),),
        between=min(draw(st.sampled_from(Outcome)), outcome, key=lambda each: each.rank),
        cascade=(draw(stages("a")), *second),
        untrusted=draw(st.sampled_from(list(Outcome)[:3])),
        on_error=draw(st.sampled_from([None, *Outcome])),
        exemptions=draw(exemptions()),
        channels=draw(
            st.sampled_from(
                [{Channel.PROMPT}, {Channel.PROMPT, Channel.METADATA}, {Channel.METADATA}]
            ).map(frozenset)
        ),
        only_in=draw(st.sampled_from([frozenset(), frozenset({"FR"})])),
    )


@st.composite
def changed(draw: st.DrawFn, old: list[Rule]) -> list[Rule]:
    """Rules as an operator changes them: most stay, a part of one is another, one comes or goes."""
    new = list(old)
    for number, each in enumerate(old):
        other = draw(drawn_rule(number))
        part = draw(
            st.sampled_from(
                ["", "", "cascade", "outcome", "exemptions", "channels", "watched", "untrusted"]
            )
        )
        if part:
            made = {part: getattr(other, part)}
            milder = min(each.between, made.get("outcome", each.outcome), key=lambda o: o.rank)
            new[number] = replace(each, **{**made, "between": milder})
    if draw(st.booleans()):
        new.append(draw(drawn_rule(len(new))))
    return new[1:] if draw(st.booleans()) and len(new) > 1 else new


TOLD = st.builds(
    Told,
    scores=st.dictionaries(
        st.sampled_from(["fraud", "phishing", "hate"]), st.integers(0, 1000).map(lambda n: n / 1000)
    ),
    fault=st.sampled_from([None, None, None, Fault.TIMEOUT]),
    is_trusted=st.sampled_from([True, True, False]),
)


class Drawn:
    """Detectors that say something else of the prompt than of the metadata."""

    version = "drawn 1"
    targets = frozenset(map(Target, KNOWS))

    def __init__(self, by_channel: dict[Channel, Told]) -> None:
        self.by_channel = by_channel

    def detect(self, contents):  # type: ignore[no-untyped-def]
        return [self.by_channel[each.channel].detect([each])[0] for each in contents]


TOLDS = st.fixed_dictionaries({Channel.PROMPT: TOLD, Channel.METADATA: TOLD}).map(Drawn)
REQUESTS = st.builds(
    lambda metadata, place, grants: prompt(
        metadata={"purpose": "x"} if metadata else {}, jurisdiction=place, grants=grants
    ),
    st.booleans(),
    st.sampled_from([None, "FR", "DE"]),
    st.sampled_from([(), ("g",)]),
)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_nothing_is_said_that_the_rules_do_not_come_to(data: st.DataObject) -> None:
    old = [data.draw(drawn_rule(number)) for number in range(data.draw(st.integers(1, 4)))]
    new = data.draw(changed(old))
    detectors = {"a": data.draw(TOLDS), "b": data.draw(TOLDS)}
    request = data.draw(REQUESTS)
    before, after = side(old, detectors), side(new, detectors, "new")
    decided = decision_of(before.rules, detectors, request)
    (actual,) = Engine(after.rules, detectors).decide([request])
    at_hand = data.draw(st.sampled_from([before, before, before, None]))
    (found,) = Replayer(after, at_hand).replay([entry(decided)]).replays
    assert found.after.low.rank <= actual.outcome.rank <= found.after.high.rank


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_all_is_told_where_rules_only_become_milder_or_thresholds_rise(data: st.DataObject) -> None:
    """Bounds that say nothing would be right, too: here they may not."""
    lowest, low, high, highest = sorted(data.draw(THOUSANDTHS) for _ in range(4))
    score = data.draw(st.sampled_from([0.0, lowest, low, high, highest]))
    old = rule(cascade=(stage("a", low, lowest),))
    outcome = data.draw(st.sampled_from(Outcome))
    new = rule(outcome=outcome, cascade=(stage("a", high, low),))
    found = replayed([old], [new], {"fraud": score})
    detectors = {"a": Told({"fraud": score}, knows=KNOWS)}
    (actual,) = Engine(Rules("x", "0" * 64, rules=(new,)), detectors).decide([prompt()])  # type: ignore[arg-type]
    assert found.told is actual.outcome


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_the_same_rules_change_nothing(data: st.DataObject) -> None:
    old = [data.draw(drawn_rule(number)) for number in range(data.draw(st.integers(1, 3)))]
    detectors = {"a": data.draw(TOLDS), "b": data.draw(TOLDS)}
    before = side(old, detectors)
    decided = decision_of(before.rules, detectors, data.draw(REQUESTS))
    (found,) = Replayer(before, before).replay([entry(decided)]).replays
    assert (found.told, found.is_changed) == (decided.outcome, False)
