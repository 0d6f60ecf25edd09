"""`usepolicy notices`: notices brought to accounts beside their page, and where to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.console import AppealsAddress, OperatorName
from usepolicy.cli.ledger import KeysPlace, Place, open_keys, open_ledger
from usepolicy.cli.options import AllowPrivate, day_of
from usepolicy.cli.track_notify import Sender as SenderMailbox
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.delivering.notices import Writing
    from usepolicy.delivering.runs import Done, Send
    from usepolicy.enforcement.ledger_codec import Entry
    from usepolicy.enforcement.ledger_sent import Way

notices = typer.Typer(name="notices", help="Bring notices to accounts beside their page.")

Webhook = Annotated[
    str | None, typer.Option("--webhook", metavar="ADDRESS", help="Post them there, signed.")
]
SecretEnv = Annotated[
    str, typer.Option("--secret-env", metavar="NAME", help="Variable with the webhook's secret.")
]
Smtp = Annotated[
    str | None,
    typer.Option("--smtp", metavar="ADDRESS", help="Mail them by this server, `smtps://HOST`."),
]
ToFile = Annotated[
    Path | None, typer.Option("--to-file", metavar="FILE", help="Append them to this file.")
]
Templates = Annotated[
    Path | None, typer.Option("--templates", metavar="FOLDER", help="Templates of your own.")
]
DecideWithin = Annotated[
    int, typer.Option("--decide-within", metavar="DAYS", min=1, help="How long an appeal takes.")
]
Since = Annotated[str | None, typer.Option("--since", help="Pass over those before, YYYY-MM-DD.")]
Again = Annotated[bool, typer.Option("--again", help="Try what was given up anew.")]
ContactsFile = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="CSV: account, mailbox, language; `-`: standard input."),
]


@notices.command("send", cls=Command)
def send(  # noqa: PLR0913  a parameter is an option of the command line
    webhook: Webhook = None,
    secret_env: SecretEnv = "USEPOLICY_WEBHOOK_SECRET",  # noqa: S107  the name of a variable
    smtp: Smtp = None,
    sender: SenderMailbox = None,
    to_file: ToFile = None,
    name: OperatorName = "The operator",
    appeals: AppealsAddress = "on the page of your account",
    decide_within: DecideWithin = 14,
    templates: Templates = None,
    since: Since = None,
    again: Again = False,
    allow_private: AllowPrivate = False,
    place: Place = None,
    keys: KeysPlace = None,
) -> None:
    """Send each notice once: posted, mailed, appended to a file; what failed is tried again.

    Who signs in at the mail server is in $USEPOLICY_SMTP_USER and $USEPOLICY_SMTP_PASSWORD.
    """
    from usepolicy.delivering.notices import Writing
    from usepolicy.enforcement.notices import Sender
    from usepolicy.store.contacts import Contacts
    from usepolicy.taxonomy.categories import load_taxonomy

    first = day_of(since)
    kept = open_ledger(place)
    names = {str(each.id): each.name for each in load_taxonomy().categories}
    addressees = Contacts(open_keys(kept, keys)).addressees()
    writing = Writing(kept, Sender(name, appeals, decide_within), addressees, names, templates)
    ways = _ways(writing, to_file, (webhook, secret_env, allow_private), smtp=(smtp, sender))
    if not ways:
        help = "give `--webhook`, `--smtp` or `--to-file`"
        raise UsageError("no-target", "nobody to tell", help=help)

    def wants(entry: Entry) -> bool:
        return first is None or entry.at.date() >= first

    runs = {way: _run(writing, way, how, wants, again=again) for way, how in ways.items()}
    amiss = [_say(way, *found) for way, found in runs.items()]
    if any(amiss):
        raise typer.Exit(1)


@notices.command("contacts", cls=Command)
def contacts(file: ContactsFile = None, place: Place = None, keys: KeysPlace = None) -> None:
    """Set where accounts are written to from a file, or tell how many have a mailbox."""
    from usepolicy.cli.contact_files import contacts_of
    from usepolicy.cli.files import bytes_of
    from usepolicy.cli.render import say
    from usepolicy.store.contacts import Contacts

    given = None
    if file is not None:
        data = sys.stdin.buffer.read() if str(file) == "-" else bytes_of(file)
        given = contacts_of(data, place="standard input" if str(file) == "-" else str(file))
    kept = Contacts(open_keys(open_ledger(place), keys))
    if given is not None:
        kept.put(given, now=datetime.now(UTC))
        removed = sum(each is None for each in given.values())
        say(f"{len(given) - removed} set, {removed} removed")
    say(f"{kept.count()} accounts have a mailbox")


def _ways(
    writing: Writing,
    file: Path | None,
    webhook: tuple[str | None, str, bool],
    *,
    smtp: tuple[str | None, str | None],
) -> dict[Way, Send]:
    """Return how each way is sent; what the options lack is told before anything is."""
    from usepolicy.delivering.notices import Mailing, Webhook, by_mail, by_webhook, to_file
    from usepolicy.enforcement.ledger_sent import Way
    from usepolicy.tracking.mail import mailbox_of, server_of
    from usepolicy.tracking.webhooks import key_of

    ways: dict[Way, Send] = {Way.FILE: to_file(writing, file)} if file is not None else {}
    address, secret, allow_private = webhook
    if address is not None:
        key = key_of(os.environ.get(secret, ""))
        ways[Way.WEBHOOK] = by_webhook(writing, Webhook(address, key, allow_private))
    server, mailbox = smtp
    if server is not None:
        env = os.environ.get
        user, password = env("USEPOLICY_SMTP_USER", ""), env("USEPOLICY_SMTP_PASSWORD", "")
        writer = mailbox_of(mailbox or env("USEPOLICY_SMTP_SENDER", ""))
        made = server_of(server, user=user, password=password)
        ways[Way.EMAIL] = by_mail(writing, Mailing(made, writer))
    return ways


def _run(
    writing: Writing, way: Way, how: Send, wants: Callable[[Entry], bool], *, again: bool
) -> tuple[Done, int]:
    """Send what waits for one way; return what became of it, and how much was given up before."""
    from usepolicy.delivering.notices import KINDS, sender_of
    from usepolicy.delivering.runs import run
    from usepolicy.store.ledger import new_id
    from usepolicy.store.outbox import Outbox

    outbox = Outbox(writing.ledger, f"notices by {way}")
    outbox.fill(KINDS, wants)
    if again:
        outbox.again(datetime.now(UTC))
    before = outbox.given_up()
    sender = sender_of(how, way, writing, new_id)
    return run(writing.ledger, outbox, sender, clock=lambda: datetime.now(UTC)), before


def _say(way: Way, done: Done, before: int) -> bool:
    """Tell what became of one way; return whether something is amiss."""
    from usepolicy.cli.render import say

    for failure in done.failures:
        say(f"warning: {failure}")
    nobody = f", {done.nobody} without a mailbox or key" if done.nobody else ""
    old = f", {before} given up before (`--again`)" if before else ""
    say(
        f"{way}: {done.sent} sent, {done.waiting} to be tried again, "
        f"{done.given_up} given up{nobody}{old}"
    )
    return bool(done.waiting or done.given_up)
