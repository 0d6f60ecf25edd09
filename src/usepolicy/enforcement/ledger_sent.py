"""Bodies of entries that tell what was brought to somebody, beside those of `ledger_bodies`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import Body


class Way(StrEnum):
    """How something is brought to somebody."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    FILE = "file"
    PROGRAM = "program"


class HookResult(StrEnum):
    """What became of one call."""

    CALLED = "called"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    """It failed, and is not called again by itself."""


@dataclass(frozen=True, slots=True)
class Delivered(Body):
    """A notice was brought to the account beside its page, or could not be."""

    notice: EntryId
    by: Way
    attempts: int
    is_given_up: bool = False


@dataclass(frozen=True, slots=True)
class HookCalled(Body):
    """The operator's path for reports that the law wants was called, or could not be.

    It has no link to an account: what it is about has.
    """

    about: EntryId
    categories: tuple[str, ...]
    by: Way
    result: HookResult
    attempts: int
