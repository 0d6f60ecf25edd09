"""The hook: the operator's own path for what the law wants reported, called once per decision.

It is told what `reportable` has of a decision, and no content. Each call, and each that failed, is
an entry of the ledger. An entry of a call has no link to an account: what it is about has.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Set
from datetime import datetime
from pathlib import Path

from usepolicy.delivering.notices import Webhook
from usepolicy.delivering.runs import Send, Sender, Tell
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_sent import HookCalled, HookResult, Way
from usepolicy.enforcement.reportable import Reportable, reportable_of
from usepolicy.errors import FetchError, UsageError
from usepolicy.store.outbox import Attempt
from usepolicy.tracking import webhooks

ACTOR = Actor(ActorKind.SYSTEM, "hook")
KINDS = ("decision", "user_report")
TIMEOUT = 60
"""Seconds for which a program may run."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TMPDIR")
"""Of the environment to a program: no secret of ours."""


def by_program(program: Path, more: Set[str]) -> Send:
    """Return what runs a program with a line of JSON as its standard input; 0 is success.

    Raises: UsageError: `no-program`.
    """
    if not (program.is_file() and os.access(program, os.X_OK)):
        raise UsageError("no-program", f"`{program}` is no program that can be run")
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}

    def call(entry: Entry, _now: datetime) -> None:
        line = json.dumps(_reportable(entry, more).plain(), separators=(",", ":")) + "\n"
        try:
            done = subprocess.run(  # noqa: S603  the operator names the program; nothing is an argument
                [program.absolute()],
                input=line.encode(),
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(program, f"the program ran for over {TIMEOUT} seconds") from error
        except OSError as error:
            raise _failed(program, "the program can't be run") from error
        if done.returncode:
            raise _failed(program, f"the program ended with {done.returncode}")

    return call


def by_webhook(hook: Webhook, more: Set[str]) -> Send:
    """Return what posts to an address, under the entry's id as the key of idempotency."""

    def call(entry: Entry, now: datetime) -> None:
        body = webhooks.body_of("decision.reportable", entry.at, _reportable(entry, more).plain())
        headers = webhooks.headers_of(hook.key, id=entry.id, sent_at=now, body=body)
        webhooks.send(hook.address, headers, body, allow_private=hook.allow_private)

    return call


def sender_of(call: Send, way: Way, more: Set[str], new_id: Callable[[str], EntryId]) -> Sender:
    """Return how the queue of the hook is sent."""
    return Sender(call, _telling(way, more, new_id))


def _telling(way: Way, more: Set[str], new_id: Callable[[str], EntryId]) -> Tell:
    def tell(entry: Entry, ended: Attempt, attempts: int) -> Draft:
        failed = HookResult.FAILED if ended.next_at else HookResult.GIVEN_UP
        result = HookResult.CALLED if ended.is_done else failed
        found = _reportable(entry, more)
        body = HookCalled(entry.id, found.categories, way, result, attempts)
        return Draft(new_id("hook_call"), ended.at, ACTOR, body, None, entry.case or entry.id)

    return tell


def _reportable(entry: Entry, more: Set[str]) -> Reportable:
    found = reportable_of(entry, more)
    if found is None:  # it was taken in under a category that is no longer named
        at = entry.at
        return Reportable(entry.id, entry.kind, (), None, at, entry.account)
    return found


def _failed(program: Path, message: str) -> FetchError:
    return FetchError("not-delivered", message, place=program.name)
