"""Differences of rules: each change is told with its key, its rule and both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from told import POLICY, rule, stage, watched

from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.rules import Exemption, Resource, Rule, Rules, Severity
from usepolicy.enforcement.rules_diff import Difference, differences
from usepolicy.supply_chain.manners import Manner

LENIENT = Exemption(manners=frozenset({Manner.QUOTATION}), outcome=Outcome.WARN)


def rules(*those: Rule, **more: object) -> Rules:
    return Rules("tern", "0" * 64, rules=those, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "what", "before", "after"),
    [
        ({"outcome": Outcome.WARN, "between": Outcome.WARN}, "outcome", "block", "warn"),
        ({"between": Outcome.WARN}, "between", "refer", "warn"),
        ({"on_error": Outcome.REFER}, "on_error", "block", "refer"),
        ({"untrusted": Outcome.REFER}, "untrusted", "allow", "refer"),
        (
            {"cascade": (stage("a", 0.7), stage("b", 0.9, 0.5))},
            "cascade",
            "a from 0.8, clear below 0.4",
            "a from 0.7, clear below 0.4; then b from 0.9, clear below 0.5",
        ),
        ({"channels": frozenset({Channel.PROMPT})}, "channels", "output, prompt", "prompt"),
        ({"surfaces": frozenset({Surface.API})}, "surfaces", "api, interface", "api"),
        ({"only_in": frozenset({"FR", "DE"})}, "only_in", "nothing", "DE, FR"),
        ({"not_in": frozenset({"FR"})}, "not_in", "nothing", "FR"),
        ({"exemptions": (LENIENT,)}, "exemptions", "nothing", "quotation: warn"),
        ({"severity": Severity.HIGH}, "severity", "medium", "high"),
        ({"support": True}, "support", "no", "yes"),
        (
            {"watched": (watched("fraud"), watched("hate"))},
            "restrictions",
            "fraud (1 clause)",
            "fraud (1 clause), hate (1 clause)",
        ),
    ],
)  # fmt: skip
def test_what_is_other_in_a_rule(
    change: dict[str, object], what: str, before: str, after: str
) -> None:
    found = differences(rules(rule()), rules(replace(rule(), **change)))  # type: ignore[arg-type]
    assert Difference("fraud-rule", what, before, after) in found
    assert {each.rule for each in found} == {"fraud-rule"}


def test_rules_come_and_go_in_the_order_of_their_ids() -> None:
    found = differences(rules(rule("malware"), rule()), rules(rule(), rule("hate", Outcome.WARN)))
    assert found == (
        Difference("hate-rule", "added", "nothing", "warn: hate (1 clause)"),
        Difference("malware-rule", "removed", "block: malware (1 clause)", "nothing"),
    )


def test_the_order_of_rules_means_nothing() -> None:
    assert differences(rules(rule(), rule("hate")), rules(rule("hate"), rule())) == ()


def test_what_is_other_in_the_file() -> None:
    line = Resource("en-GB", "A line", "111", "https://lines.example")
    new = replace(rules(policies=((POLICY, "1" * 64),), resources=(line,)), name="tern 2")
    assert differences(rules(policies=((POLICY, "0" * 64),)), new) == (
        Difference("", "rules_of", "tern", "tern 2"),
        Difference("", "policies", f"{POLICY} {'0' * 12}", f"{POLICY} {'1' * 12}"),
        Difference("", "resources", "nothing", "en-GB A line: 111"),
    )
