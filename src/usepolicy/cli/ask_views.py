"""Views of an answer for people: a row a verdict, and the sentences beside the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from usepolicy.cli.render import shortened
from usepolicy.policies.clauses import QualifierRole
from usepolicy.supply_chain.answers import NO_ADVICE, NO_LEAVE, NO_QUOTE, Through
from usepolicy.supply_chain.asked import Named
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.uses import Use, UseCategory
from usepolicy.supply_chain.verdicts import GENERAL, Basis, Condition, Verdict, VerdictValue

MAX_PLACES = 3
"""Places and exemptions shown of one verdict; JSON has them all."""
LONGEST_REFERENCE = 160
"""Code points that are shown of a sentence which names another document."""


def verdict_rows(verdicts: Iterable[Verdict]) -> list[tuple[str, ...]]:
    """Return a row for each verdict: policy, verdict, basis, categories, words, conditions."""
    return [
        (
            each.asked.developer,
            each.value.value,
            each.basis.value if each.basis else "-",
            ", ".join(dict.fromkeys(place.category for place in each.restrictions)) or "-",
            _words(each),
            "; ".join(_condition_words(each)) or "-",
        )
        for each in verdicts
    ]


def use_words(use: Use) -> Iterator[str]:
    """Yield what was understood of a use."""
    if use.unclear is not None:
        yield f"unclear: {use.unclear}"
        return
    if not use.categories:
        yield "the use names no category that policies restrict"
    else:
        yield f"understood as: {', '.join(map(_category_words, use.categories))}"
    if use.left_open:
        yield f"the answer may change with what is left open: {', '.join(use.left_open)}"


def summary_words(use: Use, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield what must be known of the verdicts, and their count."""
    if use.unclear is not None:
        yield "no verdict"
        return
    yield from _reference_words(verdicts)
    if any(each.restrictions and not each.asked.quoted for each in verdicts):
        yield NO_QUOTE
    values = Counter(each.value for each in verdicts)
    if values[VerdictValue.NOT_ADDRESSED]:
        yield NO_LEAVE
    yield NO_ADVICE
    counts = ", ".join(f"{values[value]} {value.value}" for value in VerdictValue if values[value])
    yield f"{len(verdicts)} {'policy' if len(verdicts) == 1 else 'policies'}: {counts}"


def _reference_words(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield what policies say through those that they name as binding, and what is not given."""
    through = Through(verdicts)
    for verdict in verdicts:
        name = verdict.asked.developer
        for reached, found in through.of(verdict):
            words = shortened(reached.reference.words.quote, LONGEST_REFERENCE)
            yield f"{name} binds to {found.asked.developer} (“{words}”): {found.value.value} there"
        for reference in through.missing(verdict):
            other = shortened(reference.evidence.quote, 60)
            words = shortened(reference.words.quote, LONGEST_REFERENCE)
            more = f" (“{words}”)" if reference.sentence else ""
            yield f"{name} binds to “{other}”{more}, which is not given: what it says is unknown"


def _category_words(found: UseCategory) -> str:
    manner = "" if found.manner is Manner.GENERATION else f", {found.manner.value}"
    return f"{found.category} ({found.confidence:.2f}{manner})"


def _words(verdict: Verdict) -> str:
    places = verdict.restrictions or verdict.near
    quotes = [f"“{shortened(place.quote)}”" for place in places[:MAX_PLACES] if place.quote]
    if not quotes:
        return _no_words(verdict, places)
    lead = {Basis.CATCH_ALL: "a catch-all: ", None: "nearby: "}.get(verdict.basis, "")
    return lead + "; ".join(dict.fromkeys(quotes))


def _no_words(verdict: Verdict, places: Sequence[Named]) -> str:
    if not places:
        return "-"
    if verdict.basis is None:
        return f"nearby: {', '.join(place.category for place in places[:MAX_PLACES])}"
    return "(no quote)"


def _condition_words(verdict: Verdict) -> Iterator[str]:
    for each in verdict.conditions:
        lead = "unless" if each.role is QualifierRole.LIFTS else "where"
        yield f"{'must' if each.kind == 'duty' else lead} {_quoted(each)}"
    for each in verdict.exemptions[:MAX_PLACES]:
        lead = "perhaps exempt" if each.kind == GENERAL else "exempt"
        yield f"{lead} {_quoted(each)}"
    if len(verdict.exemptions) > MAX_PLACES:
        yield f"and {len(verdict.exemptions) - MAX_PLACES} more exemptions"


def _quoted(condition: Condition) -> str:
    return f"({condition.kind}): “{shortened(condition.quote, 60)}”"
