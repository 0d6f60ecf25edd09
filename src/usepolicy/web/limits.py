"""Limits: how often one visitor may ask for what takes the server long.

Owns a bucket of tokens for each visitor: it begins full, each request takes some, and time fills it
again. Kept in memory, by the address alone, and never written anywhere. The clock is an argument.
"""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from usepolicy.errors import DeniedError

MOST_VISITORS = 10_000
"""Visitors that are remembered, the last seen: more would let them fill the memory."""
MINUTE_S = 60
IPV6_PREFIX = 64
"""Bits of an IPv6 address that name a visitor: the rest is the visitor's to choose."""


class TooManyRequestsError(DeniedError):
    """A visitor asks too often."""

    def __init__(self, wait_s: float) -> None:
        self.retry_after = max(1, math.ceil(wait_s))
        """Seconds."""
        message = "too many searches, questions, comparisons and tables are asked for"
        help = f"try again in {self.retry_after} seconds"
        super().__init__("too-many-requests", message, help=help)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Limits:
    """The buckets of all visitors; several threads may use them."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        """Hold `per_minute` tokens for each visitor, filled within a minute.

        Args: per_minute: 0 for no limit; clock: seconds that only grow.
        """
        self._size = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, address: str, cost: int = 1) -> None:
        """Take tokens from a visitor's bucket; one that costs more than it holds takes all.

        Raises: TooManyRequestsError: there are not enough, and none are taken.
        """
        if not self._size:
            return
        wanted = min(cost, self._size)
        with self._lock:
            bucket = self._filled(visitor(address))
            if bucket.tokens < wanted:
                lacking = wanted - bucket.tokens
                raise TooManyRequestsError(lacking * MINUTE_S / self._size)
            bucket.tokens -= wanted

    def _filled(self, who: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(who, _Bucket(self._size, now))
        more = (now - bucket.filled_at) * self._size / MINUTE_S
        bucket.tokens, bucket.filled_at = min(self._size, bucket.tokens + more), now
        self._buckets.move_to_end(who)
        if len(self._buckets) > MOST_VISITORS:
            self._buckets.popitem(last=False)
        return bucket


def visitor(address: str) -> str:
    """Return what names a visitor: an IPv4 address, the network of an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""  # no address of the internet: all of these share one bucket
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, IPV6_PREFIX), strict=False))
