"""What the subcommands of `usepolicy track` share: options, the history, the events wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import TableFormat, day_of

if TYPE_CHECKING:
    from usepolicy.store.history import History
    from usepolicy.tracking.alerts import Event

HistoryFile = Annotated[
    Path | None,
    typer.Option("--history", metavar="FILE", help="The history; else $USEPOLICY_HISTORY."),
]
Since = Annotated[str | None, typer.Option(help="Only what happened from this day, YYYY-MM-DD.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only changes of this kind; `outage` for pages that were gone."),
]
OfDeveloper = Annotated[
    str | None, typer.Option("--developer", help="Only documents of this developer, or `unknown`.")
]
OfService = Annotated[str | None, typer.Option("--service", help="Only documents of this service.")]
Category = Annotated[str | None, typer.Option("--category", help="Only changes about this use.")]
HowToPrint = Annotated[TableFormat, typer.Option("--format", help="How to print it.")]
Developer = Annotated[
    str | None, typer.Option("--developer", help="Who publishes the documents of these places.")
]


def open_history(file: Path | None, *, create: bool = False) -> History:
    """Open the history that an option or the environment names."""
    from usepolicy.store.history import History, default_path

    return History.open(file or default_path(), create=create)


def events(
    kept: History,
    since: str | None = None,
    kinds: list[str] | None = None,
    *,
    whose: tuple[str | None, str | None] = (None, None),
    category: str | None = None,
) -> list[Event]:
    """Return the events that options choose, the newest first.

    Args:   whose: developer and service.
    Raises: UsageError: `unknown-kind`, `not-a-date`; TaxonomyError: no such category.
    """
    from usepolicy.taxonomy.categories import load_taxonomy
    from usepolicy.tracking.alerts import Wanted, events_of
    from usepolicy.tracking.timeline import timelines

    developer, service = whose
    use = load_taxonomy().resolve(category).id if category else None
    wanted = Wanted(day_of(since), _kinds(kinds), service, use, developer)
    return events_of(timelines(kept), wanted)


def _kinds(names: list[str] | None) -> frozenset[str]:
    """Return the kinds that options name.

    Raises: UsageError: `unknown-kind`.
    """
    from usepolicy.errors import UsageError
    from usepolicy.taxonomy.names import offer
    from usepolicy.tracking.alerts import KINDS

    for name in names or ():
        if name not in KINDS:
            help_ = offer(name, KINDS, f"one of: {', '.join(sorted(KINDS))}")
            raise UsageError("unknown-kind", f"no kind `{name}`", help=help_)
    return frozenset(names or ())


def compare_new(kept: History) -> int:
    """Compare what was not compared yet; return how many entries the history has."""
    import os

    from usepolicy.tracking.timeline import timelines

    return sum(len(t.entries) for t in timelines(kept, workers=min(2, os.cpu_count() or 1)))
