"""Decisions: cascades, faults, languages, exemptions, support, and what a decision cites."""

from __future__ import annotations

import pytest
from told import Told, engine, prompt, rule, stage, watched

from usepolicy.enforcement.decisions import Decision, State
from usepolicy.enforcement.detection import Detection, Fault
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Request, Role, Surface, Turn
from usepolicy.enforcement.rules import (
    Exemption,
    NotEnforceable,
    Resource,
    Severity,
    Stage,
    Unenforced,
)
from usepolicy.supply_chain.manners import Manner

ALLOW, WARN, REFER, BLOCK = Outcome


def decided(rules, detectors, request=None, **more) -> Decision:
    (decision,) = engine(rules, detectors, **more).decide([request or prompt()])
    return decision


@pytest.mark.parametrize(
    ("score", "expected", "why"),
    [
        (0.0, ALLOW, "nothing was found"),
        (0.39, ALLOW, "below the lower threshold it is clear"),
        (0.4, REFER, "at the lower threshold it lies between"),
        (0.79, REFER, "just below the upper"),
        (0.8, BLOCK, "at the upper threshold the rule applies"),
    ],
)
def test_thresholds(score, expected, why):
    assert decided([rule()], {"a": Told({"fraud": score})}).outcome is expected, why


TWO = (stage("a"), stage("b", 0.9, 0.5))


@pytest.mark.parametrize(
    ("first", "second", "expected", "asks_second", "why"),
    [
        (Told({"fraud": 0.9}), Told(), BLOCK, False, "clear above is decided by the cheap one"),
        (Told({"fraud": 0.1}), Told({"fraud": 1.0}), ALLOW, False, "clear below is too"),
        (Told({"fraud": 0.6}), Told({"fraud": 0.95}), BLOCK, True, "what lies between goes on"),
        (Told({"fraud": 0.6}), Told({"fraud": 0.1}), ALLOW, True, "the next can clear it"),
        (Told({"fraud": 0.6}), Told({"fraud": 0.6}), REFER, True, "still between: a person"),
        (Told(fault=Fault.TIMEOUT), Told({"fraud": 0.1}), ALLOW, True, "fallback decides"),
        (Told(fault=Fault.TIMEOUT), Told({"fraud": 0.9}), BLOCK, True, "fallback decides"),
        (Told({"fraud": 0.6}), Told(fault=Fault.SERVER), BLOCK, True, "nobody could tell"),
        (Told(is_trusted=False), Told({"fraud": 0.1}), ALLOW, True, "the next knows the language"),
        (
            Told({"fraud": 0.6}),
            Told(is_trusted=False),
            REFER,
            True,
            "who can't read clears nothing",
        ),
        (Told({"fraud": 0.9}, is_trusted=False), Told(), BLOCK, False, "what it finds, it finds"),
    ],
)
def test_a_cascade(first, second, expected, asks_second, why):
    first.asked.clear()
    second.asked.clear()
    decision = decided([rule(cascade=TWO)], {"a": first, "b": second})
    assert (decision.outcome, bool(second.asked)) == (expected, asks_second), why


def test_only_the_rest_is_sent_on_and_in_one_batch():
    class ByText(Told):
        def _detection(self, content):
            return Detection({"fraud": float(content.text)})

    second = Told({"fraud": 0.95})
    requests = [prompt(text) for text in ("0.1", "0.6", "0.9", "0.7")]
    made = engine([rule(cascade=TWO)], {"a": ByText(), "b": second})
    assert [d.outcome for d in made.decide(requests)] == [ALLOW, BLOCK, BLOCK, BLOCK]
    assert second.asked == ["0.6", "0.7"]


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_has_the_outcome_of_the_rule_and_is_recorded(fault):
    decision = decided([rule(outcome=WARN)], {"a": Told(fault=fault)})
    assert decision.outcome is WARN
    (failure,) = decision.errors
    assert (failure.detector, failure.code, failure.outcome) == ("a", fault, WARN)
    assert failure.rules == ("fraud-rule",)
    assert decision.restrictions == (), "nothing was shown, so nothing is cited"


def test_a_rule_can_say_what_an_error_leads_to():
    decision = decided([rule(on_error=ALLOW)], {"a": Told(fault=Fault.TIMEOUT)})
    assert (decision.outcome, decision.errors[0].code) == (ALLOW, "timeout")


@pytest.mark.parametrize("untrusted", [ALLOW, WARN, REFER])
def test_an_unknown_language_is_marked_whatever_follows(untrusted):
    decision = decided([rule(untrusted=untrusted)], {"a": Told(is_trusted=False)})
    assert decision.outcome is untrusted
    assert [e.code for e in decision.errors] == ["language"]


class Broken(Told):
    def detect(self, contents):
        raise RuntimeError("a detector of somebody's")


class Short(Told):
    def detect(self, contents):
        return []


