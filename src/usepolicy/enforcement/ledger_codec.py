"""Between entries and records: what an entry means, and the bytes that are kept of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from usepolicy.enforcement.ledger import (
    AccountLink,
    Actor,
    EntryId,
    Record,
    Unchained,
    canonical,
    moment,
    stamp,
)
from usepolicy.enforcement.ledger_bodies import (
    Body,
    Decided,
    Erased,
    SanctionAction,
    Sanctioned,
)
from usepolicy.enforcement.ledger_kinds import KINDS
from usepolicy.errors import LedgerError

MAX_BODY = 65_536
"""Letters of a body: 50 restrictions with quotes of 300 letters have 20,000."""
MAX_ERASURE = 8_388_608
"""Letters of the body of an erasure, whose frozen numbers grow with the account's past."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")
_LINK = re.compile(r"[0-9a-f]{64}")
_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)
_RECORD: TypeAdapter[Record] = TypeAdapter(Record)
_NAMES: Mapping[type[Body], str] = {body: name for name, body in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be appended."""

    id: EntryId
    at: datetime
    actor: Actor
    body: Body
    account: AccountLink | None = None
    case: EntryId | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a ledger, read."""

    sequence: int
    id: EntryId
    at: datetime
    actor: Actor
    body: Body
    account: AccountLink | None
    case: EntryId | None
    hash: str

    @property
    def kind(self) -> str:
        """Return the name of its kind."""
        return _NAMES[type(self.body)]


def unchained(draft: Draft) -> Unchained:
    """Return a draft in the form that is kept.

    Raises: LedgerError: `invalid-entry`, `linked-support`, `no-account`, `no-reason`,
            `entry-too-large`, `no-form`, `no-time-zone`.
    """
    _check(draft)
    kind = _NAMES[type(draft.body)]
    body = body_text(draft.body)
    limit = MAX_ERASURE if isinstance(draft.body, Erased) else MAX_BODY
    if len(body) > limit:
        raise LedgerError("entry-too-large", f"the body of `{draft.id}` has over {limit} letters")
    return Unchained(draft.id, stamp(draft.at), draft.actor, kind, draft.account, draft.case, body)


def entry_of(record: Record) -> Entry:
    """Return what a record means.

    Raises: LedgerError: `invalid-entry`.
    """
    body = body_of(record.kind, record.body)
    at = moment(record.at)
    return Entry(
        record.sequence, record.id, at, record.actor, body, record.account, record.case, record.hash
    )


def body_text(body: Body) -> str:
    """Return a body in canonical form.

    Raises: LedgerError: `invalid-entry`, `no-form`.
    """
    adapter = _adapter(_NAMES[type(body)])
    try:
        plain = adapter.dump_python(body, mode="json", exclude_none=True, warnings="error")
    except PydanticSerializationError as error:
        raise _invalid(
            f"the body of a `{_NAMES[type(body)]}` has a value of another type"
        ) from error
    return canonical(plain)


def body_of(kind: str, text: str) -> Body:
    """Return a body from its text.

    Raises: LedgerError: `invalid-entry`.
    """
    if kind not in KINDS:
        raise _invalid(f"no kind of entry `{kind}`")
    try:
        body: Body = _adapter(kind).validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _invalid(f"the body of a `{kind}`: `{place}`: {first['msg'].lower()}") from error
    return body


def record_of(line: str) -> Record:
    """Return the record of a line of an export.

    Raises: LedgerError: `invalid-entry`.
    """
    try:
        raw = json.loads(line)
        actor = _ACTOR.validate_python(raw.pop("actor"))
        if raw.pop("form") != 1:
            raise _invalid("an entry of another form")
        record = _RECORD.validate_python({**raw, "actor": actor, "body": canonical(raw["body"])})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _invalid("a line that is no entry of a ledger") from error
    return record


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def _check(draft: Draft) -> None:
    for name in (draft.id, draft.actor.id, *([draft.case] if draft.case is not None else [])):
        if not _ID.fullmatch(name):
            raise _invalid("an id is 1 to 100 letters, digits and `._:@-`")
    if draft.account is not None and not _LINK.fullmatch(draft.account):
        raise _invalid("an account is named by its link: 64 hexadecimal digits")
    body = draft.body
    if isinstance(body, Decided) and body.support and _is_linked(draft, body):
        # INVARIANT: who was in need is not to be found in a ledger of enforcement.
        message = "a decision with support keeps no link to an account and no hash of content"
        raise LedgerError("linked-support", message)
    if isinstance(body, Sanctioned) and draft.account is None:
        raise LedgerError("no-account", f"the sanction `{draft.id}` is of no account")
    if isinstance(body, Sanctioned) and body.action is SanctionAction.LIFTED:
        _check_lifted(body)


def _check_lifted(body: Sanctioned) -> None:
    """Refuse to end a sanction for no reason; entries of before have none, and stay."""
    if body.lifts is None or body.reason_hash is None:
        raise LedgerError("no-reason", "a sanction is lifted for a reason")


def _is_linked(draft: Draft, body: Decided) -> bool:
    return any((draft.account, body.content_hash, body.likeness))


def _invalid(message: str) -> LedgerError:
    return LedgerError("invalid-entry", message)
