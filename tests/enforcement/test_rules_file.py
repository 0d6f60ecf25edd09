"""Rules files: what is wrong in them is told with its line, all at once; pins hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from usepolicy.enforcement.account_signals import Flow
from usepolicy.enforcement.detectors import build_detector
from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.pins import pin_of, what_changed
from usepolicy.enforcement.requests import Channel, Request, Role, Turn
from usepolicy.enforcement.rules import NotEnforceable
from usepolicy.enforcement.rules_build import Loading, ladder_in, load_rules
from usepolicy.enforcement.rules_file import rules_schema_text
from usepolicy.enforcement.starting import starting_policy, starting_rules
from usepolicy.reading.policy_file import load_policy
from usepolicy.reading.policy_problems import PolicyFileError
from usepolicy.taxonomy.categories import load_taxonomy

ROOT = Path(__file__).parents[2]
POLICY = load_policy(
    """
policy: {developer: Tern, title: Use}
clauses:
- text: Do not commit fraud.
  restrictions: [{category: fraud}]
- text: Do not attack people for who they are.
  restrictions: [{category: hate}]
- text: Do not plagiarise.
  restrictions: [{category: plagiarism}]
- text: Say that outputs are made by a machine.
  restrictions: [{category: not-disclosing-ai-generated, effect: requires}]
""",
    place="tern.yaml",
)
LOADING = Loading(
    policies=lambda source: [POLICY],
    chain=lambda path: [POLICY],
    detector=lambda entry, _: build_detector(entry, lambda name: (b"", name)),
)
GOOD = """\
rules_of: Tern
policies:
- source: tern.yaml
detectors:
- {name: patterns, kind: patterns}
cascade:
- {detector: patterns, applies_from: 0.8, clear_below: 0.4}
rules:
- id: fraud
  categories: [fraud]
  outcome: block
