"""`usepolicy track`: the recorded versions of policies, and what happened to them."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.options import AllowPrivate, TableFormat, day_of

if TYPE_CHECKING:
    from usepolicy.store.history import History
    from usepolicy.tracking.alerts import Event, Wanted

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
    from usepolicy.tracking.alerts import Wanted
    from usepolicy.tracking.views import event_record, events_table

    found = _events(history, Wanted(day_of(since), _kinds(kind), service, category))
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


@track.command("digest", cls=Command)
def digest(
    since: Since = None,
    kind: Only = None,
    service: Service = None,
    category: Category = None,
    history: HistoryFile = None,
) -> None:
    """Print what happened as text for people, each fact with its words."""
    from usepolicy.cli.render import printable, say
    from usepolicy.tracking.alerts import Wanted
    from usepolicy.tracking.feeds import digest_of

    found = _events(history, Wanted(day_of(since), _kinds(kind), service, category))
    for line in digest_of(found).splitlines():
        print(printable(line))
    say(f"{len(found)} entries")


@track.command("feed", cls=Command)
def feed(
    kind: Only = None,
    service: Service = None,
    category: Category = None,
    title: Annotated[str, typer.Option(help="What the feed is called.")] = "Policy changes",
    history: HistoryFile = None,
) -> None:
    """Print an Atom feed: of everything, of one service, of one use."""
    from usepolicy.tracking.alerts import Wanted
    from usepolicy.tracking.feeds import atom_of

    found = _events(history, Wanted(None, _kinds(kind), service, category))
    name = ":".join(part.replace(" ", "-") for part in (service or "all", category or "all"))
    sys.stdout.write(atom_of(found, title=title, id=f"urn:usepolicy:feed:{name}"))


@track.command("notify", cls=Command)
def notify(  # noqa: PLR0913  # a parameter is an option
    webhook: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where events are posted.")],
    since: Since = None,
    kind: Only = None,
    service: Service = None,
    category: Category = None,
    allow_private: AllowPrivate = False,
    history: HistoryFile = None,
) -> None:
    """Post each event once to a webhook, signed with the secret in $USEPOLICY_WEBHOOK_SECRET."""
    from usepolicy.cli.render import say
    from usepolicy.tracking.alerts import Wanted
    from usepolicy.tracking.deliveries import deliver
    from usepolicy.tracking.views import event_record
    from usepolicy.tracking.webhooks import body_of, headers_of, key_of, send

    key = key_of(os.environ.get("USEPOLICY_WEBHOOK_SECRET", ""))
    now = datetime.now(UTC)

    def post(event: Event) -> None:
        body = body_of("policy." + event.kind, event.at, event_record(event))
        headers = headers_of(key, id=f"evt_{event.id}", sent_at=now, body=body)
        send(webhook, headers, body, allow_private=allow_private)

    kept = _open(history)
    found = _events(history, Wanted(day_of(since), _kinds(kind), service, category))
    target = hashlib.sha256(webhook.encode()).hexdigest()
    done = deliver(kept, target, found, post, now=now)
    say(f"{done.sent} sent, {done.waiting} to be tried again, {done.given_up} given up")
    if done.waiting or done.given_up:
        raise typer.Exit(1)


def _events(file: Path | None, wanted: Wanted) -> list[Event]:
    from usepolicy.tracking.alerts import events_of
    from usepolicy.tracking.timeline import timelines

    return events_of(timelines(_open(file)), wanted)
