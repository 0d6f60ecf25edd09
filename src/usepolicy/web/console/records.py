"""The record: its entries, whether it holds together, and the report."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from usepolicy.enforcement.ledger_checkpoints import checkpoint_text
from usepolicy.enforcement.ledger_kinds import KINDS
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.report import Period, Report, report_of
from usepolicy.enforcement.report_files import TITLES
from usepolicy.enforcement.roles import Right
from usepolicy.errors import UsageError
from usepolicy.store.ledger import new_id
from usepolicy.store.ledger_erasure import Acting
from usepolicy.store.ledger_proofs import checkpoint_of
from usepolicy.web.console.cases import people_of
from usepolicy.web.console.context import Address, Context, File, View
from usepolicy.web.console.desk import actor_of, category_names
from usepolicy.web.console.forms import before_of
from usepolicy.web.console.lines import EntryLine, line_of

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Entries:
    """The newest entries."""

    kind: str
    kinds: tuple[str, ...]
    count: int
    head: str
    lines: tuple[EntryLine, ...]
    older: int | None
    """Before which entry the next page begins; None on the last."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the record holds together."""

    entries: int
    root: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The report of some months."""

    first: str
    last: str
    titles: dict[str, str]
    report: Report


def entries(context: Context) -> View:
    """Return the newest entries, of one kind if asked."""
    desk = context.desk
    kind = context.query.get("kind", "")
    if kind and kind not in KINDS:
        help = f"one of: {', '.join(KINDS)}"
        raise UsageError("unknown-value", f"`kind` can't be `{kind[:20]}`", help=help)
    names, people = category_names(), people_of(desk)
    newest = desk.newest((kind,) if kind else tuple(KINDS), before=before_of(context.query))
    head = desk.ledger.head()
    lines = tuple(line_of(entry, names, people) for entry in islice(newest, SHOWN))
    older = lines[-1].sequence if len(lines) == SHOWN else None
    content = Entries(kind, tuple(KINDS), head.sequence, head.hash, lines, older)
    return View("console/ledger.html", "Ledger", content)


def verify(context: Context) -> View:
    """Return whether every entry is in its place, unaltered."""
    found = verified(context.desk.ledger.records())
    fault = found.fault
    content = Verdict(found.head.sequence, found.root, fault.message if fault else None)
    return View("console/verify.html", "Verify the ledger", content)


def checkpoint(context: Context) -> File:
    """Verify the ledger and give out what somebody outside can later hold against it."""
    by = Acting(actor_of(context.person), context.now, new_id)
    made = checkpoint_of(context.desk.ledger, by=by)
    return File(f"checkpoint-{made.count}.json", checkpoint_text(made), "application/json")


def report(context: Context) -> View:
    """Return the report of the months that are asked for; nothing is kept back: it is your own."""
    this = f"{context.now:%Y-%m}"
    first, last = (context.query.get(name) or this for name in ("first", "last"))
    made = report_of(context.desk.ledger.entries, Period(first, last), small=1)
    return View("console/report.html", "Report", ReportPage(first, last, TITLES, made))


ADDRESSES = (
    Address("GET", "/ledger", Right.SEE_LEDGER, entries),
    Address("GET", "/ledger/verify", Right.SEE_LEDGER, verify),
    Address("POST", "/ledger/checkpoint", Right.SEE_LEDGER, checkpoint),
    Address("GET", "/report", Right.SEE_REPORT, report),
)
