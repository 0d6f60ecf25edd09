"""Developers: who is behind a tracked document.

Owns the order of evidence: what the user said of the source, then the known facts about the
service. A service that neither knows has no developer: unknown, never the nearest name.
"""

from __future__ import annotations

from functools import cache

from usepolicy.known import known_policies
from usepolicy.store.history import Document

UNKNOWN = "unknown"
"""How a person asks for documents whose developer is not known."""


def developer_of(document: Document) -> str | None:
    """Return the developer of a document; None: unknown."""
    return document.developer or _by_service().get(document.service.casefold())


@cache
def _by_service() -> dict[str, str]:
    """Return the developer of each known service; of a name that two share, none."""
    found: dict[str, set[str]] = {}
    for policy in known_policies():
        found.setdefault(policy.service.casefold(), set()).add(policy.developer)
    return {service: names.pop() for service, names in found.items() if len(names) == 1}
