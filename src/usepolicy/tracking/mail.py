"""Mail: events as e-mail by SMTP.

Owns the message and one attempt to hand it to a server; when to try again is for `deliveries`.
The name of a message is made of the event and the recipient, so that a mailbox which has it
already can tell. A password is never sent over a connection that is not encrypted, and is in no
error.
"""

from __future__ import annotations

import contextlib
import hashlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from html import escape
from urllib.parse import urlsplit

import certifi

from usepolicy.errors import FetchError, UsageError
from usepolicy.reading.sources import shown
from usepolicy.tracking.alerts import Event
from usepolicy.tracking.deliveries import FOR_GOOD
from usepolicy.tracking.feeds import SAID, lines_of
from usepolicy.tracking.summary import bounds_said
from usepolicy.tracking.views import marked

TIMEOUT = 15.0
"""Seconds for one answer of the server."""
DEADLINE = 60.0
"""Seconds for the whole of an attempt, however slowly the server speaks."""
MAX_SUBJECT = 200
CODED = "=?"
"""Opens a word of a header that is coded (RFC 2047): `email` decodes it and writes the line end that
it may hold, so that none is taken from outside."""


class Security(StrEnum):
    """How the connection is encrypted; the scheme of the server's address."""

    TLS = "smtps"
    STARTTLS = "smtp+starttls"
    NONE = "smtp"


PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
"""Source: RFC 8314, RFC 5321"""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)


def server_of(address: str, *, user: str = "", password: str = "") -> Server:
    """Return the server at an address such as `smtp+starttls://mail.example:587`.

    Raises: UsageError: `bad-smtp`; it repeats neither user nor password.
    """
    help_ = f"one of {', '.join(f'{s}://HOST:PORT' for s in Security)}; user and password apart"
    try:
        parts = urlsplit(address)
        security, port = Security(parts.scheme), parts.port
        plain = not (parts.username or parts.password or parts.path.strip("/") or parts.query)
        host = (parts.hostname or "").encode("ascii").decode()
    except ValueError as error:
        raise UsageError("bad-smtp", "the address of the mail server is malformed", help=help_) from error  # fmt: skip
    if not host or not plain or host != shown(host):
        raise UsageError("bad-smtp", "the address of the mail server is malformed", help=help_)
    if bool(user) is not bool(password):
        raise UsageError("bad-smtp", "a user needs a password, and a password a user", help=help_)
    if user and security is Security.NONE:
        message = "a password is not sent over a connection that is not encrypted"
        raise UsageError("bad-smtp", message, help=help_)
    return Server(host, port or PORTS[security], security, user, password)


def mailbox_of(words: str) -> Address:
    """Return a mailbox, `name@domain` alone.

    Raises: UsageError: `bad-mailbox`.
    """
    try:
        found = Address(addr_spec=words.strip())
        words.encode("ascii")
    except (ValueError, IndexError, HeaderParseError) as error:
        raise _bad_mailbox() from error
    odd = words != shown(words) or found.addr_spec != words or CODED in words
    if odd or not (found.username and found.domain):
        raise _bad_mailbox()
    return found


def _bad_mailbox() -> UsageError:
    return UsageError("bad-mailbox", "an address of mail is malformed", help="name@domain")


def message_of(event: Event, *, sender: Address, to: Address, sent_at: datetime) -> EmailMessage:
    """Return an event as a message: as text, and as HTML with the differing words marked."""
    name = message_id(event, sender=sender, to=to)
    message = headed(event.sentence, name, sender=sender, to=to, sent_at=sent_at)
    message.set_content(_text(event), cte="quoted-printable")
    message.add_alternative(_html(event), subtype="html", cte="quoted-printable")
    return message


def headed(
    subject: str, name: str, *, sender: Address, to: Address, sent_at: datetime
) -> EmailMessage:
    """Return a message without content, its subject of words that may be anybody's.

    Args: name: of the message, the same for each attempt.
    """
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = _line(subject).replace(CODED, "= ?")[:MAX_SUBJECT]
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = name
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office in return
    return message


