"""Requests as they come in: a line of JSON, a text, a conversation as model servers take it.

Owns the names and limits of the keys. Other keys are left alone, so that a file of labelled
requests can be given as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from usepolicy.enforcement.requests import Channel, Request, Role, Surface, Turn
from usepolicy.errors import SchemaError
from usepolicy.policies.clauses import CategoryId
from usepolicy.reading.policy_problems import path_name, shown

MAX_LINE = 4_000_000
"""Bytes of a line; a conversation of a million tokens has about as many."""
MAX_TURNS = 10_000

_SURROGATES = "surrogatepass"


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PartEntry(_Lenient):
    """A part of a message."""

    type: Literal["text", "input_text", "output_text"]
    text: StrictStr


class MessageEntry(_Lenient):
    """A turn as model servers take it."""

    role: Literal["system", "developer", "user", "assistant", "tool"] = "user"
    content: StrictStr | tuple[PartEntry, ...] | None = None

    def turn(self) -> Turn:
        """Return it as a turn; parts are joined."""
        role = Role.SYSTEM if self.role == "developer" else Role(self.role)
        if isinstance(self.content, tuple):
            return Turn(role, "\n".join(part.text for part in self.content))
        return Turn(role, self.content or "")


class RequestLine(_Lenient):
    """One request of a stream."""

    id: StrictStr | int | None = None
    """What the decision carries; the number of the line if left out."""
    text: StrictStr | None = None
    """What was asked, or with `channel` another single text."""
    messages: tuple[MessageEntry, ...] | None = Field(default=None, max_length=MAX_TURNS)
    """A conversation, oldest first, instead of `text`."""
    channel: Channel = Channel.PROMPT
    """What `text` is."""
    declared_use: StrictStr | None = None
    """What the user says that it is for."""
    metadata: Mapping[str, StrictStr] = {}
    """What the caller says beside it."""
    surface: Surface | None = None
    jurisdiction: Annotated[StrictStr, Field(pattern="^[A-Za-z]{2}$")] | None = None
    locale: Annotated[StrictStr, Field(max_length=35)] | None = None
    grants: tuple[StrictStr, ...] = ()
    account: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None
    """Your own id of who asks, for the ledger."""
    function: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None
    """Which of your functions it uses, e.g. `images`."""
    unsafe: StrictBool | None = None
    """A label, for `evaluate`: whether the policy forbids it."""
    categories: tuple[StrictStr, ...] | None = None
    """A label, for `evaluate`: the categories that it breaks."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for requests that don't say otherwise."""

    surface: Surface = Surface.API
    jurisdiction: str | None = None
    locale: str | None = None
    channel: Channel = Channel.PROMPT
    grants: tuple[str, ...] = ()
    account: str | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A request, and what a person said of it."""

    request: Request
    unsafe: bool | None = None
    categories: frozenset[CategoryId] | None = None


def request_of(line: bytes, number: int, defaults: Defaults = Defaults()) -> Request:
    """Return the request of a line of JSON.

    Raises: SchemaError: `invalid-request`.
    """
    return labelled_of(line, number, defaults).request


def labelled_of(line: bytes, number: int, defaults: Defaults = Defaults()) -> Labelled:
    """Return the request of a line with its labels, as `request_of` does."""
    try:
        entry = RequestLine.model_validate_json(line)
    except ValidationError as error:
        raise _invalid(error, number) from error
    return labelled_entry(entry, number, defaults)


def labelled_entry(entry: RequestLine, number: int, defaults: Defaults = Defaults()) -> Labelled:
    """Return the request of an entry with its labels.

    Raises: SchemaError: `invalid-request`.
    """
    if (entry.text is None) == (entry.messages is None):
        message = "a request has either `text` or `messages`"
        raise SchemaError("invalid-request", message, place=f"line {number}")
    if entry.messages is not None and not entry.messages:
        raise SchemaError("invalid-request", "`messages` is empty", place=f"line {number}")
    categories = None if entry.categories is None else frozenset(map(CategoryId, entry.categories))
    return Labelled(_request(entry, number, defaults), entry.unsafe, categories)


def _request(entry: RequestLine, number: int, defaults: Defaults) -> Request:
    channel = defaults.channel if "channel" not in entry.model_fields_set else entry.channel
    single = one_text(str(number if entry.id is None else entry.id), entry.text or "", channel)
    turns = single.turns
    if entry.messages is not None:
        turns = tuple(message.turn() for message in entry.messages)
    country = entry.jurisdiction or defaults.jurisdiction
    return Request(
        single.id,
        turns,
        entry.declared_use or single.declared_use,
        dict(entry.metadata) or single.metadata,
        entry.surface or defaults.surface,
        country.upper() if country else None,
        entry.locale or defaults.locale,
        (*defaults.grants, *entry.grants),
        entry.account or defaults.account,
        entry.function or defaults.function,
    )


def one_text(id: str, text: str, channel: Channel) -> Request:
    """Return a request that is a single text of a channel."""
    if channel is Channel.DECLARED_USE:
        return Request(id, declared_use=text)
    if channel is Channel.METADATA:
        return Request(id, metadata={"text": text})
    role = Role.ASSISTANT if channel is Channel.OUTPUT else Role.USER
    return Request(id, (Turn(role, text),))


def _invalid(error: ValidationError, number: int) -> SchemaError:
    details = error.errors(include_url=False, include_context=False)[0]
    where = path_name(details["loc"])
    what = shown(details["msg"][:1].lower() + details["msg"][1:])
    message = f"`{where}`: {what}" if where else what
    help = 'write {"id": "1", "text": "..."} or {"id": "1", "messages": [...]}'
    return SchemaError("invalid-request", message, place=f"line {number}", help=help)
