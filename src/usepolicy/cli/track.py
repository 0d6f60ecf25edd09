"""`usepolicy track`: the recorded versions of policies, and what happened to them."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.options import TableFormat, day_of

if TYPE_CHECKING:
    from usepolicy.store.history import History

track = typer.Typer(name="track", help="Keep how policies change, and say what matters.")

HistoryFile = Annotated[
    Path | None,
    typer.Option("--history", metavar="FILE", help="The history; else $USEPOLICY_HISTORY."),
]
Places = Annotated[
    list[Path],
    typer.Argument(metavar="PLACE...", help="A git repository, or a folder of dated files."),
]
Since = Annotated[str | None, typer.Option(help="Only what happened from this day, YYYY-MM-DD.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only changes of this kind; `outage` for pages that were gone."),
]
Service = Annotated[str | None, typer.Option("--service", help="Only documents of this service.")]
Category = Annotated[str | None, typer.Option("--category", help="Only changes about this use.")]
HowToPrint = Annotated[TableFormat, typer.Option("--format", help="How to print it.")]


def _open(file: Path | None, *, create: bool = False) -> History:
    from usepolicy.store.history import History, default_path

    return History.open(file or default_path(), create=create)


@track.command("import", cls=Command)
def import_(places: Places, history: HistoryFile = None) -> None:
    """Bring the whole history of repositories or folders in; again, only what is new."""
    from usepolicy.cli.render import say
    from usepolicy.errors import UsePolicyError
    from usepolicy.tracking.imports import import_source
    from usepolicy.tracking.timeline import timelines

    kept = _open(history, create=True)
    failed: list[UsePolicyError] = []
    for place in places:
        try:
            source, new = import_source(kept, place)
            kept.ran(source, at=datetime.now(UTC), error=None)
            say(f"{place}: {new} new versions")
        except UsePolicyError as error:
            failed.append(error)
            say(str(error))
    steps = sum(len(t.entries) for t in timelines(kept, workers=min(2, os.cpu_count() or 1)))
    say(f"{len(kept.documents())} documents, {steps} entries. See them: usepolicy track list")
    if failed:
        raise failed[0]


@track.command("list", cls=Command)
def list_(
    since: Since = None,
    kind: Only = None,
    service: Service = None,
    category: Category = None,
    format: HowToPrint = TableFormat.TABLE,
    history: HistoryFile = None,
) -> None:
    """List what happened to the documents, the newest first."""
    from usepolicy.cli.render import say
    from usepolicy.cli.tables import print_as
    from usepolicy.tracking.alerts import Wanted, events_of
    from usepolicy.tracking.timeline import timelines
    from usepolicy.tracking.views import event_record, events_table

    wanted = Wanted(day_of(since), _kinds(kind), service, category)
    found = events_of(timelines(_open(history)), wanted)
    if format is TableFormat.JSON:
        records = [event_record(event) for event in found]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
    else:
        print_as(events_table(found), format)
    say(f"{len(found)} entries")


def _kinds(names: list[str] | None) -> frozenset[str]:
    """Return the kinds that options name.

    Raises: UsageError: `unknown-kind`.
    """
    from usepolicy.errors import UsageError
    from usepolicy.tracking.alerts import KINDS

    for name in names or ():
        if name not in KINDS:
            help_ = f"one of: {', '.join(sorted(KINDS))}"
            raise UsageError("unknown-kind", f"no kind `{name}`", help=help_)
    return frozenset(names or ())


@track.command("status", cls=Command)
def status(history: HistoryFile = None, format: HowToPrint = TableFormat.TABLE) -> None:
    """Show the sources, when they were read and what failed, and how much is kept."""
    from usepolicy.cli.render import say
    from usepolicy.cli.tables import print_as
    from usepolicy.comparison.figures import Table

    kept = _open(history)
    heads = ("source", "kind", "last read", "read up to", "failed")
    rows = tuple(
        (s.location, s.kind, s.ran_at or "never", (s.cursor or "-")[:12], s.error or "")
        for s in kept.sources()
    )
    print_as(Table(heads, rows), format)
    say(", ".join(f"{number} {name}" for name, number in kept.counts().items()))
