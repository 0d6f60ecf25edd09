"""Schemes: other groupings of the categories: the study's figures, its wheel, our own tops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from usepolicy.errors import TaxonomyError
from usepolicy.policies.clauses import CategoryId
from usepolicy.tables import table_rows
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.names import offer

STUDY = "Klyman 2024, Acceptable Use Policies for Foundation Models, CC-BY 4.0"
FIGURES = {"3": "study-figure-3", "4-6": "study-figures-4-6"}


@dataclass(frozen=True, slots=True)
class Group:
    """Categories that a scheme counts as one."""

    id: str
    name: str
    categories: tuple[CategoryId, ...]
    """Empty where the taxonomy has nothing for it."""
    printed_total: int | None = None
    """Developers as the source prints it; None where it prints none."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A grouping of categories, by whom."""

    id: str
    name: str
    source: str
    groups: tuple[Group, ...]


def group_id(name: str) -> str:
    """Return a group's name as an id."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


@cache
def load_schemes() -> tuple[Scheme, ...]:
    """Return the shipped schemes: our own, the study's figures and wheel, kinds of restriction."""
    return (_own_scheme(), *_figure_schemes(), _wheel(), _kinds())


def find_scheme(name: str) -> Scheme:
    """Return a scheme by its id.

    Raises: TaxonomyError: `unknown-scheme`.
    """
    schemes = {scheme.id: scheme for scheme in load_schemes()}
    if name not in schemes:
        help_ = offer(name, schemes, f"one of: {', '.join(schemes)}")
        raise TaxonomyError("unknown-scheme", f"no scheme `{name}`", help=help_)
    return schemes[name]


def _own_scheme() -> Scheme:
    taxonomy = load_taxonomy()
    tops = {category.id: taxonomy.ancestors(category.id)[-1] for category in taxonomy.categories}
    groups = tuple(
        Group(group.id, group.name, tuple(c for c, top in tops.items() if top == group.id))
        for group in taxonomy.groups
    )
    return Scheme(
        "usepolicy", "Groups of the taxonomy", f"usepolicy taxonomy {taxonomy.version}", groups
    )


def _figure_schemes() -> Iterator[Scheme]:
    rows = list(table_rows("taxonomy/study_groups.csv"))
    for figure, scheme in FIGURES.items():
        of_figure = [row for row in rows if row["figure"] == figure]
        groups = [
            Group(group_id(name), name, _categories(members), _total(members))
            for name, members in _grouped(of_figure, "group")
        ]
        title = "Figure 3 of the study" if figure == "3" else "Figures 4 to 6 of the study"
        yield Scheme(scheme, title, f"{STUDY}; {of_figure[0]['source']}", tuple(groups))


def _wheel() -> Scheme:
    groups = [
        Group(
            group_id(f"{members[0]['inner']} {name}"),
            f"{members[0]['inner']}: {name}",
            _categories(members),
        )
        for name, members in _grouped(list(table_rows("taxonomy/wheel.csv")), "middle")
    ]
    return Scheme("wheel", "Wheel of the study (figure 7)", STUDY, tuple(groups))


def _kinds() -> Scheme:
    groups = [
        Group(
            group_id(f"{rows[0]['kind']} {name}"), f"{rows[0]['kind']}: {name}", _categories(rows)
        )
        for name, rows in _grouped(list(table_rows("taxonomy/kinds.csv")), "name")
    ]
    return Scheme("restriction-kinds", "Restrictions that are not content", STUDY, tuple(groups))


def _grouped(
    rows: list[Mapping[str, str]], key: str
) -> Iterator[tuple[str, list[Mapping[str, str]]]]:
    for name in dict.fromkeys(row[key] for row in rows):
        yield name, [row for row in rows if row[key] == name]


def _categories(rows: Iterable[Mapping[str, str]]) -> tuple[CategoryId, ...]:
    return tuple(dict.fromkeys(CategoryId(row["category"]) for row in rows if row["category"]))


def _total(rows: list[Mapping[str, str]]) -> int | None:
    return int(rows[0]["printed_total"]) if rows[0]["printed_total"] else None
