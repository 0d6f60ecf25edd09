"""`usepolicy track run`: look at every source now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate
from usepolicy.cli.track_options import HistoryFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usepolicy.store.history import History, Source
    from usepolicy.tracking.asking import Network
    from usepolicy.tracking.runs import Looked

Only = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SOURCE...]", help="Only these, as `track status` shows them."),
]


def run(
    sources: Only = None, allow_private: AllowPrivate = False, history: HistoryFile = None
) -> None:
    """Read every source, keep what is new, and compare it; a run that was killed goes on."""
    from usepolicy.cli.render import say
    from usepolicy.cli.track_options import compare_new, open_history

    kept = open_history(history)
    chosen = _chosen(kept, sources)
    failed = _run(kept, chosen, _network(allow_private=allow_private))
    say(
        f"{len(kept.documents())} documents, {compare_new(kept)} entries. See them: usepolicy track list"
    )
    if chosen and failed == len(chosen):
        raise typer.Exit(1)


def _chosen(kept: History, words: list[str] | None) -> list[Source]:
    from usepolicy.errors import UsageError
    from usepolicy.tracking.sources import location_of

    every = {source.location: source for source in kept.sources()}
    if not every:
        raise UsageError("no-sources", "nothing is watched", help="usepolicy track add SOURCE")
    if not words:
        return list(every.values())
    return [every[location_of(each, every)] for each in dict.fromkeys(words)]


def _run(kept: History, chosen: Sequence[Source], network: Network) -> int:
    """Run over sources with a line for each; return how many could not be read."""
    from datetime import UTC, datetime

    from usepolicy.cli.render import say
    from usepolicy.store.history_sources import one_run
    from usepolicy.tracking.runs import run_sources

    found: list[Looked] = []
    with one_run(kept):
        for looked in run_sources(kept, chosen, network, now=lambda: datetime.now(UTC)):
            found.append(looked)
            say(f"[{len(found)}/{len(chosen)}] {looked.source.location}: {_words(looked)}")
    errors = [(each.source.location, error) for each in found for error in each.failed]
    for number, (place, error) in enumerate(errors, 1):
        where = error.place or place
        say(f"[{number}/{len(errors)}] error[{error.code}]: {where}: {error.message}")
        if error.help:
            say(f"help: {error.help}")
    return sum(not each.read for each in found)


def _words(looked: Looked) -> str:
    if looked.skipped:
        return "read before the run was stopped"
    gone = [f"unavailable: {', '.join(looked.gone)}"] if looked.gone else []
    failed = [f"{len(looked.failed)} failed"] if looked.failed else []
    return "; ".join([f"{looked.new} new versions", *gone, *failed])


def _network(*, allow_private: bool) -> Network:
    import random
    import time

    from usepolicy.reading.fetch import ask, fetch
    from usepolicy.reading.manners import Manners
    from usepolicy.tracking.asking import Backoff, Network

    return Network(
        lambda address, known: ask(address, known, allow_private=allow_private),
        Manners(
            lambda address: fetch(address, allow_private=allow_private), time.sleep, time.monotonic
        ),
        Backoff(time.sleep, random.random),
    )
