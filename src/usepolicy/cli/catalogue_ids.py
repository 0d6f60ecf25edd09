"""Ids of the catalogue where a command takes a POLICY or a CODING."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usepolicy.policies.hand_codings import HandCoding
    from usepolicy.policies.places import KnownWords


def from_catalogue(name: str) -> KnownWords | HandCoding | None:
    """Return what the catalogue has under an id; None for what is no id, or without a catalogue.

    A file of that name wins.

    Raises: UsageError: `not-in-catalogue`.
    """
    if "/" not in name or os.path.lexists(name):
        return None
    from usepolicy.store.catalogue import Catalogue, default_path
    from usepolicy.store.catalogue_queries import find, is_id

    if not is_id(name) or not default_path().exists():
        return None
    return find(Catalogue.open(default_path()), name)