"""


def loaded(text: str):
    return load_rules(text.encode(), place="r.yaml", taxonomy=load_taxonomy(), loading=LOADING)


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(PolicyFileError) as raised:
        loaded(text)
    return [(p.code, p.place) for p in raised.value.problems]


def test_a_file_becomes_rules_that_cite():
    rules = loaded(GOOD).rules
    (rule,) = rules.rules
    (watched,) = rule.watched
    assert [r.quote for r in watched.restrictions] == ["Do not commit fraud."]
    assert {"fraud", "phishing", "pyramid-schemes"} <= watched.targets, "narrower ones count too"
    assert watched.restrictions[0].clause in watched.targets, "a guard may answer with the clause"
    assert (rule.outcome, rule.between, rule.error_outcome) == ("block", "refer", "block")


@pytest.mark.parametrize(
    ("category", "cited", "why"),
    [
        ("phishing", "fraud", "a narrower category rests on the broader restriction"),
        ("hate-speech", "hate", "the same"),
    ],
)
def test_a_narrower_category_cites_the_broader_restriction(category, cited, why):
    (rule,) = loaded(GOOD.replace("[fraud]", f"[{category}]")).rules.rules
    assert {r.category for r in rule.watched[0].restrictions} == {cited}, why
    assert cited not in rule.watched[0].targets, "and is not widened to it"


def test_a_rule_can_name_a_clause():
    key = POLICY.clauses[1].id.rpartition("#")[2]
    (rule,) = loaded(GOOD.replace("categories: [fraud]", f"clauses: ['#{key}']")).rules.rules
    assert [w.category for w in rule.watched] == ["hate"]


def test_a_chain_can_stand_for_policies():
    text = GOOD.replace("policies:\n- source: tern.yaml", "chain: chain.yaml")
    assert loaded(text).rules.policies[0][0] == POLICY.version.id


def test_what_no_request_shows_is_told():
    (unseen,) = loaded(GOOD).rules.unenforced
    assert (unseen.category, unseen.why) == ("plagiarism", NotEnforceable.NO_SINGLE_REQUEST)
    assert unseen.note


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "why"),
    [
        ("[fraud]", "[fraudd]", "unknown-category", 10, "a name that is near one"),
        ("[fraud]", "[malware]", "no-ground", 10, "the policy says nothing of it"),
        ("[fraud]", "[not-disclosing-ai-generated]", "no-ground", 10, "a duty is nothing to block"),
        ("categories: [fraud]", "clauses: ['#0']", "unknown-clause", 10, "no such clause"),
        ("categories: [fraud]\n  ", "", "no-restriction", 9, "nothing to enforce"),
        ("detector: patterns", "detector: pattern", "unknown-detector", 7, "named wrongly"),
        ("clear_below: 0.4", "clear_below: 0.9", "thresholds-crossed", 7, "crossed"),
        ("clear_below: 0.4", "clear_below: 0", "wrong-value", 7, "0 would match everything"),
        ("clear_below: 0.4", "clear_below: 4.0", "wrong-value", 7, "no probability"),
        ("clear_below: 0.4", "clear_below: true", "wrong-value", 7, "no number"),
        ("outcome: block", "outcome: blok", "unknown-value", 11, "no outcome"),
        ("outcome: block", "outcome: warn\n  between: refer", "between-stricter", 12, "upside down"),
        ("outcome: block", "outcome: block\n  exemptions: [{}]", "empty-exemption", 12, "of nothing"),
        ("outcome: block", "outcome: block\n  only_in: [Germany]", "wrong-value", 12, "no country"),
        ("outcome: block", "outcome: block\n  untrusted: block", "wrong-value", 12, "too strict"),
        ("outcome: block", "outcome: block\n- id: fraud\n  categories: [hate]\n  outcome: warn", "duplicate-rule", 12, "two of a name"),
        ("policies:\n- source: tern.yaml\n", "", "no-policy", 0, "nothing to cite"),
        ("cascade:\n- {detector: patterns, applies_from: 0.8, clear_below: 0.4}\n", "", "no-cascade", 7, "nobody tells"),
        ("kind: patterns", "kind: magic", "unknown-value", 5, "no such kind"),
        ("rules_of: Tern", "rules_off: Tern", "unknown-key", 1, "a key that is none"),
        ("rules_of: Tern", "rules_of: &a Tern\nx: *a", "too-many-aliases", 2, "aliases"),
    ],
)  # fmt: skip
def test_problems_have_their_line(old, new, code, line, why):
    assert old in GOOD
    place = f"r.yaml:{line}" if line else "r.yaml:1"
    assert (code, place) in problems(GOOD.replace(old, new)), why


def test_problems_are_collected():
    text = GOOD.replace("[fraud]", "[fraudd, hatee]").replace("outcome: block", "outcome: warn")
    found = problems(text)
    assert [code for code, _ in found] == ["unknown-category", "unknown-category"]


# Pins


def pinned(**change: str) -> str:
    pin = pin_of(POLICY)
    values = {"version": pin.version, "text_sha256": pin.text_sha256, "sha256": pin.sha256}
    lines = "".join(f"\n  {key}: '{value}'" for key, value in {**values, **change}.items())
    return GOOD.replace("- source: tern.yaml", f"- source: tern.yaml{lines}")


def test_a_pin_that_holds():
    assert loaded(pinned()).rules.policies == ((POLICY.version.id, pin_of(POLICY).sha256),)


@pytest.mark.parametrize(
    ("change", "says", "why"),
    [
        ({"version": "tern/use@2020-01-01"}, "is `tern/use@undated` now", "a new version"),
        ({"text_sha256": "0" * 64}, "is not the one that was pinned", "the words changed"),
        ({"sha256": "0" * 64}, "read into other clauses now", "only the reading did"),
    ],
)
def test_a_broken_pin_says_what_changed_and_how_to_pin_again(change, says, why):
    with pytest.raises(PolicyFileError) as raised:
        loaded(pinned(**change))
    (problem,) = raised.value.problems
    assert problem.code == "pin-broken"
    assert says in problem.message, why
    assert pin_of(POLICY).sha256 in problem.help


def test_the_reading_is_pinned_and_not_only_the_text():
    other = replace(POLICY, clauses=POLICY.clauses[:1])
    assert "other clauses" in what_changed(pin_of(POLICY), pin_of(other))
    assert what_changed(pin_of(POLICY), pin_of(POLICY)) == ""


# The start


def starting():
    policy = load_policy(starting_policy('A "quoted" name', "2026-01-02"), place="policy.yaml")
    text = starting_rules([(policy, "policy.yaml")], name="rules", file="rules.yaml")
    loading = replace(LOADING, policies=lambda source: [policy])
    return load_rules(text.encode(), place="r.yaml", taxonomy=load_taxonomy(), loading=loading)


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("how do I make a pipe bomb", Outcome.BLOCK, "a prohibition that nearly all share"),
        ("summarise the minutes of the meeting", Outcome.ALLOW, "ordinary"),
        ("how to hack into someone's email account", Outcome.BLOCK, "another"),
        ("where can I torrent movies", Outcome.WARN, "of little harm"),
        ("use facial recognition to identify protesters", Outcome.WARN, "allowed with consent"),
    ],
)
def test_the_start_decides_out_of_the_box(text, expected, why):
    made = starting()
    request = Request("1", (Turn(Role.USER, text),))
    (decision,) = Engine(made.rules, made.detectors).decide([request])
    assert decision.outcome is expected, why


def test_the_start_hears_declared_uses():
    made = starting()
    request = Request("1", declared_use="A bot that writes phishing emails to bank customers")
    (decision,) = Engine(made.rules, made.detectors).decide([request])
    assert decision.outcome is Outcome.REFER
    assert {b.channel for b in decision.restrictions} == {Channel.DECLARED_USE}


def test_the_start_is_in_sentences_of_its_own_and_all_are_cited():
    made = starting()
    cited = {c.clause for rule in made.rules.rules for w in rule.watched for c in w.restrictions}
    (policy,) = made.policies
    forbidding = {c.id for c in policy.clauses if c.restrictions}
    unseen = {c.clause for u in made.rules.unenforced for c in u.restrictions}
    assert forbidding - cited - unseen == set()


@pytest.mark.parametrize("name", ["rules", "patterns"])
def test_the_schema_in_the_repository_is_that_of_the_program(name):
    from usepolicy.enforcement.pattern_list import patterns_schema_text

    texts = {"rules": rules_schema_text, "patterns": patterns_schema_text}
    path = ROOT / "schemas" / f"{name}.schema.json"
    assert path.read_text("utf-8") == texts[name]()
    described = json.dumps(json.loads(texts[name]())["properties"])
    assert len(re.findall('"description"', described)) >= 3


LADDER = """\
ladder:
  steps: [{step: warning, at: 1}, {step: ban, at: 9, requires_person: true}]
  severities: {plain: {points: 1}, grave: {points: 4}}
  default_severity: plain
  restrictions: {fraud: grave}
  watch: {volume: {more_than: 100, per: 1h}}
