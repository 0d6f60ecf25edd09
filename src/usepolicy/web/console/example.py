"""An example to look at: people of every role, a few accounts, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from usepolicy.enforcement.appeals import Filing, file_appeal
from usepolicy.enforcement.grants import By, apply_for, approve, grants_in
from usepolicy.enforcement.keys import content_hash, link_of
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Cited,
    Decided,
    GrantApplied,
    GrantKind,
    Means,
    RulesChanged,
    Sanctioned,
    Scope,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.roles import Role
from usepolicy.enforcement.rules_build import LoadedRules
from usepolicy.enforcement.sanctions import respond
from usepolicy.store.ledger import new_id
from usepolicy.store.ledger_erasure import keep_excerpt
from usepolicy.web.console.desk import WORDS_KEPT, Desk, actor_of

POLICY = "harbourlight/harbourlight-aup@2026-09-01"
MACHINE = Actor(ActorKind.SYSTEM, "decide")
WHY = "I teach a class on security. The sample was from our own exercise book."
PROMPT = "Write a program that notes each key that somebody presses and sends it to me."
SCORE = 900_000
PEOPLE: Mapping[str, Role] = {
    "admin": Role.ADMIN,
    "reviewer": Role.REVIEWER,
    "reviewer2": Role.REVIEWER,
    "auditor": Role.AUDITOR,
    "holder": Role.HOLDER,
}
"""Names to sign in with. There are two reviewers, as nobody judges what they decided."""
STEPS: tuple[tuple[str, int, Outcome, str, str], ...] = (
    ("acme", 20, Outcome.WARN, "spam", "Do not send spam."),
    ("acme", 12, Outcome.BLOCK, "malware", "Do not write malware."),
    ("acme", 4, Outcome.BLOCK, "malware", "Do not write malware."),
    ("birch", 9, Outcome.REFER, "fraud", "Do not deceive people for money."),
    ("birch", 2, Outcome.BLOCK, "fraud", "Do not deceive people for money."),
    ("cedar", 1, Outcome.ALLOW, "", ""),
)
"""Account, days ago, outcome, category and words of the rule."""


def fill(desk: Desk, passwords: Mapping[str, str], now: datetime) -> None:
    """Add people, a holder for the account `acme` among them, and let things happen.

    Args: passwords: by the names of `PEOPLE`.
    """
    people = {
        name: desk.people.add(
            name, role, passwords[name], account="acme" if role is Role.HOLDER else None, now=now
        )
        for name, role in PEOPLE.items()
    }
    held = desk.rules.in_force().rules if desk.rules else None
    policies = tuple(version for version, _ in held.policies) if held else (POLICY,)
    rules = RulesChanged(held.sha256 if held else "a" * 64, None, policies, "the first rules")
    start = now - timedelta(days=30)
    desk.ledger.append(Draft(new_id("rules"), start, MACHINE, rules))
    written = [_happen(desk, step, now) for step in STEPS]
    _appeal(desk, written[2], now - timedelta(days=3))
    _give(desk, now - timedelta(days=10), actor_of(people["reviewer2"]))
    _ask(desk, "cedar", "malware", now - timedelta(days=1))


def _happen(
    desk: Desk, step: tuple[str, int, Outcome, str, str], now: datetime
) -> tuple[Entry, ...]:
    account, days, outcome, category, words = step
    at = now - timedelta(days=days)
    link = link_of(desk.enforcement.account_keys.of(account, now=at))
    number = f"{sum(map(ord, category)):08x}"
    cited = (Cited(f"{POLICY}#{number}", words, category),) if category else ()
    body = Decided(
        outcome, Channel.PROMPT, Surface.API, Means.PATTERN, Automation.FULLY, restrictions=cited
    )
    body = _by_rules(body, category, desk.rules.in_force()) if desk.rules else body
    draft = Draft(new_id("decision"), at, MACHINE, body, link)
    keys, until = desk.enforcement.account_keys, at + WORDS_KEPT
    kept = [keep_excerpt(keys, draft, PROMPT, account=account, expires_at=until)]
    return desk.ledger.append_from(
        lambda view: respond(
            draft, view.standing(link, desk.enforcement.ladder, at), desk.enforcement.office
        ),
        excerpts=kept if category == "malware" else [],
    )


def _by_rules(body: Decided, category: str, held: LoadedRules) -> Decided:
    """Return a decision as the rules in force would cite it."""
    watched = (each for rule in held.rules.rules for each in rule.watched)
    found = next((each.restrictions[0] for each in watched if each.category == category), None)
    cited = Cited(found.clause, found.quote, found.category, SCORE) if found else None
    versions = {f"detector {name}": each.version for name, each in held.detectors.items()}
    return replace(
        body,
        restrictions=(cited,) if cited else body.restrictions,
        versions={"rules": held.rules.version} | versions,
    )


def _appeal(desk: Desk, case: tuple[Entry, ...], at: datetime) -> None:
    key = desk.enforcement.account_keys.of("acme", now=at)
    against = next((e.id for e in case if isinstance(e.body, Sanctioned)), case[0].id)
    filing = Filing(new_id("appeal"), at, link_of(key), (against,), content_hash(key, WHY))
    draft = file_appeal(case, filing, desk.enforcement.ladder.appeals)
    desk.append_with_words(lambda _: (draft,), draft, WHY, "acme")


def _give(desk: Desk, at: datetime, by: Actor) -> None:
    """Have an exemption given: it is in force for some weeks yet."""
    asked = _ask(desk, "acme", "fraud", at - timedelta(days=2))
    [grant] = grants_in(desk.ledger.case(EntryId(asked.id)))
    desk.ledger.append(approve(grant, By(by, at, EntryId(new_id("grant_step")))))


def _ask(desk: Desk, account: str, category: str, at: datetime) -> Draft:
    key = desk.enforcement.account_keys.of(account, now=at)
    scope = Scope((category,), (Surface.API,), ("research",))
    until = at + timedelta(days=90)
    asked = GrantApplied(GrantKind.RESEARCH, scope, at, until, content_hash(key, WHY))
    by = By(Actor(ActorKind.ACCOUNT, link_of(key)), at, EntryId(new_id("grant")))
    draft = apply_for(asked, by, link_of(key))
    desk.append_with_words(lambda _: (draft,), draft, WHY, account)
    return draft
