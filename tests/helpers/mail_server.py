"""A mail server on this machine that takes mail, refuses it, and does what servers do wrong."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Mailbox:
    """What the server got, and what it says."""

    port: int = 0
    trusts: ssl.SSLContext | None = None
    """Of a client that trusts the server."""
    got: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    at_recipient: str = ""
    """What it says of a recipient, in the place of its own words; so `at_data`."""
    at_data: str = ""

    async def handle_RCPT(self, _s: Any, _session: Any, envelope: Any, to: str, _o: Any) -> str:  # noqa: N802  # the name is aiosmtpd's
        """Take a recipient."""
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # the same
        """Take a message."""
        if self.at_data:
            return self.at_data
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        message["X-Envelope"] = f"{envelope.mail_from} {','.join(envelope.rcpt_tos)}"
        self.got.append(message)
        return "250 OK"


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Call the server once, as its starter asks; with TLS a call without it will do."""
        with socket.create_connection((self.hostname, self.port), 1) as probe:
            probe.close()


@contextmanager
def mail_server(
    *, starttls: bool = False, tls: bool = False, password: str = ""
) -> Iterator[Mailbox]:
    """Run a server on a port of its own.

    Args: password: who signs in needs it.
    """
    box = Mailbox()
    authority = trustme.CA()
    box.trusts = ssl.create_default_context()
    authority.configure_trust(box.trusts)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(serving)

    def check(_s: Any, _session: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        login = (data.login.decode(), data.password.decode())
        box.logins.append(login)
        return AuthResult(success=login[1] == password, handled=False)

    options: dict[str, Any] = {"tls_context": serving} if starttls else {}
    if password:
        options |= {"authenticator": check, "auth_required": True}
    if tls:
        options |= {"ssl_context": serving}
    controller = _Controller(box, hostname="127.0.0.1", port=_free(), **options)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def broken_server(says: bytes, *, drips: bool = False) -> Iterator[int]:
    """Run a server that says something and no more.

    Args: drips: it goes on with a byte now and then, for ever.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        listener.settimeout(0.05)
        while not ended.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            with client:
                speak(client)

    def speak(client: socket.socket) -> None:
        try:
            client.sendall(says)
            while drips and not ended.wait(0.05):
                client.sendall(b"2")
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        thread.join()
        listener.close()
