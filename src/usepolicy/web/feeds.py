"""The feeds: what matters of all policies, of a service, of a category, as Atom at fixed addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usepolicy.errors import UsageError
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.tracking.alerts import Wanted
from usepolicy.tracking.feeds import atom_of
from usepolicy.tracking.histories import Step
from usepolicy.web.pages.changes import MATTERS
from usepolicy.web.site import Site
from usepolicy.web.tracked import Told, Tracked
from usepolicy.web.words import cut, inert

MOST = 100
"""Entries of a feed, the newest ones."""
ATOM = "application/atom+xml; charset=utf-8"


def feed_routes(site: Site) -> list[Route]:
    """Return the routes of the feeds of a site."""
    kinds = {
        "/feeds/changes.atom": _all,
        "/feeds/developers/{id}.atom": _of_developer,
        "/feeds/services/{id}.atom": _of_service,
        "/feeds/categories/{id}.atom": _of_category,
    }
    return [Route(path, _endpoint(site, feed)) for path, feed in kinds.items()]


Feed = Callable[[Tracked, str], tuple[str, str, Iterable[Told]]]
"""Title, name within the feeds, and entries of a feed of an id."""


def _endpoint(site: Site, feed: Feed) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        tracked = site.shelf().tracked
        title, name, found = feed(tracked, request.path_params.get("id", ""))
        body = _atom(title, name, list(found)[:MOST], request.url.path).encode("utf-8", "replace")
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"etag": etag, "cache-control": "no-cache", "content-type": ATOM}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, headers=headers)

    return endpoint


def _atom(title: str, name: str, found: list[Told], address: str) -> str:
    places = {told.event.id: _address(told) for told in found}
    links = {"": address, **places}
    events = [told.event for told in found]
    xml = atom_of(events, title=title, id=f"urn:usepolicy:feed:{name}", links=links)
    return "\n".join(inert(line) for line in xml.split("\n"))


def _address(told: Told) -> str:
    entry = told.event.entry
    of = told.followed
    return of.change_address(entry) if isinstance(entry, Step) else of.address


def _matters(told: Iterable[Told], wanted: Wanted) -> Iterable[Told]:
    return (each for each in told if wanted.takes(each.event))


def _all(of: Tracked, _: str) -> tuple[str, str, Iterable[Told]]:
    return "Policy changes", "all:all", _matters(of.told, Wanted(kinds=MATTERS))


def _of_developer(of: Tracked, id: str) -> tuple[str, str, Iterable[Told]]:
    if id not in of.developers:
        message = f"no policy of a developer `{cut(id, 80)}` is tracked"
        raise UsageError("not-tracked", message, help="list those that are: /tracked")
    name = of.developers[id]
    wanted = Wanted(kinds=MATTERS, developer=name)
    return f"Policy changes: {cut(name)}", f"developer:{id}", _matters(of.told, wanted)


def _of_service(of: Tracked, id: str) -> tuple[str, str, Iterable[Told]]:
    if id not in of.services:
        message = f"no service `{cut(id, 80)}` is tracked"
        raise UsageError("not-tracked", message, help="list those that are: /tracked")
    mine = (told for told in of.told if told.followed.service == id)
    return (
        f"Policy changes: {of.services[id]}",
        f"{id}:all",
        _matters(mine, Wanted(kinds=MATTERS)),
    )


def _of_category(of: Tracked, id: str) -> tuple[str, str, Iterable[Told]]:
    named = load_taxonomy().by_id
    found = next((category for category in named.values() if category.id == id), None)
    if found is None:
        message = f"there is no category `{cut(id, 80)}`"
        raise UsageError("unknown-category", message, help="list them: /categories")
    wanted = Wanted(kinds=MATTERS, category=found.id)
    return f"Policy changes: {found.name}", f"all:{found.id}", _matters(of.told, wanted)
