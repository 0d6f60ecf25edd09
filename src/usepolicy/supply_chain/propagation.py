"""Propagation: what a chain loses, doubles and contradicts on its way down; pure.

Owns gaps, conflicts, doubled duties and what must be handed on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.policies.clauses import CategoryId, Effect, Strength
from usepolicy.policies.provisions import Reference
from usepolicy.supply_chain.binding import (
    Binding,
    Bound,
    Source,
    above,
    bindings,
    limits_use,
    policies_at,
    restrictions_of,
    travels,
)
from usepolicy.supply_chain.chains import Access, Chain, ChainPolicy, Link, LinkId, LinkKind
from usepolicy.supply_chain.duties import DOCUMENTS, Duty, DutyKind
from usepolicy.supply_chain.enforcing import (
    CAN_ENFORCE,
    Charge,
    Enforcing,
    charges_of,
    watchers_of,
)
from usepolicy.supply_chain.references import References
from usepolicy.taxonomy.categories import Taxonomy

TWICE = (
    DutyKind.MODEL_CARD,
    DutyKind.ATTRIBUTION,
    DutyKind.NAME_OF_DERIVATIVES,
    DutyKind.USER_THRESHOLD,
)
"""Duties that are harder to fulfil for two than for one; two licences are merely two copies."""


class FindingKind(StrEnum):
    """What is wrong, or must be known, of a chain."""

    GAP = "gap"
    """A restriction above must be passed on, and the link below neither does nor has it itself."""
    NOT_PASSED_ON = "not_passed_on"
    """A restriction above does not reach those below, and no duty says that it must."""
    CONFLICT = "conflict"
    """One policy permits what another prohibits; the prohibition holds."""
    DOUBLED_DUTY = "doubled_duty"
    """Two policies ask for the same; fulfil the stricter."""
    MISSING_DOCUMENT = "missing_document"
    """Something written must be handed on and is not said to be."""
    NO_POLICY = "no_policy"
    """A link gives access without a policy, and passes none on."""
    NO_TEXT = "no_text"
    """Only a coding is known of a policy, so that its duties are not."""
    NOT_READ = "not_read"
    """A policy could not be read: what it restricts is unknown."""
    AGREEMENT_WITHOUT_GROUND = "agreement_without_ground"
    """An agreement lifts nothing: no policy that binds leaves room for one."""
    HOSTING_FORBIDDEN = "hosting_forbidden"
    """A policy that binds the link forbids to offer the model as a service, and it does."""
    NOT_GIVEN = "not_given"
    """A policy names a document as binding too that is not in the chain: what it asks is unknown."""


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """One thing found, at the link where it arises."""

    kind: FindingKind
    at: LinkId
    of: LinkId
    """The link whose policy it is about."""
    category: CategoryId | None = None
    duty: Duty | None = None
    """The duty that makes it one."""
    sources: tuple[Source, ...] = ()
    reference: Reference | None = None
    """The words that name what is not given."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What is computed of one link."""

    link: Link
    bindings: tuple[Binding, ...]
    """Of every policy above it, whether it binds."""
    bound: tuple[Bound, ...]
    """What binds it, by category."""
    not_reaching: tuple[Bound, ...]
    """What policies above restrict that don't bind it; whoever stops them answers for that."""
    adds: tuple[CategoryId, ...]
    """Categories that its own policies restrict and no policy above does."""
    duties: tuple[tuple[ChainPolicy, Duty], ...]
    """What it must do for those below: the duties of the policies that bind it."""
    enforces: Enforcing
    charges: tuple[Charge, ...]
    """What it has to enforce against those below."""
    watched_by: tuple[LinkId, ...]
    """The links that see what it asks; none where it runs files itself."""


@dataclass(frozen=True, slots=True)
class ChainResult:
    """What is computed of a chain."""

    chain: Chain
    links: tuple[LinkResult, ...]
    findings: tuple[ChainFinding, ...]

    def at(self, link: LinkId) -> LinkResult:
        """Return the result of a link that is known to be there."""
        return next(each for each in self.links if each.link.id == link)


