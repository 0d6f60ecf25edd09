"""Kill the writers of a ledger under load, and look whether anything is lost or half done.

Run `python bench/ledger_kill.py [--times 200] [--place PLACE] [sqlite] [postgresql]`. Each time two
processes write decisions with what follows from them, and both are killed with SIGKILL at moments
drawn by chance. After all of it: the chain holds together, every entry that was acknowledged is
there, every block has its notice and every sanction its cause, and standings are those of the raw
entries. Exits with 1 where one of these does not hold.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

from ledger_load import LADDER, OFFICE, database, decision

from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import Decided, Notified, Sanctioned
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.sanctions import respond
from usepolicy.enforcement.standing import standing_at
from usepolicy.store.ledger import Ledger, View

ACCOUNTS = 40
LONGEST = 0.15
"""Seconds for which a writer writes at most after its first entries."""


def write(place: str, start: int, out: int) -> None:
    """Append decisions for ever; tell of what was acknowledged, a line for each transaction."""
    ledger = Ledger.open(place)
    for number in range(start, start + 1_000_000):
        draft = decision(number, ACCOUNTS)

        def make(view: View, draft: Draft = draft) -> Sequence[Draft]:
            assert draft.account
            return respond(draft, view.standing(draft.account, LADDER, draft.at), OFFICE)

        written = ledger.append_from(make)
        os.write(out, (" ".join(entry.id for entry in written) + "\n").encode())


def killed(place: str, number: int, chance: random.Random) -> list[EntryId]:
    """Return what two writers acknowledged before they were killed."""
    here = multiprocessing.get_context("fork")
    pipes, writers = [os.pipe(), os.pipe()], []
    for which, (_, out) in enumerate(pipes):
        start = (number * 2 + which) * 10_000
        writers.append(here.Process(target=write, args=(place, start, out), daemon=True))
        writers[-1].start()
    first = [os.read(into, 1) for into, _ in pipes]
    for writer in writers:
        time.sleep(chance.uniform(0, LONGEST))
        assert writer.pid
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
    return [id for begun, pipe in zip(first, pipes, strict=True) for id in _told(begun, pipe)]


def _told(begun: bytes, pipe: tuple[int, int]) -> list[EntryId]:
    into, out = pipe
    os.close(out)
    with os.fdopen(into, "rb") as lines:
        whole = (begun + lines.read()).rpartition(b"\n")[0]
    return [EntryId(id) for id in whole.decode().split()]


def faults(entries: Sequence[Entry], acknowledged: Iterable[EntryId]) -> Iterator[str]:
    """Yield what was lost or is half there."""
    there = {entry.id for entry in entries}
    yield from (f"`{id}` was acknowledged, and is gone" for id in acknowledged if id not in there)
    told = {id for entry in entries if isinstance(entry.body, Notified) for id in entry.body.about}
    for entry in entries:
        body = entry.body
        if isinstance(body, Sanctioned) and not set(body.causes) <= there:
            yield f"the sanction `{entry.id}` has no cause"
        blocks = isinstance(body, Decided) and body.outcome is Outcome.BLOCK
        if (blocks or isinstance(body, Sanctioned)) and entry.id not in told:
            yield f"`{entry.id}` has no notice"


def checked(ledger: Ledger, acknowledged: Iterable[EntryId]) -> Iterator[str]:
    """Yield what is wrong with a ledger after its writers were killed."""
    fault = verified(ledger.records()).fault
    if fault is not None:
        yield fault.message
        return
    entries = list(ledger.entries())
    yield from faults(entries, acknowledged)
    at = entries[-1].at
    by_account: dict[AccountLink, list[Entry]] = {}
    for entry in entries:
        if entry.account is not None:
            by_account.setdefault(entry.account, []).append(entry)
    for account, mine in by_account.items():
        if ledger.standing(account, LADDER, at) != standing_at(mine, LADDER, at):
            yield f"the standing of {account[:8]} is not that of its entries"


def kill(place: str, times: int) -> int:
    """Kill writers so often and print what came of it; return how much is wrong."""
    chance, acknowledged = random.Random(9), []
    Ledger.open(place).close()
    for number in range(times):
        acknowledged += killed(place, number, chance)
    ledger = Ledger.open(place)
    found = list(checked(ledger, acknowledged))
    print(*found[:20], sep="\n", end="\n" if found else "")
    print(
        f"{ledger.engine.dialect.name}: {times} times two writers killed, {len(acknowledged)} "
        f"entries acknowledged, {ledger.head().sequence} there, {len(found)} faults"
    )
    ledger.close()
    return len(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--place", help="an empty database that is there, instead of one of ours")
    asked = parser.parse_args()
    if asked.place:
        return int(kill(asked.place, asked.times) > 0)
    wrong = 0
    for kind in asked.kinds:
        with database(kind) as place:
            wrong += kill(place, asked.times)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
