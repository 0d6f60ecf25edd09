"""Webhooks: events to an address of the subscriber, signed as Standard Webhooks.

Owns the message, its signature and one attempt to deliver it; when to try again is told by `next_try`.
Only public addresses are called unless the caller allows others, and no redirect is followed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import ssl
import time
from datetime import datetime, timedelta

import certifi
import httpcore
import httpx

from usepolicy.errors import FetchError, UsageError
from usepolicy.reading.fetch import user_agent
from usepolicy.reading.network import Gate, Transport, resolve_host

PREFIX = "whsec_"
MIN_KEY, MAX_KEY = 24, 64
"""Bytes of a key, as Standard Webhooks has them."""
TIMEOUT = 15.0
"""Seconds for an attempt."""
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds until the next attempt: the schedule that Standard Webhooks proposes."""


def key_of(secret: str) -> bytes:
    """Return the key in a secret, `whsec_` and base64.

    Raises: UsageError: `bad-secret`; it never repeats the secret.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not MIN_KEY <= len(key) <= MAX_KEY:
        help_ = f"`{PREFIX}` and {MIN_KEY} to {MAX_KEY} random bytes in base64"
        raise UsageError("bad-secret", "the secret of the webhook is malformed", help=help_)
    return key


def body_of(type: str, at: datetime, data: object) -> bytes:
    """Return the message of an event."""
    message = {"type": type, "timestamp": at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(key: bytes, *, id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that identify and sign a message.

    Args:   id: the same for each attempt, so that who has it already can tell.
    Source: Standard Webhooks 1.0, https://www.standardwebhooks.com
    """
    seconds = int(sent_at.timestamp())
    signed = f"{id}.{seconds}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{signature}",
        "content-type": "application/json",
        "user-agent": user_agent(),
    }


def next_try(attempts: int, at: datetime) -> datetime | None:
    """Return when to try again after so many attempts; None if no more."""
    if attempts > len(WAITS):
        return None
    return at + timedelta(seconds=WAITS[attempts - 1])


def send(address: str, headers: dict[str, str], body: bytes, *, allow_private: bool) -> None:
    """Deliver a message once.

    Raises: FetchError: `not-delivered`, DeniedError: `private-address`.
    """
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise UsageError("invalid-address", "the address of the webhook is malformed") from error
    if url.scheme not in ("https", "http") or url.userinfo or not url.host:
        raise UsageError("invalid-address", "a webhook is an https address without a password")
    tls = ssl.create_default_context(cafile=certifi.where())
    gate = Gate(time.monotonic() + TIMEOUT, allow_private=allow_private, resolve=resolve_host)
    try:
        with Transport(gate, tls) as transport:
            answer = transport.handle_request(
                httpx.Request("POST", url, headers=headers, content=body)
            )
            answer.close()
    except (
        httpcore.NetworkError,
        httpcore.TimeoutException,
        httpcore.ProtocolError,
        OSError,
    ) as error:
        raise FetchError("not-delivered", "the webhook can't be reached", place=url.host) from error
    if not 200 <= answer.status_code < 300:
        message = f"the webhook answered with status {answer.status_code}"
        raise FetchError("not-delivered", message, place=url.host)
