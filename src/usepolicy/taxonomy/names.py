"""Names: how a name given by a person is compared with those that exist."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_DISTANCE = 3
"""Edits up to which another name is offered; past it the offer is noise."""


def normalised(name: str) -> str:
    """Return a name without case, punctuation and doubled spaces."""
    return " ".join(re.findall(r"\w+", name.casefold()))


def distance(a: str, b: str) -> int:
    """Return the number of single-character edits between two words.

    Source: Levenshtein 1966.
    """
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name within `MAX_DISTANCE` that is nearest, the first by order if several are."""
    wanted = normalised(name)[:80]
    # Three edits turn any word of three letters into any other.
    limit = min(MAX_DISTANCE, len(wanted) // 3)
    near = [(distance(wanted, normalised(other)), other) for other in names]
    best = min(near, default=None)
    return best[1] if best and best[0] <= limit else None


def offer(name: str, names: Iterable[str], otherwise: str) -> str:
    """Return the help for a name that does not exist: the nearest that does, or `otherwise`."""
    near = nearest(name, names)
    return f"did you mean `{near}`" if near else otherwise
