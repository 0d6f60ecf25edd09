"""Reportable: decisions that the law may want the operator to report to others.

Owns `data/enforcement/reportable.csv`, and what the operator's path is told of a decision: never a
word of content. Whether a case is reported, and to whom, is the operator's to judge.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import Decided
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.unshown import fell_in
from usepolicy.tables import table_rows

NOTHING_MORE: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reportable:
    """What the operator's path is told."""

    id: EntryId
    kind: str
    """`decision` or `user_report`."""
    categories: tuple[str, ...]
    outcome: Outcome | None
    """None of a user's report."""
    at: datetime
    account: AccountLink | None

    def plain(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "id": self.id,
            "kind": self.kind,
            "categories": list(self.categories),
            "outcome": self.outcome.value if self.outcome else None,
            "at": self.at.isoformat(),
            "account": self.account,
        }


@cache
def reportable_categories() -> frozenset[str]:
    """Return the categories of the table."""
    return frozenset(row["category"] for row in table_rows("enforcement/reportable.csv"))


def reportable_of(entry: Entry, more: Set[str] = NOTHING_MORE) -> Reportable | None:
    """Return what is told of an entry; None where it is not reportable.

    Who was met with support is never reported, nor what an exemption spared: whoever asks where to
    report abuse is no suspect.

    Args: more: categories that the operator reports beside those of the table.
    """
    body = entry.body
    if isinstance(body, Decided) and body.support:
        return None
    wanted = reportable_categories() | more
    found = tuple(sorted(wanted.intersection(fell_in(body))))
    if not found:
        return None
    outcome = body.outcome if isinstance(body, Decided) else None
    return Reportable(entry.id, entry.kind, found, outcome, entry.at, entry.account)