def propagate(chain: Chain, taxonomy: Taxonomy) -> ChainResult:
    """Return what binds whom along a chain, and what goes wrong on the way."""
    found = bindings(chain)
    results = tuple(_result(chain, found, link) for link in chain.links)
    references = References(policy.asked for link in chain.links for policy in link.policies)
    findings = [
        finding
        for result in results
        for finding in (
            *_of_policies(chain, result),
            *_not_given(result, references),
            *_hosting(result),
            *_lost(chain, result, taxonomy),
            *_conflicts(result),
            *_doubled(result),
            *_documents(result),
            *_agreements(result),
        )
    ]
    return ChainResult(chain, results, tuple(dict.fromkeys(findings)))


def _result(chain: Chain, found: tuple[Binding, ...], link: Link) -> LinkResult:
    policies = policies_at(found, link.id, bind=True)
    others = policies_at(found, link.id, bind=False)
    upstream = {c for each in above(chain, link) for p in each.policies for c in _limited(p)}
    own = {category for policy in link.policies for category in _limited(policy)}
    duties = [
        (policy, duty)
        for policy in policies
        for kind in DutyKind
        if _concerns(kind, link) and (duty := policy.duty(kind))
    ]
    return LinkResult(
        link,
        tuple(each for each in found if each.at == link.id),
        restrictions_of(chain, link, policies),
        restrictions_of(chain, link, others),
        tuple(sorted(own - upstream)),
        tuple(duties),
        CAN_ENFORCE[link.access],
        charges_of(chain, link, found),
        watchers_of(chain, link),
    )


def _concerns(kind: DutyKind, link: Link) -> bool:
    """Tell whether a duty can fall to a link: who gives to nobody passes nothing on."""
    if kind in (DutyKind.LICENCE_COPY, DutyKind.MODEL_CARD, DutyKind.NAME_OF_DERIVATIVES):
        return link.access is Access.WEIGHTS
    if kind in (DutyKind.PASS_ON, DutyKind.ATTRIBUTION):
        return link.access is not None
    return kind is not DutyKind.AGREEMENT


def _limited(policy: ChainPolicy) -> Iterator[CategoryId]:
    named = policy.asked.named.items()
    return (category for category, places in named if any(map(limits_use, places)))


def _of_policies(chain: Chain, result: LinkResult) -> Iterator[ChainFinding]:
    link = result.link
    licensed = link.access is Access.WEIGHTS and any(
        each.binds and travels(chain, each.policy) for each in result.bindings
    )
    if link.access is not None and not (link.policies or link.passes_on or licensed):
        yield ChainFinding(FindingKind.NO_POLICY, link.id, link.id)
    for policy in link.policies:
        if not policy.has_text:
            yield ChainFinding(FindingKind.NO_TEXT, link.id, link.id)
        if not policy.asked.silent:
            yield ChainFinding(FindingKind.NOT_READ, link.id, link.id)


def _not_given(result: LinkResult, references: References) -> Iterator[ChainFinding]:
    link = result.link.id
    for policy in result.link.policies:
        for each in references.follow(policy.asked).missing:
            yield ChainFinding(FindingKind.NOT_GIVEN, link, link, reference=each)


def _hosting(result: LinkResult) -> Iterator[ChainFinding]:
    """Yield what forbids a cloud or host to give what it gives, unless it has an agreement."""
    link = result.link
    if link.kind not in (LinkKind.CLOUD, LinkKind.HOST) or link.access is None:
        return
    with_links = {agreement.with_link for agreement in link.agreements}
    for policy, duty in result.duties:
        agreed = policy.link in with_links and policy.duty(DutyKind.AGREEMENT)
        if duty.kind is DutyKind.NO_HOSTING and not agreed:
            kind = FindingKind.HOSTING_FORBIDDEN
            yield ChainFinding(kind, link.id, policy.link, None, duty)


