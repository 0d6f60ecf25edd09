"""Views of a decision: what a person sees of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from usepolicy.cli.render import print_table, printable, say, shortened
from usepolicy.enforcement.decisions import LANGUAGE
from usepolicy.enforcement.unshown import unshown_categories

if TYPE_CHECKING:
    from usepolicy.enforcement.decisions import Decision, Look, Trace
    from usepolicy.enforcement.engine import Explanation
    from usepolicy.enforcement.requests import Channel

MAX_WORDS = 60
NOT_SHOWN = "(not shown)"


def print_explanation(explained: Explanation, *, steps: bool) -> None:
    """Print a decision, with the clauses that it rests on, and on request every step to it."""
    decision = explained.decision
    texts = {trace.content.channel: trace.content.text for trace in explained.traces}
    print(f"{decision.outcome.value}{'  with support' if decision.support else ''}")
    if decision.restrictions:
        heads = ("outcome", "clause", "category", "the policy says", "score", "in the request")
        print_table(heads, _restriction_rows(decision, texts))
    for each in decision.resources:
        print(printable(f"help: {each.name}: {each.contact}  ({each.source})"))
    if steps:
        rows = [row for trace in explained.traces for row in _step_rows(trace)]
        heads = ("rule", "category", "detector", "score", "so it", "outcome")
        print_table(heads, rows, title="Steps")
    _say_rest(decision)


def short_row(decision: Decision) -> str:
    """Return a decision as one short line."""
    cited = sorted({each.restriction.category for each in decision.restrictions})
    support = " support" if decision.support else ""
    told = f"{decision.outcome.value}{support}"
    row = f"{told:<16}{decision.score:.2f}  {printable(decision.id)}  {', '.join(cited)}"
    return row.rstrip()


def _restriction_rows(
    decision: Decision, texts: Mapping[Channel, str]
) -> Iterator[tuple[str, ...]]:
    for each in decision.restrictions:
        text = texts.get(each.channel, "")
        words = "; ".join(f"“{shortened(s.cut(text), MAX_WORDS)}”" for s in each.spans[:3])
        if each.restriction.category in unshown_categories():
            words = NOT_SHOWN if each.spans else ""
        yield (
            each.outcome.value,
            each.restriction.clause.rpartition("#")[2],
            each.restriction.category,
            f"“{shortened(each.restriction.quote)}”",
            f"{each.score:.2f}",
            words,
        )


def _step_rows(trace: Trace) -> Iterator[tuple[str, ...]]:
    category = trace.watch.watched.category
    for look in trace.looks:
        if look.score or look.need or look.code:
            outcome = trace.outcome.value if look is trace.looks[-1] else ""
            how = f"{look.state.value}{_spared(trace) if outcome else ''}"
            yield (trace.rule.id, category, look.stage.detector, _score(look), how, outcome)


def _score(look: Look) -> str:
    if look.code:
        return look.code
    need = f", need {look.need:.2f}" if look.need else ""
    range_ = f"{look.stage.clear_below:g}..{look.stage.applies_from:g}"
    return f"{look.score:.2f} of {range_}{need}"


def _spared(trace: Trace) -> str:
    if trace.exemption is None:
        return ""
    return f", spared: {trace.manner}" if trace.exemption.manners else ", spared by a grant"


def _say_rest(decision: Decision) -> None:
    for each in decision.errors:
        what = "does not know the language" if each.code == LANGUAGE else "could not tell"
        channel = each.channel.replace("_", " ")
        say(f"warning[{each.code}]: {each.detector} {what} of the {channel}: {each.outcome}")
    for spared in decision.exemptions:
        why = spared.manner or ", ".join(spared.grants)
        say(f"spared: {spared.rule}, {spared.category}, for {why}")
    unseen = sorted({each.category for each in decision.not_enforceable_here})
    if unseen:
        say(f"{len(unseen)} categories can't be enforced here: {', '.join(unseen)}")
    if decision.rules:
        say(f"decided by {decision.rules.version}")
