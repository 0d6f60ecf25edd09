"""`usepolicy track remove`: sources that are watched no more."""

from __future__ import annotations

from typing import Annotated

import typer

from usepolicy.cli.track_options import HistoryFile

Sources = Annotated[
    list[str],
    typer.Argument(metavar="SOURCE...", help="As `track status` shows them."),
]


def remove(sources: Sources, history: HistoryFile = None) -> None:
    """Forget sources with all that was recorded of them; other sources keep what they share."""
    from usepolicy.cli.render import say
    from usepolicy.cli.track_options import open_history
    from usepolicy.store.history_sources import remove_source
    from usepolicy.tracking.sources import location_of

    kept = open_history(history)
    every = {source.location: source for source in kept.sources()}
    for place in dict.fromkeys(location_of(words, every) for words in sources):
        say(f"{place}: {remove_source(kept, every[place])} records removed")
    say(f"{len(kept.sources())} sources")
