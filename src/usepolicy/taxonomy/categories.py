"""Categories: the uses that policies name, in one hierarchy of ours.

Owns `data/taxonomy/{categories,groups}.yaml` and the order of the study's rows. The words by
which a category is found in a text are the vocabulary's (`labelling`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import TypedDict, cast

from usepolicy.errors import TaxonomyError
from usepolicy.patterns import load_table
from usepolicy.policies.clauses import CategoryId
from usepolicy.tables import table_rows
from usepolicy.taxonomy.names import nearest, normalised

TAXONOMY_VERSION = "1.0"
"""Version of the list of categories; a removal is a major step."""


@dataclass(frozen=True, slots=True)
class Category:
    """A use that policies forbid, restrict or permit."""

    id: CategoryId
    name: str
    study_name: str | None
    """Exact row name of the study's table, typos included; None for what the study lacks."""
    parent: str
    """Id of a broader category or of a group."""
    definition: str
    aliases: tuple[str, ...]
    """Other names in the field; each belongs to one category."""
    examples: tuple[str, ...]
    """Phrasings of ours in which the built-in reader must find the category."""
    since: str
    """Version of the taxonomy that brought it."""
    source: str


@dataclass(frozen=True, slots=True)
class CategoryGroup:
    """A top of the hierarchy: a name for categories that belong together."""

    id: str
    name: str
    definition: str


@dataclass(frozen=True)
class Taxonomy:
    """All categories, sorted by id, and the groups above them."""

    version: str
    categories: tuple[Category, ...]
    groups: tuple[CategoryGroup, ...]
    study_order: tuple[CategoryId, ...]
    """The 127 categories of the study in the order of its table."""

    @cached_property
    def by_id(self) -> Mapping[str, Category]:
        """Categories by id."""
        return {category.id: category for category in self.categories}

    @cached_property
    def study_categories(self) -> tuple[Category, ...]:
        """The study's categories in the order of its table."""
        return tuple(self.by_id[category] for category in self.study_order)

    @cached_property
    def study_names(self) -> Mapping[CategoryId, str | None]:
        """The study's name of every category, the study's first in its order, then the newer."""
        newer = (c for c in self.categories if c.study_name is None)
        return MappingProxyType({c.id: c.study_name for c in (*self.study_categories, *newer)})

    @cached_property
    def broader(self) -> Mapping[CategoryId, CategoryId]:
        """The category directly above each category that is below one, not a group."""
        above = {c.id: c.parent for c in self.categories if c.parent in self.by_id}
        return MappingProxyType({low: CategoryId(high) for low, high in above.items()})

    @cached_property
    def _names(self) -> Mapping[str, Category]:
        return {
            normalised(name): category
            for category in self.categories
            for name in _names_of(category)
        }

    def get(self, category: str) -> Category:
        """Return a category by its id.

        Raises: TaxonomyError: `unknown-category`.
        """
        if category not in self.by_id:
            raise self._unknown(category)
        return self.by_id[category]

    def resolve(self, name: str) -> Category:
        """Return a category by id, name, the study's name or an alias, case ignored.

        Raises: TaxonomyError: `unknown-category`, with the nearest name as help.
        """
        found = self._names.get(normalised(name))
        if found is None:
            raise self._unknown(name)
        return found

    def ancestors(self, category: str) -> tuple[str, ...]:
        """Return what is broader: parent, its parent and so on; the last is a group."""
        found: list[str] = []
        parent: str | None = self.get(category).parent
        while parent is not None:
            found.append(parent)
            parent = self.by_id[parent].parent if parent in self.by_id else None
        return tuple(found)

    def children(self, above: str) -> tuple[Category, ...]:
        """Return what is directly below a category or group."""
        return tuple(category for category in self.categories if category.parent == above)

    def is_broader(self, broad: str, narrow: str) -> bool:
        """Tell whether `broad` is an ancestor of `narrow`."""
        return broad in self.ancestors(narrow)

    def study_name(self, category: CategoryId) -> str | None:
        """Return the study's own name of a category."""
        return self.get(category).study_name

    def _unknown(self, name: str) -> TaxonomyError:
        near = nearest(name, self._names)
        help_ = (
            f"did you mean `{self._names[near].id}`" if near else "list them: usepolicy categories"
        )
        return TaxonomyError(
            "unknown-category", f"no category `{name}` in taxonomy {self.version}", help=help_
        )


def _names_of(category: Category) -> Iterator[str]:
    # Names first, ids last: where two categories would share a word, the id wins.
    yield from category.aliases
    if category.study_name:
        yield category.study_name
    yield category.name
    yield category.id


class _Entry(TypedDict):
    """An entry of `categories.yaml` as it stands."""

    id: str
    name: str
    study_name: str | None
    parent: str
    definition: str
    aliases: list[str]
    examples: list[str]
    since: str
    source: str


@cache
def load_taxonomy() -> Taxonomy:
    """Return the shipped taxonomy, read once."""
    entries = cast("list[_Entry]", load_table("taxonomy/categories.yaml"))
    groups = cast("list[dict[str, str]]", load_table("taxonomy/groups.yaml"))
    study_order = tuple(
        CategoryId(row["category"]) for row in table_rows("taxonomy/study_order.csv")
    )
    return Taxonomy(
        TAXONOMY_VERSION,
        tuple(_category(entry) for entry in entries),
        tuple(CategoryGroup(**group) for group in groups),
        study_order,
    )


def _category(entry: _Entry) -> Category:
    return Category(
        CategoryId(entry["id"]),
        entry["name"],
        entry["study_name"],
        entry["parent"],
        entry["definition"],
        tuple(entry["aliases"]),
        tuple(entry["examples"]),
        entry["since"],
        entry["source"],
    )
