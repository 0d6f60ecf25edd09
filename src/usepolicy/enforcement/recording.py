"""Recording: what of a decision the ledger keeps, and which grants of an account a request may use.

Pure: ids, times and the standing come in. INVARIANT: not a word of what was asked is kept, and
whoever was met with support has no link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from usepolicy.enforcement.contents import contents_of
from usepolicy.enforcement.decisions import Broken, Decision, Spared
from usepolicy.enforcement.grants import Grant
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Cited,
    Decided,
    Means,
    Notified,
    Refusal,
    Sanctioned,
    SignalKind,
    Signalled,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Request, Surface
from usepolicy.enforcement.rules import Rules
from usepolicy.enforcement.steps import Step
from usepolicy.enforcement.unshown import broken_and_spared

MILLION = 1_000_000
MOST_CITED = 10
"""Restrictions that a signal cites."""
PATTERNS = "patterns"
"""With what the version of a detector of patterns begins."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the ledger says of a decision beside what the decision says."""

    content_hash: str | None = None
    grant: EntryId | None = None
    likeness: str | None = None
    """See `likeness`."""


@dataclass(frozen=True, slots=True)
class SignalTold:
    """A signal that a request raised."""

    signal: SignalKind
    entry: EntryId
    notice: EntryId | None = None
    """None where nothing followed."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision, and what the ledger has of it."""

    decision: Decision
    entry: str
    """Id of the entry, and of its case."""
    sanctions: tuple[Step, ...]
    """What followed at once."""
    notice: str | None
    """Id of the notice to the account."""
    standing: Step | None
    """The strictest step in force against the account before this request."""
    signals: tuple[SignalTold, ...] = ()
    refusal: Refusal | None = None
    """Why no rule was asked."""


def recorded_of(decision: Decision, written: Sequence[Entry], standing: Step | None) -> Recorded:
    """Return what the ledger has of a decision, from the entries that were written at once."""
    first = written[0]
    refusal = first.body.refusal if isinstance(first.body, Decided) else None
    sanctions = [e.body.measure.step for e in written if isinstance(e.body, Sanctioned)]
    notices = {e.case: e.id for e in written if isinstance(e.body, Notified)}
    told = tuple(
        SignalTold(e.body.signal, e.id, notices.get(e.id))
        for e in written
        if isinstance(e.body, Signalled)
    )
    notice = notices.get(first.id)
    return Recorded(decision, first.id, tuple(sanctions), notice, standing, told, refusal)


def decided_of(decision: Decision, request: Request, kept: Kept = Kept()) -> Decided:
    """Return a decision as an entry of the ledger."""
    deciding = [each for each in decision.restrictions if each.outcome is decision.outcome]
    cited = () if decision.outcome is Outcome.ALLOW else deciding
    hidden = decision.support
    return Decided(
        decision.outcome,
        cited[0].channel if cited else _channel(request),
        request.surface,
        _means(decision, [each.detector for each in cited]),
        Automation.FULLY,
        decision.support,
        tuple(
            Cited(
                each.restriction.clause or each.rule,
                each.restriction.quote,
                each.restriction.category,
                round(each.score * MILLION),
            )
            for each in cited
        ),
        _versions(decision),
        kept.grant,
        None if hidden else kept.content_hash,
        request.jurisdiction,
        tuple(sorted({each.code for each in decision.errors})),
        *_unshown(decision, cited),
        likeness=None if hidden else kept.likeness,
    )


def kept_out(refusal: Refusal, decision: Decision, request: Request, kept: Kept) -> Decided:
    """Return a request that a sanction kept out as an entry of the ledger: no rule was asked."""
    return Decided(
        Outcome.BLOCK,
        _channel(request),
        request.surface,
        Means.STANDING,
        Automation.FULLY,
        versions=_versions(decision),
        content_hash=kept.content_hash,
        jurisdiction=request.jurisdiction,
        refusal=refusal,
    )