@pytest.mark.parametrize(
    ("detector", "code"),
    [
        (Broken(), "internal"),
        (Short(), "answer"),
        (Told({"fraud": float("nan")}), "answer"),
        (Told({"fraud": 1.5}), "answer"),
        (Told({"fraud": -0.1}), "answer"),
    ],
    ids=["raises", "says too little", "no number", "above 1", "below 0"],
)
def test_a_detector_that_breaks_its_protocol_is_at_fault(detector, code, caplog):
    decision = decided([rule()], {"a": detector})
    assert (decision.outcome, decision.errors[0].code) == (BLOCK, code)


def test_a_decision_cites_the_clause_and_where_in_the_text():
    decision = decided([rule(severity=Severity.HIGH)], {"a": Told({"fraud": 0.9})})
    (broken,) = decision.restrictions
    assert broken.restriction.quote == "no fraud"
    assert broken.restriction.clause == "tern/use@2026-01-01#fraud"
    assert (broken.score, broken.severity, broken.detector) == (0.9, "high", "a")
    assert broken.spans[0].cut("words") == "words"
    assert decision.scores == {"fraud": 0.9}
    assert decision.score == 0.9


def test_the_strictest_comes_first_and_wins():
    rules = [rule("hate", WARN), rule("fraud", BLOCK)]
    decision = decided(rules, {"a": Told({"hate": 0.95, "fraud": 0.85})})
    assert decision.outcome is BLOCK
    assert [b.rule for b in decision.restrictions] == ["fraud-rule", "hate-rule"]
    assert decision.score == 0.95


# Exemptions


def exempt(**more) -> tuple[Exemption, ...]:
    return (Exemption(**more),)


@pytest.mark.parametrize(
    ("exemption", "text", "grants", "expected", "why"),
    [
        (Exemption(grants=frozenset({"g"})), "words", ("g",), ALLOW, "the grant is carried"),
        (Exemption(grants=frozenset({"g"})), "words", (), BLOCK, "it is not"),
        (Exemption(grants=frozenset({"g"})), "words", ("h",), BLOCK, "another is"),
        (
            Exemption(grants=frozenset({"g"}), outcome=WARN),
            "words",
            ("g",),
            WARN,
            "an exemption may still warn",
        ),
        (
            Exemption(frozenset({Manner.RESEARCH}), frozenset({"g"})),
            "words",
            ("g",),
            BLOCK,
            "a manner that is named must be met too",
        ),
        (Exemption(), "words", ("g",), BLOCK, "an exemption of nothing never holds"),
    ],
)
def test_exemptions_by_grant(exemption, text, grants, expected, why):
    decision = decided(
        [rule(exemptions=(exemption,))], {"a": Told({"fraud": 0.9})}, prompt(text, grants=grants)
    )
    assert decision.outcome is expected, why


def test_a_manner_spares_and_is_recorded():
    class Words(Told):
        def _detection(self, content):
            from usepolicy.policies.spans import Span

            start = content.text.index("fraud")
            return Detection({"fraud": 0.9}, {"fraud": (Span(start, start + 5),)})

    spared = [rule(exemptions=exempt(manners=frozenset({Manner.CLASSIFICATION})))]
    decision = decided(spared, {"a": Words()}, prompt("detect fraud in these invoices"))
    assert decision.outcome is ALLOW
    assert [(s.rule, s.manner) for s in decision.exemptions] == [("fraud-rule", "classification")]
    assert decided(spared, {"a": Words()}, prompt("commit fraud with these")).outcome is BLOCK


def test_an_exemption_touches_only_the_categories_that_it_names():
    both = rule(
        watched=(watched("fraud"), watched("hate")),
        exemptions=exempt(grants=frozenset({"g"}), categories=frozenset({"fraud"})),
    )
    told = {"a": Told({"fraud": 0.9, "hate": 0.9})}
    decision = decided([both], told, prompt(grants=("g",)))
    assert [b.restriction.category for b in decision.restrictions] == ["hate"]


# Support

LINES = (
    Resource("en-GB", "British line", "1", "s"),
    Resource("en-US", "American line", "2", "s"),
    Resource("de-DE", "German line", "3", "s"),
    Resource("und", "Anywhere", "4", "s"),
)


def test_a_need_is_met_with_resources_and_is_no_breach():
    decision = decided(
        [rule("suicide", support=True)],
        {"a": Told(needs={"suicide": 0.9})},
        prompt(locale="en-GB"),
        resources=LINES,
    )
    assert (decision.outcome, decision.support) == (ALLOW, True)
    assert [r.name for r in decision.resources] == ["British line", "Anywhere"]
    assert decision.restrictions == ()


def test_a_breach_of_a_supporting_rule_has_both():
    decision = decided([rule("suicide", support=True)], {"a": Told({"suicide": 0.9})})
    assert (decision.outcome, decision.support) == (BLOCK, True)


def test_a_rule_without_support_gives_none():
    decision = decided([rule("suicide")], {"a": Told(needs={"suicide": 0.9})})
    assert (decision.outcome, decision.support) == (ALLOW, False)


