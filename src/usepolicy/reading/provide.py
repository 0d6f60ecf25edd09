"""Provisions: the sentences in which a policy speaks of its own enforcement.

Owns `data/vocabulary/provisions.yaml`; one sentence may state several provisions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from usepolicy.patterns import Pattern, compile_text, load_table
from usepolicy.policies.provisions import Provision, ProvisionKind
from usepolicy.policies.spans import Evidence
from usepolicy.reading.units import Unit

MAX_QUOTE = 200


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: ProvisionKind
    any: Pattern[str]
    need: Pattern[str] | None
    drop: Pattern[str] | None

    def place(self, words: str) -> tuple[int, int] | None:
        match = self.any.search(words)
        if match is None or (self.drop and self.drop.search(words)):
            return None
        return match.span() if not self.need or self.need.search(words) else None


@cache
def _rules() -> tuple[_Rule, ...]:
    table = cast("dict[str, dict[str, Any]]", load_table("vocabulary/provisions.yaml"))
    return tuple(
        _Rule(
            ProvisionKind(kind),
            compile_text("|".join(rule["any"])),
            *(_optional(rule.get(k)) for k in ("need", "not")),
        )
        for kind, rule in table.items()
    )


def _optional(pattern: str | None) -> Pattern[str] | None:
    return compile_text(pattern) if pattern else None


def find_provisions(text: str, view: str, units: Sequence[Unit]) -> tuple[Provision, ...]:
    """Return the provisions that the units state, in order of the text."""
    return tuple(provision for unit in units for provision in _of_unit(text, view, unit))


def _of_unit(text: str, view: str, unit: Unit) -> Iterator[Provision]:
    words = view[unit.start : unit.end]
    for rule in _rules():
        place = rule.place(words)
        if place is not None:
            yield Provision(rule.kind, Evidence.of(text, *_quote(unit, words, place)))


def _quote(unit: Unit, words: str, place: tuple[int, int]) -> tuple[int, int]:
    """Return the whole sentence if it is short, else the match and what fits behind it."""
    if len(words) <= MAX_QUOTE:
        return unit.start, unit.end
    start, end = place
    end = min(end, start + MAX_QUOTE)
    stop = next(
        (i for i in range(end, min(start + MAX_QUOTE, len(words))) if words[i] in ".;,"), end
    )
    return unit.start + start, unit.start + stop
