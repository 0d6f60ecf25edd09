"""The application: HTTP around the site; what is asked for, what may go out, how errors look.

Owns the routes, the headers that keep a browser safe, and the one shape of an error.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib import resources

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from usepolicy.errors import UsePolicyError
from usepolicy.web.adding import add_form, add_policy
from usepolicy.web.faults import fault_of
from usepolicy.web.feeds import feed_routes
from usepolicy.web.limits import Limits
from usepolicy.web.safety import SafeHeaders
from usepolicy.web.site import ROUTES, Site, is_private, is_table

LONGEST_ADDRESS = 4_000
PARAMS = frozenset({"a", "b", "by", "who", "q", "sort", "group", "page", "of"}) | frozenset(
    {"policy", "instrument", "edition", "use", "developer", "verdict"}
    | {"service", "category", "kind", "since", "old"}
)
"""What an address may ask for; anything else is passed over."""
COSTLY = frozenset({"/search", "/ask", "/compare", "/coverage", "/changes/ID", "/chains/ID"})
"""Pages that are made for one question each: no memory of answers helps against many."""
COSTLY_FORMS = frozenset({"csv", "svg", "png", "pdf"})
ADDING = 10
"""What adding costs, a wrong token too: as much as ten searches."""
_log = logging.getLogger("usepolicy.web")

Endpoint = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]


def create_app(site: Site) -> Starlette:
    """Return the application that serves a site."""
    limits = Limits(site.settings.per_minute, time.monotonic)
    static = StaticFiles(packages=[("usepolicy.web", "static")])
    routes = [
        *(route for name in ROUTES for route in _routes(site, limits, name)),
        *feed_routes(site),
        Route("/favicon.ico", _icon),
        Route("/robots.txt", _robots),
        Route("/add", add_form(site), methods=["GET"]),
        Route("/add", _limited(limits, add_policy(site)), methods=["POST"]),
        Mount("/static", static),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders), Middleware(GZipMiddleware, minimum_size=500)],
        exception_handlers={
            UsePolicyError: _told(site),
            HTTPException: _told(site),
            Exception: _told(site),
        },
    )


def _routes(site: Site, limits: Limits, name: str) -> list[Route]:
    """Return the routes of a page and of its twins; those with an ending come first."""
    path = name.replace("ID", "{id:path}").replace("/N", "/{id}")
    forms = ["json", *(["csv"] if is_table(name) else [])]
    forms += {"/figures/N": ["svg", "png", "pdf"], "/chains/ID": ["svg"]}.get(name, [])
    stem = "/index" if path == "/" else path
    twins = [Route(f"{stem}.{form}", _page(site, limits, name, form)) for form in forms]
    return [*twins, Route(path, _page(site, limits, name, "html"))]


def _page(site: Site, limits: Limits, name: str, form: str) -> Callable[[Request], Response]:
    """Return what answers for a page; if that takes long, as often as a visitor may ask."""
    endpoint = _endpoint(site, name, form)
    if name not in COSTLY and form not in COSTLY_FORMS:
        return endpoint

    def limited(request: Request) -> Response:
        limits.take(_address(request))
        return endpoint(request)

    return limited


def _limited(
    limits: Limits, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def limited(request: Request) -> Response:
        limits.take(_address(request), ADDING)
        return await endpoint(request)

    return limited


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _endpoint(site: Site, name: str, form: str) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        if len(str(request.url)) > LONGEST_ADDRESS:
            raise HTTPException(HTTPStatus.REQUEST_URI_TOO_LONG)
        query = {k: v for k, v in request.query_params.items() if k in PARAMS and v}
        answer = site.answer(name, {**query, **request.path_params}, form)
        kept = "no-store" if is_private(query) else "no-cache"
        headers = {"etag": answer.etag, "cache-control": kept, "content-type": answer.media}
        if answer.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        if answer.packed and "gzip" in request.headers.get("accept-encoding", ""):
            headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
            return Response(answer.packed, headers=headers)
        return Response(answer.body, headers=headers)

    return endpoint


def _icon(_: Request) -> Response:
    data = (resources.files("usepolicy.web") / "static" / "icon.svg").read_bytes()
    return Response(data, media_type="image/svg+xml")


def _robots(_: Request) -> Response:
    return Response("User-agent: *\nDisallow: /add\nDisallow: /ask?\n", media_type="text/plain")


def _told(site: Site) -> Callable[[Request, Exception], Response]:
    """Return what makes an answer of an error: the same four fields, as a page or as JSON."""

    def told(request: Request, error: Exception) -> Response:
        fault = fault_of(error)
        status, body = fault.status, fault.told(request.url.path)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        wants = request.url.path.endswith((".json", ".csv")) or _asks_for_json(request)
        if wants:
            return JSONResponse({"error": body}, status, fault.headers)
        page = site.html("error.html", title=f"{status.value}: {status.phrase}", error=body)
        return Response(page, status, fault.headers, media_type="text/html")

    return told


def _asks_for_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")
