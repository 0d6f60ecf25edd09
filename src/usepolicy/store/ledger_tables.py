"""The tables of the ledger, as the newest migration leaves them.

Owns their columns. What guards the entries, indexes and triggers, is in the migrations alone.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

HEAD = "0004"
"""The newest migration."""
FOLDER = "ledger_migrations"

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("previous", LargeBinary, nullable=False),
    Column("id", Text, nullable=False),
    Column("at", Text, nullable=False),  # as `stamp` writes it: its order is that of time
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("account", Text),
    Column("case_id", Text),
    Column("body", Text, nullable=False),  # in canonical form; no JSON type, which would change it
    Column("hash", LargeBinary, nullable=False),
)

excerpts = Table(
    "excerpts",
    metadata,
    Column("id", Text, primary_key=True),  # of the entry
    Column("account", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),  # sealed, see `enforcement.keys`
)

marks = Table(
    "marks",
    metadata,
    Column("account", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("until", Text),
    Column("mark", Text, nullable=False),  # JSON
)

marked = Table(
    "marked",
    metadata,
    Column("form", Integer, primary_key=True),  # of the marks; another form is made anew
    Column("sequence", BigInteger, nullable=False),  # up to which entry there are marks
)

outbox = Table(
    "outbox",
    metadata,
    Column("queue", Text, primary_key=True),  # what is sent how, e.g. `notices by email`
    Column("id", Text, primary_key=True),  # of the entry that is sent
    Column("sequence", BigInteger, nullable=False),
    Column("account", Text),
    Column("at", Text, nullable=False),  # of the entry
    Column("attempts", Integer, nullable=False),
    Column("next_at", Text),  # when it is tried next; null where it is done or given up
    Column("done_at", Text),
)

outbox_filled = Table(
    "outbox_filled",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),  # up to which entry it was looked for
)

activity = Table(
    "activity",
    metadata,
    Column("account", Text, primary_key=True),
    Column("at", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("likeness", Text),  # the first letters of the hash: it tells apart within an account
)

active_hours = Table(
    "active_hours",
    metadata,
    Column("account", Text, primary_key=True),
    Column("hour", Text, primary_key=True),  # 2026-03-01T09
    Column("requests", Integer, nullable=False),
)

latest = Table(
    "latest",
    metadata,
    Column("account", Text, primary_key=True),
    Column("what", Text, primary_key=True),  # `signal volume`, `refused ID`, `grant ID`
    Column("at", Text, nullable=False),
)
