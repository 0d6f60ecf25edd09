"""Views: the change of a version as JSON and as a page that puts the words side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from usepolicy.comparison.figures import Table
from usepolicy.tracking.alerts import Event
from usepolicy.tracking.changes import HARMLESS, Change, VersionChange
from usepolicy.tracking.histories import Step
from usepolicy.tracking.records import record_of
from usepolicy.tracking.side_by_side import Pieces, differing
from usepolicy.tracking.summary import bounds_said

STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}"
    "th,td{border-top:1px solid #bbb;padding:.5rem;text-align:left;vertical-align:top}"
    "td.words{width:38%}del{background:#fde2e1}ins{background:#dcf3dc}.quiet{color:#555}"
)


def public(found: VersionChange) -> dict[str, object]:
    """Return the change of a version as the values of its JSON."""
    record = record_of(found)
    return {name: record[name] for name in ("kind", "summary", "changes")}


def json_of(found: VersionChange) -> str:
    """Return the change of a version as JSON."""
    return json.dumps(public(found), ensure_ascii=False, indent=2) + "\n"


def html_of(found: VersionChange, *, old: str, new: str) -> str:
    """Return a page of its own that puts the clauses side by side, their differing words marked.

    Args: old, new: what the versions are called.
    """
    rows = "\n".join(_row(change) for change in found.changes)
    table = (
        f'<table>\n<thead><tr><th scope="col">change</th><th scope="col">category</th>'
        f'<th scope="col">{escape(old)}</th><th scope="col">{escape(new)}</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(found.kind.value)}: {escape(old)} to {escape(new)}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>What changed</h1>\n"
        f"<p><strong>{escape(found.kind.value)}</strong>: {escape(found.summary)}</p>\n"
        f"{table if rows else ''}\n</body>\n</html>\n"
    )


def _row(change: Change) -> str:
    quiet = ' class="quiet"' if change.change in HARMLESS else ""
    old, new = marked(change)
    bounds = "".join(f"<br><small>{escape(said)}</small>" for said in bounds_said(change))
    return (
        f"<tr{quiet}><td>{escape(change.change.value.replace('_', ' '))}{bounds}</td>"
        f"<td>{escape(change.category or '')}</td>"
        f'<td class="words">{old}</td><td class="words">{new}</td></tr>'
    )


def marked(change: Change) -> tuple[str, str]:
    """Return the words of both sides as HTML, with what only one side has marked."""
    old, new = (side.quote if side else "" for side in (change.old, change.new))
    sides = differing(old, new)
    return _html(sides[0], "del"), _html(sides[1], "ins")


def _html(pieces: Pieces, tag: str) -> str:
    said = ((escape(piece.words), piece.differs) for piece in pieces)
    return "".join(f"<{tag}>{words}</{tag}>" if differs else words for words, differs in said)


def events_table(events: Sequence[Event]) -> Table:
    """Return events as a table, a row each."""
    rows = tuple(
        (f"{event.at:%Y-%m-%d}", event.document, event.kind, event.sentence.partition(": ")[2])
        for event in events
    )
    return Table(("date", "document", "kind", "what"), rows)


def event_record(event: Event) -> dict[str, object]:
    """Return an event as the values of its JSON."""
    record: dict[str, object] = {
        "id": event.id,
        "at": event.at.isoformat(),
        "document": event.document,
        "service": event.service,
        "developer": event.developer,
        "kind": event.kind,
        "summary": event.sentence,
    }
    if isinstance(event.entry, Step):
        change = record_of(event.entry.change)
        revisions = {"old": event.entry.old, "new": event.entry.new}
        versions = {
            side: {"revision": each.revision, "sha256": each.sha256, "at": each.at.isoformat()}
            for side, each in revisions.items()
        }
        return record | {"versions": versions, "artefact": change["artefact"], "changes": change["changes"]}  # fmt: skip
    until = event.entry.until
    return record | {
        "until": until.isoformat() if until else None,
        "down_seconds": int(event.entry.down.total_seconds()),
        "times": event.entry.times,
    }