def _lost(chain: Chain, result: LinkResult, taxonomy: Taxonomy) -> Iterator[ChainFinding]:
    """Yield what stops right above a link: gaps where it must be passed on, else a notice."""
    for each in result.bindings:
        if each.stops_at is None or each.stops_at not in result.link.sources:
            continue
        stop, policy = chain.get(each.stops_at), each.policy
        duty = policy.duty(DutyKind.PASS_ON)
        kind = FindingKind.GAP if duty else FindingKind.NOT_PASSED_ON
        for category in sorted(_limited(policy)):
            if not _covers(stop, category, policy, taxonomy):
                sources = _sources(policy, category)[:1]
                yield ChainFinding(kind, stop.id, policy.link, category, duty, sources)


def _covers(link: Link, category: CategoryId, policy: ChainPolicy, taxonomy: Taxonomy) -> bool:
    """Tell whether a link's own policies restrict a category as strictly as the one above."""
    names = (category, *taxonomy.ancestors(category))
    own = [p for each in link.policies for name in names for p in each.asked.of(CategoryId(name))]
    limits = [place for place in own if limits_use(place)]
    strict = any(p.strength is Strength.PROHIBITED for p in policy.asked.of(category))
    if strict:
        return any(place.strength is Strength.PROHIBITED for place in limits)
    return bool(limits)


def _sources(policy: ChainPolicy, category: CategoryId) -> tuple[Source, ...]:
    return tuple(Source(policy.link, policy.asked.id, each) for each in policy.asked.of(category))


def _conflicts(result: LinkResult) -> Iterator[ChainFinding]:
    policies = [each.policy for each in result.bindings if each.binds]
    strict = {each.category: each for each in result.bound if each.strength is Strength.PROHIBITED}
    for policy in policies:
        for category in sorted(strict.keys() & policy.asked.named.keys()):
            permits = tuple(
                source
                for source in _sources(policy, category)
                if source.named.effect is Effect.PERMITS
            )
            others = tuple(s for s in strict[category].sources if s.link != policy.link)
            if permits and others:
                sources = (*permits[:1], *others[:1])
                kind, at = FindingKind.CONFLICT, result.link.id
                yield ChainFinding(kind, at, policy.link, category, None, sources)


def _doubled(result: LinkResult) -> Iterator[ChainFinding]:
    for bound in result.bound:
        asks = [each for each in bound.sources if each.named.effect is Effect.REQUIRES]
        if len({each.link for each in asks}) > 1:
            first = asks[0].link
            other = next(each for each in asks if each.link != first)
            kind, at = FindingKind.DOUBLED_DUTY, result.link.id
            yield ChainFinding(kind, at, first, bound.category, None, (asks[0], other))
    for twice in TWICE:
        asking = [(policy, duty) for policy, duty in result.duties if duty.kind is twice]
        if len({policy.link for policy, _ in asking}) > 1:
            policy, duty = asking[0]
            yield ChainFinding(FindingKind.DOUBLED_DUTY, result.link.id, policy.link, None, duty)


def _documents(result: LinkResult) -> Iterator[ChainFinding]:
    """Yield what a link that gives to others must hand on and does not say it does."""
    for policy, duty in result.duties:
        if duty.kind in DOCUMENTS and duty.kind not in result.link.documents:
            kind = FindingKind.MISSING_DOCUMENT
            yield ChainFinding(kind, result.link.id, policy.link, None, duty)


def _agreements(result: LinkResult) -> Iterator[ChainFinding]:
    lifted = {(each.category, a) for each in result.bound for a in each.lifted}
    bound = {each.category for each in result.bound}
    for agreement in result.link.agreements:
        for category in agreement.lifts:
            if category in bound and (category, agreement) not in lifted:
                kind = FindingKind.AGREEMENT_WITHOUT_GROUND
                yield ChainFinding(kind, result.link.id, agreement.with_link, category)
