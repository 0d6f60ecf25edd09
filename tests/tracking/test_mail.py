"""E-mail: what is written, how it is handed in, and what servers do wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mail_server import Mailbox, broken_server, mail_server

from usepolicy.errors import FetchError, UsageError
from usepolicy.store.history import History
from usepolicy.tracking import mail
from usepolicy.tracking.alerts import Event
from usepolicy.tracking.deliveries import FOR_GOOD, Delivered, deliver
from usepolicy.tracking.histories import Recorded, Step
from usepolicy.tracking.mail import (
    Security,
    Server,
    mailbox_of,
    message_id,
    message_of,
    send_mail,
    server_of,
)
from usepolicy.tracking.versions import compare_texts
from usepolicy.tracking.webhooks import WAITS

NOW = datetime(2025, 5, 1, tzinfo=UTC)
SENDER, READER = mailbox_of("watch@terns.example"), mailbox_of("ada@gulls.example")
SECRET = "correct horse"


@pytest.fixture
def event(policy: str) -> Event:
    new = policy.replace("* develop", "* gamble with <b>\x07money\n* develop")
    old, now = (Recorded(NOW - timedelta(days=n), str(n), f"r{n}") for n in (1, 0))
    return Event("Tern/Policy", "Tern", Step(old, now, compare_texts(policy, new)))


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def plain(port: int) -> Server:
    return Server("127.0.0.1", port, Security.NONE)


def letter(event: Event):
    return message_of(event, sender=SENDER, to=READER, sent_at=NOW)


def test_what_arrives_is_text_and_html_with_the_words(box: Mailbox, event: Event) -> None:
    send_mail(plain(box.port), letter(event))
    [got] = box.got
    assert got["X-Envelope"] == "watch@terns.example ada@gulls.example"
    assert got["Subject"] == "Tern/Policy: 1 added: gambling"
    assert got["Date"] == "Thu, 01 May 2025 00:00:00 +0000"
    text, html = (got.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "- now restricted (gambling): “gamble with <b>\ufffdmoney”" in text
    assert "developer: unknown; kind: substantive" in text
    assert "&lt;b&gt;\ufffdmoney" in html
    assert "<b>" not in html


def test_the_name_is_that_of_event_and_reader(event: Event) -> None:
    first, again = (letter(event)["Message-ID"] for _ in range(2))
    assert first == again == f"<evt_{event.id}.{first.split('.')[1].split('@')[0]}@terns.example>"
    other = message_id(event, sender=SENDER, to=mailbox_of("bob@gulls.example"))
    assert other != first


INJECTIONS = [
    ("A\r\nBcc: eve@x.example", "a line end in the name of a document"),
    ("A\nX: y", "a bare line feed"),
    ("A\u2028B\x00\x1b[31m", "other line ends and controls"),
    ("=?utf-8?q?=0d=0aBcc=3a_eve?=", "what is coded already is not decoded to a line end"),
    ("Ärger " * 80, "long, and not ASCII"),
]


@pytest.mark.parametrize(("name", "why"), INJECTIONS)
def test_no_name_makes_a_header(box: Mailbox, event: Event, name: str, why: str) -> None:
    plainly = letter(event)
    crafted = letter(dataclasses.replace(event, document=name, developer=name))
    assert crafted.keys() == plainly.keys()
    send_mail(plain(box.port), crafted)
    [got] = box.got
    assert "Bcc" not in got
    assert "X" not in got
    assert got["X-Envelope"].endswith("ada@gulls.example")


@pytest.mark.parametrize(
    "words",
    [
        "", "ada", "@x.example", "ada@", "a b@x.example", "ada@x.example\nBcc: eve@x.example",
        "Ada <ada@x.example>", "ada@x.example, eve@x.example", "ada@x.example\r\n", "ädä@x.example",
        "=?utf-8?q?=0d=0aBcc=3aeve?=@x.example", "ada@x.example>", "<ada@x.example", "ada@x.example SIZE=1",
    ],
)  # fmt: skip
def test_what_is_no_mailbox_is_refused(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        mailbox_of(words)
    assert caught.value.code == "bad-mailbox"


SERVERS = [
    ("smtp://mail.example", Server("mail.example", 25, Security.NONE)),
    ("smtps://mail.example", Server("mail.example", 465, Security.TLS)),
    ("smtp+starttls://mail.example:2525", Server("mail.example", 2525, Security.STARTTLS)),
]


@pytest.mark.parametrize(("address", "server"), SERVERS)
def test_the_address_of_a_server(address: str, server: Server) -> None:
    assert server_of(address) == server


@pytest.mark.parametrize(
    ("address", "user", "why"),
    [
        ("", "", "nothing"),
        ("mail.example", "", "no scheme"),
        ("https://mail.example", "", "no scheme of mail"),
        ("smtps://ada:hunter2@mail.example", "", "a password in an address ends in logs"),
        ("smtps://mail.example:x", "", "no port"),
        ("smtps:///x", "", "no host"),
        ("smtp://mail.example", "ada", "a password in the open"),
    ],
)
def test_what_is_no_server_is_refused(address: str, user: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        server_of(address, user=user, password="hunter2" if user else "")
    assert caught.value.code == "bad-smtp"
    assert "hunter2" not in f"{caught.value} {caught.value.help}"


def test_a_user_without_password_is_refused() -> None:
    with pytest.raises(UsageError):
        server_of("smtps://mail.example", user="ada")


def test_a_password_is_not_shown() -> None:
    server = server_of("smtps://mail.example", user="ada", password=SECRET)
    assert SECRET not in repr(server)


def test_starttls_and_a_login(event: Event) -> None:
    with mail_server(starttls=True, password=SECRET) as box:
        server = Server("localhost", box.port, Security.STARTTLS, "ada", SECRET)
        send_mail(server, letter(event), tls=box.trusts)
        assert [len(box.got), box.logins] == [1, [("ada", SECRET)]]


def test_tls_from_the_first_byte(event: Event) -> None:
    with mail_server(tls=True) as box:
        send_mail(Server("localhost", box.port, Security.TLS), letter(event), tls=box.trusts)
        assert len(box.got) == 1


def test_a_certificate_of_another_name_is_refused(event: Event) -> None:
    with mail_server(tls=True) as box:
        server = Server("127.0.0.1", box.port, Security.TLS)
        with pytest.raises(FetchError, match="no safe connection"):
            send_mail(server, letter(event), tls=box.trusts)
        assert box.got == []


def test_a_wrong_password_is_said_and_not_repeated(event: Event) -> None:
    with mail_server(starttls=True, password=SECRET) as box:
        server = Server("localhost", box.port, Security.STARTTLS, "ada", "wrong one")
        with pytest.raises(FetchError) as caught:
            send_mail(server, letter(event), tls=box.trusts)
    assert (caught.value.code, "535" in str(caught.value)) == ("not-delivered", True)
    assert "wrong one" not in str(caught.value)


def test_whom_we_do_not_trust_gets_nothing(event: Event) -> None:
    with mail_server(starttls=True, password=SECRET) as box:
        server = Server("localhost", box.port, Security.STARTTLS, "ada", SECRET)
        with pytest.raises(FetchError, match="no safe connection"):
            send_mail(server, letter(event))
        assert (box.got, box.logins) == ([], [])


def test_who_offers_no_tls_gets_nothing(box: Mailbox, event: Event) -> None:
    server = Server("127.0.0.1", box.port, Security.STARTTLS, "ada", SECRET)
    with pytest.raises(FetchError, match="does not offer"):
        send_mail(server, letter(event))
    assert box.got == []


REFUSALS = [
    ("550 no such user", "", FOR_GOOD, "the mailbox is not there"),
    ("450 try again", "", "not-delivered", "greylisting"),
    ("", "452 full", "not-delivered", "no room now"),
    ("", "554 spam", "not-delivered", "of this message; another day it may be taken"),
]


@pytest.mark.parametrize(("at_recipient", "at_data", "code", "why"), REFUSALS)
def test_what_is_refused(
    box: Mailbox, event: Event, at_recipient: str, at_data: str, code: str, why: str
) -> None:
    box.at_recipient, box.at_data = at_recipient, at_data
    with pytest.raises(FetchError) as caught:
        send_mail(plain(box.port), letter(event))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (b"", "it hangs up"),
        (b"220 hello\r\n", "it greets and hangs up"),
        (b"421 too busy\r\n", "it is busy"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "it is no mail server"),
        (b"220 " + b"x" * 100_000 + b"\r\n", "it says too much"),
        (b"\xff\xfe\x00\r\n", "it says nothing that is text"),
    ],
)
def test_a_broken_server_is_an_error(event: Event, says: bytes, why: str) -> None:
    with broken_server(says) as port, pytest.raises(FetchError) as caught:
        send_mail(plain(port), letter(event))
    assert caught.value.code == "not-delivered"


def test_a_server_that_drips_is_cut_off(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "DEADLINE", 0.4)
    with broken_server(b"2", drips=True) as port, pytest.raises(FetchError):
        send_mail(plain(port), letter(event))


def test_a_message_arrives_once_and_is_tried_again(
    box: Mailbox, event: Event, tmp_path: Path
) -> None:
    history = History.open(tmp_path / "h.sqlite")

    def write(one: Event) -> None:
        send_mail(plain(box.port), letter(one))

    box.at_data = "451 later"
    assert deliver(history, "t", [event], write, now=NOW) == Delivered(waiting=1)
    box.at_data = ""
    later = NOW + timedelta(seconds=WAITS[0])
    assert deliver(history, "t", [event], write, now=later) == Delivered(sent=1)
    assert deliver(history, "t", [event], write, now=later) == Delivered()
    assert len(box.got) == 1
