"""Who is asked: the entries of a shelf as they answer, each made once for a state of the data."""

from __future__ import annotations

from functools import lru_cache

from usepolicy.labelling.uses import use_labeller
from usepolicy.policies.clauses import CategoryId
from usepolicy.supply_chain.asked import MAX_CLAUSE, Asked, asked_coding, asked_policy
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.shelf import Entry, Origin, Shelf

MOST_ASKED = 2_000
"""Policies that are asked at once, the newest; others are asked by name."""


class Askers:
    """The entries of one shelf as they are asked."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._kept: dict[str, Asked] = {}

    def of(self, entry: Entry) -> Asked:
        """Return an entry as it is asked; a clause that is too long to show gives its words only."""
        if entry.id not in self._kept:
            self._kept[entry.id] = self._made(entry)
        return self._kept[entry.id]

    def _made(self, entry: Entry) -> Asked:
        subject = self._shelf.subject(entry)
        if entry.origin is Origin.READ and subject.policy is not None:
            longest = min(MAX_CLAUSE, self._shelf.limit or MAX_CLAUSE)
            return asked_policy(subject.policy, label=entry.label, longest=longest)
        every = frozenset(CategoryId(category) for category in load_taxonomy().by_id)
        return asked_coding(subject.coding, every)


@lru_cache(maxsize=2)
def askers_of(shelf: Shelf) -> Askers:
    """Return the askers of a shelf; they go with it, as the readings do."""
    return Askers(shelf)


def warm(shelf: Shelf) -> None:
    """Make what every question needs, so that the first is not slow."""
    use_labeller()
    for entry in shelf.entries[:MOST_ASKED]:
        askers_of(shelf).of(entry)
