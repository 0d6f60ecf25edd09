"""Intake: documents from folders, archives, addresses and files into a catalogue, one by one.

Owns that one failure stops nothing else; the manners on the network are those of `reading.manners`.
The clock and the network come in as arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from usepolicy.errors import UsePolicyError
from usepolicy.known import KnownPolicy
from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Identity
from usepolicy.reading.coding_file import is_coding_file, load_coding
from usepolicy.reading.manners import Fetch
from usepolicy.reading.policy_file import load_policies
from usepolicy.reading.sources import Snapshot
from usepolicy.store.catalogue import Catalogue, Kept
from usepolicy.store.catalogue_archive import is_archive, unpacked
from usepolicy.store.catalogue_documents import Documented, read_document
from usepolicy.taxonomy.categories import load_taxonomy

POLICY_FILES = (".yaml", ".yml", ".json")
UNREACHED = 3
"""Hosts in a row that can't be reached, with none that could, before it is the machine."""


class Stopped(StrEnum):
    """Why known policies were not asked for."""

    NO_NETWORK = "no-network"


@dataclass(frozen=True, slots=True)
class Item:
    """One policy to add."""

    place: str
    """What a message names: an address, a path."""
    identity: Identity
    load: Callable[[], Sequence[Snapshot]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item."""

    place: str
    id: str = ""
    """Of the version or the coding; empty where it failed."""
    kept: Kept | None = None
    error: UsePolicyError | None = None
    stopped: Stopped | None = None


def known_items(known: Iterable[KnownPolicy], fetch: Fetch, *, now: datetime) -> Iterator[Item]:
    """Yield an item for each known policy, recorded today; a page of two is asked for once."""
    known, today = tuple(known), now.astimezone(UTC).date()
    counts = Counter(address for each in known for address in each.addresses)
    kept: dict[str, Snapshot] = {}

    def once(address: str) -> Snapshot:
        if counts[address] == 1:
            return fetch(address)
        if address not in kept:
            kept[address] = fetch(address)
        return kept[address]

    for each in known:
        addresses = each.addresses
        yield Item(
            place=addresses[0],
            identity=replace(each.identity, recorded=today),
            load=lambda addresses=addresses: [once(address) for address in addresses],  # type: ignore[misc]
        )


def add_items(catalogue: Catalogue, items: Iterable[Item], *, now: datetime) -> Iterator[Outcome]:
    """Add items one by one; the outcome of each comes as soon as it is known.

    Where no host at all can be reached the rest is not tried, and the last outcome says so.
    """
    unreached: set[str] = set()
    for item in items:
        outcome = _add(catalogue, item, now)
        yield outcome
        code = outcome.error.code if outcome.error else ""
        if code != "unreachable":
            unreached = set() if code else {""}
        elif "" not in unreached:
            unreached.add(urlsplit(item.place).netloc)
            if len(unreached) == UNREACHED:
                yield Outcome(item.place, stopped=Stopped.NO_NETWORK)
                return


def add_file(catalogue: Catalogue, path: Path, data: bytes, *, now: datetime) -> Iterator[Outcome]:
    """Add what a policy file, which may hold several policies, or a coding file holds."""
    place = str(path)
    try:
        if is_coding_file(data):
            hand = load_coding(data, place=place, study_names=load_taxonomy().study_names)
            yield Outcome(place, *catalogue.add_coding(hand, now=now))
            return
        for policy in load_policies(data, place=place):
            yield Outcome(place, *catalogue.add(Documented(KnownWords(policy)), now=now))
    except UsePolicyError as error:
        yield Outcome(place, error=error)


def archive_items(path: Path, identity: Identity) -> Iterator[Item]:
    """Yield an item for each document of a `.zip` or `.tar` archive.

    Raises: ExtractError: it is no such archive, or has too much in it.
    """
    assert is_archive(path)
    for snapshot in unpacked(path):
        yield snapshot_item(snapshot, identity)


def snapshot_item(snapshot: Snapshot, identity: Identity) -> Item:
    """Return the item of a document that is at hand."""
    return Item(snapshot.place, identity, lambda: [snapshot])


def _add(catalogue: Catalogue, item: Item, now: datetime) -> Outcome:
    try:
        document = read_document(item.load(), item.identity)
        return Outcome(item.place, *catalogue.add(document, now=now))
    except UsePolicyError as error:
        return Outcome(item.place, error=error)
