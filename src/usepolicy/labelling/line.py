"""Lines to model servers: one request on a fresh connection, within time and size.

Owns what a server's address may be, and the rule that a key never travels in the open. What is
asked, and what an answer means, is for `model_server` and the guards.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from functools import cache
from urllib.parse import urlsplit

import certifi
import httpcore
import httpx

from usepolicy.errors import DeniedError, ModelError
from usepolicy.reading.network import Gate, Transport, is_public, resolve_host

KEY = "OPENAI_API_KEY"
"""The environment variable of the key, where nothing else is said."""
MAX_BODY = 8 * 1024 * 1024
"""Bytes of one response; an answer of 8,192 tokens has 40 kB."""


def checked_base_url(base_url: str, key_name: str = KEY) -> str:
    """Return the address of a model server without what it may not have.

    A server inside the network is the user's own choice, and allowed.
    Raises: DeniedError: `unsupported-scheme`, `credentials-in-address`.
            ModelError: `invalid-address`.
    """
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
        httpx.URL(base_url)
    except (ValueError, httpx.InvalidURL):
        parts, host = urlsplit(""), None
    if parts.username is not None or parts.password is not None:
        # The address itself is not shown: it holds a secret.
        raise DeniedError(
            "credentials-in-address",
            "the address of the model server holds a name or a password",
            help=f"put the key into the environment variable {key_name}",
        )
    if parts.scheme and parts.scheme not in ("http", "https"):
        message = f"the scheme `{parts.scheme}` is none of a model server"
        raise DeniedError("unsupported-scheme", message, help="use http or https")
    plain = base_url.isascii() and base_url.isprintable() and " " not in base_url
    if not (host and parts.scheme and plain) or parts.query or parts.fragment:
        message = "the address of the model server is none"
        raise ModelError("invalid-address", message, help="such as http://localhost:8000/v1")
    return base_url.rstrip("/")


@cache
def _tls() -> ssl.SSLContext:
    """Return what is trusted: the system's authorities, for servers of one's own, and the public."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class TooLargeError(httpx.ReadError):
    """The body of a response is over its limit."""


class _OpenKeyError(OSError):
    """The key would travel over the public network unencrypted."""


class Line(httpx.BaseTransport):
    """A fresh connection for each request, read whole, within time and size."""

    def __init__(
        self,
        deadline: Callable[[], float],
        *,
        guarded: bool,
        key_name: str = KEY,
        max_body: int = MAX_BODY,
    ) -> None:
        """Keep what holds for each request.

        Args: deadline: when a request that starts now must have ended, on the monotonic clock.
            guarded: whether a key is sent without TLS: then only to private addresses.
        """
        self._deadline = deadline
        self._guarded = guarded
        self._key_name = key_name
        self._max_body = max_body

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        addresses = resolve_host(host, port)
        if self._guarded and any(is_public(address) for address in addresses):
            raise _OpenKeyError
        return addresses

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its whole response."""
        gate = Gate(self._deadline(), allow_private=True, resolve=self._resolve)
        try:  # in the order of the classes: the special before the general
            with Transport(gate, _tls()) as transport:
                return _whole(transport.handle_request(request), self._max_body)
        except _OpenKeyError as error:
            raise DeniedError(
                "key-in-the-open",
                "the key would travel unencrypted to a server on the public network",
                help=f"use https, or unset {self._key_name}",
            ) from error
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout("out of time") from error
        except httpcore.ConnectError as error:
            raise httpx.ConnectError("no connection") from error
        except ssl.SSLError as error:
            raise httpx.ConnectError("no safe connection") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise httpx.ReadError("the connection fails") from error


def _whole(response: httpx.Response, limit: int) -> httpx.Response:
    """Read a body up to its limit; a packed one stays so, since it may grow: nobody can read it."""
    body = bytearray()
    try:
        for piece in response.iter_raw():
            body += piece
            if len(body) > limit:
                raise TooLargeError("the body is too large")
    finally:
        response.close()
    kept = {"content-type", "retry-after"}
    headers = [(name, value) for name, value in response.headers.items() if name in kept]
    return httpx.Response(response.status_code, headers=headers, content=bytes(body))
