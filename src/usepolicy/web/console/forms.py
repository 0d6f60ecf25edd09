"""Forms: what is read from fields and queries, each with one clear error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, UTC, date, datetime
from enum import StrEnum
from typing import TypeVar

from usepolicy.errors import UsageError
from usepolicy.web.words import inert

SHORTEST, LONGEST = 10, 4_000
"""Characters of reasons."""
LONGEST_PURPOSE = 200

Chosen = TypeVar("Chosen", bound=StrEnum)


def reasons(given: str) -> str:
    """Return the words of reasons.

    Raises: UsageError: `no-reasons`.
    """
    words = inert(given).strip()
    if not SHORTEST <= len(words) <= LONGEST:
        message = f"reasons have {SHORTEST} to {LONGEST} characters"
        raise UsageError("no-reasons", message, help="say what you found, and why")
    return words


def purpose(given: str) -> str:
    """Return what somebody wants to read words for, in one line.

    Raises: UsageError: `no-purpose`.
    """
    words = " ".join(inert(given).split())
    if not SHORTEST <= len(words) <= LONGEST_PURPOSE:
        message = f"a purpose has {SHORTEST} to {LONGEST_PURPOSE} characters"
        raise UsageError("no-purpose", message, help="say what you need the words for")
    return words


def choice(kind: type[Chosen], fields: Mapping[str, str], name: str) -> Chosen:
    """Return the value of a field that is one of a few.

    Raises: UsageError: `unknown-value`.
    """
    value = fields.get(name, "")
    try:
        return kind(value)
    except ValueError as error:
        help = f"one of: {', '.join(kind)}"
        message = f"`{name}` can't be `{inert(value[:20])}`"
        raise UsageError("unknown-value", message, help=help) from error


def ticked(values: tuple[str, ...], fields: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return those of some values whose box, `name-value`, is ticked."""
    return tuple(value for value in values if fields.get(f"{name}-{value}"))


def day_of(fields: Mapping[str, str], name: str) -> datetime | None:
    """Return the beginning of a day in UTC; None where the field is empty.

    Raises: UsageError: `unknown-value`.
    """
    value = fields.get(name, "")
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
        if day.year == MAXYEAR:  # the day after it may be asked for, and has to be one
            raise ValueError(value)
        return datetime.combine(day, datetime.min.time(), UTC)
    except ValueError as error:
        message = f"`{name}` can't be `{inert(value[:20])}`"
        raise UsageError("unknown-value", message, help="a day such as 2026-01-31") from error


def whole(fields: Mapping[str, str], name: str, most: int) -> int:
    """Return a whole number from 1.

    Raises: UsageError: `unknown-value`.
    """
    value = fields.get(name, "")
    fine = value.isascii() and value.isdecimal() and len(value) <= 15
    if not (fine and 0 < int(value) <= most):
        message = f"`{name}` can't be `{inert(value[:20])}`"
        raise UsageError("unknown-value", message, help=f"1 to {most}")
    return int(value)


def before_of(query: Mapping[str, str]) -> int | None:
    """Return before which entry a page of a list begins; None for the first page.

    Raises: UsageError: `unknown-value`.
    """
    return whole(query, "before", 10**15 - 1) if query.get("before") else None
