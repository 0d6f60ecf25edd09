"""A web of the known policies on loopback: real HTTP, a host for each name, robots.txt and pages.

The names of the hosts are those of the shipped table. What is made up is the name system (every
name is this machine) and the port; the guard against private networks stays as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from usepolicy.known import KnownPolicy, known_policies

Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class Web:
    """The servers of all hosts."""

    port: int
    pages: dict[str, Answer] = field(default_factory=dict)
    """By host and path; what is not here is a policy."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Host and path of each request, in order."""
    agents: set[str] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0

    def known(self) -> tuple[KnownPolicy, ...]:
        """Return the known policies with their addresses led here."""
        return tuple(
            replace(policy, addresses=tuple(map(self._here, policy.addresses)))
            for policy in known_policies()
        )

    def _here(self, address: str) -> str:
        parts = urlsplit(address)
        here = parts._replace(scheme="http", netloc=f"{parts.hostname}:{self.port}")
        return here.geturl()

    def answer(self, host: str, path: str) -> Answer:
        if f"{host}{path}" in self.pages:
            return self.pages[f"{host}{path}"]
        if path == "/robots.txt":
            return 404, b"", {}
        words = f"# Use policy of {host}\n\nYou may not:\n\n- spread malware\n- visit {path}\n"
        return 200, words.encode(), {"content-type": "text/markdown"}


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        web: Web = self.server.web  # type: ignore[attr-defined]
        host = self.headers["host"].partition(":")[0]
        web.at_once += 1
        web.most_at_once = max(web.most_at_once, web.at_once)
        web.asked.append((host, self.path))
        web.agents.add(self.headers["user-agent"])
        status, body, headers = web.answer(host, self.path)
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            web.at_once -= 1
            self.end_headers()
            self.wfile.write(body)


@contextmanager
def known_web() -> Iterator[Web]:
    """Serve the web of the known policies."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    web = server.web = Web(server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
