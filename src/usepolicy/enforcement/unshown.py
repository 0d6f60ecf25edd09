"""What nobody is shown: categories of which no words are kept, shown or given as an example.

Owns `data/enforcement/never_kept.csv`, whatever an operator chose.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from usepolicy.enforcement.decisions import Decision
from usepolicy.enforcement.ledger_bodies import Body, Decided, UserReported
from usepolicy.errors import StepError
from usepolicy.tables import table_rows
from usepolicy.taxonomy.categories import load_taxonomy


@cache
def unshown_categories() -> frozenset[str]:
    """Return the categories of the table and all below them."""
    found: set[str] = {row["category"] for row in table_rows("enforcement/never_kept.csv")}
    while below := {str(c.id) for c in load_taxonomy().categories if c.parent in found} - found:
        found |= below
    return frozenset(found)


def unshown_in(decision: Decision) -> frozenset[str]:
    """Return those that a request fell in, whether they decided it or were spared."""
    broken, spared = broken_and_spared(decision)
    return broken | spared


def broken_and_spared(decision: Decision) -> tuple[frozenset[str], frozenset[str]]:
    """Return those that a request broke, however mildly, and those that an exemption spared."""
    broken = {str(each.restriction.category) for each in decision.restrictions}
    spared = {str(each.category) for each in decision.exemptions}
    return unshown_categories() & broken, unshown_categories() & spared


def categories_of(body: Body) -> tuple[str, ...]:
    """Return the categories that an entry is about, those that were spared among them."""
    spared = (body.spared or ()) if isinstance(body, Decided) else ()
    return tuple(dict.fromkeys((*fell_in(body), *spared)))


def fell_in(body: Body) -> tuple[str, ...]:
    """Return the categories whose restrictions an entry says are broken."""
    if isinstance(body, Decided):
        cited = (each.category for each in body.restrictions if each.category)
        return tuple(dict.fromkeys((*cited, *(body.also or ()))))
    if isinstance(body, UserReported) and body.category:
        return (body.category,)
    return ()


def check_may_keep(categories: Iterable[str | None]) -> None:
    """Refuse to keep or show words of content of some categories.

    Raises: StepError: `never-kept`.
    """
    for category in categories:
        if category in unshown_categories():
            message = f"content about `{category}` is never kept"
            raise StepError("never-kept", message, help="report it on the path that the law names")
