"""What `usepolicy catalogue` says: a line for each thing added, and its lists."""

from __future__ import annotations

from collections.abc import Iterable

from usepolicy.cli.render import say
from usepolicy.comparison.figures import Table
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.catalogue_intake import Outcome
from usepolicy.store.catalogue_queries import list_codings, list_versions

HEADS = ("id", "developer", "title", "kind", "effective", "clauses", "categories", "address")


def say_outcomes(outcomes: Iterable[Outcome], *, total: int | None = None) -> int:
    """Say what became of each item as soon as it is known; return how many are kept."""
    good = 0
    for number, outcome in enumerate(outcomes, 1):
        counted = f"[{number}/{total}] " if total else ""
        if outcome.stopped:
            say("warning[no-network]: no host can be reached; the rest was not tried")
            say("help: add files instead: usepolicy catalogue add FOLDER")
        elif outcome.error:
            _say_error(outcome, counted)
        else:
            good += 1
            say(f"{counted}{outcome.id}  {outcome.kept}")
    return good


def listing(kept: Catalogue, *, every: bool) -> Table:
    """Return the versions and then the hand codings as a table."""
    lines = [
        (
            row.id,
            row.label,
            row.title or "",
            row.kind or "",
            row.effective or "",
            str(row.clauses),
            str(row.categories) if row.is_read else "unknown",
            row.address or "",
        )
        for row in list_versions(kept, every=every)
    ]
    lines += [
        (hand.id, hand.label, f"coded by {hand.coder}", "", "", "", "", "")
        for hand in list_codings(kept)
    ]
    return Table(HEADS, tuple(lines))


def _say_error(outcome: Outcome, counted: str) -> None:
    assert outcome.error is not None
    error = outcome.error
    say(f"{counted}error[{error.code}]: {error.place or outcome.place}: {error.message}")
    if error.help:
        say(f"help: {error.help}")