def signal_of(
    signal: Signalled, rules: Rules, surface: Surface, grants: Iterable[Grant], *, at: datetime
) -> Signalled:
    """Return a signal with the words of the policy that forbid what it is a sign of.

    A grant of the account that covers the category spares it: it is recorded and weighs nothing.
    """
    if signal.category is None:
        return signal
    grant = covering(signal.category, surface, grants, at=at)
    return replace(signal, restrictions=_words_on(signal.category, rules), grant=grant)


def covering(
    category: str | None, surface: Surface, grants: Iterable[Grant], *, at: datetime
) -> EntryId | None:
    """Return the grant in force that covers a category on a surface, whatever its purpose."""
    for grant in grants:
        scope = grant.scope
        if grant.holds(at) and category in scope.categories and surface in scope.surfaces:
            return grant.id
    return None


def _words_on(category: str, rules: Rules) -> tuple[Cited, ...]:
    """Return the restrictions of a category, each clause once, whether a rule looks for it or not."""
    cited = [each for unseen in rules.unenforced for each in unseen.restrictions]
    cited += [
        each for rule in rules.rules for watched in rule.watched for each in watched.restrictions
    ]
    found = {each.clause: each for each in cited if each.category == category}
    return tuple(Cited(c.clause, c.quote, c.category) for c in list(found.values())[:MOST_CITED])


def judged_text(request: Request) -> str:
    """Return all that was judged, for the keyed hash that tells a repeated request."""
    return "\n\n".join(f"{each.channel}: {each.text}" for each in contents_of(request))


def with_grants(request: Request, grants: Iterable[Grant], at: datetime) -> Request:
    """Return a request with the names of the grants that hold, beside those that it has."""
    names = {grant.kind.value for grant in grants if grant.holds(at)}
    return replace(request, grants=tuple(sorted({*request.grants, *names})))


def grants_too_wide(
    decision: Decision, request: Request, grants: Sequence[Grant], at: datetime
) -> frozenset[str]:
    """Return names of grants that spared what no grant of the account covers.

    FAIL CLOSED: a rule exempts by a name, a grant covers a scope; what is outside of it is decided
    again without the name.
    """
    names = {grant.kind.value for grant in grants}
    return frozenset(
        name
        for spared in decision.exemptions
        for name in spared.grants
        if name in names and _covering(spared, name, request, grants, at=at) is None
    )


def grant_used(
    decision: Decision, request: Request, grants: Sequence[Grant], at: datetime
) -> EntryId | None:
    """Return the grant without which the decision would be stricter; None where none was used."""
    for spared in decision.exemptions:
        for name in spared.grants:
            found = _covering(spared, name, request, grants, at=at)
            if found is not None:
                return found.id
    return None


def _covering(
    spared: Spared, name: str, request: Request, grants: Sequence[Grant], *, at: datetime
) -> Grant | None:
    for grant in grants:
        covers = grant.covers(
            category=spared.category, surface=request.surface, purpose=name, at=at
        )
        if covers and grant.kind.value == name:
            return grant
    return None


def _unshown(
    decision: Decision, cited: Sequence[Broken]
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """FAIL CLOSED: a mild or spared match is no reason to keep words that are never kept."""
    broken, spared = broken_and_spared(decision)
    also = broken - {each.restriction.category for each in cited}
    return tuple(sorted(also)) or None, tuple(sorted(spared - broken)) or None


def _channel(request: Request) -> Channel:
    contents = contents_of(request)
    return contents[0].channel if contents else Channel.PROMPT


def _means(decision: Decision, names: Sequence[str]) -> Means:
    """Return how it was found; of several detectors a model, which is the less certain, is told."""
    versions = {str(name): version for name, version in (decision.detectors or {}).items()}
    asked = [versions.get(name, "") for name in names] or list(versions.values())
    return Means.PATTERN if all(v.startswith(PATTERNS) for v in asked) else Means.MODEL


def _versions(decision: Decision) -> dict[str, str]:
    rules = decision.rules
    detectors = {f"detector {k}": v for k, v in (decision.detectors or {}).items()}
    return ({"rules": rules.version} if rules else {}) | detectors
