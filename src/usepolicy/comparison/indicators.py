"""Indicators: what an index of transparency asks, as far as a policy's own text answers it.

Owns the answers that a text can give. An index scores what a developer discloses anywhere; a text
shows only what it states itself, so "not stated" is no zero of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.comparison.needs import Need, met
from usepolicy.comparison.subjects import Subject


class Stated(StrEnum):
    """What a policy's text says about an indicator."""

    STATED = "stated"
    PARTLY = "partly stated"
    """Some of it, or as much as a text alone can show."""
    NOT_STATED = "not stated"
    UNKNOWN = "unknown"
    NOT_IN_TEXT = "no text tells"
    """It is about conduct or about other documents."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """An item of the index in one edition."""

    edition: str
    """`2023-10`, `2024-05` or `2025-12`."""
    id: str
    name: str
    theme: str
    definition: str
    """The question, in our words."""
    earns_point: str
    """What earns the point, in our words."""
    source: str
    needs: tuple[Need, ...] = ()
    partial: bool = False
    """Whether a text alone can't answer it in full."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one policy's text says about one indicator."""

    indicator: Indicator
    stated: Stated
    quote: str
    """The first words that say so; empty where there are none."""


def answers(subject: Subject, indicators: Sequence[Indicator]) -> tuple[Answer, ...]:
    """Return what the text of `subject` states of each indicator."""
    return tuple(_answer(subject, indicator) for indicator in indicators)


def _answer(subject: Subject, indicator: Indicator) -> Answer:
    found = [met(need, subject) for need in indicator.needs]
    quotes = [words.quote for each in found for words in each.evidence]
    values = [each.met for each in found]
    return Answer(indicator, _stated(values, indicator.partial), "".join(quotes[:1]))


def _stated(values: Sequence[bool | None], partial: bool) -> Stated:
    if not values:
        return Stated.NOT_IN_TEXT
    if all(values):
        return Stated.PARTLY if partial else Stated.STATED
    if any(values):
        return Stated.PARTLY
    return Stated.UNKNOWN if None in values else Stated.NOT_STATED
