"""The application of the console: who asks, whether they may, and how answers go out.

FAIL CLOSED: an address is denied unless its row says that it is public or whose right it is; what
changes something is denied unless the form was on a page of the same session.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Literal
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from usepolicy.enforcement.roles import may
from usepolicy.errors import DeniedError, UsePolicyError
from usepolicy.store.sessions import is_form_token
from usepolicy.web.console import (
    accounts,
    appeals,
    cases,
    grants,
    home,
    me,
    people,
    records,
    rules,
    sign_in,
    words,
)
from usepolicy.web.console.context import MOST_BYTES, Address, Context, Done, File, View
from usepolicy.web.console.desk import Desk
from usepolicy.web.console.form_body import read_form, whole
from usepolicy.web.console.oidc_file import RETURN
from usepolicy.web.console.pending import LASTS, LONGEST
from usepolicy.web.faults import fault_of
from usepolicy.web.page import plain
from usepolicy.web.safety import HEADERS, SafeHeaders
from usepolicy.web.templating import environment
from usepolicy.web.words import cut

PAGES = (sign_in, home, cases, words, appeals, grants, accounts, rules, records, people, me)
ADDRESSES: tuple[Address, ...] = tuple(address for page in PAGES for address in page.ADDRESSES)
"""Every address of the console, with whose it is."""
MENU = (
    ("/", "Overview"),
    ("/referrals", "Referrals"),
    ("/appeals", "Appeals"),
    ("/cases", "Cases"),
    ("/accounts", "Accounts"),
    ("/grants", "Grants"),
    ("/rules", "Rules"),
    ("/ledger", "Ledger"),
    ("/report", "Report"),
    ("/people", "People and keys"),
    ("/me", "Your account"),
)
"""Pages that the head of each page leads to, for whoever may see them."""
_log = logging.getLogger("usepolicy.console")
_templates = environment()
_rights = {(each.method, each.path): each.right for each in ADDRESSES}


def create_console(desk: Desk) -> Starlette:
    """Return the application that serves a console."""
    routes = [Route(each.path, _endpoint(desk, each), methods=[each.method]) for each in ADDRESSES]
    static = StaticFiles(packages=[("usepolicy.web", "static")])
    # A browser that tells no referrer tells no origin either, and then no form could be trusted.
    headers = {**HEADERS, "referrer-policy": "same-origin", "cache-control": "no-store"}
    return Starlette(
        routes=[*routes, Mount("/static", static)],
        middleware=[
            Middleware(SafeHeaders, headers=headers),
            Middleware(GZipMiddleware, minimum_size=500),
        ],
        exception_handlers={UsePolicyError: _told, HTTPException: _told, Exception: _told},
    )


def _endpoint(desk: Desk, address: Address) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = await _form(desk, address, request) if address.method == "POST" else {}
        return await run_in_threadpool(_answer, desk, address, request, form)

    return endpoint


def _answer(desk: Desk, address: Address, request: Request, form: Mapping[str, str]) -> Response:
    now = desk.now()
    token = request.cookies.get(_cookie(request), "")[:200]
    context = Context(
        desk,
        now,
        path=request.url.path,
        address=request.client.host if request.client else "",
        token=token,
        pending=request.cookies.get(_cookie(request, "pending"), "")[:LONGEST],
        session=desk.sessions.find(token, now=now) if token else None,
        id=whole(str(request.path_params.get("id", ""))[:200]),
        query={name: whole(value) for name, value in request.query_params.items()},
        form=form,
    )
    asked = _asks_for_page(request)
    if context.session is None and not address.is_public and address.method == "GET" and asked:
        return RedirectResponse(f"/sign-in?then={quote(context.path)}", HTTPStatus.SEE_OTHER)
    _check(address, context, request)
    result = address.do(context)
    if isinstance(result, File):
        headers = {"content-disposition": f'attachment; filename="{result.name}"'}
        return Response(result.text, media_type=result.media_type, headers=headers)
    return _done(result, request) if isinstance(result, Done) else _page(result, context, request)


def _check(address: Address, context: Context, request: Request) -> None:
    """Refuse whoever may not, and what comes from another site.

    Raises: DeniedError: `not-signed-in`, `not-your-right`, `foreign-form`.
    """
    if address.method != "GET" and not _is_own_origin(request):
        raise DeniedError("foreign-form", "the form comes from another site")
    if address.is_public:
        return
    person = context.person
    if address.right is not None and not may(person.role, address.right):
        raise DeniedError("not-your-right", f"a {person.role.value} may not do this")
    given = context.form.get("form_token", "")
    if address.method != "GET" and not is_form_token(given, context.token):
        help = "open the page again, and send its form"
        raise DeniedError("foreign-form", "the form is not of this session", help=help)


def _is_own_origin(request: Request) -> bool:
    """Tell whether a browser says that a form comes from here; a program says nothing of it."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return urlsplit(origin).netloc == request.headers.get("host")