def message_id(event: Event, *, sender: Address, to: Address) -> str:
    """Return the name of a message: the same for each attempt."""
    return name_of(f"evt_{event.id}", sender=sender, to=to)


def name_of(what: str, *, sender: Address, to: Address) -> str:
    """Return the name of a message about something, to one reader."""
    reader = hashlib.sha256(to.addr_spec.encode()).hexdigest()[:16]
    return f"<{what}.{reader}@{sender.domain}>"


def _line(words: str) -> str:
    return shown(" ".join(words.split()))


def _text(event: Event) -> str:
    facts = [_line(line) for line in lines_of(event)]
    return "\n".join([_line(event.sentence), "", *facts, *([""] if facts else []), _footer(event)])


def _footer(event: Event) -> str:
    developer = _line(event.developer or "unknown")
    return f"recorded {event.at:%Y-%m-%d %H:%M %Z}; developer: {developer}; kind: {event.kind}\n"


def _html(event: Event) -> str:
    rows = []
    for change in event.changes:
        old, new = (shown(words) for words in marked(change))
        about = f" ({escape(change.category)})" if change.category else ""
        about += "".join(f"; {escape(said)}" for said in bounds_said(change))
        rows.append(f"<tr><td>{SAID[change.change]}{about}</td><td>{old}</td><td>{new}</td></tr>")
    table = "<table border=1><tr><th>what</th><th>before</th><th>after</th></tr>" if rows else ""
    body = f"<p>{escape(_line(event.sentence))}</p>\n{table}\n" + "\n".join(rows)
    end = "</table>" if rows else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>What changed</title>'
        f"</head><body>{body}{end}\n<p>{escape(_footer(event))}</p></body></html>\n"
    )


def send_mail(server: Server, message: EmailMessage, *, tls: ssl.SSLContext | None = None) -> None:
    """Hand a message to the server once.

    Raises: FetchError: `not-delivered`; `refused-for-good`: the server will never take mail for
            this recipient.
    """
    sender, to = message["From"].addresses[0], message["To"].addresses[0]
    try:
        with _connected(server, sender.domain, tls or _tls()) as smtp:
            smtp.send_message(message, sender.addr_spec, [to.addr_spec])
    except smtplib.SMTPRecipientsRefused as error:
        status = next(iter(error.recipients.values()))[0]
        code = FOR_GOOD if status >= 500 else "not-delivered"
        raise _failed(server, f"the server refuses the recipient (status {status})", code) from None
    except smtplib.SMTPResponseException as error:
        raise _failed(server, f"the server answered with status {error.smtp_code}") from None
    except ssl.SSLError as error:
        raise _failed(server, "no safe connection to the mail server") from error
    except smtplib.SMTPNotSupportedError:
        raise _failed(server, "the server does not offer what is needed: TLS, a login") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise _failed(server, "the mail server can't be reached or breaks off") from error


def _failed(server: Server, message: str, code: str = "not-delivered") -> FetchError:
    return FetchError(code, message, place=server.host)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@contextmanager
def _connected(server: Server, domain: str, tls: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    smtp = (
        smtplib.SMTP_SSL(local_hostname=domain, timeout=TIMEOUT, context=tls)
        if server.security is Security.TLS
        else smtplib.SMTP(local_hostname=domain, timeout=TIMEOUT)
    )
    guard = threading.Timer(DEADLINE, _cut, (smtp,))
    guard.daemon = True
    guard.start()
    try:
        smtp._host = server.host  # type: ignore[attr-defined]  # only the constructor that connects sets the name that TLS checks
        smtp.connect(server.host, server.port)
        if server.security is Security.STARTTLS:
            smtp.starttls(context=tls)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()  # the server has the message already
    finally:
        guard.cancel()
        smtp.close()


def _cut(smtp: smtplib.SMTP) -> None:
    """End a connection from outside: whoever waits for its answer waits no more."""
    if smtp.sock is not None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)
