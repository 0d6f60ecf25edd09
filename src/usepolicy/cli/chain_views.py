"""Views of a chain for people: its links, what binds its end, what was found on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from usepolicy.cli.render import print_table, print_title, shortened
from usepolicy.supply_chain.answers import NO_ADVICE
from usepolicy.supply_chain.binding import Binding, Bound
from usepolicy.supply_chain.cards import charge_words
from usepolicy.supply_chain.enforcing import Enforcing
from usepolicy.supply_chain.propagation import (
    ChainFinding,
    ChainResult,
    FindingKind,
    LinkResult,
)

ENFORCES = {
    Enforcing.REQUESTS: "sees requests: refuse, limit, suspend",
    Enforcing.CONTRACT: "gave files away: contract only",
    Enforcing.NOTHING: "-",
}
LINK_HEADS = ("link", "kind", "gives", "bound by", "adds")
ENFORCE_HEADS = ("enforces", "rules of", "by what")
MOST_NAMED = 6
"""Categories that a row names; JSON has them all."""
FINDING_HEADS = ("finding", "at", "policy of", "about", "what")
SAYS = {
    FindingKind.GAP: "must be passed on and is not",
    FindingKind.NOT_PASSED_ON: "does not reach those below",
    FindingKind.CONFLICT: "permitted there, prohibited elsewhere: the prohibition holds",
    FindingKind.DOUBLED_DUTY: "asked for twice",
    FindingKind.MISSING_DOCUMENT: "must be handed on and is not said to be",
    FindingKind.NO_POLICY: "gives access without a policy",
    FindingKind.NO_TEXT: "only a coding: its duties are unknown",
    FindingKind.NOT_READ: "could not be read: what it restricts is unknown",
    FindingKind.AGREEMENT_WITHOUT_GROUND: "the policy leaves no room for the agreement",
    FindingKind.HOSTING_FORBIDDEN: "hosts in spite of it",
    FindingKind.NOT_GIVEN: "binds by reference and is not given: what it asks is unknown",
}


def print_chain(result: ChainResult) -> None:
    """Print the links, who enforces, what binds each end, the duties, and the findings."""
    print_title(result.chain.name)
    print_table(LINK_HEADS, map(_link_row, result.links), whole_first=True)
    enforcing = [_enforce_row(result, each) for each in result.links if each.charges]
    if enforcing:
        print()
        print_table(ENFORCE_HEADS, enforcing, whole_first=True)
    for end in result.chain.ends:
        _print_end(result.at(end.id))
    duties = dict.fromkeys(row for each in result.links for row in _duty_rows(each))
    if duties:
        print()
        print_table(("duty", "of", "on", "words"), duties)
    if result.findings:
        print()
        print_table(FINDING_HEADS, _finding_rows(result.findings))


def _print_end(at: LinkResult) -> None:
    """Print what binds an end, what does not reach it, and who sees what it does."""
    name = at.link.name
    print()
    if at.bound:
        heads = (f"binds {name}", "use is", "by", "words")
        print_table(heads, map(_bound_row, at.bound), whole_first=True)
    else:
        print_title(f"no policy that binds {name} restricts a use")
    bound = {each.category for each in at.bound}
    lost = [each.category for each in at.not_reaching if each.category not in bound]
    if lost:
        print_title(f"restricted above, and by nothing that reaches {name}: {', '.join(lost)}")
    if at.watched_by:
        print_title(f"what {name} asks is seen by: {', '.join(at.watched_by)}")
    else:
        print_title(f"nobody sees what {name} asks: it runs files of its own")


def summary_words(result: ChainResult) -> Iterator[str]:
    """Yield what must be known of a chain, and what was counted."""
    yield NO_ADVICE
    counts = Counter(finding.kind for finding in result.findings)
    found = ", ".join(f"{counts[kind]} {kind.value}" for kind in FindingKind if counts[kind])
    yield f"{len(result.links)} links; findings: {found or 'none'}"


def binds_words(binding: Binding) -> str:
    """Return whether and how a policy binds, in a few words."""
    if not binding.binds:
        return f"no: stops at {binding.stops_at}"
    by = f" by {binding.by.asked.developer}" if binding.by else ""
    return f"yes, {binding.via.value.replace('_', ' ')}{by}"


def _link_row(result: LinkResult) -> tuple[str, ...]:
    link = result.link
    bound = dict.fromkeys(
        f"{each.policy.link} ({each.via.value.replace('_', ' ')})"
        for each in result.bindings
        if each.binds
    )
    return (
        link.id,
        link.kind.value,
        link.access.value if link.access else "-",
        ", ".join(bound) or "-",
        _some(result.adds),
    )


def _enforce_row(result: ChainResult, at: LinkResult) -> tuple[str, ...]:
    rules = dict.fromkeys(charge_words(result.chain, each) for each in at.charges)
    return at.link.id, ", ".join(rules), ENFORCES[at.enforces]


def _some(names: Iterable[str]) -> str:
    every = list(dict.fromkeys(names))
    more = f", and {len(every) - MOST_NAMED} more" if len(every) > MOST_NAMED else ""
    return ", ".join(every[:MOST_NAMED]) + more if every else "-"


def _bound_row(bound: Bound) -> tuple[str, ...]:
    first = bound.sources[0].named.quote
    return (
        bound.category,
        "lifted" if bound.lifted else bound.strength.value,
        ", ".join(dict.fromkeys(source.link for source in bound.sources)),
        f"“{shortened(first, 80)}”" if first else "(no quote)",
    )


def _duty_rows(result: LinkResult) -> Iterable[tuple[str, ...]]:
    for policy, duty in result.duties:
        words = f"“{shortened(duty.evidence.quote, 80)}”"
        yield duty.kind.value.replace("_", " "), policy.link, result.link.id, words


def about_words(finding: ChainFinding) -> str:
    """Return what a finding is about: a category, a duty, or another document."""
    if finding.reference is not None:
        return f"“{shortened(finding.reference.evidence.quote, 60)}”"
    return finding.category or (finding.duty.kind.value.replace("_", " ") if finding.duty else "-")


def _finding_rows(findings: Iterable[ChainFinding]) -> Iterator[tuple[str, ...]]:
    """Yield a row for what was found of one kind, at one link, of one other."""
    grouped: dict[tuple[FindingKind, str, str], list[str]] = {}
    for each in findings:
        grouped.setdefault((each.kind, each.at, each.of), []).append(about_words(each))
    for (kind, at, of), every in grouped.items():
        yield kind.value.replace("_", " "), at, of, _some(every), SAYS[kind]
