"""Known policies: at which public addresses current policies stand, and whose they are.

Owns `data/sources/known.csv` and its reader: facts, none of the texts.
Source: the declarations of Open Terms Archive for services of generative AI, 2025; the developer
behind each service and the kind of policy are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.tables import table_rows

SOURCE = "https://github.com/OpenTermsArchive/genai-declarations"
"""Where the addresses are declared and kept up."""


@dataclass(frozen=True, slots=True)
class KnownPolicy:
    """A current policy and the addresses of its pages."""

    developer: str
    service: str
    title: str
    """What kind of terms it is, e.g. `Acceptable Use Policy`."""
    kind: PolicyKind
    addresses: tuple[str, ...]
    """One a page, in order; together they are one policy."""

    @property
    def identity(self) -> Identity:
        """Who publishes it and what it covers; the service is part of the title."""
        return Identity(
            developer=self.developer,
            service=self.service,
            title=f"{self.service} {self.title}",
            kind=self.kind,
        )


@cache
def known_policies() -> tuple[KnownPolicy, ...]:
    """Return the known policies in the order of the table."""
    pages: dict[tuple[str, str, str, str], list[str]] = {}
    for row in table_rows("sources/known.csv"):
        key = (row["developer"], row["service"], row["title"], row["kind"])
        pages.setdefault(key, []).append(row["address"])
    return tuple(
        KnownPolicy(developer, service, title, PolicyKind(kind), tuple(addresses))
        for (developer, service, title, kind), addresses in pages.items()
    )
