"""Notices on their way: what is posted, mailed or appended to a file of each, and that it was.

Owns their forms. The text is made from the entries of the case, in the account's language; the
account's id and mailbox go nowhere but to where the notice goes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from usepolicy.delivering.runs import Send, Sender, Tell, refuse
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import Notified
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_sent import Delivered, Way
from usepolicy.enforcement.notices import NoticeText, facts_of, render
from usepolicy.enforcement.notices import Sender as Operator
from usepolicy.errors import FetchError, StepError
from usepolicy.reading.sources import shown
from usepolicy.store.contacts import Addressee
from usepolicy.store.ledger import Ledger
from usepolicy.store.outbox import Attempt, Waiting
from usepolicy.tracking import mail, webhooks

ACTOR = Actor(ActorKind.SYSTEM, "notices")
KINDS = ("notice",)
FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Post:
    """A notice, and whom it is to."""

    notice: Entry
    to: Addressee
    text: NoticeText


@dataclass(frozen=True, slots=True)
class Writing:
    """From what notices are made."""

    ledger: Ledger
    operator: Operator
    addressees: Mapping[AccountLink, Addressee]
    names: Mapping[str, str]
    """Of categories, by id."""
    templates: Path | None = None

    def post_of(self, notice: Entry) -> Post:
        """Return a notice in words.

        Raises: FetchError: `refused-for-good`: its case lacks what it is about.
                UsageError, SchemaError: the language or its template won't do.
        """
        to = self.addressees[notice.account or AccountLink("")]
        try:
            facts = facts_of(notice, self.ledger.case(notice.case or notice.id), self.names)
        except StepError as error:
            raise refuse(error.message) from error
        given = notice.body.language if isinstance(notice.body, Notified) else "en"
        language = (to.contact.language if to.contact else None) or given
        return Post(notice, to, render(facts, self.operator, language, folder=self.templates))


@dataclass(frozen=True, slots=True)
class Mailing:
    """By which server, and in whose name."""

    server: mail.Server
    sender: Address


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address of the operator's, and the key that signs."""

    address: str
    key: bytes
    allow_private: bool


def by_mail(writing: Writing, mailing: Mailing) -> Send:
    """Return what mails a notice to its account."""

    def send(notice: Entry, now: datetime) -> None:
        post = writing.post_of(notice)
        mail.send_mail(mailing.server, message_of(post, mailing.sender, now))

    return send


def by_webhook(writing: Writing, hook: Webhook) -> Send:
    """Return what posts a notice to the operator, under its id as the key of idempotency."""

    def send(notice: Entry, now: datetime) -> None:
        body = webhooks.body_of("notice.given", notice.at, plain_notice(writing.post_of(notice)))
        headers = webhooks.headers_of(hook.key, id=notice.id, sent_at=now, body=body)
        webhooks.send(hook.address, headers, body, allow_private=hook.allow_private)

    return send


def to_file(writing: Writing, path: Path) -> Send:
    """Return what appends a notice to a file, a line of JSON each, for another program to take."""

    def send(notice: Entry, now: datetime) -> None:
        plain = plain_notice(writing.post_of(notice)) | {"written_at": now.isoformat()}
        try:
            _append(path, json.dumps(plain, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            reason = (error.strerror or "not writable").lower()
            raise FetchError("not-delivered", reason, place=str(path)) from error

    return send


def sender_of(send: Send, way: Way, writing: Writing, new_id: Callable[[str], EntryId]) -> Sender:
    """Return how the queue of a way is sent."""

    def is_sendable(waiting: Waiting) -> bool:
        to = writing.addressees.get(waiting.account or AccountLink(""))
        return to is not None and (way is not Way.EMAIL or to.contact is not None)

    return Sender(send, _telling(way, new_id), is_sendable)


def message_of(post: Post, sender: Address, sent_at: datetime) -> EmailMessage:
    """Return a notice as a message of plain text.

    Raises: FetchError: `refused-for-good`: the account has no mailbox.
    """
    if post.to.contact is None:
        raise refuse("the account has no mailbox")
    to = mail.mailbox_of(post.to.contact.mailbox)
    name = mail.name_of(post.notice.id, sender=sender, to=to)
    message = mail.headed(post.text.subject, name, sender=sender, to=to, sent_at=sent_at)
    lines = [shown(line) for line in post.text.body.splitlines()]
    message.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    message["Content-Language"] = shown(post.text.language)
    return message


def plain_notice(post: Post) -> dict[str, object]:
    """Return a notice as plain values."""
    body = post.notice.body
    until = body.appeal_until if isinstance(body, Notified) else None
    return {
        "id": post.notice.id,
        "case": post.notice.case,
        "account": post.to.account,
        "at": post.notice.at.isoformat(),
        "language": post.text.language,
        "subject": post.text.subject,
        "text": post.text.body,
        "appeal_until": until.isoformat() if until else None,
    }


def _telling(way: Way, new_id: Callable[[str], EntryId]) -> Tell:
    def tell(notice: Entry, ended: Attempt, attempts: int) -> Draft | None:
        if not ended.is_done and ended.next_at is not None:
            return None  # it is not over yet
        body = Delivered(notice.id, way, attempts, is_given_up=not ended.is_done)
        return Draft(new_id("delivery"), ended.at, ACTOR, body, notice.account, notice.case)

    return tell


def _append(path: Path, line: bytes) -> None:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, FILE_MODE)
    with os.fdopen(handle, "ab") as file:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            file.write(b"\n")  # a line that was cut off stays alone
        file.write(line)
        file.flush()
        os.fsync(handle)
