"""`usepolicy track status`: the sources and their state."""

from __future__ import annotations

from usepolicy.cli.options import TableFormat
from usepolicy.cli.track_options import HistoryFile, HowToPrint


def status(history: HistoryFile = None, format: HowToPrint = TableFormat.TABLE) -> None:
    """Show the sources, when they were read and what failed, and how much is kept."""
    from usepolicy.cli.render import say
    from usepolicy.cli.tables import print_as
    from usepolicy.cli.track_options import open_history
    from usepolicy.comparison.figures import Table
    from usepolicy.store.history_sources import findings_of

    kept = open_history(history)
    found = findings_of(kept)
    heads = ("source", "kind", "developer", "last read", "read up to", "failed", "left out")
    rows = tuple(
        (
            s.location,
            s.kind,
            s.developer or "",
            s.ran_at or "never",
            (s.cursor or "")[:12],
            s.error or "",
            "; ".join(each.message for each in found.get(s.id, ())),
        )
        for s in kept.sources()
    )
    print_as(Table(heads, rows), format)
    say(", ".join(f"{number} {name}" for name, number in kept.counts().items()))
