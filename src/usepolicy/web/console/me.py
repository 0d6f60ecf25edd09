"""The account holder's own pages: standing, notices, appeals, grants.

INVARIANT: everything is looked up by the account's own link, and what is another's is told apart
from what is nobody's by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from usepolicy.enforcement.appeals import Filing, appeals_in, file_appeal
from usepolicy.enforcement.grants import By, apply_for, grants_in
from usepolicy.enforcement.keys import AccountKey, content_hash, link_of
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Decided,
    GrantApplied,
    GrantKind,
    Notified,
    Sanctioned,
    Scope,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.notices import facts_of, paragraphs_of, render
from usepolicy.enforcement.requests import Surface
from usepolicy.enforcement.roles import Right
from usepolicy.errors import StepError, UsePolicyError
from usepolicy.store.ledger import View as LedgerView
from usepolicy.store.ledger import Wanted, new_id
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.console.appeals import AppealLine, answer_of, line_for
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import category_names
from usepolicy.web.console.forms import LONGEST_PURPOSE, choice, reasons, ticked, whole
from usepolicy.web.console.grants import GrantLine, answer_in, grant_line
from usepolicy.web.console.lines import StandingLine, day, standing_line
from usepolicy.web.words import cut, inert

SHOWN = 100
LONGEST_GRANT = 365
"""Days that may be asked for."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice in the list."""

    id: str
    at: str
    subject: str


@dataclass(frozen=True, slots=True)
class Own:
    """The first page."""

    account: str
    standing: StandingLine
    notices: tuple[NoticeLine, ...]
    appeals: tuple[AppealLine, ...]
    grants: tuple[GrantLine, ...]
    categories: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    surfaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contestable:
    """What an appeal can be against."""

    id: str
    what: str


@dataclass(frozen=True, slots=True)
class OwnNotice:
    """A notice, and the appeal against what it is about."""

    id: str
    subject: str
    paragraphs: tuple[tuple[bool, str], ...]
    language: str
    contestable: tuple[Contestable, ...]
    until: str | None
    is_open: bool
    appeals: tuple[AppealLine, ...]
    answers: tuple[str, ...]


def own(context: Context) -> View:
    """Return standing, notices, appeals and grants of the account."""
    desk, key = context.desk, _key(context)
    entries = list(desk.ledger.entries(Wanted(account=link_of(key)))) if key else []
    notices = [entry for entry in entries if isinstance(entry.body, Notified)]
    standing = desk.standing(_link(context), context.now)
    content = Own(
        context.person.account or "",
        standing_line(standing),
        tuple(_notice_line(context, entry, entries) for entry in notices[::-1][:SHOWN]),
        tuple(line_for(context, each) for each in appeals_in(entries)[::-1]),
        tuple(
            grant_line(context, each, answer_in(context, each.id, entries))
            for each in grants_in(entries)[::-1]
        ),
        tuple((category.id, category.name) for category in load_taxonomy().categories),
        tuple(GrantKind),
        (Surface.API.value, Surface.INTERFACE.value),
    )
    return View("console/me.html", "Your account", content)


def notice(context: Context) -> View:
    """Return a notice as it was told, and what can be contested."""
    entry, told, case = _own_notice(context)
    text = render(
        facts_of(entry, case, category_names()), context.desk.enforcement.sender, told.language
    )  # fmt: skip
    mine = [each for each in appeals_in(case) if set(each.against) & set(told.about)]
    contested = {id for each in mine for id in each.against}
    content = OwnNotice(
        entry.id,
        text.subject,
        tuple(paragraphs_of(text)),
        text.language,
        tuple(
            Contestable(each.id, _said(each))
            for each in case
            if each.id in told.about and each.id not in contested and _can_be_contested(each)
        ),
        day(told.appeal_until) if told.appeal_until else None,
        told.appeal_until is None or context.now <= told.appeal_until,
        tuple(line_for(context, each) for each in mine),
        tuple(words for each in mine if (words := answer_of(context, each))),
    )
    return View("console/notice.html", text.subject, content)


