"""Fetching, against real servers on the loopback interface."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from usepolicy.errors import DeniedError, UsePolicyError
from usepolicy.reading.fetch import fetch, user_agent
from usepolicy.reading.network import is_public
from usepolicy.reading.sources import Limits, load_snapshots

TEXT = b"You may not use the service to do harm.\n"
LIMITS = Limits(max_bytes=100_000, timeout_s=5, max_redirects=3)


class Handler(BaseHTTPRequestHandler):
    """The routes of the tests: the path says how the server behaves."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.server.asked.append({name.lower(): value for name, value in self.headers.items()})  # type: ignore[attr-defined]
        kind, _, rest = self.path.lstrip("/").partition("/")
        with suppress(BrokenPipeError, ConnectionResetError):  # the client has had enough
            getattr(self, f"on_{kind.partition('.')[0]}")(rest)

    def on_plain(self, _: str) -> None:
        self.answer(TEXT, Content_Type="text/html; charset=utf-8")

    def on_status(self, status: str) -> None:
        self.answer(b"no", int(status))

    def on_to(self, target: str) -> None:
        self.answer(b"", 302, Location=target)

    def on_hop(self, number: str) -> None:
        n = int(number)
        self.answer(b"", 301, Location=f"/hop/{n - 1}" if n else "/plain")

    def on_loop(self, _: str) -> None:
        self.answer(b"", 307, Location="/loop")

    def on_gzip(self, _: str) -> None:
        self.answer(gzip.compress(TEXT), Content_Encoding="gzip")

    def on_deflate(self, _: str) -> None:
        self.answer(zlib.compress(TEXT), Content_Encoding="deflate")

    def on_rawdeflate(self, _: str) -> None:
        self.answer(zlib.compress(TEXT, wbits=-15), Content_Encoding="deflate")

    def on_members(self, kind: str) -> None:
        halves = gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])
        self.answer(halves + {"padded": bytes(50)}.get(kind, b""), Content_Encoding="gzip")

    def on_cutmember(self, _: str) -> None:
        self.answer(gzip.compress(TEXT) + gzip.compress(TEXT)[:-9], Content_Encoding="gzip")

    def on_bombs(self, _: str) -> None:
        self.answer(gzip.compress(bytes(90_000)) * 2, Content_Encoding="gzip")

    def on_far(self, number: str) -> None:
        """Redirect to addresses that differ only at their end."""
        target = f"/far/{'x' * 600}{'y' * (number.count('y') + 1)}"
        self.answer(b"", 302, Location="/plain" if "yy" in number else target)

    def on_bomb(self, _: str) -> None:
        self.answer(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")

    def on_cutgzip(self, _: str) -> None:
        self.answer(gzip.compress(TEXT)[:-9], Content_Encoding="gzip")

    def on_nogzip(self, _: str) -> None:
        self.answer(TEXT, Content_Encoding="gzip")

    def on_brotli(self, _: str) -> None:
        self.answer(TEXT, Content_Encoding="br")

    def on_large(self, _: str) -> None:
        self.answer(b"x" * 100_001)

    def on_declared(self, _: str) -> None:
        self.answer(b"", Content_Length="999999999999")

    def on_endless(self, _: str) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 4096)

    def on_short(self, _: str) -> None:
        self.answer(TEXT, Content_Length="500")

    def on_silent(self, _: str) -> None:
        time.sleep(1.5)

    def on_drip(self, _: str) -> None:
        self.send_response(200)
        self.end_headers()
        for _n in range(30):
            self.wfile.write(b"x")
            time.sleep(0.05)

    def on_driphead(self, _: str) -> None:
        for _n in range(30):
            self.wfile.write(b"H")
            time.sleep(0.05)

    def on_garbage(self, _: str) -> None:
        self.wfile.write(b"\0\1\2 not http\r\n\r\n")


class Server(ThreadingHTTPServer):
    """A server that notes the headers of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, str]] = []

    def handle_error(self, *_: object) -> None:
        """Say nothing of handshakes that fail."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Server()) as running:
        yield running


@pytest.fixture
def base(server: Server) -> str:
    server.asked.clear()
    return f"http://127.0.0.1:{server.server_port}"


