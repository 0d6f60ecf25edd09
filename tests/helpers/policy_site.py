"""A site on this machine that shows policies, errors, and what servers do wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What a path answers."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    """The connection ends within the body."""


@dataclass
class Site:
    """The site: its pages may be exchanged while it runs."""

    origin: str
    pages: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    """Of a list, one after another; the last stays."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [path for path, _ in self.asked if path != "/robots.txt"]


@contextmanager
def serving() -> Iterator[Site]:
    """Run a site on a port of its own."""
    site = Site("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            found = site.pages.get(self.path, Reply("no such page", 404))
            if isinstance(found, list):
                found = found.pop(0) if len(found) > 1 else found[0]
            self.answer(found)

        def answer(self, reply: Reply) -> None:
            etag = reply.headers.get("etag")
            same = etag is not None and self.headers.get("if-none-match") == etag
            data = b"" if same else reply.body.encode()
            self.send_response(304 if same else reply.status)
            headers = {"content-type": "text/html; charset=utf-8"} | reply.headers
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if reply.breaks else data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
