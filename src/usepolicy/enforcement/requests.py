"""Requests: what a user asked, declared or a model answered, and where.

Owns the values that are decided on. How they come in, a file, a pipe or a gateway, is not known
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """Who speaks in a turn."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Channel(StrEnum):
    """What of a request a rule looks at."""

    PROMPT = "prompt"
    """What was asked of the model."""
    OUTPUT = "output"
    """What the model answered."""
    DECLARED_USE = "declared_use"
    """What the user says that it is for."""
    METADATA = "metadata"
    """What the caller says of a request beside its text: a purpose, a region, an age."""


class Surface(StrEnum):
    """Where a request comes in, and so whether anybody stands between it and the model."""

    API = "api"
    INTERFACE = "interface"
    """An app or page of the operator's own."""
    WEIGHTS = "weights"
    """The model runs elsewhere: nothing can be enforced there."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said at once."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is decided on: a conversation whose last turn is judged in the light of those before."""

    id: str
    turns: tuple[Turn, ...] = ()
    declared_use: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    surface: Surface = Surface.API
    jurisdiction: str | None = None
    """ISO 3166-1 code of where the user is, upper case; None where unknown."""
    locale: str | None = None
    """Language tag of the user, for resources in their words; None where unknown."""
    grants: tuple[str, ...] = ()
    """Names of the grants that the caller has checked to be in force for this account."""
    account: str | None = None
    """The operator's own id of who asks; None where it is unknown. No rule looks at it."""
    function: str | None = None
    """Which of the operator's functions it uses, as a ladder names those that it takes away."""
