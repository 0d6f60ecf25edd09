"""Safety: the headers on every answer that keep a browser from doing what a page did not ask for."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer. INVARIANT: no inline script or style is ever allowed."""
FOR_GOOD = (b"cache-control", b"public, max-age=31536000, immutable")
"""Of static files, whose address changes with what is in them."""


class SafeHeaders:
    """Puts headers on every answer, errors too, where it has none of that name."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = HEADERS) -> None:
        self.app = app
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                if scope["path"].startswith("/static/") and scope["query_string"]:
                    headers.append(FOR_GOOD)
                named = {name for name, _ in headers}
                headers += [(name, value) for name, value in self.headers if name not in named]
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, sent)