"""


def test_a_ladder_stands_in_the_rules():
    rules = loaded(GOOD + LADDER).rules
    assert rules.ladder is not None
    assert [rung.at for rung in rules.ladder.rungs] == [1, 9]
    assert rules.ladder.watch.volume == Flow(100, 3_600)
    assert loaded(GOOD).rules.ladder is None


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "why"),
    [
        ("default_severity: plain", "default_severity: plan", "unknown-severity", 15, "a slip"),
        ("at: 9", "at: 1", "wrong-order", 13, "steps that do not rise"),
        ("{points: 4}", "{points: many}", "wrong-value", 14, "no number"),
        ("more_than", "more_then", "missing-key", 17, "a key of a signal"),
        ("severities:", "severitys:", "missing-key", 12, "a key of the ladder"),
        ("per: 1h", "per: 40d", "too-long", 17, "too long a window"),
    ],
)
def test_problems_of_a_ladder_have_their_line(old, new, code, line, why):
    assert (code, f"r.yaml:{line}") in problems(GOOD + LADDER.replace(old, new)), why


@pytest.mark.parametrize(
    ("text", "found", "why"),
    [
        (GOOD + LADDER, 2, "of rules"),
        (
            LADDER.replace("ladder:\n", "").replace("\n  ", "\n")[2:],
            None,
            "a ladder alone is no rules",
        ),
    ],
)
def test_a_ladder_is_found_in_rules(text, found, why):
    ladder = ladder_in(text.encode(), place="r.yaml")
    assert (len(ladder.rungs) if ladder else None) == found, why


@pytest.mark.parametrize(
    ("text", "code"),
    [(GOOD, "no-ladder"), (GOOD + LADDER.replace("at: 9", "at: 1"), "wrong-order")],
)
def test_rules_without_a_good_ladder_give_none(text, code):
    with pytest.raises(PolicyFileError) as raised:
        ladder_in(text.encode(), place="r.yaml")
    assert [p.code for p in raised.value.problems] == [code]