async def _form(desk: Desk, address: Address, request: Request) -> dict[str, str]:
    """Return the fields of a form; only who may send a large one is listened to for so long."""
    large = address.most_bytes > MOST_BYTES
    may_be = large and await run_in_threadpool(_may_send, desk, address, request)
    return await read_form(request, address.most_bytes if may_be else MOST_BYTES)


def _may_send(desk: Desk, address: Address, request: Request) -> bool:
    token = request.cookies.get(_cookie(request), "")[:200]
    session = desk.sessions.find(token, now=desk.now()) if token else None
    right = address.right
    return session is not None and (right is None or may(session.person.role, right))


def _page(view: View, context: Context, request: Request) -> Response:
    if not _asks_for_page(request):
        return JSONResponse(
            {"page": context.path, "title": view.title, "content": plain(view.content)}
        )
    return Response(
        _html(view.template, context, title=view.title, it=view.content), media_type="text/html"
    )


def _done(done: Done, request: Request) -> Response:
    answer: Response = RedirectResponse(done.to, HTTPStatus.SEE_OTHER)
    if not _asks_for_page(request):
        answer = JSONResponse({"to": done.to})
    elif done.comes_from_elsewhere:
        page = _html("console/signed_in.html", None, title="Signed in", to=done.to)
        answer = Response(page, media_type="text/html")
    if done.session is not None:
        _keep(answer, request, "", done.session)
    if done.pending is not None:
        _keep(answer, request, "pending", done.pending)
    return answer


def _keep(answer: Response, request: Request, what: str, value: str) -> None:
    """Have the browser keep a cookie that no script reads, or forget it where it is empty."""
    # What a provider's page leads back with must come along; nothing else leads here from there.
    site: Literal["lax", "strict"] = "lax" if what else "strict"
    secure, name = request.url.scheme == "https", _cookie(request, what)
    if value:
        lasts = int(LASTS.total_seconds()) if what else None
        answer.set_cookie(
            name, value, max_age=lasts, path="/", secure=secure, httponly=True, samesite=site
        )
    else:
        answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite=site)


def _cookie(request: Request, what: str = "") -> str:
    """Return the name of a cookie; over TLS one that no other host can set."""
    name = f"usepolicy-{what}" if what else "usepolicy"
    return f"__Host-{name}" if request.url.scheme == "https" else name


def _html(template: str, context: Context | None, **values: object) -> str:
    session = context.session if context else None
    menu = [
        (path, name)
        for path, name in MENU
        if session and ((right := _rights["GET", path]) is None or may(session.person.role, right))
    ]
    return _templates.get_template(template).render(
        session=session, menu=menu, path=context.path if context else "", **values
    )


def _asks_for_page(request: Request) -> bool:
    return not request.headers.get("accept", "").startswith("application/json")


def _told(request: Request, error: Exception) -> Response:
    """Return an error: the same four fields, as a page or as JSON."""
    fault = fault_of(error)
    if fault.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        # Neither the query nor the form: they may hold what is nobody's business.
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    told = fault.told(cut(request.url.path))
    answer: Response = JSONResponse({"error": told}, fault.status, headers=fault.headers)
    if _asks_for_page(request):
        title = f"{fault.status.value}: {fault.status.phrase}"
        page = _html("console/error.html", None, title=title, error=told)
        answer = Response(page, fault.status, media_type="text/html", headers=fault.headers)
    if request.url.path == RETURN:  # one sign-in, one answer
        _keep(answer, request, "pending", "")
    return answer
