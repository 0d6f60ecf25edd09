"""Intake: documents from folders, archives, addresses and files into a catalogue, one by one.

Owns that one failure stops nothing else, and the manners on the network: one connection at a
time, a pause between two requests to one host, what its robots.txt asks for. The clock, the pause
and the network come in as arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from usepolicy.errors import DeniedError, FetchError, UsePolicyError
from usepolicy.known import KnownPolicy
from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Identity
from usepolicy.reading.coding_file import is_coding_file, load_coding
from usepolicy.reading.policy_file import load_policies
from usepolicy.reading.sources import Snapshot
from usepolicy.store.catalogue import Catalogue, Kept
from usepolicy.store.catalogue_archive import is_archive, unpacked
from usepolicy.store.catalogue_documents import Documented, read_document
from usepolicy.taxonomy.categories import load_taxonomy

Fetch = Callable[[str], Snapshot]
"""From an address to the document there; raises FetchError."""
POLICY_FILES = (".yaml", ".yml", ".json")
PAUSE_S = 2.0
"""Seconds between two requests to one host."""
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


@dataclass(slots=True)
class Manners:
    """A fetch that waits between two requests to a host and asks its robots.txt first."""

    fetch: Fetch
    wait: Callable[[float], None]
    clock: Callable[[], float]
    """Seconds that only grow."""
    agent: str = "usepolicy"
    _last: dict[str, float] = field(default_factory=dict)
    _robots: dict[str, RobotFileParser] = field(default_factory=dict)

    def __call__(self, address: str) -> Snapshot:
        """Return the document at an address.

        Raises: FetchError; DeniedError: `robots`, the site asks programs to stay away.
        """
        if not self._allowed(address):
            raise DeniedError(
                "robots",
                "the site asks programs not to read this page",
                place=address,
                help="open it in a browser, save it and add the file",
            )
        return self._paced(address)

    def _paced(self, address: str) -> Snapshot:
        host = urlsplit(address).netloc
        if host in self._last:
            self.wait(max(0.0, self._last[host] + PAUSE_S - self.clock()))
        try:
            return self.fetch(address)
        finally:
            self._last[host] = self.clock()

    def _allowed(self, address: str) -> bool:
        parts = urlsplit(address)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            rules = RobotFileParser()
            try:
                found = self._paced(f"{site}/robots.txt").data.decode("utf-8", "replace")
            except FetchError as error:
                if error.code == "unreachable":
                    raise
                found = ""  # no rules are no ban
            except UsePolicyError:
                found = ""
            rules.parse(found.splitlines())
            self._robots[site] = rules
        return self._robots[site].can_fetch(self.agent, address)


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
