"""How quick the site is: after a change, a page made anew and one kept, small and large.

Run `python bench/site.py [--small] [--floors [--slack]]`. The policies are made from the twelve of `bench/own`,
each with other restrictions left out, so that no two are alike. The milliseconds are those of the
processor, of server and client together: another process on the machine adds nothing to them. With
`--floors` it fails past the limits that issue 5 set: 50 ms at the median for home and matrix with 200
policies, 150 ms for list, search and category with 10,000 versions; and that 7 and others set: 100 ms
for a question, 50 ms for the pages of 200 histories. `--small` leaves the 10,000 versions out,
and `--slack` doubles the limits: a busy machine has smaller caches.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from usepolicy.policies.clauses import ClauseId
from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Identity, Policy, PolicyKind
from usepolicy.policies.versions import VersionId
from usepolicy.reading.pipeline import read_source
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.catalogue_documents import Documented
from usepolicy.store.history import History, Taken
from usepolicy.store.history_reading import open_to_read
from usepolicy.tracking.timeline import timelines
from usepolicy.tracking.versions import cut_once
from usepolicy.web.app import create_app
from usepolicy.web.site import Site

OWN = Path(__file__).parent / "own"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
REPEATS = 15
SMALL, LARGE = (200, 1), (2_000, 5)
"""Policies, and versions of each."""
QUICK = {"/": 50, "/matrix": 50, "/ask?use=Voice+clone+that+calls+voters": 100}
"""Addresses with the milliseconds that they may take with 200 policies."""
LATER = {"/policies": 150, "/search?q=malware": 150, "/categories/malware": 150}
"""The same with 10,000 versions."""

TRACKED = {
    "/changes": 50,
    "/changes?kind=all&category=fraud": 50,
    "/tracked": 50,
    "/tracked/service-7/use-policy": 50,
    "/changes/service-7/use-policy@2021-05-01": 50,
    "/timelines/fraud": 50,
    "/feeds/changes.atom": 50,
}
"""The same of a history of 200 policies with ten versions each."""


def policies() -> list[tuple[Policy, str]]:
    """Read the twelve policies of our own."""
    found = [each for path in sorted(OWN.glob("*.md")) for each in read_source(str(path))]
    return [(reading.policy, reading.text) for reading in found]


def variant(of: Policy, number: int, version: int) -> Policy:
    """Return a policy with another name, and with some clauses left out."""
    day = date(2020, 1, 1) + timedelta(days=number % 1000 + 40 * version)
    id = VersionId(f"developer-{number}/use-policy@{day}")
    kept = [c for at, c in enumerate(of.clauses) if (at * 7 + number + version) % 5]
    clauses = tuple(replace(c, id=ClauseId(f"{id}#{c.id.rpartition('#')[2]}")) for c in kept)
    who = Identity(
        developer=f"Developer {number}", title="Use policy", kind=PolicyKind.AUP, effective=day
    )
    sha = f"{number:032x}{version:032x}"
    return replace(
        of, identity=who, version=replace(of.version, id=id, text_sha256=sha), clauses=clauses
    )


def filled(folder: Path, size: tuple[int, int]) -> Catalogue:
    """Return a catalogue of a size."""
    made = Catalogue.open(folder / f"{size[0]}.sqlite")
    read = policies()
    for number in range(size[0]):
        for version in range(size[1]):
            policy, text = read[number % len(read)]
            known = KnownWords(variant(policy, number, version), text)
            made.add(Documented(known), now=NOW)
    return made


def tracked(folder: Path) -> History:
    """Return a history of 200 policies in ten versions, each without other lines than the one before.

    There are twelve texts of our own behind them: what is compared once is not compared again.
    """
    made = History.open(folder / "history.sqlite")
    texts = [path.read_text("utf-8").splitlines() for path in sorted(OWN.glob("*.md"))]
    taken = [
        Taken(f"{n}", f"Service {n}", "Use policy", f"{v}", at, _left_out(texts[n % len(texts)], v))
        for n in range(SMALL[0])
        for v in range(10)
        for at in [datetime(2021, 1, 1, tzinfo=UTC) + timedelta(days=30 * v)]
    ]
    made.keep(made.source("folder", "bench"), taken, cursor=None)
    count = sum(len(each.entries) for each in timelines(made))
    print(f"{SMALL[0]} histories in {len(taken)} versions, {count} changes")
    return open_to_read(made.path)


def _left_out(lines: list[str], version: int) -> bytes:
    kept = [line for at, line in enumerate(lines) if not line or (at * 7 + version) % 9]
    return "\n".join(kept).encode()


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians in milliseconds of the processor, and bytes as they are sent."""

    changed: float
    """The catalogue has changed: all that is kept in memory is made anew too."""
    anew: float
    """The page is made for the first time."""
    kept: float
    """It was made before."""
    sent: int


