"""Fetching: one document from an http or https address, and never from inside the network.

Owns which addresses may be connected to, and the limits of time, size and redirects. It keeps no
cookies on disk, reads no proxy from the environment and tries nothing twice.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import unquote

import certifi
import httpcore
import httpx

from usepolicy.errors import DeniedError, FetchError, UsePolicyError
from usepolicy.reading.sources import Limits, Snapshot, shown, snapshot_of, too_large

Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to the IP addresses of the host, in order of preference."""
SocketOptions = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 64 * 1024

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER_GLOBAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b:1::/48",  # NAT64 of one network
        "2001::/32",  # Teredo: an IPv4 address inside
        "2002::/16",  # 6to4: an IPv4 address inside
        "::/96",  # IPv4-compatible: an IPv4 address inside
        "fec0::/10",  # site-local
        "5f00::/16",  # segment routing
        "3fff::/20",  # documentation
    )
)


def fetch(
    address: str,
    *,
    limits: Limits = Limits(),
    allow_private: bool = False,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> Snapshot:
    """Return the document at an address.

    Raises: FetchError: `invalid-address`, `fetch-timeout`, `too-many-redirects`, `http-status`,
            `unreachable`, `tls-failed`, `insecure-redirect`, `unsupported-encoding`.
            DeniedError: `unsupported-scheme`, `credentials-in-address`, `private-address`.
            ExtractError: `too-large`.
    """
    url = _url(address)
    deadline = time.monotonic() + limits.timeout_s
    gate = _Gate(deadline, allow_private=allow_private, resolve=resolve or _resolve)
    transport = _Transport(gate, tls or _tls())
    with httpx.Client(transport=transport, trust_env=False, headers=_headers()) as client:
        return _follow(client, url, limits)


def is_public(address: str) -> bool:
    """Whether an IP address is routed globally, and so is each IPv4 address embedded in it."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    if any(ip.version == network.version and ip in network for network in _NEVER_GLOBAL):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _headers() -> dict[str, str]:
    # gzip alone: its output can be bounded while it is unpacked.
    accept = "text/markdown, text/html;q=0.9, application/pdf;q=0.8, text/plain;q=0.8, */*;q=0.5"
    return {"user-agent": user_agent(), "accept": accept, "accept-encoding": "gzip"}


def user_agent() -> str:
    """Return the honest name of this program, with its project page where the package has one."""
    from importlib.metadata import PackageNotFoundError, metadata

    from usepolicy import __version__

    try:
        pages = metadata("usepolicy").get_all("Project-URL") or []
    except PackageNotFoundError:
        pages = []
    page = pages[0].rpartition(", ")[2] if pages else "policy reader"
    return f"usepolicy/{__version__} (+{page})" if pages else f"usepolicy/{__version__} ({page})"


def _tls() -> ssl.SSLContext:
    """Return a context that trusts the system's authorities and Mozilla's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _url(address: str) -> httpx.URL:
    """Return an address that may be asked for; an error never repeats the credentials in it."""
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        place = "the address" if "@" in address else shown(address)[:200]
        raise _invalid(place) from error
    place = _place(url)
    if url.scheme not in {"http", "https"}:
        raise DeniedError(
            "unsupported-scheme",
            f"the scheme `{shown(url.scheme)}` is not fetched",
            place=place,
            help="use http or https, or save the document and read the file",
        )
    if url.userinfo:
        raise DeniedError(
            "credentials-in-address",
            "the address holds a user name or password",
            place=place,
            help="save the document and read the file",
        )
    if not url.host:
        raise _invalid(place)
    return url


def _invalid(place: str) -> FetchError:
    advice = "give a full address, as in `https://example.org/policy`"
    return FetchError("invalid-address", "the address is malformed", place=place, help=advice)


def _place(url: httpx.URL) -> str:
    """Return the address without what may be secret in it: a password, a fragment."""
    return shown(url.copy_with(userinfo=b"", fragment=None))[:500]


def _follow(client: httpx.Client, url: httpx.URL, limits: Limits) -> Snapshot:
    seen: list[str] = []
    while True:
        place = _place(url)
        if place in seen or len(seen) > limits.max_redirects:
            raise FetchError(
                "too-many-redirects",
                f"the address redirects in a loop or more than {limits.max_redirects} times",
                place=seen[0],
                help="open it in a browser, save the document and read the file",
            )
        seen.append(place)
        with _told(place, limits), client.stream("GET", url) as response:
            target = response.headers.get("location")
            if response.status_code not in REDIRECTS or not target:
                return _snapshot(response, url, limits)
        url = _next(url, target)


def _next(url: httpx.URL, target: str) -> httpx.URL:
    try:
        joined = str(url.join(target))
    except (httpx.InvalidURL, ValueError) as error:
        raise _invalid(_place(url)) from error
    following = _url(joined)
    if url.scheme == "https" and following.scheme == "http":
        raise FetchError(
            "insecure-redirect",
            f"the address redirects to `{_place(following)}`, which is not encrypted",
            place=_place(url),
            help="if you trust it, read that address itself",
        )
    return following


def _snapshot(response: httpx.Response, url: httpx.URL, limits: Limits) -> Snapshot:
    place = _place(url)
    if response.status_code != 200:
        raise FetchError(
            "http-status",
            f"the server answered with status {response.status_code}",
            place=place,
            help="open the address in a browser, save the document and read the file",
        )
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limits.max_bytes:
        raise too_large(place, limits.max_bytes)
    data = _body(response, limits.max_bytes, place)
    name = unquote(url.path.rstrip("/").rpartition("/")[2]) or url.host
    media_type = response.headers.get("content-type")
    return snapshot_of(data, shown(name), address=place, media_type=media_type)


def _body(response: httpx.Response, most: int, place: str) -> bytes:
    """Return the unpacked body. It is unpacked here, because a piece can grow a thousandfold."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise FetchError(
            "unsupported-encoding",
            f"the server sends content encoded as `{shown(coding)[:40]}`",
            place=place,
            help="open the address in a browser, save the document and read the file",
        )
    pieces = response.iter_raw(CHUNK)
    body = bytearray()
    for piece in pieces if coding in {"", "identity"} else _unpacked(pieces, most):
        body += piece
        if len(body) > most:
            raise too_large(place, most)
    return bytes(body)


def _unpacked(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its header
    for piece in pieces:
        yield unpacker.decompress(piece, most + 1)
        if unpacker.unconsumed_tail:  # only past the limit
            return
    if not unpacker.eof:
        raise httpcore.RemoteProtocolError("the packed content ends early")


@contextmanager
def _told(place: str, limits: Limits) -> Iterator[None]:
    """Turn what the network libraries raise into one of our errors."""
    try:
        yield
    except UsePolicyError as error:
        if not error.place:
            raise type(error)(error.code, error.message, place=place, help=error.help) from error
        raise
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise FetchError(
            "fetch-timeout",
            f"the document did not come within {limits.timeout_s:g} s",
            place=place,
            help="try again later, or save the document and read the file",
        ) from error
    except ssl.SSLError as error:
        raise FetchError(
            "tls-failed",
            f"no safe connection: {_reason(error)}",
            place=place,
            help="check the address and the clock of this machine",
        ) from error
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpx.HTTPError,
        OSError,
        zlib.error,
        httpcore.UnsupportedProtocol,
        UnicodeError,
    ) as error:
        raise FetchError(
            "unreachable",
            f"the server can't be reached or breaks off: {_reason(error)}",
            place=place,
            help="check the address and the connection",
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return shown(error.verify_message).lower()
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return shown(words)[:200].rstrip(".").lower()


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Gate(httpcore.NetworkBackend):
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
        timeout: float | None = None,
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

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is."""
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all."""
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
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


class _Transport(httpx.BaseTransport):
    """httpx over connections that pass the gate."""

    def __init__(self, gate: _Gate, tls: ssl.SSLContext) -> None:
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
            httpcore.Request(request.method, url, headers=request.headers.raw)
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
