"""`notices`: what accounts are told is posted, mailed or written to a file, each once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_past import DAY, LADDER, NOW, decision, ids
from mail_server import Mailbox, mail_server
from subscriber import Subscriber, subscriber_server

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ledger_sent import Delivered
from usepolicy.enforcement.sanctions import respond
from usepolicy.store.ledger import Ledger, Wanted
from usepolicy.store.ledger_keys import Keys

KEY = b"a key of thirty-two bytes, fine!"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
CONTACTS = "account,mailbox,language\nuser-7,seven@mail.example,de\n"
QUOTE = "send spam"


@pytest.fixture
def kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger with two notices to `user-7` and one to `user-8`, all in English."""
    for name, value in (
        ("LEDGER", "ledger/l.db"),
        ("LEDGER_KEYS", "keys/k.db"),
        ("WEBHOOK_SECRET", SECRET),
        ("SMTP_SENDER", "trust@operator.example"),
    ):
        monkeypatch.setenv(f"USEPOLICY_{name}", value)
    ledger = Ledger.open("ledger/l.db")
    keys = Keys.open("keys/k.db", beside="ledger/l.db")
    office = ids()
    for name, account, day in (("d1", "user-7", 0), ("d2", "user-8", 1), ("d3", "user-7", 2)):
        link = link_of(keys.of(account, now=NOW))
        draft = decision(name, at=NOW + DAY * day, account=link)
        ledger.append_from(
            lambda v, d=draft, a=link: respond(d, v.standing(a, LADDER, d.at), office)
        )
    keys.close()
    return ledger


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    with subscriber_server() as told:
        yield told


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def deliveries(kept: Ledger) -> list[Delivered]:
    return [
        e.body for e in kept.entries(Wanted(kinds=("delivery",))) if isinstance(e.body, Delivered)
    ]


def posting(to: Subscriber) -> tuple[str, ...]:
    return ("notices", "send", "--webhook", to.address, "--allow-private", "--name", "Harbourlight")


def test_what_is_posted_is_signed_and_has_the_text(usepolicy, kept, subscriber) -> None:
    run = usepolicy(*posting(subscriber))
    assert (run.code, run.err) == (0, "webhook: 3 sent, 0 to be tried again, 0 given up\n")
    headers, body = subscriber.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signature = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    message = json.loads(body)
    data = message["data"]
    notice = next(kept.entries(Wanted(kinds=("notice",))))
    assert headers["webhook-id"] == data["id"] == notice.id
    assert (message["type"], data["account"], data["case"]) == ("notice.given", "user-7", "d1")
    assert data["language"] == "en"
    assert QUOTE in data["text"]
    assert "Harbourlight" in data["text"]
    assert data["appeal_until"].startswith("2026-08-28")


def test_nothing_is_sent_twice_and_each_is_an_entry(usepolicy, kept, subscriber) -> None:
    for sent in (3, 0, 0):
        run = usepolicy(*posting(subscriber))
        assert run.err == f"webhook: {sent} sent, 0 to be tried again, 0 given up\n"
    assert len(subscriber.got) == len(deliveries(kept)) == 3
    assert {(each.by, each.attempts, each.is_given_up) for each in deliveries(kept)} == {
        ("webhook", 1, False)
    }
    assert usepolicy("ledger", "verify").code == 0


def test_what_failed_is_told_and_tried_again_under_the_same_id(usepolicy, kept, subscriber) -> None:
    subscriber.statuses += [503, 200, 200]
    run = usepolicy(*posting(subscriber))
    assert run.code == 1
    assert (
        "warning: error[not-delivered]: 127.0.0.1: the webhook answered with status 503" in run.err
    )
    assert "webhook: 2 sent, 1 to be tried again, 0 given up" in run.err
    assert SECRET not in run.err
    assert len(deliveries(kept)) == 2
    run = usepolicy(*posting(subscriber))
    assert (run.code, len(subscriber.got)) == (1, 3), "not before its time"
    soon(kept)
    assert usepolicy(*posting(subscriber)).code == 0
    names = [headers["webhook-id"] for headers, _ in subscriber.got]
    assert names[3] == names[0]
    assert deliveries(kept)[-1].attempts == 2


def soon(kept: Ledger) -> None:
    """Have what waits be due: its time has come."""
    with kept.engine.begin() as at:
        at.exec_driver_sql(
            "UPDATE outbox SET next_at = '2020-01-01T00:00:00.000000Z' WHERE next_at IS NOT NULL"
        )


def mailing(box: Mailbox, *more: str) -> tuple[str, ...]:
    return ("notices", "send", "--smtp", f"smtp://127.0.0.1:{box.port}", *more)


