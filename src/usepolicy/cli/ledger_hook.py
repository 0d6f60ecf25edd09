"""`usepolicy ledger hook`: the operator's path for what the law wants reported, called."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.ledger import Place, open_ledger
from usepolicy.cli.notices import Again, SecretEnv, Since
from usepolicy.cli.options import AllowPrivate, day_of

if TYPE_CHECKING:
    from usepolicy.delivering.runs import Send
    from usepolicy.enforcement.ledger_codec import Entry
    from usepolicy.enforcement.ledger_sent import Way

Program = Annotated[
    Path | None,
    typer.Option("--program", metavar="FILE", help="Run this; else $USEPOLICY_HOOK_PROGRAM."),
]
Address = Annotated[
    str | None, typer.Option("--webhook", metavar="ADDRESS", help="Post there, signed.")
]
More = Annotated[
    list[str] | None, typer.Option("--category", help="Also decisions about this; repeatable.")
]


def hook(  # noqa: PLR0913  a parameter is an option of the command line
    program: Program = None,
    webhook: Address = None,
    secret_env: SecretEnv = "USEPOLICY_WEBHOOK_SECRET",  # noqa: S107  the name of a variable
    category: More = None,
    since: Since = None,
    again: Again = False,
    allow_private: AllowPrivate = False,
    place: Place = None,
) -> None:
    """Call your legal reporting path for each decision about sexual abuse of children, once.

    It gets id, categories, outcome, time and account link, and no content.
    """
    from usepolicy.cli.render import say
    from usepolicy.delivering.hook import KINDS, sender_of
    from usepolicy.delivering.runs import run
    from usepolicy.enforcement.reportable import reportable_of
    from usepolicy.store.ledger import new_id
    from usepolicy.store.outbox import HOOK, Outbox
    from usepolicy.taxonomy.categories import load_taxonomy

    more = frozenset(str(load_taxonomy().resolve(each).id) for each in category or ())
    call, way = _path(program, (webhook, secret_env, allow_private), more)
    first = day_of(since)
    kept = open_ledger(place)
    outbox = Outbox(kept, HOOK)

    def wants(entry: Entry) -> bool:
        if first is not None and entry.at.date() < first:
            return False
        return reportable_of(entry, more) is not None

    outbox.fill(KINDS, wants)
    if again:
        outbox.again(datetime.now(UTC))
    before = outbox.given_up()
    done = run(kept, outbox, sender_of(call, way, more, new_id), clock=lambda: datetime.now(UTC))
    for failure in done.failures:
        say(f"warning: {failure}")
    given_up = done.given_up + before
    say(f"{done.sent} called, {done.waiting} to be called again, {given_up} given up")
    if done.waiting or given_up:  # what the law wants is not forgotten: it fails until it is mended
        raise typer.Exit(1)


def _path(
    program: Path | None, webhook: tuple[str | None, str, bool], more: frozenset[str]
) -> tuple[Send, Way]:
    """Return how the path is called.

    Raises: UsageError: `no-target`, `two-targets`, `no-program`, `bad-secret`.
    """
    from usepolicy.delivering.hook import by_program, by_webhook
    from usepolicy.delivering.notices import Webhook
    from usepolicy.enforcement.ledger_sent import Way
    from usepolicy.errors import UsageError
    from usepolicy.tracking.webhooks import key_of

    address, secret, allow_private = webhook
    if program is not None and address is not None:
        raise UsageError("two-targets", "`--program` and `--webhook` each say what is called")
    if address is not None:
        key = key_of(os.environ.get(secret, ""))
        return by_webhook(Webhook(address, key, allow_private), more), Way.WEBHOOK
    named = os.environ.get("USEPOLICY_HOOK_PROGRAM", "")
    chosen = program or (Path(named) if named else None)
    if chosen is None:
        help = "give `--program` or `--webhook`"
        raise UsageError("no-target", "nothing to call", help=help)
    return by_program(chosen, more), Way.PROGRAM
