"""Provisions: the sentences in which a policy speaks of its own enforcement.

Owns `data/vocabulary/provisions.yaml`; one sentence may state several provisions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import re2
import yaml

from usepolicy.policies.provisions import Provision, ProvisionKind
from usepolicy.policies.spans import Evidence
from usepolicy.reading.units import Unit

MAX_QUOTE = 200


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: ProvisionKind
    any: re2._Regexp[str]
    need: re2._Regexp[str] | None
    drop: re2._Regexp[str] | None

    def place(self, words: str) -> tuple[int, int] | None:
        match = self.any.search(words)
        if match is None or (self.drop and self.drop.search(words)):
            return None
        return match.span() if not self.need or self.need.search(words) else None


@cache
def _rules() -> tuple[_Rule, ...]:
    source = resources.files("usepolicy") / "data" / "vocabulary" / "provisions.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    table = yaml.load(source.read_text(encoding="utf-8"), loader)  # noqa: S506  a safe loader
    return tuple(
        _Rule(ProvisionKind(kind), re2.compile("|".join(rule["any"])), *(_optional(rule.get(k)) for k in ("need", "not")))
        for kind, rule in table.items()
    )


def _optional(pattern: str | None) -> re2._Regexp[str] | None:
    return re2.compile(pattern) if pattern else None


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
    stop = next((i for i in range(end, min(start + MAX_QUOTE, len(words))) if words[i] in ".;,"), end)
    return unit.start + start, unit.start + stop
