"""A subscriber on this machine: takes what is posted to it, or answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Subscriber:
    """What it got, and what it says."""

    address: str = ""
    statuses: list[int] = field(default_factory=list)
    """Of the next answers; 200 once there are none."""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def subscriber_server() -> Iterator[Subscriber]:
    """Run a subscriber on a port of its own."""
    told = Subscriber()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(told.statuses.pop(0) if told.statuses else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.address = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
