"""Appeals: what accounts contest, decided by somebody who had no part in it, with reasons."""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.enforcement.appeals import Appeal, Ruling, appeals_in, decide_appeal
from usepolicy.enforcement.keys import content_hash
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import Result
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.roles import Right, may
from usepolicy.errors import StepError, UsePolicyError
from usepolicy.store.ledger import View as LedgerView
from usepolicy.store.ledger import Wanted, new_id
from usepolicy.web.console.cases import people_of
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import Desk, actor_of, category_names
from usepolicy.web.console.forms import choice, reasons
from usepolicy.web.console.lines import EntryLine, day, line_of
from usepolicy.web.words import inert

KINDS = ("appeal_filed", "appeal_decided")


@dataclass(frozen=True, slots=True)
class AppealLine:
    """An appeal in a list."""

    id: str
    case: str
    filed: str
    due: str
    is_late: bool
    state: str


@dataclass(frozen=True, slots=True)
class Appeals:
    """The queue."""

    open: tuple[AppealLine, ...]
    decided: tuple[AppealLine, ...]


@dataclass(frozen=True, slots=True)
class AppealPage:
    """One appeal."""

    line: AppealLine
    account: str | None
    reason: str | None
    answer: str | None
    entries: tuple[EntryLine, ...]
    can_decide: bool
    why_not: str
    results: tuple[str, ...]


def appeals(context: Context) -> View:
    """Return the open appeals, the oldest first, and the newest of those decided."""
    found = [line_for(context, each) for each in all_appeals(context.desk)]
    waiting = tuple(line for line in found if line.state == "open")
    decided = tuple(reversed([line for line in found if line.state != "open"]))
    return View("console/appeals.html", "Appeals", Appeals(waiting, decided[:50]))


def appeal(context: Context) -> View:
    """Return one appeal with its case; that its words were read is recorded."""
    desk, found = context.desk, find_appeal(context)
    entries = desk.case_of(found.case or found.id)
    names, people = category_names(), people_of(desk)
    me = actor_of(context.person)
    filed = next(entry for entry in entries if entry.id == found.id)
    reason = desk.words(filed, me, "to decide an appeal") if may_read(context) else None
    why_not = _why_not(context, found)
    content = AppealPage(
        line_for(context, found),
        desk.account_of(found.account),
        inert(reason) if reason else None,
        answer_of(context, found),
        tuple(line_of(entry, names, people) for entry in entries),
        not why_not,
        why_not,
        tuple(Result),
    )
    return View("console/appeal.html", f"Appeal {found.id}", content)


def decide(context: Context) -> Done:
    """Decide an appeal with reasons, which the account gets to read."""
    desk, found = context.desk, find_appeal(context)
    words = reasons(context.form.get("reasons", ""))
    account = desk.account_of(found.account)
    key = desk.enforcement.account_keys.find(account) if account else None
    if key is None or account is None:
        raise StepError("no-such-account", "the account is erased: nobody is left to answer")
    result = choice(Result, context.form, "result")
    ruling = Ruling(
        new_id("appeal_decided"),
        context.now,
        actor_of(context.person),
        result,
        content_hash(key, words),
    )

    def follows(view: LedgerView) -> tuple[Draft, ...]:
        case = view.case(found.case or found.id)
        return (decide_appeal(case, found.id, ruling),)

    drafted = decide_appeal(desk.case_of(found.case or found.id), found.id, ruling)
    desk.append_with_words(follows, drafted, words, account)
    return Done(f"/appeals/{found.id}")


def all_appeals(desk: Desk) -> tuple[Appeal, ...]:
    """Return every appeal, in the order in which they were filed."""
    return appeals_in(desk.ledger.entries(Wanted(kinds=KINDS)))


def find_appeal(context: Context) -> Appeal:
    """Return the appeal that the path names.

    Raises: UsePolicyError: `no-such-case`.
    """
    found = next((each for each in all_appeals(context.desk) if each.id == context.id), None)
    if found is None:
        raise UsePolicyError("no-such-case", "there is no such appeal", help="see /appeals")
    return found


def line_for(context: Context, appeal: Appeal) -> AppealLine:
    """Return an appeal as it is listed."""
    due = appeal.due(context.desk.enforcement.ladder.appeals)
    return AppealLine(
        appeal.id,
        appeal.case or appeal.id,
        day(appeal.filed_at),
        day(due),
        appeal.result is None and due < context.now,
        appeal.result.value if appeal.result else "open",
    )


def answer_of(context: Context, appeal: Appeal) -> str | None:
    """Return the reasons of a decision; they are addressed to the account, so no access is noted."""
    if appeal.result is None:
        return None
    ruling = next(
        (e for e in context.desk.case_of(appeal.case or appeal.id)
         if getattr(e.body, "appeal", None) == appeal.id),
        None,
    )  # fmt: skip
    words = context.desk.own_words(ruling) if ruling else None
    return inert(words) if words else None


def may_read(context: Context) -> bool:
    """Tell whether somebody needs to read the words of an account: who decides, not who audits."""
    return may(context.person.role, Right.DECIDE_APPEALS)


def _why_not(context: Context, appeal: Appeal) -> str:
    if appeal.result is not None:
        return "it is decided"
    if not may_read(context):
        return "you may not decide appeals"
    try:
        ruling = Ruling(
            EntryId("try"), context.now, actor_of(context.person), Result.CONFIRMED, "0" * 64
        )
        decide_appeal(context.desk.case_of(appeal.case or appeal.id), appeal.id, ruling)
    except StepError as error:
        return error.message
    return ""


ADDRESSES = (
    Address("GET", "/appeals", Right.SEE_CASES, appeals),
    Address("GET", "/appeals/{id}", Right.SEE_CASES, appeal),
    Address("POST", "/appeals/{id}/decide", Right.DECIDE_APPEALS, decide),
)