def appeal(context: Context) -> Done:
    """Contest what a notice is about."""
    desk, key = context.desk, _must_key(context)
    entry, told, case = _own_notice(context)
    against = EntryId(context.form.get("against", ""))
    if against not in told.about:
        raise StepError("not-yours", "the notice is not about that")
    words = reasons(context.form.get("reasons", ""))
    filing = Filing(
        new_id("appeal"), context.now, link_of(key), (against,), content_hash(key, words)
    )
    terms = desk.enforcement.ladder.appeals

    def follows(view: LedgerView) -> tuple[Draft, ...]:
        return (file_appeal(view.case(entry.case or entry.id), filing, terms),)

    drafted = file_appeal(case, filing, terms)
    desk.append_with_words(follows, drafted, words, key.account)
    return Done(f"/me/notices/{entry.id}")


def ask_for_grant(context: Context) -> Done:
    """Ask for an exemption."""
    desk, key, form = context.desk, _must_key(context), context.form
    words = reasons(form.get("reasons", ""))
    days, kind = whole(form, "days", LONGEST_GRANT), choice(GrantKind, form, "kind")
    names = dict.fromkeys(form[name] for name in ("category", "also-1", "also-2") if form.get(name))
    categories = tuple(load_taxonomy().get(name).id for name in names)
    surfaces = ticked((Surface.API, Surface.INTERFACE), form, "surface")
    purpose = inert(form.get("purpose", "")).strip()[:LONGEST_PURPOSE] or kind.value
    scope = Scope(categories, tuple(map(Surface, surfaces)), (purpose,))
    until = context.now + timedelta(days=days)
    asked = GrantApplied(kind, scope, context.now, until, content_hash(key, words))
    actor = Actor(ActorKind.ACCOUNT, link_of(key))
    draft = apply_for(asked, By(actor, context.now, new_id("grant")), link_of(key))
    desk.append_with_words(lambda _: (draft,), draft, words, key.account)
    return Done("/me")


def _own_notice(context: Context) -> tuple[Entry, Notified, tuple[Entry, ...]]:
    """Return a notice of the account with its case.

    Raises: UsePolicyError: `no-such-case`: nobody's, or another's.
    """
    entry = context.desk.ledger.entry(EntryId(context.id))
    if entry is None or entry.account != _link(context) or not isinstance(entry.body, Notified):
        raise UsePolicyError("no-such-case", "there is no such notice", help="see /me")
    return entry, entry.body, context.desk.case_of(entry.case or entry.id)


def _notice_line(context: Context, entry: Entry, entries: list[Entry]) -> NoticeLine:
    case = [each for each in entries if each.case == entry.case]
    sender = context.desk.enforcement.sender
    text = render(facts_of(entry, case, category_names()), sender, entry.body.language)  # type: ignore[attr-defined]
    return NoticeLine(entry.id, day(entry.at), text.subject)


def _can_be_contested(entry: Entry) -> bool:
    """Tell whether an appeal can be against it; what kept a request out is contested in its case."""
    return not (isinstance(entry.body, Decided) and entry.body.refusal is not None)


def _said(entry: Entry) -> str:
    if isinstance(entry.body, Decided):
        return f"the decision of {day(entry.at)}: {entry.body.outcome.value}"
    if isinstance(entry.body, Sanctioned):
        return f"the sanction: {cut(entry.body.measure.step.value.replace('_', ' '))}"
    return inert(entry.kind)


def _key(context: Context) -> AccountKey | None:
    return context.desk.enforcement.account_keys.find(context.person.account or "")


def _must_key(context: Context) -> AccountKey:
    key = _key(context)
    if key is None:
        account = context.person.account or ""
        key = context.desk.enforcement.account_keys.of(account, now=context.now)
    return key


def _link(context: Context) -> AccountLink:
    key = _key(context)
    return link_of(key) if key else AccountLink("0" * 64)


ADDRESSES = (
    Address("GET", "/me", Right.OWN_ACCOUNT, own),
    Address("GET", "/me/notices/{id}", Right.OWN_ACCOUNT, notice),
    Address("POST", "/me/notices/{id}/appeal", Right.OWN_ACCOUNT, appeal),
    Address("POST", "/me/grants", Right.OWN_ACCOUNT, ask_for_grant),
)
