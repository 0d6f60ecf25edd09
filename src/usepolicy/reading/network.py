"""The network: connections that are made only to addresses that were checked.

Owns the check of every address, the one deadline of a fetch, and the wiring of both into httpx.
What is asked for, and what the answers mean, is for `fetch`.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import httpcore
import httpx

from usepolicy.errors import DeniedError
from usepolicy.reading.sources import shown

Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to the IP addresses of the host, in order of preference."""
SocketOptions = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses that IANA has given out for global unicast."""
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # link-local, where clouds keep credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols of the IETF, NAT64 discovery among them
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112: answered by whoever is near
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
        "2001::/23",  # protocols of the IETF: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the 6bone, given back (RFC 3701)
        "3fff::/20",  # documentation
    )
)
"""Special-purpose networks, also those that are reachable from anywhere: none publishes a policy.
The table is ours, since that of `ipaddress` differs between releases of Python. Source: RFC 6890,
RFC 5771 and https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry, as of 2025. What lies outside of
`_UNICAST` (loopback, private, link-local, site-local, multicast, segment routing) needs no row."""


def is_public(address: str) -> bool:
    """Whether an IP address is routed globally, and so is each IPv4 address embedded in it."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
        if ip not in _UNICAST:
            return False
    return not any(ip.version == network.version and ip in network for network in _SPECIAL)


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Ask the system for the IP addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Gate(httpcore.NetworkBackend):
    """The only way to the network: resolves, checks, and connects to what was checked.

    INVARIANT: no connection is made to an address that `is_public` has not seen, so that a name
    whose answer changes between check and connection gains nothing.
    """

    def __init__(self, deadline: float, *, allow_private: bool, resolve: Resolve) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._resolve = resolve
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the signature is httpcore's, the clock ours
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers, all of them being allowed."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in self._allowed(host, port):
            try:
                seconds = _left(self._deadline, httpcore.ConnectTimeout)
                stream = self._backend.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
                return _Stream(stream, self._deadline)
            except httpcore.ConnectError as error:
                failure = error
        raise failure

    def _allowed(self, host: str, port: int) -> Sequence[str]:
        addresses = self._resolved(host, port)
        # FAIL CLOSED: one inner address among the answers is enough to refuse the name.
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise DeniedError(
                "private-address",
                f"the host `{shown(host)}` is inside a private or special network",
                help="allow private addresses if you trust this one",
            )
        return addresses

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """Resolve in a thread: the system's resolver knows no time limit."""
        answers: queue.Queue[Sequence[str] | Exception] = queue.Queue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            answer = answers.get(timeout=_left(self._deadline, httpcore.ConnectTimeout))
        except queue.Empty as error:
            raise httpcore.ConnectTimeout("the name is not resolved in time") from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def _left(deadline: float, failure: type[Exception]) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise failure("out of time")
    return seconds


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at one deadline, so that drops of bytes don't hold it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Read what there is."""
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write all."""
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Encrypt the connection; what fails is told apart from other failures to connect."""
        seconds = _left(self._deadline, httpcore.ConnectTimeout)
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, seconds)
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                raise error.__cause__ from error
            raise
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        """Tell of the socket below."""
        return self._stream.get_extra_info(info)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class Transport(httpx.BaseTransport):
    """httpx over connections that pass the gate."""

    def __init__(self, gate: Gate, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=tls, network_backend=gate, retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(
                request.method, url, headers=request.headers.raw, content=request.read()
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
