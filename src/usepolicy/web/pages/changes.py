"""The page of recent changes: what happened to all tracked policies, by filters, since a day.

Owns the answer to "what changed since I last looked": an address with a day in it, to be kept by the
reader. The site keeps nothing about who looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from usepolicy.errors import UsageError
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.tracking.alerts import OUTAGE, PROHIBITED, RELEASED, Wanted
from usepolicy.tracking.changes import VersionKind
from usepolicy.web.change_lines import LOUD, EventLine, event_line
from usepolicy.web.page import (
    Choice,
    Page,
    Params,
    Turn,
    choices,
    chosen,
    pages_of,
    path_of,
    turned,
)
from usepolicy.web.pages.tracked import events_table
from usepolicy.web.shelf import Shelf
from usepolicy.web.tracked import Told, Tracked
from usepolicy.web.words import cut

PAGE_SIZE = 50
ALL = "all"
MATTERS = frozenset({OUTAGE, *(kind.value for kind in LOUD)})
"""Kinds that are shown where an address names none."""
NAMES: Mapping[str, str] = {
    "": "what matters",
    PROHIBITED: "now prohibited",
    RELEASED: "no longer prohibited",
    VersionKind.SUBSTANTIVE: "substantive",
    OUTAGE: "outages",
    VersionKind.UNKNOWN: "not read (language)",
    VersionKind.EDITORIAL: "editorial",
    VersionKind.COSMETIC: "cosmetic",
    ALL: "everything",
}
MOST_SERVICES = 500
"""Services that the form offers; others can be named in the address."""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """What the page of recent changes says."""

    has_history: bool
    feed: str
    feed_name: str
    entries: tuple[EventLine, ...]
    count: int
    since: str
    next_time: str | None
    """Address to keep, for what comes from the newest day on."""
    newest: str | None
    developers: tuple[Choice, ...]
    services: tuple[Choice, ...]
    categories: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    turn: Turn


def changes(shelf: Shelf, params: Params) -> Page:
    """Build the list of what happened, the newest first."""
    of = shelf.tracked
    services = {"": "all services", **_first(of.services, params.get("service", ""))}
    developers = {"": "all developers"} | {id: cut(of.developers[id]) for id in of.developers}
    asked = {
        "developer": chosen(params, "developer", developers, ""),
        "service": chosen(params, "service", services, ""),
        "category": _category(params),
        "kind": chosen(params, "kind", NAMES, ""),
    }
    since = _since(params)
    found = _found(of, asked, since)
    day = since.isoformat() if since else ""
    turn = turned(params, "/changes", asked | {"since": day}, pages_of(len(found), PAGE_SIZE))
    shown = found[(turn.page - 1) * PAGE_SIZE : turn.page * PAGE_SIZE]
    lines = tuple(event_line(told, shelf.limit, asked["category"]) for told in shown)
    feed, feed_name = feed_of(of, asked)
    newest = of.newest.isoformat() if of.newest else None
    content = ChangesPage(
        has_history=of.history is not None,
        feed=feed,
        feed_name=feed_name,
        entries=lines,
        count=len(found),
        since=day,
        next_time=path_of("/changes", **asked, since=newest) if newest else None,
        newest=newest,
        developers=choices(developers, asked["developer"]),
        services=choices(services, asked["service"]),
        categories=_category_choices(of, asked["category"]),
        kinds=choices(NAMES, asked["kind"]),
        turn=turn,
    )
    title = f"Changes since {day}" if day else "Recent changes"
    return Page("changes.html", title, content, events_table(lines))


def _first(services: Mapping[str, str], asked: str) -> Mapping[str, str]:
    named = dict(list(services.items())[:MOST_SERVICES])
    return named | ({asked: services[asked]} if asked in services else {})


def _found(of: Tracked, asked: Mapping[str, str], since: date | None) -> list[Told]:
    kind = asked["kind"]
    kinds = frozenset() if kind == ALL else frozenset({kind}) if kind else MATTERS
    wanted = Wanted(
        since=since,
        kinds=kinds,
        category=asked["category"] or None,
        developer=of.developers.get(asked["developer"]),
    )
    service = asked["service"]
    every = (told for told in of.told if not service or told.followed.service == service)
    return [told for told in every if wanted.takes(told.event)]


def _since(params: Params) -> date | None:
    """Return the day that an address asks for.

    Raises: UsageError: `unknown-value`.
    """
    value = params.get("since")
    if not value:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or value != found.isoformat():
        message = f"`since` can't be `{value[:40]}`"
        raise UsageError("unknown-value", message, help="give a day as YYYY-MM-DD")
    return found


def _category(params: Params) -> str:
    value = params.get("category") or ""
    if value and value not in load_taxonomy().by_id:
        message = f"`category` can't be `{value[:80]}`"
        raise UsageError("unknown-value", message, help="list them: /categories")
    return value


def _category_choices(of: Tracked, asked: str) -> tuple[Choice, ...]:
    """Return the categories that anything happened to."""
    names = load_taxonomy().by_id
    there = {id: names[id].name for id in {*of.of_category, asked} if id in names}
    ordered = sorted(there.items(), key=lambda pair: pair[1].casefold())
    return choices({"": "all categories", **dict(ordered)}, asked)


def feed_of(of: Tracked, asked: Mapping[str, str]) -> tuple[str, str]:
    """Return the address and the name of the feed that is nearest to a filter."""
    service, developer, category = asked["service"], asked["developer"], asked["category"]
    if service:
        return f"/feeds/services/{service}.atom", of.services[service]
    if developer:
        return f"/feeds/developers/{developer}.atom", cut(of.developers[developer])
    if category:
        return f"/feeds/categories/{category}.atom", load_taxonomy().by_id[category].name
    return "/feeds/changes.atom", "all policies"