@pytest.mark.parametrize(
    ("locale", "country", "expected", "why"),
    [
        ("en-US", None, ["American line", "Anywhere"], "the country of the locale"),
        (
            "en-GB",
            "US",
            ["American line", "Anywhere"],
            "where the user is goes before the language",
        ),
        ("de", "GB", ["British line", "Anywhere"], "a line that can be called, in any language"),
        ("en", None, ["Anywhere"], "a language is no country"),
        ("fr-FR", None, ["Anywhere"], "never another country's line"),
        (None, None, ["Anywhere"], "nothing is known"),
    ],
)
def test_resources_by_locale(locale, country, expected, why):
    decision = decided(
        [rule("suicide", support=True)],
        {"a": Told(needs={"suicide": 0.9})},
        prompt(locale=locale, jurisdiction=country),
        resources=LINES,
    )
    assert [r.name for r in decision.resources] == expected, why


# Where and what


@pytest.mark.parametrize(
    ("more", "request_", "expected", "why"),
    [
        ({"only_in": frozenset({"DE"})}, prompt(jurisdiction="DE"), BLOCK, "it holds there"),
        ({"only_in": frozenset({"DE"})}, prompt(jurisdiction="US"), ALLOW, "not elsewhere"),
        ({"only_in": frozenset({"DE"})}, prompt(), BLOCK, "fail closed: nobody knows where"),
        ({"not_in": frozenset({"DE"})}, prompt(jurisdiction="DE"), ALLOW, "it is left out"),
        ({"surfaces": frozenset({Surface.INTERFACE})}, prompt(), ALLOW, "another surface"),
        ({"channels": frozenset({Channel.OUTPUT})}, prompt(), ALLOW, "only answers are looked at"),
        (
            {"channels": frozenset({Channel.OUTPUT})},
            Request("1", (Turn(Role.USER, "a"), Turn(Role.ASSISTANT, "b"))),
            BLOCK,
            "the last turn is an answer",
        ),
        (
            {"channels": frozenset({Channel.DECLARED_USE})},
            Request("1", declared_use="a use"),
            BLOCK,
            "what is declared",
        ),
        (
            {"channels": frozenset({Channel.METADATA})},
            Request("1", metadata={"purpose": "x"}),
            BLOCK,
            "what the caller says beside it",
        ),
        (
            {},
            Request("1", (Turn(Role.TOOL, "a page"),)),
            BLOCK,
            "what a tool brings in is read as what a user writes",
        ),
        ({}, Request("1"), ALLOW, "there is nothing to judge"),
    ],
)
def test_where_a_rule_holds(more, request_, expected, why):
    decision = decided([rule(**more)], {"a": Told({"fraud": 0.9})}, request_)
    assert decision.outcome is expected, why


def test_only_the_last_turn_is_judged():
    told = Told()
    turns = (Turn(Role.USER, "first"), Turn(Role.ASSISTANT, "second"), Turn(Role.USER, "third"))
    decided([rule()], {"a": told}, Request("1", turns))
    assert told.asked == ["third"]


def test_local_weights_can_not_be_enforced():
    request = prompt(surface=Surface.WEIGHTS)
    told = Told({"fraud": 0.9})
    decision = decided([rule()], {"a": told}, request)
    (why,) = decision.not_enforceable_here
    assert (decision.outcome, why.why, why.category) == (ALLOW, NotEnforceable.SURFACE, "fraud")
    assert told.asked == []


def test_a_category_that_no_detector_knows_is_told():
    decision = decided([rule("spam")], {"a": Told({"spam": 0.9})})
    assert [u.why for u in decision.not_enforceable_here] == [NotEnforceable.NO_DETECTOR]


def test_what_no_single_request_shows_is_told_always():
    unseen = Unenforced("plagiarism", NotEnforceable.NO_SINGLE_REQUEST)
    decision = decided([rule()], {"a": Told()}, unenforced=(unseen,))
    assert decision.not_enforceable_here == (unseen,)


def test_versions_are_recorded():
    decision = decided([rule()], {"a": Told()})
    assert decision.rules is not None
    assert decision.rules.version == "test sha256:000000000000"
    assert decision.detectors == {"a": "told 1"}


def test_explaining_decides_the_same_with_every_step():
    made = engine([rule(cascade=TWO)], {"a": Told({"fraud": 0.6}), "b": Told({"fraud": 0.95})})
    (explained,) = made.explain([prompt()])
    (decision,) = made.decide([prompt()])
    assert explained.decision == decision
    (trace,) = explained.traces
    assert [look.state for look in trace.looks] == [State.BETWEEN, State.APPLIES]


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.5), (0.6, 0.5), (0.5, 1.1)])
def test_thresholds_that_are_none(low, high):
    with pytest.raises(ValueError):
        Stage("a", high, low)


def test_a_lower_score_never_does_more():
    with pytest.raises(ValueError):
        rule(outcome=WARN, between=REFER)
