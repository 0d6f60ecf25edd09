"""Fetching: one document from an http or https address, and never from inside the network.

Owns which addresses may be asked for, and the limits of size and redirects; which hosts may be
connected to is for `network`. It reads no proxy from the environment and tries nothing twice.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain
from urllib.parse import unquote

import certifi
import httpcore
import httpx

from usepolicy.errors import DeniedError, FetchError, UsePolicyError
from usepolicy.reading.network import Gate, Resolve, Transport, resolve_host
from usepolicy.reading.sources import Limits, Snapshot, shown, snapshot_of, too_large

REDIRECTS = frozenset({301, 302, 303, 307, 308})
OK, NOT_MODIFIED = 200, 304
MAX_MARK = 512
"""Letters of an `ETag` that is kept."""
CHUNK = 64 * 1024

_HEADED = zlib.MAX_WBITS | 32
"""gzip or zlib, by its header."""
_MEMBER = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page that was had before, for a conditional request."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that ask for the page only if it is another one."""
        named = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said of an address, whatever its status."""

    status: int
    snapshot: Snapshot
    """Of 304 without bytes."""
    known: Known
    """For the next request."""
    retry_after: str | None = None


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
            `unreachable`, `tls-failed`, `insecure-redirect`, `unsupported-encoding`,
            `broken-encoding`.
            DeniedError: `unsupported-scheme`, `credentials-in-address`, `private-address`.
            ExtractError: `too-large`.
    """
    url = _url(address)
    deadline = time.monotonic() + limits.timeout_s
    gate = Gate(deadline, allow_private=allow_private, resolve=resolve or resolve_host)
    with Transport(gate, tls or _tls()) as transport:
        return _found(_follow(transport, url, limits, Known()))


def ask(
    address: str, known: Known, *, limits: Limits = Limits(), allow_private: bool = False
) -> Answer:
    """Return what the server says of an address, an error page too.

    Raises: as `fetch`, but for `http-status`.
    """
    url = _url(address)
    gate = Gate(
        time.monotonic() + limits.timeout_s, allow_private=allow_private, resolve=resolve_host
    )
    with Transport(gate, _tls()) as transport:
        return _follow(transport, url, limits, known)


def address_of(words: str) -> str:
    """Return the address in words as it would be asked for, without its fragment.

    Raises: FetchError: `invalid-address`; DeniedError: `unsupported-scheme`,
            `credentials-in-address`.
    """
    return _address(_url(words))


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


@cache
def _tls() -> ssl.SSLContext:
    """Return a context that trusts the system's authorities and Mozilla's; 30 ms to make."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _url(address: str) -> httpx.URL:
    """Return an address that may be asked for; an error never repeats the credentials in it."""
    try:
        url = httpx.URL(address.strip())
        host = url.host  # a name that no one can have, `xn--`, fails only here
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
    if not host:
        raise _invalid(place)
    return url


def _invalid(place: str) -> FetchError:
    advice = "give a full address, as in `https://example.org/policy`"
    return FetchError("invalid-address", "the address is malformed", place=place, help=advice)


def _address(url: httpx.URL) -> str:
    """Return the address without what may be secret in it: a password, a fragment."""
    return shown(url.copy_with(userinfo=b"", fragment=None))


def _place(url: httpx.URL) -> str:
    """Return the address as far as an error shows it."""
    return _address(url)[:500]


def _follow(transport: Transport, url: httpx.URL, limits: Limits, known: Known) -> Answer:
    seen: list[str] = []  # whole: two may differ only behind what an error shows
    while True:
        place, address = _place(url), _address(url)
        if address in seen or len(seen) > limits.max_redirects:
            raise FetchError(
                "too-many-redirects",
                f"the address redirects in a loop or more than {limits.max_redirects} times",
                place=seen[0][:500],
                help="open it in a browser, save the document and read the file",
            )
        seen.append(address)
        with _told(place, limits), _asked(transport, url, known) as response:
            target = response.headers.get("location")
            if response.status_code not in REDIRECTS or not target:
                return _answer(response, url, limits)
        url = _next(url, target)


@contextmanager
def _asked(transport: Transport, url: httpx.URL, known: Known) -> Iterator[httpx.Response]:
    # Without httpx's client: it looks at redirects, environment and cookies by itself.
    response = transport.handle_request(
        httpx.Request("GET", url, headers=_headers() | known.headers)
    )
    try:
        yield response
    finally:
        response.close()


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


def _answer(response: httpx.Response, url: httpx.URL, limits: Limits) -> Answer:
    place = _place(url)
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limits.max_bytes:
        raise too_large(place, limits.max_bytes)
    data = b"" if response.status_code == NOT_MODIFIED else _body(response, limits.max_bytes, place)
    name = unquote(url.path.rstrip("/").rpartition("/")[2]) or url.host
    media_type = response.headers.get("content-type")
    snapshot = snapshot_of(data, shown(name), address=_address(url), media_type=media_type)
    known = Known(_mark(response, "etag"), _mark(response, "last-modified"))
    return Answer(response.status_code, snapshot, known, response.headers.get("retry-after"))


def _mark(response: httpx.Response, name: str) -> str | None:
    """Return a header that is sent back some day; one that can't be sent is as good as none."""
    value = response.headers.get(name, "")
    sendable = value.isascii() and value.isprintable() and len(value) <= MAX_MARK
    return value if value and sendable else None


def _found(answer: Answer) -> Snapshot:
    if answer.status == OK:
        return answer.snapshot
    raise FetchError(
        "http-status",
        f"the server answered with status {answer.status}",
        place=answer.snapshot.place[:500],
        help="open the address in a browser, save the document and read the file",
    )


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
    pieces = _bounded(response.iter_raw(CHUNK), most, place)
    if coding in {"gzip", "x-gzip"}:
        pieces = _bounded(_gunzipped(pieces, most), most, place)
    elif coding == "deflate":
        pieces = _bounded(_inflated(pieces, most), most, place)
    try:
        return b"".join(pieces)
    except zlib.error as error:
        raise FetchError(
            "broken-encoding",
            "the content is not packed as the server says",
            place=place,
            help="open the address in a browser, save the document and read the file",
        ) from error


def _bounded(pieces: Iterator[bytes], most: int, place: str) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise too_large(place, most)
        yield piece


def _gunzipped(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Unpack all members of a gzip body; what follows them and is none is padding."""
    unpacker = zlib.decompressobj(_HEADED)
    rest = b""
    for piece in pieces:
        rest += piece
        while rest and not (unpacker.eof and len(rest) < len(_MEMBER)):
            if unpacker.eof and not rest.startswith(_MEMBER):
                return
            if unpacker.eof:
                unpacker = zlib.decompressobj(_HEADED)
            yield unpacker.decompress(rest, most + 1)
            rest = unpacker.unconsumed_tail or unpacker.unused_data
    _whole(unpacker)


def _inflated(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Unpack a deflate body, with the header of zlib, as it should be, or without it."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) > 1:
            break
    headed = head[:1] == b"\x78" and int.from_bytes(head[:2]) % 31 == 0
    unpacker = zlib.decompressobj(_HEADED if headed else -zlib.MAX_WBITS)
    for piece in chain((head,), pieces):
        yield unpacker.decompress(piece, most + 1)
    _whole(unpacker)


def _whole(unpacker: zlib._Decompress) -> None:
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
