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
from usepolicy.reading.units import Unit, UnitKind

MAX_QUOTE = 200


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: ProvisionKind
    any: Pattern[str]
    under: Pattern[str] | None
    """What is enough in an item below a lead-in that speaks of enforcement."""
    need: Pattern[str] | None
    drop: Pattern[str] | None

    def place(self, words: str, *, enforces: bool) -> tuple[int, int] | None:
        if self.drop and self.drop.search(words):
            return None
        match = self.any.search(words)
        if match is not None and (not self.need or self.need.search(words)):
            return match.span()
        below = self.under.search(words) if self.under and enforces else None
        return below.span() if below else None


@dataclass(frozen=True, slots=True)
class _Rules:
    enforcement_lead: Pattern[str]
    rules: tuple[_Rule, ...]


@cache
def _rules() -> _Rules:
    table = cast("dict[str, Any]", load_table("vocabulary/provisions.yaml"))
    lead = compile_text(table.pop("enforcement_lead"))
    return _Rules(
        lead,
        tuple(
            _Rule(
                ProvisionKind(kind),
                compile_text("|".join(rule["any"])),
                *(_optional(rule.get(k)) for k in ("under", "need", "not")),
            )
            for kind, rule in table.items()
        ),
    )


def _optional(pattern: str | None) -> Pattern[str] | None:
    return compile_text(pattern) if pattern else None


def find_provisions(text: str, view: str, units: Sequence[Unit]) -> tuple[Provision, ...]:
    """Return the provisions that the units state, in order of the text."""
    return tuple(
        provision
        for unit in units
        if unit.kind is not UnitKind.HEADING
        for provision in _of_unit(text, view, unit, enforces=_enforces(view, units, unit))
    )


def _enforces(view: str, units: Sequence[Unit], unit: Unit) -> bool:
    """Tell whether an item stands below a lead-in that speaks of enforcement."""
    above = [units[number] for number in unit.above[-2:]]
    lead = _rules().enforcement_lead
    return unit.kind is UnitKind.ITEM and any(lead.search(view[u.start : u.end]) for u in above)


def _of_unit(text: str, view: str, unit: Unit, *, enforces: bool) -> Iterator[Provision]:
    words = view[unit.start : unit.end]
    for rule in _rules().rules:
        place = rule.place(words, enforces=enforces)
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
