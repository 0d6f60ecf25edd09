"""The Foundation Model Transparency Index: its items on use policies, and who scored what.

Owns `data/indicators/*.csv` and their readers: facts of three editions, items in our words.
Source: https://github.com/stanford-crfm/fmti
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from usepolicy.comparison.indicators import Indicator
from usepolicy.errors import UsageError
from usepolicy.instruments import needs_of
from usepolicy.policies.versions import slug
from usepolicy.tables import table_rows

LATEST = "2025-12"


@cache
def indicators() -> tuple[Indicator, ...]:
    """Return the items of all editions, in the order of the index."""
    return tuple(_indicator(row) for row in table_rows("indicators/indicators.csv"))


def of_edition(edition: str) -> tuple[Indicator, ...]:
    """Return the items of one edition, or of `all`.

    Raises: UsageError: `unknown-edition`.
    """
    editions = list(dict.fromkeys(indicator.edition for indicator in indicators()))
    if edition not in (*editions, "all"):
        help_ = f"one of: {', '.join((*editions, 'all'))}"
        raise UsageError("unknown-edition", f"no edition `{edition}` of the index", help=help_)
    return tuple(i for i in indicators() if edition in (i.edition, "all"))


@cache
def scores() -> Mapping[tuple[str, str], int]:
    """Return what each company scored: (slug of the company, id of the item) to 0 or 1."""
    return MappingProxyType(
        {
            (slug(row["company"]), row["indicator_id"]): int(row["score"])
            for row in table_rows("indicators/indicator_scores.csv")
        }
    )


@cache
def companies(edition: str) -> Mapping[str, str]:
    """Return the companies of an edition, or of `all`: slug to name."""
    return MappingProxyType(
        {
            slug(row["company"]): row["company"]
            for row in table_rows("indicators/indicator_scores.csv")
            if edition in (row["edition"], "all")
        }
    )


def _indicator(row: Mapping[str, str]) -> Indicator:
    needs, partial = needs_of(row["id"])
    return Indicator(
        edition=row["edition"],
        id=row["id"],
        name=row["name"],
        theme=row["theme"],
        definition=row["definition"],
        earns_point=row["earns_point"],
        source=row["source"],
        needs=needs,
        partial=partial,
    )
