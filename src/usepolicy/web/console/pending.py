"""Pending: a sign-in that began here and goes on at a provider's.

Owns what ties the two ends together. The browser alone holds a token of 256 random bits; state,
nonce and PKCE verifier are made of it, so that none of them is kept anywhere, and an answer counts
only in the browser that asked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LASTS = timedelta(minutes=10)
"""For somebody to find their second factor."""
LONGEST = 1_000
"""Characters of a cookie that is looked at."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that has begun."""

    token: str
    began: int
    """Seconds since 1970."""
    then: str
    """The own page to go on to."""

    @property
    def state(self) -> str:
        """What the provider gives back."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """What the provider puts into the token."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """What whoever redeems the code must know (RFC 7636)."""
        return self._made("verifier")

    def holds(self, state: str, now: datetime) -> bool:
        """Tell whether an answer belongs to this sign-in, and comes in time."""
        age = now - datetime.fromtimestamp(self.began, UTC)
        same = hmac.compare_digest(state.encode("utf-8", "replace"), self.state.encode())
        return same and timedelta() <= age + timedelta(seconds=1) and age <= LASTS

    def _made(self, what: str) -> str:
        # All of it: whoever changes the page or the time in the cookie has another state.
        text = f"usepolicy.oidc.{what}\n{self.began}\n{self.then}"
        digest = hmac.new(self.token.encode(), text.encode(), hashlib.sha256).digest()
        return _letters(digest)


def begun(token: str, now: datetime, then: str) -> Pending:
    """Return a sign-in that begins now.

    Args: token: random, 256 bits; then: an own page.
    """
    return Pending(token, int(now.timestamp()), then)


def cookie_of(pending: Pending) -> str:
    """Return what the browser keeps."""
    return f"{pending.token}.{pending.began}.{_letters(pending.then.encode())}"


def pending_in(cookie: str) -> Pending | None:
    """Return the sign-in that a browser keeps; None where there is none."""
    token, _, rest = cookie[:LONGEST].partition(".")
    began, _, then = rest.partition(".")
    if not (len(token) >= 43 and began.isascii() and began.isdecimal() and len(began) <= 11):
        return None
    try:
        page = base64.b64decode(
            then + "=" * (-len(then) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, ValueError):
        return None
    return Pending(token, int(began), page)


def _letters(data: bytes) -> str:
    """Return bytes in letters, digits, `-` and `_`, which stand in a cookie and an address as they are."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
