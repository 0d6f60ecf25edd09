"""The line to a provider: one request, within time and size, and no redirects.

Owns the form of what is asked. What it means is for `oidc`. Nothing that a provider says in an error
is repeated, since it may hold a code or a secret.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from usepolicy.errors import UsePolicyError
from usepolicy.labelling.line import Line

SECONDS = 10.0
"""For one question."""
MAX_BODY = 512 * 1024


class TokenRefusedError(Exception):
    """The provider redeems no code, and says why; what it describes may hold anything."""

    def __init__(self, error: object, description: object = None) -> None:  # noqa: ARG002
        super().__init__("the provider gives no token")
        self.error = error


class Session:
    """What Authlib's client asks through: one request, within time and size, no redirects."""

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any
    ) -> httpx.Response:
        """Send a form. The headers are copied: those given are shared by all of Authlib."""
        signed = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _sent(httpx.Request("POST", signed[0], headers=signed[1], content=signed[2]))


def asked(request: httpx.Request) -> Mapping[str, Any]:
    """Return the JSON that the provider answers with.

    Raises: UsePolicyError: `oidc-unreachable`.
    """
    try:
        response = _sent(request)
        told = response.json() if response.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, ValueError, RecursionError):
        raise unreachable("it does not answer") from None
    if not isinstance(told, dict):
        raise unreachable("it does not answer as the standard says")
    return told


def _sent(request: httpx.Request) -> httpx.Response:
    request.headers["accept-encoding"] = "identity"
    ends = time.monotonic() + SECONDS
    line = Line(lambda: ends, guarded=request.url.scheme == "http", max_body=MAX_BODY)
    response = line.handle_request(request)
    response.request = request
    return response


def unreachable(why: str) -> UsePolicyError:
    """Return the error of a provider that does not do its part."""
    message = f"the provider can't be asked: {why}"
    help = "try again later; an administrator may look at the settings of `--oidc`"
    return UsePolicyError("oidc-unreachable", message, help=help)
