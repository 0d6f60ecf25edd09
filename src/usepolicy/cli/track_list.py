"""`usepolicy track list`: what happened to the documents."""

from __future__ import annotations

import json
import sys

from usepolicy.cli.options import TableFormat
from usepolicy.cli.track_options import (
    Category,
    HistoryFile,
    HowToPrint,
    OfDeveloper,
    OfService,
    Only,
    Since,
)


def list_(  # noqa: PLR0913  # a parameter is an option
    since: Since = None,
    kind: Only = None,
    developer: OfDeveloper = None,
    service: OfService = None,
    category: Category = None,
    format: HowToPrint = TableFormat.TABLE,
    history: HistoryFile = None,
) -> None:
    """List what happened to the documents, the newest first."""
    from usepolicy.cli.render import say
    from usepolicy.cli.tables import print_as
    from usepolicy.cli.track_options import events, open_history
    from usepolicy.tracking.views import event_record, events_table

    kept = open_history(history)
    found = events(kept, since, kind, whose=(developer, service), category=category)
    if format is TableFormat.JSON:
        records = [event_record(event) for event in found]
        sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=2) + "\n")
    else:
        print_as(events_table(found), format)
    say(f"{len(found)} entries")
