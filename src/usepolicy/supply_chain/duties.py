"""Duties: what a licence or terms ask of whoever passes a model or service on.

Owns `data/vocabulary/duties.yaml` and the search for them, sentence by sentence, in a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple, cast

from usepolicy.labelling.phrases import any_phrase
from usepolicy.patterns import Pattern, compile_bytes, load_table
from usepolicy.policies.spans import Evidence
from usepolicy.reading.view import plain_view

_SENTENCE = re.compile(r"[^\n.;]+(?:[.;](?=\S)[^\n.;]*)*[.;]?")
"""A line or a part of it that ends with a stop; a stop inside a word (`2.1`) ends nothing."""
MIN_SENTENCE = 12
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_ITEM = re.compile(r"\s*(?:[-*+•–]|\(?[a-z0-9]{1,4}[.)])\s", re.IGNORECASE)
LONGEST_LEAD = 300
"""Code points, the last, of a line that leads into a list."""


class DutyKind(StrEnum):
    """What is asked; `agreement` says that the publisher may agree otherwise."""

    PASS_ON = "pass_on"  # noqa: S105  no secret
    """Bind those below to the same restrictions."""
    LICENCE_COPY = "licence_copy"
    MODEL_CARD = "model_card"
    ATTRIBUTION = "attribution"
    NAME_OF_DERIVATIVES = "name_of_derivatives"
    USER_THRESHOLD = "user_threshold"
    NO_HOSTING = "no_hosting"
    NO_TRAINING = "no_training"
    AGREEMENT = "agreement"


DOCUMENTS = (DutyKind.LICENCE_COPY, DutyKind.MODEL_CARD, DutyKind.ATTRIBUTION)
"""Duties that something written is handed on."""


@dataclass(frozen=True, slots=True, order=True)
class Duty:
    """One duty with its words."""

    kind: DutyKind
    evidence: Evidence


class _Rule(NamedTuple):
    any: Pattern[bytes]
    needs: Pattern[bytes] | None


def find_duties(text: str) -> tuple[Duty, ...]:
    """Return the duties of a text, in order; each cites the sentence that lays it on somebody.

    An item of a list counts with the line that leads into the list: "You may not:".
    """
    found = []
    lead = ""
    for line in _LINE.finditer(text):
        item = _ITEM.match(text, *line.span())
        if item is None:
            lead = ""
        start = line.start() if item is None else item.end()
        found += [
            Duty(kind, evidence)
            for evidence in _sentences(text, start, line.end())
            for kind in _laid(evidence.quote, lead)
        ]
        if line.group().rstrip(" *_").endswith(":"):
            lead = line.group()[-LONGEST_LEAD:]
    return tuple(found)


def _sentences(text: str, start: int, end: int) -> Iterator[Evidence]:
    for match in _SENTENCE.finditer(text, start, end):
        evidence = Evidence.of(text, *match.span())
        if len(evidence.quote) >= MIN_SENTENCE:
            yield evidence


def _laid(sentence: str, lead: str) -> Iterator[DutyKind]:
    """Yield the duties of a sentence, and those that it has only with what leads into it."""
    own = set(_kinds(sentence))
    led = set(_kinds(f"{lead} {sentence}")) - set(_kinds(lead)) if lead else set()
    return (kind for kind in DutyKind if kind in own | led)


def _kinds(sentence: str) -> Iterator[DutyKind]:
    words = plain_view(sentence).encode("latin-1")
    for kind, rule in _rules().items():
        if rule.any.search(words) and (rule.needs is None or rule.needs.search(words)):
            yield kind


@cache
def _rules() -> Mapping[DutyKind, _Rule]:
    table = cast("Mapping[str, Mapping[str, Sequence[str]]]", load_table("vocabulary/duties.yaml"))
    return {
        DutyKind(kind): _Rule(
            compile_bytes(any_phrase(rule["any"])),
            compile_bytes(any_phrase(rule["with"])) if "with" in rule else None,
        )
        for kind, rule in table.items()
    }
