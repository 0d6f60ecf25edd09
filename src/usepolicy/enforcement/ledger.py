"""The ledger: entries that each hold the hash of the one before.

Owns the one form in bytes of an entry, its hash and the chain. What an entry tells is in
`ledger_bodies`; where entries are kept is the store's. Pure: time and ids come in as arguments.

The form is JSON as RFC 8785 has it: keys sorted, no white space, UTF-8. A ledger holds no
fractions, whose text is not the same in every language, and its keys are ASCII, so that all orders
of keys agree.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType

from usepolicy.errors import LedgerError

FORM = 1
"""Version of the form; part of what is hashed."""
GENESIS = "0" * 64
"""What stands for the hash before the first entry."""
DOMAIN = b"usepolicy.ledger.entry.1\n"
"""Goes before the bytes of an entry, so that no hash of anything else can stand for one."""
MAX_WHOLE = 2**53 - 1
"""The greatest number that every reader of JSON takes exactly."""

EntryId = NewType("EntryId", str)
"""Given by whoever writes, unique in a ledger: entries of one case name each other before they
have a place in the chain."""
AccountLink = NewType("AccountLink", str)
"""An account's keyed hash (see `keys`): 64 hexadecimal digits."""


class ActorKind(StrEnum):
    """Who acts."""

    SYSTEM = "system"
    """A program; its id says which."""
    PERSON = "person"
    """Somebody of the operator's: a reviewer, an administrator."""
    ACCOUNT = "account"
    """The account holder; the id is the account's link."""
    OUTSIDER = "outsider"
    """Anybody else, such as who reports a misuse."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did what an entry tells."""

    kind: ActorKind
    id: str
    """A pseudonym: never a name or an address."""


@dataclass(frozen=True, slots=True)
class Record:
    """An entry as it is kept, sent and hashed."""

    sequence: int
    """1 for the first."""
    previous: str
    """The hash of the entry before; `GENESIS` for the first."""
    id: EntryId
    at: str
    """UTC in microseconds, see `stamp`; never before the entry before."""
    actor: Actor
    kind: str
    account: AccountLink | None
    case: EntryId | None
    """Id of the entry that began what this one belongs to: a decision, a grant, a report."""
    body: str
    """What it tells, in canonical form."""
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends."""

    sequence: int = 0
    hash: str = GENESIS
    at: str = ""


@dataclass(frozen=True, slots=True)
class Unchained:
    """A record on its way into a chain: all of it but its place."""

    id: EntryId
    at: str
    actor: Actor
    kind: str
    account: AccountLink | None
    case: EntryId | None
    body: str


def canonical(value: object) -> str:
    """Return a value of JSON in the one form that is hashed.

    Raises: LedgerError: `no-form`: a fraction, a great number, a key that is not ASCII, half a
            surrogate pair.
    """
    _check(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(new: Unchained, head: Head) -> Record:
    """Return a record behind the head of a chain.

    A time before the head's becomes the head's: what was true at a time stays so when later entries
    come from a clock that is behind.
    """
    at = max(new.at, head.at)
    sequence = head.sequence + 1
    hash = _hash(sequence, head.hash, at, new)
    return Record(
        sequence, head.hash, new.id, at, new.actor, new.kind, new.account, new.case, new.body, hash
    )


def head_of(record: Record) -> Head:
    """Return where a chain ends whose last record this is."""
    return Head(record.sequence, record.hash, record.at)


def hash_of(record: Record) -> str:
    """Return the hash that a record should hold, from all else that it holds."""
    return _hash(record.sequence, record.previous, record.at, record)


def record_text(record: Record) -> str:
    """Return a record as a line of an export: its form with the hash in it."""
    hash = f'"hash":{_quoted(record.hash)},'
    return _form(record.sequence, record.previous, record.at, record, hash=hash)


def stamp(at: datetime) -> str:
    """Return a time as the ledger has it: `2025-01-31T12:00:00.000000Z`; its order is that of time.

    Raises: LedgerError: `no-time-zone`.
    """
    if at.tzinfo is None:
        raise LedgerError("no-time-zone", f"`{at.isoformat()}` names no time zone")
    text = at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{text[:-6]}Z"


def moment(text: str) -> datetime:
    """Return the time of a stamp."""
    return datetime.fromisoformat(text)


def _hash(sequence: int, previous: str, at: str, new: Unchained | Record) -> str:
    try:
        form = _form(sequence, previous, at, new).encode()
    except UnicodeEncodeError as error:
        raise _no_form("half of a surrogate pair") from error
    return hashlib.sha256(DOMAIN + form).hexdigest()


def _form(sequence: int, previous: str, at: str, new: Unchained | Record, *, hash: str = "") -> str:
    """The canonical form, put together around a body that has it already."""
    actor = f'{{"id":{_quoted(new.actor.id)},"kind":{_quoted(new.actor.kind)}}}'
    return (
        f'{{"account":{_quoted(new.account)},"actor":{actor},"at":{_quoted(at)},"body":{new.body},'
        f'"case":{_quoted(new.case)},"form":{FORM},{hash}"id":{_quoted(new.id)},'
        f'"kind":{_quoted(new.kind)},"previous":{_quoted(previous)},"sequence":{sequence}}}'
    )


_encoder = json.JSONEncoder(ensure_ascii=False)


def _quoted(value: str | None) -> str:
    return "null" if value is None else _encoder.encode(value)


def _check(value: object) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise _no_form("a key that is not ASCII")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif isinstance(value, str):
        _check_text(value)
    elif value is not None and not isinstance(value, bool):
        _check_number(value)


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _no_form("half of a surrogate pair") from error


def _check_number(value: object) -> None:
    if not isinstance(value, int) or abs(value) > MAX_WHOLE:
        raise _no_form(f"`{value!r}`, which is no whole number up to 2^53")


def _no_form(what: str) -> LedgerError:
    return LedgerError("no-form", f"a ledger can't hold {what}")
