"""`usepolicy track import`: the whole history of repositories and folders, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from usepolicy.cli.track_options import Developer, HistoryFile

Places = Annotated[
    list[Path],
    typer.Argument(metavar="PLACE...", help="A git repository, or a folder of dated files."),
]


def import_(places: Places, developer: Developer = None, history: HistoryFile = None) -> None:
    """Bring the whole history of repositories or folders in; again, only what is new."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from usepolicy.cli.render import say
    from usepolicy.cli.track_options import compare_new, open_history
    from usepolicy.errors import UsePolicyError
    from usepolicy.store.history_sources import add_source
    from usepolicy.tracking.imports import import_source

    kept = open_history(history, create=True)
    failed: list[UsePolicyError] = []
    for place in places:
        try:
            source, new = import_source(kept, place)
            add_source(kept, replace(source, developer=developer))
            kept.ran(source, at=datetime.now(UTC), error=None)
            say(f"{place}: {new} new versions")
        except UsePolicyError as error:
            failed.append(error)
            say(str(error))
    steps = compare_new(kept)
    say(f"{len(kept.documents())} documents, {steps} entries. See them: usepolicy track list")
    if failed:
        raise failed[0]
