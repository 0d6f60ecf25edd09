"""Asking: a page from a server that may be down, busy or rid of it.

Owns when the same is asked again, and what a status says of a page. Waiting, chance and the
network come in as arguments.
Source: RFC 9110, section 15
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from usepolicy.errors import DeniedError, FetchError
from usepolicy.reading.fetch import NOT_MODIFIED, OK, Answer, Known
from usepolicy.reading.manners import Manners

Ask = Callable[[str, Known], Answer]
"""From an address, and what is known of it, to what the server says; raises FetchError."""
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be another a moment later."""
REFUSED = frozenset({401, 402, 403, 407, 429})
"""Statuses that tell of us, not of the page: others may see it."""
GONE = frozenset({404, 410, 451})
"""Statuses with which, as with those from 500 on, nobody sees the page."""
PASSING = frozenset({"unreachable", "fetch-timeout"})
"""Failures that may be over a moment later."""
FIRST_WAIT_S = 2.0
MAX_WAIT_S = 60.0
"""Seconds above which a wait, also one that the server asks for, is left to the next run."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often and after which waits the same is asked again."""

    wait: Callable[[float], None]
    jitter: Callable[[], float]
    """A number in [0, 1) by chance, so that many who wait don't come back at once."""
    attempts: int = 3

    def seconds(self, attempt: int, asked_for: str | None) -> float | None:
        """Return the wait behind an attempt, counted from 1; None: ask no more."""
        if attempt >= self.attempts:
            return None
        wanted = FIRST_WAIT_S * 2 ** (attempt - 1) * (0.5 + self.jitter())
        if asked_for is not None and asked_for.strip().isdecimal():
            wanted = max(wanted, float(asked_for.strip()[:6]))
        return wanted if wanted <= MAX_WAIT_S else None


@dataclass(frozen=True, slots=True)
class Network:
    """The way to the servers."""

    ask: Ask
    manners: Manners
    backoff: Backoff

    def page(self, address: str, known: Known) -> Answer:
        """Return the page at an address, or the error page that says that it is gone.

        Raises: FetchError: `refused`, `http-status`, or what the network raises.
        """
        answer = self._asked(address, known)
        if answer.status in (OK, NOT_MODIFIED) or is_gone(answer):
            return answer
        if answer.status in REFUSED:
            message = f"the server refuses programs (status {answer.status})"
            help_ = "open it in a browser, save it and watch a folder of dated files"
            raise DeniedError("refused", message, place=address, help=help_)
        message = f"the server answered with status {answer.status}"
        raise FetchError("http-status", message, place=address)

    def _asked(self, address: str, known: Known) -> Answer:
        attempt = 1
        while True:
            answer, error = self._once(address, known)
            asked_for = answer.retry_after if answer else None
            wait = self.backoff.seconds(attempt, asked_for) if _passes(answer, error) else None
            if wait is not None:
                self.backoff.wait(wait)
                attempt += 1
            elif answer is not None:
                return answer
            elif error is not None:
                raise error

    def _once(self, address: str, known: Known) -> tuple[Answer | None, FetchError | None]:
        try:
            return self.manners.politely(address, lambda: self.ask(address, known)), None
        except FetchError as error:
            return None, error


def _passes(answer: Answer | None, error: FetchError | None) -> bool:
    return answer.status in BUSY if answer else error is not None and error.code in PASSING


def is_gone(answer: Answer) -> bool:
    """Tell whether the server says that nobody sees the page."""
    return answer.status in GONE or answer.status >= 500
