"""Resources: where people in need find help, by their language and country.

Owns `data/support/resources.csv`. What the operator names in the rules file comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from usepolicy.enforcement.requests import Request
from usepolicy.enforcement.rules import Resource
from usepolicy.tables import table_rows

ANYWHERE = "und"
"""Locale of a resource that leads to those of all countries."""


@cache
def shipped_resources() -> tuple[Resource, ...]:
    """Return the shipped table."""
    return tuple(
        Resource(row["locale"], row["name"], row["contact"], row["source"])
        for row in table_rows("support/resources.csv")
    )


def resources_for(request: Request, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the resources of the user's country, else of the language, and those of anywhere.

    A country that is known is never given another country's line.
    """
    every = tuple(resources)
    language, _, region = (request.locale or "").replace("_", "-").partition("-")
    country = (request.jurisdiction or region).upper()
    if country:
        near = [each for each in every if _region(each) == country]
        near.sort(key=lambda each: each.locale.partition("-")[0] != language)
    else:
        near = [each for each in every if language and each.locale.casefold() == language]
    return (*near, *(each for each in every if each.locale == ANYWHERE))


def _region(resource: Resource) -> str:
    return resource.locale.partition("-")[2].upper()
