"""Words: what was kept of an entry, opened for a purpose that is recorded before.

INVARIANT: words of content in a category that is never kept are never shown either, whatever lies
in the database.
"""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.roles import Right
from usepolicy.enforcement.unshown import categories_of, check_may_keep
from usepolicy.errors import UsePolicyError
from usepolicy.web.console.context import Address, Context, View
from usepolicy.web.console.desk import actor_of
from usepolicy.web.console.forms import purpose
from usepolicy.web.words import inert


@dataclass(frozen=True, slots=True)
class Words:
    """The page."""

    case: str
    entry: str
    kind: str
    purpose: str
    words: str


def read(context: Context) -> View:
    """Show the words of one entry of a case, recording who reads them and what for."""
    wanted, why = context.form.get("entry", ""), purpose(context.form.get("purpose", ""))
    case = context.desk.case_of(context.id)
    entry = next((each for each in case if each.id == wanted), None)
    if entry is None:
        raise _none(context.id)
    check_may_show(entry)
    words = context.desk.words(entry, actor_of(context.person), why)
    if words is None:
        raise _none(context.id)
    content = Words(context.id, entry.id, entry.kind, why, inert(words))
    return View("console/words.html", "What was written", content)


def check_may_show(entry: Entry) -> None:
    """Refuse words of content that nobody is shown.

    Raises: StepError: `never-kept`.
    """
    check_may_keep(categories_of(entry.body))


def _none(case: str) -> UsePolicyError:
    help = f"see /cases/{case}"
    return UsePolicyError("no-such-case", "no words are kept of this entry", help=help)


ADDRESSES = (Address("POST", "/cases/{id}/words", Right.REVIEW, read),)
