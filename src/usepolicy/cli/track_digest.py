"""`usepolicy track digest`: what happened, as text for people."""

from __future__ import annotations

from usepolicy.cli.track_options import (
    Category,
    HistoryFile,
    OfDeveloper,
    OfService,
    Only,
    Since,
)


def digest(  # a parameter is an option
    since: Since = None,
    kind: Only = None,
    developer: OfDeveloper = None,
    service: OfService = None,
    category: Category = None,
    history: HistoryFile = None,
) -> None:
    """Print what happened as text for people, each fact with its words."""
    from usepolicy.cli.render import printable, say
    from usepolicy.cli.track_options import events, open_history
    from usepolicy.tracking.feeds import digest_of

    kept = open_history(history)
    found = events(kept, since, kind, whose=(developer, service), category=category)
    for line in digest_of(found).splitlines():
        print(printable(line))
    say(f"{len(found)} entries")
