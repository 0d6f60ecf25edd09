"""Adding: what an operator may add through the site, by address or upload.

FAIL CLOSED: without a token of the operator nothing is added, fetched or parsed; an address is
fetched for the operator alone, and never from a private network.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from usepolicy.errors import DeniedError, ExtractError, UsageError
from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.reading.fetch import fetch
from usepolicy.reading.sources import Limits, Snapshot, snapshot_of
from usepolicy.store.catalogue import Kept
from usepolicy.store.catalogue_documents import read_document
from usepolicy.web.site import Site
from usepolicy.web.words import cut, inert

MOST_FIELDS = 10
MOST_BYTES = Limits().max_bytes
OVERHEAD = 64 * 1024
"""Bytes of a form around its file."""


def add_form(site: Site) -> Callable[[Request], Response]:
    """Return the page with the form."""

    def show(_: Request) -> Response:
        kinds = [kind.value for kind in PolicyKind]
        can = site.settings.token is not None
        page = site.html("add.html", title="Add a policy", kinds=kinds, can=can)
        return Response(page, media_type="text/html", headers={"cache-control": "no-store"})

    return show


def add_policy(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """Return what takes the form: a token, an address or a file, and what is known of it."""

    async def add(request: Request) -> Response:
        if site.settings.token is None:
            raise DeniedError("adding-is-off", "nothing can be added through this site")
        _check_size(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer:
            _check_token(site, bearer)
        async with request.form(
            max_files=1, max_fields=MOST_FIELDS, max_part_size=OVERHEAD
        ) as form:
            if not bearer:
                _check_token(site, _field(form, "token"))
            identity = _identity(form)
            upload, address = form.get("file"), _field(form, "address")
            data = await upload.read(MOST_BYTES + 1) if isinstance(upload, UploadFile) else b""
            name = upload.filename or "upload" if isinstance(upload, UploadFile) else ""
        id, kept = await run_in_threadpool(_add, site, identity, address, (name, data))
        if request.headers.get("accept", "").startswith("application/json"):
            status = HTTPStatus.CREATED if kept is Kept.ADDED else HTTPStatus.OK
            body = {"id": id, "kept": kept.value, "page": f"/policies/{id}"}
            return JSONResponse(body, status)
        return RedirectResponse(f"/policies/{id}", HTTPStatus.SEE_OTHER)

    return add


def _add(
    site: Site, identity: Identity, address: str, upload: tuple[str, bytes]
) -> tuple[str, Kept]:
    now = datetime.now(UTC)
    snapshot = _snapshot(address, upload)
    recorded = replace(identity, recorded=now.date())
    added = site.catalogue.add(read_document([snapshot], recorded), now=now)
    site.renew()
    return added


def _snapshot(address: str, upload: tuple[str, bytes]) -> Snapshot:
    name, data = upload
    if data and address:
        raise UsageError("two-documents", "an address and a file are given", help="give one")
    if data:
        if len(data) > MOST_BYTES:
            raise ExtractError("too-large", f"the file has more than {MOST_BYTES:,} bytes")
        return snapshot_of(data, inert(name)[:200])
    if not address:
        raise UsageError("no-document", "neither an address nor a file is given", help="give one")
    return fetch(address)


def _check_size(request: Request) -> None:
    """Refuse what says that it is too large, and what does not say how large it is."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise UsageError("no-length", "the request does not say how long it is")
    if int(length[:12]) > MOST_BYTES + OVERHEAD:
        raise ExtractError("too-large", f"the file has more than {MOST_BYTES:,} bytes")


def _check_token(site: Site, given: str) -> None:
    wanted = site.settings.token or ""
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        help = "the operator set it in `USEPOLICY_OPERATOR_TOKEN`"
        raise DeniedError("wrong-token", "the token is not the operator's", help=help)


def _identity(form: FormData) -> Identity:
    kind, effective = _field(form, "kind"), _field(form, "effective")
    try:
        return Identity(
            developer=_field(form, "developer") or None,
            title=_field(form, "title") or None,
            kind=PolicyKind(kind) if kind else None,
            effective=datetime.fromisoformat(effective).date() if effective else None,
        )
    except ValueError as error:
        raise UsageError(
            "unknown-value", "the kind or the date can't be read", help="write YYYY-MM-DD"
        ) from error


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return cut(value, 500) if isinstance(value, str) else ""
