"""`usepolicy track add`: sources to watch."""

from __future__ import annotations

from typing import Annotated

import typer

from usepolicy.cli.track_options import Developer, HistoryFile

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="An address, a git repository, a file in one, a folder of dated files, a declaration.",
    ),
]
Service = Annotated[
    str | None, typer.Option("--service", help="What the documents of these sources cover.")
]
Title = Annotated[str | None, typer.Option("--title", help="What the document is called.")]


def add(
    sources: Sources,
    developer: Developer = None,
    service: Service = None,
    title: Title = None,
    history: HistoryFile = None,
) -> None:
    """Watch sources; again changes what is said of them. Nothing is read before `track run`."""
    from usepolicy.cli.render import say
    from usepolicy.cli.track_options import open_history
    from usepolicy.store.history_sources import add_source
    from usepolicy.tracking.sources import Called, sources_of

    called = Called(developer, service, title)
    found = [each for words in sources for each in sources_of(words, called)]
    kept = open_history(history, create=True)
    for each in found:
        source = add_source(kept, each)
        say(f"{source.kind}: {source.location}")
    say(f"{len(kept.sources())} sources. Read them: usepolicy track run")
