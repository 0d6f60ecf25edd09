"""Instruments: schemes, laws and codes that a policy can be compared with.

Owns `data/instruments/*.csv` and `data/taxonomy/crosswalk.csv` and their readers. Duties are
compared with what a text can state (`needs.csv`), prohibitions with restrictions (the crosswalk).
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import cache

from usepolicy.comparison.coverage import Mapping, Relation, Target
from usepolicy.comparison.needs import Need, parse_need
from usepolicy.errors import TaxonomyError
from usepolicy.policies.clauses import CategoryId
from usepolicy.tables import rows_by, table_rows
from usepolicy.taxonomy.names import offer

HAZARD = "hazard"
"""Kind of a target of a scheme that is no law."""
PARTIAL = "partial"
"""How a note starts that says: overlap only."""
RECALLED = "recalled"
NO_COUNTERPART = "none"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A scheme, law or code."""

    id: str
    name: str
    source: str
    targets: tuple[Target, ...]
    """Those of its table first, in its order; then what only the crosswalk names."""

    @property
    def is_mapped(self) -> bool:
        """Whether anything of ours is mapped to any of its targets."""
        return any(target.mappings or target.needs for target in self.targets)


@cache
def instruments() -> MappingOf[str, Instrument]:
    """Return the shipped instruments by their ids."""
    return {row["id"]: _instrument(row) for row in table_rows("instruments/instruments.csv")}


def is_instrument(name: str) -> bool:
    """Tell whether `name` is the id of an instrument."""
    return name in instruments()


def find_instrument(name: str) -> Instrument:
    """Return an instrument by its id.

    Raises: TaxonomyError: `unknown-instrument`.
    """
    if name not in instruments():
        help_ = offer(name, instruments(), f"one of: {', '.join(instruments())}")
        raise TaxonomyError("unknown-instrument", f"no instrument `{name}`", help=help_)
    return instruments()[name]


def needs_of(item: str) -> tuple[tuple[Need, ...], bool]:
    """Return what an item needs of a text, and whether a text alone can't meet it in full."""
    rows = rows_by("instruments/needs.csv", "item").get(item, ())
    partial = any(row["extent"] == "part" for row in rows)
    return tuple(parse_need(row["need"]) for row in rows), partial


def _instrument(row: MappingOf[str, str]) -> Instrument:
    mappings, names = _crosswalk(row["scheme"])
    listed = [
        _provision(line, mappings.get(line["id"], ()))
        for line in rows_by("instruments/regulations.csv", "instrument").get(row["instrument"], ())
    ]
    known = {target.id for target in listed}
    others = [
        Target(id_, name, HAZARD, "", row["source"], mappings[id_])
        for id_, name in names.items()
        if id_ not in known
    ]
    return Instrument(row["id"], row["name"], row["source"], (*listed, *others))


def _provision(line: MappingOf[str, str], mappings: tuple[Mapping, ...]) -> Target:
    needs, partial = needs_of(line["id"])
    return Target(
        id=line["id"],
        name=line["provision"],
        kind=line["kind"],
        description=line["short_description"],
        source=line["source"],
        mappings=mappings,
        needs=needs,
        partial=partial,
        recalled=line["checked"] == RECALLED,
    )


def _crosswalk(scheme: str) -> tuple[dict[str, tuple[Mapping, ...]], dict[str, str]]:
    """Return the mappings and the names of a scheme's targets by their ids."""
    mappings: dict[str, tuple[Mapping, ...]] = {}
    names: dict[str, str] = {}
    for row in rows_by("taxonomy/crosswalk.csv", "scheme").get(scheme, ()):
        if row["relation"] == NO_COUNTERPART:
            continue
        mapping = Mapping(
            category=CategoryId(row["category"]),
            relation=Relation(row["relation"]),
            partial=row["note"].lower().startswith(PARTIAL),
            note=row["note"],
        )
        id_ = row["target_id"]
        mappings[id_] = (*mappings.get(id_, ()), mapping)
        names.setdefault(id_, row["target_name"])
    return mappings, names
