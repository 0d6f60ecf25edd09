"""Faults: what an error is for whoever asked: a status, and the same four fields everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException

from usepolicy.errors import DeniedError, StoreError, UsageError, UsePolicyError

MISSING = frozenset(
    {"not-in-catalogue", "no-such-case", "unknown-developer", "unknown-category"}
) | frozenset({"no-oidc", "no-such-figure", "no-such-chain", "not-tracked", "no-such-version"})
"""Codes of errors that mean: there is no such page."""
STATUS = {
    "not-signed-in": HTTPStatus.UNAUTHORIZED,
    "wrong-credentials": HTTPStatus.UNAUTHORIZED,
    "oidc-unreachable": HTTPStatus.BAD_GATEWAY,
    "too-many-attempts": HTTPStatus.TOO_MANY_REQUESTS,
    "too-many-requests": HTTPStatus.TOO_MANY_REQUESTS,
    "rules-changed": HTTPStatus.CONFLICT,
    "too-slow": HTTPStatus.REQUEST_TIMEOUT,
}
"""Codes of errors that have a status of their own."""
MESSAGES = {404: "there is no such page", 405: "the page can't be asked for in this way"}


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as it is told."""

    status: HTTPStatus
    code: str
    message: str
    help: str
    retry_after: int | None = None
    """Seconds until the same may be asked for again."""

    @property
    def headers(self) -> dict[str, str]:
        """Headers that go with it."""
        return {} if self.retry_after is None else {"retry-after": str(self.retry_after)}

    def told(self, place: str) -> dict[str, str]:
        """Return the four fields."""
        return {"code": self.code, "message": self.message, "place": place, "help": self.help}


def fault_of(error: Exception) -> Fault:
    """Return what is told of an error: of one that nobody foresaw, nothing but that it happened."""
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        message = MESSAGES.get(status, str(error.detail).lower())
        return Fault(status, status.phrase.lower().replace(" ", "-"), message, "begin at: /")
    if isinstance(error, UsePolicyError):
        wait = getattr(error, "retry_after", None)
        return Fault(_status(error), error.code, error.message, error.help, wait)
    message = "the server made a mistake; it is in its log"
    return Fault(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", message, "try again later")


def _status(error: UsePolicyError) -> HTTPStatus:
    if error.code in MISSING:
        return HTTPStatus.NOT_FOUND
    if error.code in STATUS:
        return STATUS[error.code]
    if isinstance(error, DeniedError):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, StoreError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return (
        HTTPStatus.BAD_REQUEST if isinstance(error, UsageError) else HTTPStatus.UNPROCESSABLE_ENTITY
    )
