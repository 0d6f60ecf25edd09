"""The recorder: decisions as they are made, into the ledger, with all that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from usepolicy.enforcement.account_signals import signals
from usepolicy.enforcement.decisions import Decision
from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.grants import Grant
from usepolicy.enforcement.keys import AccountKey, content_hash, likeness_hash, link_of
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, Head, moment
from usepolicy.enforcement.ledger_bodies import Decided, RulesChanged
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.likeness import likeness_text
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.recording import (
    Kept,
    Recorded,
    decided_of,
    grant_used,
    grants_too_wide,
    judged_text,
    kept_out,
    recorded_of,
    signal_of,
    with_grants,
)
from usepolicy.enforcement.refusals import Barred, barred, refusal_of, refused
from usepolicy.enforcement.requests import Request
from usepolicy.enforcement.sanctions import Office, followed, respond
from usepolicy.enforcement.signal_replay import asked_of
from usepolicy.enforcement.standing import Standing
from usepolicy.enforcement.steps import Step
from usepolicy.store.ledger import Ledger, View, Wanted, new_id
from usepolicy.store.ledger_keys import Keys

ACTOR = Actor(ActorKind.SYSTEM, "decide")


@dataclass(frozen=True, slots=True)
class _Asking:
    """A request of an account, and what was known of the account when it came."""

    request: Request
    at: datetime
    key: AccountKey | None = None
    grants: tuple[Grant, ...] = ()
    barred: Barred | None = None

    def kept(self, decision: Decision) -> Kept:
        """Return what the ledger keeps beside the decision."""
        if self.key is None:
            return Kept()
        used = grant_used(decision, self.request, self.grants, self.at)
        alike = likeness_text(self.request)
        same = content_hash(self.key, judged_text(self.request))
        return Kept(same, used, likeness_hash(self.key, alike) if alike else None)


class Recorder:
    """Decides requests of accounts and writes the decisions down, each with what follows."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        keys: Keys,
        office: Office,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._keys = keys
        self._office = office
        self._now = now

    @property
    def appeals(self) -> str | None:
        """Return where accounts appeal, as far as the ladder says."""
        return self._office.ladder.appeals.address

    def begin(self, summary: str) -> None:
        """Write down which rules hold from here, where they are others than before."""
        rules = self._engine.rules
        last = None
        for entry in self._ledger.entries(Wanted(kinds=("rules_change",))):
            last = entry.body if isinstance(entry.body, RulesChanged) else last
        if last is None or last.sha256 != rules.sha256:
            before = last.sha256 if last else None
            policies = tuple(version for version, _ in rules.policies)
            body = RulesChanged(rules.sha256, before, policies, summary)
            self._ledger.append(Draft(new_id("rules_change"), self._now(), ACTOR, body))

    def decide(self, request: Request) -> Recorded:
        """Decide a request and write the decision down.

        What a sanction in force keeps out is not judged: no detector is asked.

        Raises: StoreError, LedgerError: nothing is written, and nothing may be let through.
        """
        asking = self._asking(request)
        if asking.barred is not None:
            return self._written(refused(request, self._engine.rules), asking)
        return self._written(self._decided(asking), asking)

    def _asking(self, request: Request) -> _Asking:
        at = self._now()
        if request.account is None:
            return _Asking(request, at)
        key = self._keys.of(request.account, now=at)
        link = link_of(key)
        with self._ledger.view() as view:
            standing = view.standing(link, self._office.ladder, at)
            found = barred(request, standing, view.past(link), at=at)
            return _Asking(request, at, key, view.grants(link), found)

    def _decided(self, asking: _Asking) -> Decision:
        granted = with_grants(asking.request, asking.grants, asking.at)
        (decision,) = self._engine.decide([granted])
        wide = grants_too_wide(decision, granted, asking.grants, asking.at)
        if wide:
            narrower = tuple(name for name in granted.grants if name not in wide)
            (decision,) = self._engine.decide([replace(granted, grants=narrower)])
        return decision

    def _written(self, decision: Decision, asking: _Asking) -> Recorded:
        link = link_of(asking.key) if asking.key and not decision.support else None
        body = decided_of(decision, asking.request, asking.kept(decision))
        draft = Draft(new_id("decision"), asking.at, ACTOR, body, link)
        before: list[Step | None] = [None]

        def follows(view: View) -> Sequence[Draft]:
            if link is None:
                return (draft,)
            # Nothing is before what is there: what is counted now is counted so again by a replay.
            now = _not_before(asking.at, view.head())
            standing = view.standing(link, self._office.ladder, now)
            before[0] = standing.strictest.measure.step if standing.strictest else None
            return self._follows(view, replace(draft, at=now), asking, standing)

        written = self._ledger.append_from(follows)
        if isinstance(written[0].body, Decided) and written[0].body.refusal is not None:
            decision = refused(asking.request, self._engine.rules)
        return recorded_of(decision, written, before[0])

    def _follows(
        self, view: View, draft: Draft, asking: _Asking, standing: Standing
    ) -> Sequence[Draft]:
        """Return a decision with what follows; the standing decides again, as nobody writes now."""
        past = view.past(_account(draft))
        found = asking.barred or barred(asking.request, standing, past, at=draft.at)
        if found is not None:
            return self._kept_out(view, draft, asking, found)
        plain = isinstance(draft.body, Decided) and draft.body.outcome is Outcome.ALLOW
        drafts = (draft,) if plain else respond(draft, standing, self._office)
        after = followed(standing, drafts, self._office.ladder)
        return (*drafts, *self._signals(view, draft, asking, after))

    def _kept_out(
        self, view: View, draft: Draft, asking: _Asking, found: Barred
    ) -> Sequence[Draft]:
        """Return the entry of a request that a sanction keeps out, the first time with a notice."""
        laid = view.entry(found.sanction.id)
        case = view.case(laid.case) if laid and laid.case else ()
        decision = refused(asking.request, self._engine.rules)
        kept = Kept(content_hash=getattr(draft.body, "content_hash", None))
        body = kept_out(refusal_of(found, case), decision, asking.request, kept)
        first = replace(draft, body=body, case=draft.id)
        if view.past(_account(draft)).was_refused(found.sanction.id):
            return (first,)
        return respond(first, Standing(draft.at), self._office)

    def _signals(
        self, view: View, draft: Draft, asking: _Asking, standing: Standing
    ) -> Iterator[Draft]:
        """Yield the signals that a request raises, each with what follows from it."""
        asked, ladder = asked_of(draft), self._office.ladder
        if asked is None:
            return
        rules, surface = self._engine.rules, asking.request.surface
        for signal in signals(asked, view.past(_account(draft)), ladder.watch):
            body = signal_of(signal, rules, surface, asking.grants, at=asking.at)
            raised = Draft(new_id("signal"), draft.at, ACTOR, body, draft.account)
            drafts = respond(raised, standing, self._office)
            standing = followed(standing, drafts, ladder)
            yield from drafts


def _account(draft: Draft) -> AccountLink:
    assert draft.account is not None
    return draft.account


def _not_before(at: datetime, head: Head) -> datetime:
    return max(at, moment(head.at)) if head.at else at
