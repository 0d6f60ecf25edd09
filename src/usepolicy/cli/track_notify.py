"""`usepolicy track notify`: each event once, to a webhook or by e-mail."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate
from usepolicy.cli.track_options import (
    Category,
    HistoryFile,
    OfDeveloper,
    OfService,
    Only,
    Since,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from usepolicy.tracking.alerts import Event

Webhook = Annotated[
    str | None, typer.Argument(metavar="[ADDRESS]", help="A webhook that events are posted to.")
]
Email = Annotated[
    list[str] | None, typer.Option("--email", help="A mailbox that events are sent to.")
]
Smtp = Annotated[
    str | None,
    typer.Option("--smtp", help="The mail server, `smtps://HOST`; else $USEPOLICY_SMTP."),
]
Sender = Annotated[
    str | None,
    typer.Option("--sender", help="The mailbox that it comes from; else $USEPOLICY_SMTP_SENDER."),
]


def notify(  # noqa: PLR0913  # a parameter is an option
    webhook: Webhook = None,
    email: Email = None,
    smtp: Smtp = None,
    sender: Sender = None,
    since: Since = None,
    kind: Only = None,
    developer: OfDeveloper = None,
    service: OfService = None,
    category: Category = None,
    allow_private: AllowPrivate = False,
    history: HistoryFile = None,
) -> None:
    """Send each event once: signed to a webhook, as a message to mailboxes, or both.

    The secret of a webhook is in $USEPOLICY_WEBHOOK_SECRET, who signs in at the mail server in
    $USEPOLICY_SMTP_USER and $USEPOLICY_SMTP_PASSWORD.
    """
    from usepolicy.cli.render import say
    from usepolicy.cli.track_options import events, open_history
    from usepolicy.errors import UsageError
    from usepolicy.tracking.deliveries import deliver

    now = datetime.now(UTC)
    ways = _by_mail(email or [], smtp, sender, now)
    if webhook:
        ways[webhook] = _by_post(webhook, now, allow_private=allow_private)
    if not ways:
        message = "nobody to tell"
        raise UsageError("no-target", message, help="give an address of a webhook, or `--email`")
    kept = open_history(history)
    found = events(kept, since, kind, whose=(developer, service), category=category)
    targets = {hashlib.sha256(name.encode()).hexdigest(): send for name, send in ways.items()}
    done = [deliver(kept, target, found, send, now=now) for target, send in targets.items()]
    sent, waiting, given_up = (
        sum(getattr(each, name) for each in done) for name in ("sent", "waiting", "given_up")
    )
    say(f"{sent} sent, {waiting} to be tried again, {given_up} given up")
    if waiting or given_up:
        raise typer.Exit(1)


def _by_post(webhook: str, now: datetime, *, allow_private: bool) -> Callable[[Event], None]:
    from usepolicy.tracking.views import event_record
    from usepolicy.tracking.webhooks import body_of, headers_of, key_of, send

    key = key_of(os.environ.get("USEPOLICY_WEBHOOK_SECRET", ""))

    def post(event: Event) -> None:
        body = body_of("policy." + event.kind, event.at, event_record(event))
        headers = headers_of(key, id=f"evt_{event.id}", sent_at=now, body=body)
        send(webhook, headers, body, allow_private=allow_private)

    return post


def _by_mail(
    mailboxes: list[str], smtp: str | None, sender: str | None, now: datetime
) -> dict[str, Callable[[Event], None]]:
    """Return how each mailbox is written to."""
    from functools import partial

    from usepolicy.tracking.mail import mailbox_of, message_of, send_mail, server_of

    if not mailboxes:
        return {}
    env = os.environ.get
    user, password = env("USEPOLICY_SMTP_USER", ""), env("USEPOLICY_SMTP_PASSWORD", "")
    server = server_of(smtp or env("USEPOLICY_SMTP", ""), user=user, password=password)
    writer = mailbox_of(sender or env("USEPOLICY_SMTP_SENDER", ""))

    def write(to: str, event: Event) -> None:
        send_mail(server, message_of(event, sender=writer, to=mailbox_of(to), sent_at=now))

    for to in mailboxes:
        mailbox_of(to)
    return {f"mailto:{to}": partial(write, to) for to in mailboxes}