@dataclass
class Resolver:
    """Gives its answers in turn, the last one for ever, and notes the questions."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, _: int) -> list[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/plain", "as it is"),
        ("/gzip", "packed"),
        ("/deflate", "packed, the other way"),
        ("/rawdeflate", "the same without its header, as some servers send it"),
        ("/members", "packed in two pieces: both are read"),
        ("/members/padded", "zeros behind them are no third"),
        ("/far/", "redirects that differ only where an error would not show it"),
        ("/hop/2", "three redirects are allowed"),
        ("/to//plain", "a relative redirect"),
    ],
)
def test_fetches(base: str, path: str, why: str) -> None:
    assert fetch(base + path, limits=LIMITS, allow_private=True).data == TEXT


@pytest.mark.parametrize(
    ("path", "code", "why"),
    [
        ("/status/404", "http-status", "not there"),
        ("/status/500", "http-status", "a failure of the server, not tried again"),
        ("/status/302", "http-status", "a redirect to nowhere"),
        ("/hop/3", "too-many-redirects", "four redirects"),
        ("/loop", "too-many-redirects", "to itself, told at the second round"),
        ("/to/", "http-status", "an empty target is none"),
        ("/to/ftp://example.org/", "unsupported-scheme", "checked at every hop"),
        ("/to/http://u:secret@example.org/", "credentials-in-address", "the same"),
        ("/to/http://[::1", "invalid-address", "a malformed target"),
        ("/large", "too-large", "by its length"),
        ("/declared", "too-large", "before a byte is read"),
        ("/endless", "too-large", "cut off at the limit"),
        ("/bomb", "too-large", "by what it unpacks to"),
        ("/cutgzip", "unreachable", "half of a document is none"),
        ("/cutmember", "unreachable", "half of its second piece"),
        ("/bombs", "too-large", "by what both pieces unpack to"),
        ("/nogzip", "broken-encoding", "not packed as it says"),
        ("/to/http://xn--/", "invalid-address", "a target whose name stands for none"),
        ("/brotli", "unsupported-encoding", "not asked for"),
        ("/short", "unreachable", "fewer bytes than it says"),
        ("/garbage", "unreachable", "no HTTP"),
    ],
)
def test_refuses(base: str, path: str, code: str, why: str) -> None:
    with pytest.raises(UsePolicyError) as caught:
        fetch(base + path, limits=LIMITS, allow_private=True)
    assert caught.value.code == code
    assert "://" in caught.value.place, "the address at fault: the one asked for or the one led to"
    assert "secret" not in f"{caught.value}{caught.value.help}"


@pytest.mark.parametrize("path", ["/silent", "/drip", "/driphead"])
def test_one_deadline_for_the_whole_fetch(base: str, path: str) -> None:
    start = time.monotonic()
    with pytest.raises(UsePolicyError) as caught:
        fetch(base + path, limits=Limits(timeout_s=0.3), allow_private=True)
    assert caught.value.code == "fetch-timeout"
    assert time.monotonic() - start < 10, "a server that drips would keep it for ever"


def test_a_slow_resolver_is_not_waited_for() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        time.sleep(1)
        return ["127.0.0.1"]

    with pytest.raises(UsePolicyError) as caught:
        fetch("http://slow.example/", limits=Limits(timeout_s=0.2), resolve=resolve)
    assert caught.value.code == "fetch-timeout"


def test_the_snapshot_says_where_it_came_from(base: str) -> None:
    snapshot = fetch(f"{base}/to//plain.html?x=1#part", limits=LIMITS, allow_private=True)
    assert (snapshot.address, snapshot.name) == (f"{base}/plain.html?x=1", "plain.html")
    assert snapshot.media_type == "text/html; charset=utf-8"


def test_a_long_address_is_kept_whole(base: str) -> None:
    address = f"{base}/plain.html?{'x' * 900}"
    assert fetch(address, limits=LIMITS, allow_private=True).address == address


def test_it_says_who_it_is(base: str, server: Server) -> None:
    fetch(f"{base}/plain", limits=LIMITS, allow_private=True)
    assert server.asked[-1]["user-agent"] == user_agent()
    assert user_agent().startswith("usepolicy/")


def test_no_proxy_of_the_environment_is_used(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert fetch(f"{base}/plain", limits=LIMITS, allow_private=True).data == TEXT


def test_an_address_is_a_source(base: str) -> None:
    assert [s.data for s in load_snapshots(f"{base}/plain", allow_private=True)] == [TEXT]


@pytest.mark.parametrize(
    ("address", "code", "why"),
    [
        ("ftp://example.org/x", "unsupported-scheme", "not the web"),
        ("file:///etc/passwd", "unsupported-scheme", "a way around the checks of files"),
        ("http://me:secret@example.org/", "credentials-in-address", "they would end in a report"),
        ("http://example.org@127.0.0.1/", "credentials-in-address", "a host that seems another"),
        ("http:///x", "invalid-address", "no host"),
        ("http://[::1", "invalid-address", "no end of the host"),
        ("http://me:secret@[bad/", "", "malformed, and never repeated"),
        ("http://2130706433/", "private-address", "127.0.0.1 as one number"),
        ("http://0x7f.1/", "private-address", "127.0.0.1 in hexadecimal"),
        ("http://0177.0.0.1/", "", "127.0.0.1 in octal: refused, or malformed"),
        ("http://127.1/", "private-address", "127.0.0.1 shortened"),
        ("http://0/", "private-address", "this host"),
        ("http://xn--/", "invalid-address", "a name that stands for none"),
        ("http://127.0.0.1./", "", "a trailing dot: refused or not found"),
        ("http://[::ffff:127.0.0.1]/", "private-address", "mapped into IPv6"),
        ("http://127。0。0。1/", "private-address", "full stops of another script"),
        ("http://①②⑦.0.0.1/", "invalid-address", "digits of another kind"),
    ],
)
def test_denied_before_any_request(address: str, code: str, why: str) -> None:
    with pytest.raises(UsePolicyError) as caught:
        fetch(address, limits=Limits(timeout_s=3))
    assert caught.value.code == (code or caught.value.code)
    assert "secret" not in f"{caught.value}{caught.value.help}"


@pytest.mark.parametrize(
    ("address", "public", "why"),
    [
        ("8.8.8.8", True, "a public one"),
        ("2606:4700::1111", True, "a public one"),
        ("127.0.0.1", False, "this machine"),
        ("10.1.2.3", False, "private"),
        ("172.16.0.1", False, "private"),
        ("192.168.0.1", False, "private"),
        ("169.254.169.254", False, "link-local: where clouds keep credentials"),
        ("100.64.0.1", False, "behind a carrier's NAT"),
        ("0.0.0.0", False, "this host"),
        ("224.0.0.1", False, "multicast"),
        ("240.0.0.1", False, "reserved"),
        ("255.255.255.255", False, "broadcast"),
        ("192.88.99.1", False, "a 6to4 relay"),
        ("192.0.0.8", False, "protocols of the IETF: a dummy"),
        ("192.0.0.9", False, "the same: an anycast address"),
        ("192.0.0.192", False, "the same"),
        ("192.0.1.1", True, "right behind them"),
        ("192.31.196.1", False, "AS112"),
        ("192.52.193.1", False, "AMT"),
        ("192.175.48.1", False, "AS112"),
        ("198.18.0.1", False, "benchmarks"),
        ("198.51.100.1", False, "documentation"),
        ("203.0.113.1", False, "documentation"),
        ("203.0.114.1", True, "right behind it"),
        ("3ffe::1", False, "the 6bone, given back"),
        ("3fff::1", False, "documentation"),
        ("2001:1::1", False, "protocols of the IETF"),
        ("2001:20::1", False, "ORCHID"),
        ("2001:200::1", True, "right behind them"),
        ("2620:4f:8000::1", False, "AS112"),
        ("5f00::1", False, "segment routing"),
        ("100::1", False, "discard"),
        ("4000::1", False, "given out to nobody"),
        ("64:ff9b:1::1", False, "NAT64 of one network"),
        ("64:ff9b::c000:8", False, "NAT64 of a special one"),
        ("::", False, "unspecified"),
        ("::1", False, "this machine"),
        ("fc00::1", False, "private"),
        ("fe80::1", False, "link-local"),
        ("fe80::1%eth0", False, "with its zone"),
        ("fec0::1", False, "site-local"),
        ("ff0e::1", False, "multicast to the whole world"),
        ("2001:db8::1", False, "documentation"),
        ("::ffff:10.0.0.1", False, "mapped: the inner address counts"),
        ("::ffff:8.8.8.8", True, "the same"),
        ("64:ff9b::a00:1", False, "NAT64: the inner address counts"),
        ("64:ff9b::808:808", True, "the same, as networks without IPv4 have it"),
        ("2002:7f00:1::", False, "6to4"),
        ("2001:0:1::1", False, "Teredo"),
        ("::7f00:1", False, "IPv4-compatible"),
    ],
)
def test_is_public(address: str, public: bool, why: str) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (["127.0.0.1"], "inside"),
        (["8.8.8.8", "10.0.0.1"], "one inner address among public ones"),
        (["8.8.8.8", "::1"], "the same, IPv6"),
    ],
)
def test_a_name_that_leads_inside_is_denied(answers: list[str], why: str) -> None:
    with pytest.raises(DeniedError) as caught:
        fetch("http://inner.example/", limits=LIMITS, resolve=Resolver([answers]))
    assert (caught.value.code, caught.value.exit_code) == ("private-address", 4)
    assert caught.value.place == "http://inner.example/"


def test_the_checked_address_is_the_one_connected_to(server: Server) -> None:
    """A name is resolved once for a connection: a second answer would never be checked."""
    resolver = Resolver([["127.0.0.1"], ["192.0.2.1"]])
    address = f"http://rebinding.example:{server.server_port}/plain"
    assert fetch(address, limits=LIMITS, allow_private=True, resolve=resolver).data == TEXT
    assert resolver.asked == ["rebinding.example"]
    assert server.asked[-1]["host"] == f"rebinding.example:{server.server_port}"


def test_a_hop_inside_is_denied(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host passes as public, the one it redirects to does not."""
    monkeypatch.setattr(
        "usepolicy.reading.network.is_public", lambda address: address == "127.0.0.1"
    )
    hosts = {"outside.example": ["127.0.0.1"], "inside.example": ["127.0.0.2"]}
    target = f"http://inside.example:{server.server_port}/plain"
    with pytest.raises(DeniedError) as caught:
        fetch(
            f"http://outside.example:{server.server_port}/to/{target}",
            limits=LIMITS,
            resolve=lambda host, _: hosts[host],
        )
    assert (caught.value.code, caught.value.place) == ("private-address", target)


