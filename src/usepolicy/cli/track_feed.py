"""`usepolicy track feed`: what happened, as an Atom feed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from usepolicy.cli.track_options import Category, HistoryFile, OfDeveloper, OfService, Only


def feed(  # a parameter is an option
    kind: Only = None,
    developer: OfDeveloper = None,
    service: OfService = None,
    category: Category = None,
    title: Annotated[str, typer.Option(help="What the feed is called.")] = "Policy changes",
    history: HistoryFile = None,
) -> None:
    """Print an Atom feed: of everything, of one developer, of one service, of one use."""
    from usepolicy.cli.track_options import events, open_history
    from usepolicy.tracking.feeds import atom_of, feed_id

    kept = open_history(history)
    found = events(kept, None, kind, whose=(developer, service), category=category)
    id = feed_id(developer=developer, service=service, category=category, kinds=kind or ())
    sys.stdout.write(atom_of(found, title=title, id=id))
