"""A model server of the tests' own: the wire format of chat completions, and every misbehaviour."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk-tern-0123456789abcdef-SECRET"

POLICY = """\
# Tern Acceptable Use

You may not use Tern to:

- harass anyone
- spread “malware”
- impersonate a person without their consent

We may suspend accounts that break these rules. You can appeal our decision.
"""
"""A policy with one restriction that a qualifier lifts, typographic quotes, and two provisions."""


def restricts(category: object, *quotes: object, effect: object = "forbids", **more: object):
    """Return a restriction as a model writes it."""
    return {
        "category": category,
        "effect": effect,
        "quotes": list(quotes),
        "qualifiers": [],
        **more,
    }


LIFTED = {"kind": "consent", "role": "lifts", "quote": "without their consent"}
KNOWN: Mapping[str, Mapping[str, list[object]]] = {
    "harass anyone": {"restrictions": [restricts("harassment", "harass anyone")]},
    "spread “malware”": {"restrictions": [restricts("malware", "“malware”")]},
    "impersonate a person without their consent": {
        "restrictions": [
            restricts("impersonation", "impersonate a person", qualifiers=[LIFTED]),
        ]
    },
    "We may suspend accounts that break these rules.": {
        "provisions": [{"kind": "suspension", "quote": "We may suspend accounts"}]
    },
    "You can appeal our decision.": {
        "provisions": [{"kind": "appeal", "quote": "You can appeal our decision."}]
    },
}
"""What a good model says of the units of the policy, by their words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server got it."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, object]

    @property
    def system(self) -> str:
        """The system prompt."""
        return str(self.body["messages"][0]["content"])  # type: ignore[index]

    @property
    def question(self) -> str:
        """What the user's message holds."""
        return str(self.body["messages"][1]["content"])  # type: ignore[index]

    @property
    def lines(self) -> Sequence[Mapping[str, object]]:
        """The lines between the marks."""
        return [json.loads(line) for line in self.question.split("\n")[1:-1]]

    @property
    def units(self) -> Sequence[Mapping[str, object]]:
        """The units that are asked about."""
        return [line for line in self.lines if "unit" in line]


def answer(
    asked: Asked, known: Mapping[str, Mapping[str, list[object]]] = KNOWN
) -> dict[str, list]:
    """Return what a good model answers."""
    nothing = {"restrictions": [], "provisions": []}
    return {
        "units": [
            {"unit": unit["unit"], **nothing, **known.get(str(unit["text"]), {})}
            for unit in asked.units
        ]
    }


def completion(content: object, usage: object = None, **message: object) -> bytes:
    """Return a chat completion around a content."""
    whole = {
        "id": "c1",
        "object": "chat.completion",
        "model": "tern-1",
        "created": 0,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": usage or {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
    return json.dumps(whole).encode()


class Handler(BaseHTTPRequestHandler):
    """Does with each request what the test's behaviour says."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer with a body; names of headers are given with underscores."""
        self.send_response(status)
        headers = {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, json.loads(self.rfile.read(length)))
        self.server.asked.append(asked)  # type: ignore[attr-defined]
        with suppress(BrokenPipeError, ConnectionResetError):  # the client has had enough
            self.server.behaviour(self, asked)  # type: ignore[attr-defined]
        self.close_connection = True

    def do_GET(self) -> None:
        self.do_POST()  # what a followed redirect would do


Behaviour = Callable[[Handler, Asked], None]


def says(change: Callable[[dict[str, list], Asked], object]) -> Behaviour:
    """Return a behaviour whose content is a change of the good answer; text stays text."""

    def behave(handler: Handler, asked: Asked) -> None:
        content = change(answer(asked), asked)
        text = content if isinstance(content, str) else json.dumps(content)
        handler.send(completion(text))

    return behave


def well(handler: Handler, asked: Asked) -> None:
    """Behave well."""
    handler.send(completion(json.dumps(answer(asked))))


@dataclass
class Model:
    """A running server."""

    http: ThreadingHTTPServer
    asked: list[Asked] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.http.server_port}/v1"

    def behave(self, behaviour: Behaviour) -> None:
        """From now on do this."""
        self.http.behaviour = behaviour  # type: ignore[attr-defined]


@contextmanager
def running() -> Iterator[Model]:
    """Yield a server that behaves well until told otherwise."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    model = Model(http)
    http.asked = model.asked  # type: ignore[attr-defined]
    model.behave(well)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def endless(handler: Handler, _: Asked) -> None:
    """Never stop sending."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 65536)


def dripping(handler: Handler, _: Asked) -> None:
    """Send a byte now and then, so that no single read times out."""
    handler.send_response(200)
    handler.end_headers()
    for _n in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)