def test_nobody_there() -> None:
    with pytest.raises(UsePolicyError) as caught:
        fetch("http://127.0.0.1:1/", limits=LIMITS, allow_private=True)
    assert caught.value.code == "unreachable"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority: trustme.CA) -> Iterator[Server]:
    server = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("policy.example").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server) as running:
        yield running


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize(
    ("host", "path", "code", "why"),
    [
        ("policy.example", "/plain", "", "the certificate is for the name, not for the address"),
        ("other.example", "/plain", "tls-failed", "the certificate of another host"),
        ("policy.example", "/to/http://policy.example/", "insecure-redirect", "from safe to open"),
    ],
)
def test_tls(
    secure: Server, trusting: ssl.SSLContext, host: str, path: str, code: str, why: str
) -> None:
    found = ""
    try:
        fetch(
            f"https://{host}:{secure.server_port}{path}",
            limits=LIMITS,
            allow_private=True,
            resolve=Resolver([["127.0.0.1"]]),
            tls=trusting,
        )
    except UsePolicyError as error:
        found = error.code
    assert found == code


def test_an_unknown_authority_is_not_trusted(secure: Server) -> None:
    with pytest.raises(UsePolicyError) as caught:
        fetch(f"https://127.0.0.1:{secure.server_port}/", limits=LIMITS, allow_private=True)
    assert caught.value.code == "tls-failed"