def test_a_mail_is_in_the_accounts_language_and_only_to_it(usepolicy, kept, mailbox) -> None:
    run = usepolicy("notices", "contacts", "-", stdin=CONTACTS.encode())
    assert (run.code, run.err) == (0, "1 set, 0 removed\n1 accounts have a mailbox\n")
    run = usepolicy(*mailing(mailbox, "--appeals", "https://operator.example/me"))
    assert (run.code, run.err) == (
        0,
        "email: 2 sent, 0 to be tried again, 0 given up, 1 without a mailbox or key\n",
    )
    first, second = mailbox.got
    assert first["X-Envelope"] == "trust@operator.example seven@mail.example"
    assert (first["Content-Language"], first["Auto-Submitted"]) == ("de", "auto-generated")
    assert first["Subject"] == "Verwarnung Ihres Kontos"
    assert "https://operator.example/me" in first.get_content()
    assert QUOTE in first.get_content()
    notices = [each.id for each in kept.entries(Wanted(kinds=("notice",)))]
    assert first["Message-ID"].startswith(f"<{notices[0]}.")
    assert second["Message-ID"].startswith(f"<{notices[2]}.")
    assert [each.by for each in deliveries(kept)] == ["email", "email"]


def test_a_mailbox_that_is_known_later_gets_what_waits(usepolicy, kept, mailbox) -> None:
    assert "3 without a mailbox" in usepolicy(*mailing(mailbox)).err
    usepolicy("notices", "contacts", "-", stdin=b"account,mailbox\nuser-8,eight@mail.example\n")
    run = usepolicy(*mailing(mailbox))
    assert (run.code, len(mailbox.got)) == (0, 1)
    assert mailbox.got[0]["Content-Language"] == "en", "that in which it was given"


@pytest.mark.parametrize(
    ("says", "told", "code"),
    [
        ("550 no such mailbox", "0 to be tried again, 2 given up", 1),
        ("451 come again", "2 to be tried again, 0 given up", 1),
    ],
)
def test_a_refused_mailbox(usepolicy, kept, mailbox, says: str, told: str, code: int) -> None:
    usepolicy("notices", "contacts", "-", stdin=CONTACTS.encode())
    mailbox.at_recipient = says
    run = usepolicy(*mailing(mailbox))
    assert (run.code, told in run.err) == (code, True)
    assert "seven@mail.example" not in run.err, "a mailbox is in no log"
    given_up = [each.is_given_up for each in deliveries(kept)]
    assert given_up == ([True, True] if says.startswith("5") else [])
    mailbox.at_recipient = ""
    run = usepolicy(*mailing(mailbox, "--again"))
    assert (run.code, "2 sent" in run.err) == ((0, True) if says.startswith("5") else (1, False))


def test_an_erased_account_is_written_to_no_more(usepolicy, kept, mailbox) -> None:
    usepolicy("notices", "contacts", "-", stdin=CONTACTS.encode())
    usepolicy("ledger", "erase", "user-7", "--yes")
    run = usepolicy(*mailing(mailbox))
    assert (run.code, mailbox.got) == (0, [])
    assert usepolicy("notices", "contacts").err == "0 accounts have a mailbox\n"
    assert b"seven@mail.example" not in Path("keys/k.db").read_bytes()


def test_a_file_gets_a_line_each_and_is_private(usepolicy, kept) -> None:
    Path("out.ndjson").write_bytes(b'{"cut')
    Path("out.ndjson").chmod(0o600)
    run = usepolicy("notices", "send", "--to-file", "out.ndjson", "--since", "2026-03-02")
    assert (run.code, run.err) == (0, "file: 2 sent, 0 to be tried again, 0 given up\n")
    cut, *lines = Path("out.ndjson").read_text("utf-8").splitlines()
    assert cut == '{"cut', "what another run could not finish stays alone"
    assert [json.loads(line)["account"] for line in lines] == ["user-8", "user-7"]
    usepolicy("notices", "send", "--to-file", "out.ndjson")
    assert len(Path("out.ndjson").read_text("utf-8").splitlines()) == 3
    usepolicy("notices", "send", "--to-file", "new.ndjson", "--again")
    assert not Path("new.ndjson").exists(), "a way is one queue, wherever it leads"


def test_a_file_that_is_made_is_readable_by_its_owner_alone(usepolicy, kept) -> None:
    usepolicy("notices", "send", "--to-file", "out.ndjson")
    assert stat.S_IMODE(Path("out.ndjson").stat().st_mode) == 0o600


def test_several_ways_at_once(usepolicy, kept, subscriber, mailbox) -> None:
    usepolicy("notices", "contacts", "-", stdin=CONTACTS.encode())
    run = usepolicy(*posting(subscriber), *mailing(mailbox)[2:], "--to-file", "out.ndjson")
    assert run.code == 0
    assert [line.split(",")[0] for line in run.err.splitlines()] == [
        "file: 3 sent",
        "webhook: 3 sent",
        "email: 2 sent",
    ]


EVIL = 'Acme\r\nBcc: all@mail.example\n\n<b>"=?utf-8?q?=0ABcc?='


