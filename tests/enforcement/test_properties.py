"""Properties of decisions: what must hold of any rules and any scores."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from told import Told, engine, prompt, rule, stage

from usepolicy.enforcement.decisions import Decision
from usepolicy.enforcement.detection import Fault
from usepolicy.enforcement.normalise import variants
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.pattern_detector import shipped_detector
from usepolicy.enforcement.requests import Request, Role, Turn
from usepolicy.enforcement.rules import Exemption

CATEGORIES = ("fraud", "hate", "malware")
SCORE = st.floats(0, 1)
THRESHOLD = st.floats(0.01, 1)
OUTCOME = st.sampled_from(Outcome)


@st.composite
def stages(draw, name):
    a, b = sorted((draw(THRESHOLD), draw(THRESHOLD)))
    return stage(name, b, a)


@st.composite
def rules(draw, number=0):
    outcome = draw(OUTCOME)
    between = min(draw(OUTCOME), outcome, key=lambda each: each.rank)
    cascade = (draw(stages("a")), *draw(st.sampled_from([(), (draw(stages("b")),)])))
    return rule(
        draw(st.sampled_from(CATEGORIES)),
        outcome,
        id=f"r{number}",
        between=between,
        cascade=cascade,
        untrusted=draw(st.sampled_from(list(Outcome)[:3])),
        exemptions=draw(st.sampled_from([(), (Exemption(grants=frozenset({"g"})),)])),
        support=draw(st.booleans()),
    )


@st.composite
def rule_sets(draw):
    return [draw(rules(number)) for number in range(draw(st.integers(1, 5)))]


def told():
    return st.builds(
        Told,
        scores=st.dictionaries(st.sampled_from(CATEGORIES), SCORE),
        needs=st.dictionaries(st.sampled_from(CATEGORIES), SCORE),
        fault=st.sampled_from([None, None, None, Fault.TIMEOUT]),
        is_trusted=st.booleans(),
    )


def decided(those, a, b, grants=()) -> Decision:
    (decision,) = engine(those, {"a": a, "b": b}).decide([prompt(grants=grants)])
    return decision


@given(rule_sets(), rules(99), told(), told())
def test_adding_a_prohibition_never_lowers_the_outcome(those, more, a, b):
    before, after = decided(those, a, b), decided([*those, more], a, b)
    assert after.outcome.rank >= before.outcome.rank
    assert set(before.restrictions) <= set(after.restrictions)


@given(rule_sets(), told(), told())
def test_an_exemption_touches_only_its_own_restrictions(those, a, b):
    with_grant, without = decided(those, a, b, ("g",)), decided(those, a, b)
    exempt = {each.id for each in those if each.exemptions}
    assert {r for r in without.restrictions if r.rule not in exempt} == {
        r for r in with_grant.restrictions if r.rule not in exempt
    }
    assert with_grant.outcome.rank <= without.outcome.rank


@given(rules(), told(), told(), THRESHOLD)
def test_thresholds_are_monotone(one, a, b, lower):
    first = one.cascade[0]
    applies_from = max(first.clear_below, min(first.applies_from, lower))
    eager = replace(one, cascade=(replace(first, applies_from=applies_from), *one.cascade[1:]))
    assert decided([eager], a, b).outcome.rank >= decided([one], a, b).outcome.rank


@given(rule_sets(), told(), told(), st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(those, a, b, random):
    shuffled = list(those)
    random.shuffle(shuffled)
    one, other = decided(those, a, b), decided(shuffled, a, b)
    assert replace(one, rules=None) == replace(other, rules=None)


@given(rule_sets(), told(), told())
def test_the_same_input_gives_the_same_decision(those, a, b):
    assert decided(those, a, b) == decided(those, a, b)


@given(rule_sets(), told(), told())
def test_the_batch_does_not_matter(those, a, b):
    made = engine(those, {"a": a, "b": b})
    requests = [prompt(str(number)) for number in range(5)]
    assert list(made.decide(requests, batch=1)) == list(made.decide(requests, batch=5))


ANY = st.text(
    st.characters(codec=None, exclude_categories=()) | st.sampled_from("a b.0@$%=\u200b\u202eраb"),
    max_size=80,
)
DETECTOR = shipped_detector()


@given(st.lists(ANY, min_size=1, max_size=3))
def test_no_text_crashes_the_patterns_and_what_they_cite_is_in_it(texts):
    made = engine([rule("fraud")], {"a": DETECTOR})
    request = Request("1", tuple(Turn(Role.USER, text) for text in texts))
    (decision,) = made.decide([request])
    for each in decision.restrictions:
        assert all(span.end <= len(texts[-1]) for span in each.spans)


@given(ANY)
def test_each_variant_leads_back_into_the_text(text):
    for variant in variants(text, text.encode("utf-8", "surrogatepass")):
        if variant.starts is not None:
            assert len(variant.starts) == len(variant.text)
            assert list(variant.starts) == sorted(variant.starts)
            assert all(0 <= place < len(text) for place in variant.starts)
