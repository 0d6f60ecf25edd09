"""Calls: a question to the server of a guard, within time, with few further attempts.

Owns the connection, the breaker's holder, and which failure is which fault. A key stays in a
header; nothing that a server says in an error is repeated.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from usepolicy.enforcement.detection import Fault
from usepolicy.enforcement.guards.breaker import Breaker, BreakerLimits
from usepolicy.errors import UsePolicyError
from usepolicy.labelling.line import KEY, Line, TooLargeError
from usepolicy.labelling.model_server import BUSY, MISFITS

MAX_BODY = 1024 * 1024
"""Bytes of one response; 64 tokens with 20 alternatives each have 150 kB."""
WRONG_SETTINGS = frozenset({401, 403, 404})
"""Statuses of a wrong key, address or model: they meet every call, so the breaker counts them."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a guard is served."""

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)
    key_name: str = KEY
    """The environment variable that the key comes from."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one call may take."""

    seconds: float = 10.0
    """For all attempts together."""
    retries: int = 1
    """Further attempts after a lost connection or a status that passes."""
    first_wait: float = 0.2
    """Seconds before the second attempt; each later wait is twice as long."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request to a server."""

    path: str
    body: Mapping[str, object]
    optional: Mapping[str, object] = field(default_factory=dict)
    """Fields that some servers don't know, and that are left out for them."""


class Caller:
    """Asks one server; may be used by several threads at once."""

    def __init__(
        self,
        server: Server,
        limits: CallLimits = CallLimits(),
        breaker: BreakerLimits = BreakerLimits(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server = server
        self.limits = limits
        self._clock = clock
        self._breaker = Breaker(breaker)
        self._lock = threading.Lock()
        self._answered = False
        self._is_plain = False

    def ask(self, question: Question) -> bytes | Fault:
        """Return the body of the answer, or why there is none. Raises nothing."""
        with self._lock:
            admitted, self._breaker = self._breaker.admit(self._clock())
        if not admitted:
            return Fault.OPEN
        counts = True
        try:
            answer, counts = self._asked(question)
        except Exception:  # a process edge: a fault of ours must not let a text pass unjudged
            answer = Fault.INTERNAL
        failed = isinstance(answer, Fault) and counts
        with self._lock:
            now = self._clock()
            self._breaker = self._breaker.failed(now) if failed else self._breaker.succeeded()
        return answer

    def _asked(self, question: Question) -> tuple[bytes | Fault, bool]:
        """Return an answer or a fault, and whether the breaker counts it."""
        ends = time.monotonic() + self.limits.seconds
        wait = self.limits.first_wait
        for left in range(self.limits.retries, -1, -1):
            reply = self._sent(question, ends)
            if isinstance(reply, int) and reply in MISFITS and self._adapts(question):
                reply = self._sent(question, ends)
                self._is_plain = reply not in MISFITS
            if not _may_pass(reply) or not left or time.monotonic() + wait >= ends:
                break
            time.sleep(wait)
            wait *= 2
        return self._read(reply)

    def _adapts(self, question: Question) -> bool:
        """Leave out what a server may not know, as long as it never answered.

        FAIL CLOSED: later, a misfit is the fault of a content; it must not take the
        log-probabilities from all that come after.
        """
        if self._answered or self._is_plain or not question.optional:
            return False
        self._is_plain = True
        return True

    def _read(self, reply: bytes | int | Fault) -> tuple[bytes | Fault, bool]:
        if isinstance(reply, bytes):
            self._answered = True
            return reply, False
        if isinstance(reply, Fault):
            return reply, reply is not Fault.ANSWER
        if _is_passing(reply):
            return Fault.SERVER, True
        # FAIL CLOSED: a status that one content can bring about must not open the breaker for all.
        return Fault.REFUSED, reply in WRONG_SETTINGS

    def _sent(self, question: Question, ends: float) -> bytes | int | Fault:
        """Send once; return the body, the status of a failure, or the fault of the line."""
        try:
            response = self._line(ends).handle_request(self._request(question))
        except TooLargeError:
            return Fault.ANSWER
        except httpx.TimeoutException:
            return Fault.TIMEOUT
        except httpx.TransportError:
            return Fault.SERVER
        except UsePolicyError:  # the key would travel in the open
            return Fault.REFUSED
        return response.content if response.status_code == httpx.codes.OK else response.status_code

    def _line(self, ends: float) -> Line:
        guarded = self.server.key is not None and self.server.base_url.startswith("http:")
        return Line(lambda: ends, guarded=guarded, key_name=self.server.key_name, max_body=MAX_BODY)

    def _request(self, question: Question) -> httpx.Request:
        optional = {} if self._is_plain else question.optional
        body = {"model": self.server.model, **question.body, **optional}
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        if self.server.key is not None:
            headers["authorization"] = f"Bearer {self.server.key}"
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return httpx.Request(
            "POST", self.server.base_url + question.path, headers=headers, content=data
        )


def _is_passing(status: int) -> bool:
    return status >= 500 or status in BUSY


def _may_pass(reply: bytes | int | Fault) -> bool:
    """Tell whether another attempt makes sense; after a time-out there is no time for one."""
    return reply is Fault.SERVER or (isinstance(reply, int) and _is_passing(reply))
