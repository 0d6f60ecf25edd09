"""Feeds and digests: events for people, as Atom and as text.

Owns their wording. A feed is made of the kept history alone, so that it is the same whenever it is
made again; no clock is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote
from xml.etree import ElementTree as ET

from usepolicy.tracking.alerts import Event
from usepolicy.tracking.changes import Bound, BoundKind, Change, ChangeKind
from usepolicy.tracking.summary import bounds_said

ATOM = "http://www.w3.org/2005/Atom"
BEGINNING = "1970-01-01T00:00:00+00:00"
"""When a feed without entries was updated."""
MAX_QUOTE = 200
"""Characters of a quote: a feed is read by many, and texts belong to their publishers."""
NO_LINKS: Mapping[str, str] = MappingProxyType({})
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SAID = {
    ChangeKind.ADDED: "now restricted",
    ChangeKind.REMOVED: "restricted no longer",
    ChangeKind.WIDENED: "restricted further",
    ChangeKind.NARROWED: "restricted less",
    ChangeKind.ENFORCEMENT_ADDED: "enforcement added",
    ChangeKind.ENFORCEMENT_REMOVED: "enforcement removed",
}


def atom_of(
    events: Sequence[Event], *, title: str, id: str, links: Mapping[str, str] = NO_LINKS
) -> str:
    """Return events as an Atom feed.

    Args:   id: an IRI that names this feed for ever, e.g. `tag:...` or its address.
            links: addresses of pages by the id of their event; of the feed itself by "".
    Source: RFC 4287
    """
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "title", title)
    _add(feed, "id", id)
    _link(feed, links.get(""), "self")
    _add(feed, "updated", events[0].at.isoformat() if events else BEGINNING)
    _add(_add(feed, "author", ""), "name", "usepolicy")
    for event in events:
        entry = _add(feed, "entry", "")
        _add(entry, "title", event.sentence)
        _add(entry, "id", f"urn:usepolicy:event:{event.id}")
        _link(entry, links.get(event.id), "alternate")
        _add(entry, "updated", event.at.isoformat())
        for term in sorted({event.kind, *(str(c.category) for c in event.changes if c.category)}):
            _add(entry, "category", "").set("term", term)
        _add(entry, "content", "\n".join(lines_of(event))).set("type", "text")
    ET.register_namespace("", ATOM)
    ET.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def feed_id(
    *, developer: str | None, service: str | None, category: str | None, kinds: Sequence[str] = ()
) -> str:
    """Return the IRI of the feed of what the filters choose."""
    chosen = [f"kind={kind}" for kind in sorted(kinds)]
    chosen += [f"developer={developer}"] if developer else []
    parts = (service or "all", category or "all", *chosen)
    return "urn:usepolicy:feed:" + ":".join(quote(part.replace(" ", "-"), "=") for part in parts)


def _link(parent: ET.Element, address: str | None, rel: str) -> None:
    if address:
        link = _add(parent, "link", "")
        link.set("rel", rel)
        link.set("href", _NOT_XML.sub("", address))


def _add(parent: ET.Element, name: str, words: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = _NOT_XML.sub("\ufffd", words) or None
    return element


def digest_of(events: Sequence[Event]) -> str:
    """Return events as text for people: a paragraph each, with the words of both sides."""
    return "\n\n".join("\n".join((f"{e.at:%Y-%m-%d}  {e.sentence}", *lines_of(e))) for e in events)


def lines_of(event: Event) -> Iterator[str]:
    """Yield a line for each fact of an event."""
    for change in event.changes:
        about = f" ({change.category})" if change.category else ""
        bounds = zip(bounds_said(change), change.bounds, strict=True)
        conditions = "".join(f"; {said}{_bounding(bound)}" for said, bound in bounds)
        yield f"- {SAID[change.change]}{about}: {_words(change)}{conditions}"


def _bounding(bound: Bound) -> str:
    """Return the words of a qualifier; an exemption is quoted as a whole already."""
    is_whole = bound.what is BoundKind.EXEMPTION
    return "" if is_whole else f": “{_short(bound.evidence.quote)}”"


def _words(change: Change) -> str:
    old, new = (_short(side.quote) if side else "" for side in (change.old, change.new))
    if old and new:
        return f"“{old}” became “{new}”"
    return f"“{old or new}”"


def _short(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1].rstrip() + "…"
