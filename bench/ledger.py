"""How fast a ledger is: appending, standings, verifying.

Run `python bench/ledger.py [ENTRIES]` (1,000,000 unless told: some minutes and 1 GB of disk). It
prints one table: entries appended per second in batched commits (each on the disk when it is
acknowledged), the standing of an account with that many entries in the ledger (5,000 accounts, the
median and the slowest of 200), and entries verified per second. It runs on one core.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

from ledger_load import LADDER, START, database, decision, link

from usepolicy.enforcement.ledger_verify import verified
from usepolicy.store.ledger import Ledger

ACCOUNTS, BATCH, ASKED = 5_000, 1_000, 200
ONE_IN = 20
"""Decisions of which one blocks; the others are allowed and bear on no standing."""


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with database("sqlite") as place:
        ledger = Ledger.open(place)
        drafting = appending = worked = 0.0
        for first in range(0, total, BATCH):
            start = time.perf_counter()
            drafts = [
                decision(number, ACCOUNTS, blocks_every=ONE_IN)
                for number in range(first, min(first + BATCH, total))
            ]
            middle, processor = time.perf_counter(), time.process_time()
            ledger.append_many(drafts)
            worked += time.process_time() - processor
            drafting += middle - start
            appending += time.perf_counter() - middle
        row("appended per second", f"{total / appending:,.0f}")
        row("appended per processor second", f"{total / worked:,.0f}")
        row("and with making them", f"{total / (appending + drafting):,.0f}")
        head = decision(total, ACCOUNTS).at
        times, points = [], []
        for number in range(ASKED):
            start = time.perf_counter()
            standing = ledger.standing(link(number * ONE_IN % ACCOUNTS), LADDER, head)
            times.append(1_000 * (time.perf_counter() - start))
            points.append(standing.points)
        row("standing, median", f"{statistics.median(times):.2f} ms")
        row("standing, slowest of 200", f"{max(times):.2f} ms")
        row("points of an account, median", f"{statistics.median(points):g}")
        start = time.perf_counter()
        found = verified(ledger.records())
        assert found.fault is None
        row("verified per second", f"{total / (time.perf_counter() - start):,.0f}")
        size = Path(place).stat().st_size
        row("bytes per entry on the disk", f"{size / total:,.0f}")
        ledger.close()
    assert head > START


def row(what: str, value: str) -> None:
    print(f"{what:32} {value:>14}", flush=True)


if __name__ == "__main__":
    main()
