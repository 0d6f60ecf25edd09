"""What no request shows: categories that can't be enforced by looking at one request at a time.

Owns `data/detectors/unseen.csv`.
"""

from __future__ import annotations

from functools import cache

from usepolicy.policies.clauses import CategoryId
from usepolicy.tables import table_rows


@cache
def unseen_categories() -> dict[CategoryId, str]:
    """Return the categories with the reason why a single request does not show them."""
    return {
        CategoryId(row["category"]): row["reason"] for row in table_rows("detectors/unseen.csv")
    }
