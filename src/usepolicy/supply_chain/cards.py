"""Cards: what is told of each link of a chain at a glance, for the diagram and the page; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from usepolicy.policies.clauses import Strength
from usepolicy.supply_chain.binding import Bound, Via, restrictions_of
from usepolicy.supply_chain.chains import Access, Chain, LinkId
from usepolicy.supply_chain.enforcing import Charge, Enforcing, Why
from usepolicy.supply_chain.propagation import (
    ChainFinding,
    ChainResult,
    FindingKind,
    LinkResult,
)
from usepolicy.taxonomy.categories import Taxonomy

GIVES = {
    Access.API: "gives an API",
    Access.INTERFACE: "gives an app",
    Access.WEIGHTS: "gives the files",
    None: "the end",
}
ENFORCES = {
    Enforcing.REQUESTS: "sees requests: can refuse, limit, suspend",
    Enforcing.CONTRACT: "gave files away: has its contract only",
    Enforcing.NOTHING: "",
}
VIA = {
    Via.DIRECT: "directly",
    Via.LICENCE: "by licence",
    Via.PASSED_ON: "passed on",
    Via.REFERENCE: "by reference",
    Via.NOT_PASSED_ON: "not",
}
WHY = {
    Why.OWN: "its own",
    Why.PASSED_ON: "passed on",
    Why.MUST_PASS_ON: "must be passed on and is not",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many categories are restricted, by strength."""

    prohibited: int
    restricted: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.prohibited + self.restricted


@dataclass(frozen=True, slots=True)
class Stop:
    """What does not go further than a link."""

    of: str
    """Name of the link whose policy it is."""
    count: int
    """Categories."""
    must: bool
    """Whether that policy asks to be passed on: then it is a gap."""


@dataclass(frozen=True, slots=True)
class Card:
    """One link at a glance."""

    id: LinkId
    kind: str
    name: str
    gives: str
    sources: tuple[LinkId, ...]
    adds: Counts
    """What its own policies restrict and none above does."""
    strongest: tuple[str, ...]
    """Names of what it adds, the strictest and broadest first."""
    bound: Counts
    by: tuple[str, ...]
    """Whose policies bind it, and how."""
    enforces: str
    charges: tuple[str, ...]
    """Whose rules it has to enforce, and why."""
    watched_by: tuple[str, ...]
    """Names of the links that see what it asks."""
    stops: tuple[Stop, ...]
    notes: tuple[str, ...]
    """What else was found at it."""


def cards_of(result: ChainResult, taxonomy: Taxonomy) -> tuple[Card, ...]:
    """Return a card for each link, in the chain's order."""
    return tuple(_card(result, each, taxonomy) for each in result.links)


def _card(result: ChainResult, at: LinkResult, taxonomy: Taxonomy) -> Card:
    link = at.link
    own = restrictions_of(result.chain, link, link.policies)
    added = [bound for bound in own if bound.category in at.adds]
    added.sort(key=lambda each: _rank(each, taxonomy))
    findings = [each for each in result.findings if each.at == link.id]
    return Card(
        link.id,
        link.kind.value,
        link.name,
        GIVES[link.access],
        link.sources,
        counts_of(added),
        tuple(taxonomy.get(each.category).name for each in added),
        counts_of(at.bound),
        tuple(_bound_by(result.chain, at)),
        ENFORCES[at.enforces],
        tuple(dict.fromkeys(charge_words(result.chain, each) for each in at.charges)),
        tuple(result.chain.get(each).name for each in at.watched_by),
        tuple(_stops(result.chain, findings)),
        tuple(_notes(result.chain, findings)),
    )


def charge_words(chain: Chain, charge: Charge) -> str:
    """Return whose rules a link has to enforce, and why."""
    own = charge.why is Why.OWN
    return WHY[charge.why] if own else f"{chain.get(charge.policy.link).name} ({WHY[charge.why]})"


def counts_of(bound: Iterable[Bound]) -> Counts:
    """Return how many categories are prohibited and restricted; what is lifted is restricted."""
    values = Counter(Strength.RESTRICTED if each.lifted else each.strength for each in bound)
    return Counts(values[Strength.PROHIBITED], values[Strength.RESTRICTED])


def _rank(bound: Bound, taxonomy: Taxonomy) -> tuple[bool, int, str]:
    depth = len(taxonomy.ancestors(bound.category))
    return (bound.strength is not Strength.PROHIBITED, depth, bound.category)


def _bound_by(chain: Chain, at: LinkResult) -> Iterator[str]:
    said = {(each.policy.link, each.via): None for each in at.bindings if each.binds}
    return (f"{chain.get(link).name} ({VIA[via]})" for link, via in said)


def _stops(chain: Chain, findings: Iterable[ChainFinding]) -> Iterator[Stop]:
    lost = (FindingKind.GAP, FindingKind.NOT_PASSED_ON)
    counts = Counter((each.of, each.kind) for each in findings if each.kind in lost)
    for (of, kind), count in counts.items():
        yield Stop(chain.get(of).name, count, kind is FindingKind.GAP)


def _notes(chain: Chain, findings: Iterable[ChainFinding]) -> Iterator[str]:
    """Yield a sentence for each other kind of finding, and for each link that it is about."""
    grouped: dict[tuple[FindingKind, LinkId], list[ChainFinding]] = {}
    for each in findings:
        grouped.setdefault((each.kind, each.of), []).append(each)
    for (kind, of), every in grouped.items():
        if kind not in (FindingKind.GAP, FindingKind.NOT_PASSED_ON):
            yield _note(kind, chain.get(of).name, every)


def _note(kind: FindingKind, of: str, every: list[ChainFinding]) -> str:
    documents = (each.duty.kind.value.replace("_", " ") for each in every if each.duty)
    named = (each.reference.evidence.quote for each in every if each.reference)
    return {
        FindingKind.CONFLICT: f"conflict: {len(every)} permitted by {of}, prohibited by another",
        FindingKind.DOUBLED_DUTY: f"{len(every)} asked for twice, by {of} and another",
        FindingKind.MISSING_DOCUMENT: f"does not hand on for {of}: {', '.join(documents)}",
        FindingKind.NO_POLICY: "gives access without a policy",
        FindingKind.NO_TEXT: "its policy is known by a coding alone",
        FindingKind.NOT_READ: "its policy could not be read",
        FindingKind.AGREEMENT_WITHOUT_GROUND: f"its agreement with {of} lifts nothing",
        FindingKind.HOSTING_FORBIDDEN: f"hosts in spite of the terms of {of}",
        FindingKind.NOT_GIVEN: f"binds to what is not given: {', '.join(named)}",
    }[kind]
