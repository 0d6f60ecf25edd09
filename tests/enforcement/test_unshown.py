"""What nobody is shown: no words of it are kept, cut out, given as an example or exported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from usepolicy.enforcement.decisions import Broken, Decision, Spared
from usepolicy.enforcement.evaluation import Comparison, Evaluation
from usepolicy.enforcement.ledger_bodies import Accessed, UserReported
from usepolicy.enforcement.ledger_codec import body_of, body_text
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.recording import decided_of
from usepolicy.enforcement.request_lines import Labelled
from usepolicy.enforcement.requests import Channel, Request, Role, Turn
from usepolicy.enforcement.rules import CitedRestriction, Severity
from usepolicy.enforcement.unshown import categories_of, check_may_keep, unshown_categories
from usepolicy.errors import StepError
from usepolicy.taxonomy.categories import load_taxonomy

WORDS = "a text that stands for what nobody is shown"
REQUEST = Request("r1", (Turn(Role.USER, WORDS),))


def broken(category: str, outcome: Outcome = Outcome.BLOCK) -> Broken:
    cited = CitedRestriction("tern/aup@2026-01-01", "tern/aup@2026-01-01#k1", category, "do not")
    return Broken(cited, "rule", outcome, 0.9, Severity.MEDIUM, Channel.PROMPT, "patterns", ())


def decision(*restrictions: Broken, **more: object) -> Decision:
    outcome = max(
        (each.outcome for each in restrictions), key=lambda o: o.rank, default=Outcome.ALLOW
    )
    return Decision("r1", outcome, restrictions=restrictions, detectors={}, **more)


def below(name: str) -> set[str]:
    found = {name}
    for category in load_taxonomy().categories:
        found |= {str(category.id)} if category.parent in found else set()
    return found


def test_the_categories_are_those_of_the_table_and_all_below() -> None:
    assert unshown_categories() == below("harm-to-children")
    assert {"child-sexual-abuse-material", "grooming", "child-abuse"} < unshown_categories()


SPARED = (Spared("rule", "grooming", None, ("research",)),)
MILD = broken("grooming", Outcome.WARN)
ROWS = [
    ([broken("grooming")], (), [], True, "it decides"),
    ([broken("malware"), MILD], (), ["also"], True, "a mild match beside another"),
    ([broken("malware")], SPARED, ["spared"], True, "spared, and something else was found"),
    ([], SPARED, ["spared"], True, "spared, so that it is let through"),
    ([MILD], SPARED, [], True, "spared by one rule, not by another"),
    ([broken("malware")], (), [], False, "something else"),
    ([], (), [], False, "nothing was found"),
]


@pytest.mark.parametrize(("restrictions", "spared", "where", "hidden", "why"), ROWS)
def test_no_words_are_kept_of_whatever_fell_in_it(restrictions, spared, where, hidden, why) -> None:
    made = decided_of(decision(*restrictions, exemptions=spared), REQUEST)
    again = body_of("decision", body_text(made))
    assert again == made
    if hidden:
        with pytest.raises(StepError):
            check_may_keep(categories_of(again))
    else:
        check_may_keep(categories_of(again))
    assert [name for name in ("also", "spared") if f'"{name}"' in body_text(made)] == where


@pytest.mark.parametrize(
    ("body", "categories", "why"),
    [
        (UserReported(category="grooming"), ("grooming",), "a report names one"),
        (UserReported(), (), "or none"),
        (Accessed("d1", "to look"), (), "other entries are about none"),
    ],
)
def test_what_entries_are_about(body, categories, why) -> None:
    assert categories_of(body) == categories


@pytest.mark.parametrize(("restrictions", "spared", "where", "hidden", "why"), ROWS)
def test_no_evaluation_has_it_as_an_example(restrictions, spared, where, hidden, why) -> None:
    found, changed = Evaluation(), Comparison()
    made = decision(*restrictions, exemptions=spared)
    found.add(Labelled(REQUEST, None, None), made)
    other = replace(made, outcome=Outcome.WARN if made.outcome is Outcome.ALLOW else Outcome.ALLOW)
    changed.add(REQUEST, made, other)
    shown = [t for tally in found.restrictions.values() for t in tally.examples]
    shown += [text for texts in changed.examples.values() for text, _ in texts]
    assert (WORDS in shown) is not hidden
    assert len(found.restrictions) == len(restrictions), "it counts all the same"


def test_what_is_labelled_so_is_no_example_though_nothing_of_it_was_found() -> None:
    found = Evaluation()
    found.add(Labelled(REQUEST, True, frozenset({"pedophilia"})), decision(broken("malware")))
    assert [tally.examples for tally in found.restrictions.values()] == [[]]
