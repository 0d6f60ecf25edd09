"""The recorder: decisions as they are made, into the ledger, with all that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from usepolicy.enforcement.decisions import Decision
from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.grants import Grant, grants_in
from usepolicy.enforcement.keys import AccountKey, content_hash, link_of
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind
from usepolicy.enforcement.ledger_bodies import Notified, RulesChanged, Sanctioned
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.recording import (
    Kept,
    Recorded,
    decided_of,
    grant_used,
    grants_too_wide,
    judged_text,
    with_grants,
)
from usepolicy.enforcement.requests import Request
from usepolicy.enforcement.sanctions import Office, respond
from usepolicy.enforcement.steps import Step
from usepolicy.store.ledger import Ledger, View, Wanted, new_id
from usepolicy.store.ledger_keys import Keys

ACTOR = Actor(ActorKind.SYSTEM, "decide")
GRANTS = ("grant_applied", "grant_approved", "grant_refused", "grant_revoked", "grant_expired")


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

        Raises: StoreError, LedgerError: nothing is written, and nothing may be let through.
        """
        at = self._now()
        key = self._keys.of(request.account, now=at) if request.account else None
        grants = self._grants(link_of(key)) if key else ()
        decision = self._decided(request, grants, at)
        used = grant_used(decision, request, grants, at)
        return self._written(decision, request, Kept(_hash(key, request), used), key, at)

    def _decided(self, request: Request, grants: Sequence[Grant], at: datetime) -> Decision:
        granted = with_grants(request, grants, at)
        (decision,) = self._engine.decide([granted])
        wide = grants_too_wide(decision, granted, grants, at)
        if wide:
            narrower = tuple(name for name in granted.grants if name not in wide)
            (decision,) = self._engine.decide([replace(granted, grants=narrower)])
        return decision

    def _grants(self, link: AccountLink) -> tuple[Grant, ...]:
        return grants_in(self._ledger.entries(Wanted(account=link, kinds=GRANTS)))

    def _written(
        self, decision: Decision, request: Request, kept: Kept, key: AccountKey | None, at: datetime
    ) -> Recorded:
        link = link_of(key) if key and not decision.support else None
        body = decided_of(decision, request, kept)
        draft = Draft(new_id("decision"), at, ACTOR, body, link)
        standing: list[Step | None] = [None]

        def follows(view: View) -> Sequence[Draft]:
            if link is None:
                return (draft,)
            before = view.standing(link, self._office.ladder, at)
            standing[0] = before.strictest.measure.step if before.strictest else None
            plain = decision.outcome is Outcome.ALLOW
            return (draft,) if plain else respond(draft, before, self._office)

        return _recorded(decision, self._ledger.append_from(follows), standing[0])


def _recorded(decision: Decision, written: Sequence[Entry], standing: Step | None) -> Recorded:
    sanctions = [e.body.measure.step for e in written if isinstance(e.body, Sanctioned)]
    notice = next((e.id for e in written if isinstance(e.body, Notified)), None)
    return Recorded(decision, written[0].id, tuple(sanctions), notice, standing)


def _hash(key: AccountKey | None, request: Request) -> str | None:
    return content_hash(key, judged_text(request)) if key else None