def test_no_header_can_be_slipped_in(usepolicy, kept, mailbox) -> None:
    """The operator's words, a template of their own and contacts meet headers."""
    Path("mine").mkdir()
    template = (
        "Subject of {{ sender.name }} \x0b\r\nBcc: x@mail.example\n\n{{ it.rules[0].quote }}\n"
    )
    Path("mine/de.txt.j2").write_text(template, encoding="utf-8", newline="")
    usepolicy("notices", "contacts", "-", stdin=CONTACTS.encode())
    run = usepolicy(*mailing(mailbox, "--name", EVIL, "--templates", "mine"))
    assert run.code == 0, run.err
    for message in mailbox.got:
        assert message["Bcc"] is None
        assert message["X-Envelope"] == "trust@operator.example seven@mail.example"
        assert "\n" not in message["Subject"]


@pytest.mark.parametrize(
    ("data", "said", "why"),
    [
        (b"account;mailbox\n", "line 1: the columns are", "no such columns"),
        (b"", "line 1: the columns are", "nothing at all"),
        (b"account,mailbox\nuser-7\n", "line 2: more or fewer cells", "a cell lacks"),
        (
            b"account,mailbox\nuser-7,a@b.example,de\n",
            "line 2: more or fewer cells",
            "one too many",
        ),
        (b"account,mailbox\n,a@b.example\n", "line 2: an account has", "no account"),
        (b"account,mailbox\na\x07b,a@b.example\n", "line 2: an account has", "a bell"),
        (b"account,mailbox\nu,nobody\n", "line 2: an address of mail is malformed", "no mailbox"),
        (b'account,mailbox\nu,"a@b.example\r\nBcc: c@d.example"\n', "malformed", "a header in it"),
        (b"account,mailbox\nu,=?utf-8?q?x?=@b.example\n", "malformed", "a coded word"),
        (
            b"account,mailbox\nu,a@b.example\nu,c@d.example\n",
            "line 3: the account was named",
            "twice",
        ),
        (
            b"account,mailbox,language\nu,a@b.example,xx\n",
            "line 2: a language is one of de, en",
            "none",
        ),
        (b"account,mailbox\nu,\xff@b.example\n", "no CSV in UTF-8", "no text"),
        (b"account,mailbox\nu," + b"a" * 250 + b"@b.example\n", "malformed", "too long"),
        (b"account,mailbox\nx,1\ny,2\n", "line 2: an address of mail is malformed; line 3:", "all"),
    ],
)
def test_contacts_that_are_refused(usepolicy, kept, data: bytes, said: str, why: str) -> None:
    run = usepolicy("notices", "contacts", "-", stdin=data)
    assert (run.code, run.err.split("]")[0]) == (3, "error[invalid-contacts")
    assert said in run.err
    assert "@" not in run.err, "no address is repeated"
    assert usepolicy("notices", "contacts").err == "0 accounts have a mailbox\n"


@pytest.mark.parametrize(
    ("options", "code", "said", "why"),
    [
        ((), 2, "no-target", "nobody to tell"),
        (("--webhook", "http://127.0.0.1:1/"), 4, "private-address", "not without being allowed"),
        (("--webhook", "ftp://x.example/"), 2, "invalid-address", "no webhook"),
        (
            ("--webhook", "https://a.example/", "--secret-env", "NO_SUCH"),
            2,
            "bad-secret",
            "no secret",
        ),
        (("--smtp", "mail.example"), 2, "bad-smtp", "no address of a server"),
        (
            ("--smtp", "smtp://u:hunter2@mail.example"),
            2,
            "bad-smtp",
            "a password is seen by others",
        ),
        (("--smtp", "smtp://mail.example", "--sender", "x"), 2, "bad-mailbox", "no sender"),
        (("--to-file", "nowhere/x"), 1, "not-delivered", "no folder"),
        (("--to-file", "x", "--since", "soon"), 2, "not-a-date", "no day"),
        (("--to-file", "x", "--ledger", "nowhere.db"), 1, "no-ledger", "no ledger"),
        (("--to-file", "x", "--decide-within", "0"), 2, "", "no time at all"),
    ],
)
def test_what_cannot_be_sent(usepolicy, kept, options, code: int, said: str, why: str) -> None:
    run = usepolicy("notices", "send", *options)
    assert (run.code, said in run.err) == (code, True), run.err
    assert "Traceback" not in run.err
    assert "hunter2" not in run.err
    assert deliveries(kept) == []


def test_a_broken_template_sends_nothing_and_loses_nothing(usepolicy, kept) -> None:
    Path("mine").mkdir()
    Path("mine/en.txt.j2").write_text("{{ it.nothing }}", encoding="utf-8")
    args = ("notices", "send", "--to-file", "out.ndjson")
    run = usepolicy(*args, "--templates", "mine")
    assert (run.code, run.err.split("]")[0]) == (3, "error[template-broken")
    assert usepolicy(*args).err.startswith("file: 3 sent")