def measured(catalogue: Catalogue, address: str, history: History | None = None) -> Measured:
    """Ask for an address in three states of the site."""
    site = Site(catalogue, history=history)
    client = TestClient(create_app(site))
    times: dict[str, list[float]] = {"changed": [], "anew": [], "kept": []}
    for _ in range(REPEATS):
        for state, before in (("changed", site.renew), ("anew", site.forget), ("kept", _nothing)):
            before_s = time.process_time()
            before()
            if state == "anew":
                site.shelf().tracked._cut.cache_clear()
                cut_once.cache_clear()
            start = before_s if state == "changed" else time.process_time()
            answer = client.get(address)
            times[state].append((time.process_time() - start) * 1000)
            assert answer.status_code == 200
    size = int(answer.headers["content-length"])
    return Measured(**{state: statistics.median(t) for state, t in times.items()}, sent=size)


def _nothing() -> None:
    """Leave the site as it is."""


def histories(catalogue: Catalogue, history: History) -> bool:
    """Measure and print the pages of histories; return whether one took too long."""
    start = time.perf_counter()
    Site(catalogue, history=history).shelf().tracked.told  # noqa: B018  made when it is asked for
    print(f"  opened in {time.perf_counter() - start:.2f} s")
    print(HEADS)
    missed = False
    for address, limit in TRACKED.items():
        found = measured(catalogue, address, history)
        over = found.anew > limit * slack()
        missed |= over
        print(line(address, found, over=over))
    return missed


def slack() -> int:
    """Return by how much the limits are multiplied."""
    return 2 if "--slack" in sys.argv else 1


HEADS = f"  {'address':42} {'changed':>8} {'anew':>8} {'kept ms':>8} {'bytes':>8}"


def line(address: str, of: Measured, *, over: bool) -> str:
    """Return a line of the table."""
    row = f"{of.changed:8.1f} {of.anew:8.1f} {of.kept:8.1f} {of.sent:8,}"
    return f"  {address:42} {row}{'  over' if over else ''}"


def main() -> int:
    """Measure and print; return 1 where a floor is asked for and missed."""
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for size in (SMALL,) if "--small" in sys.argv else (SMALL, LARGE):
            start = time.perf_counter()
            catalogue = filled(Path(folder), size)
            print(f"{size[0]} policies in {size[0] * size[1]} versions")
            print(f"  filled in {time.perf_counter() - start:.0f} s", end="")
            start = time.perf_counter()
            Site(catalogue)
            print(f", opened in {time.perf_counter() - start:.2f} s")
            print(HEADS)
            floors = QUICK if size == SMALL else LATER
            for address in QUICK | LATER:
                found = measured(catalogue, address)
                over = found.anew > floors.get(address, 10**9) * slack()
                missed |= over
                print(line(address, found, over=over))
            if size == SMALL:
                missed |= histories(catalogue, tracked(Path(folder)))
    return int(missed and "--floors" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
