"""The tables of the history: sources, documents, what was recorded of them, what changed."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA = 1
"""In SQLite's `user_version`."""

metadata = MetaData()

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # git, folder, address
    Column("location", Text, nullable=False, unique=True),
    Column("cursor", Text),  # how far it was read, in its own terms
    Column("ran_at", Text),  # ISO 8601, UTC; when it was last read, whatever came of it
    Column("error", Text),  # what failed then
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", Integer, ForeignKey("sources.id"), nullable=False),
    Column("path", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("title", Text, nullable=False),
    UniqueConstraint("source_id", "path"),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),  # zlib
)

records = Table(
    "records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Integer, ForeignKey("documents.id"), nullable=False),
    Column("revision", Text, nullable=False),  # a commit, a file, a time
    Column("at", Text, nullable=False),  # ISO 8601, UTC
    Column("sha256", Text, ForeignKey("snapshots.sha256"), nullable=False),
    UniqueConstraint("document_id", "revision"),
    Index("ix_records_document", "document_id", "at", "id"),
)

changes = Table(
    "changes",
    metadata,
    Column("old_sha256", Text, primary_key=True),
    Column("new_sha256", Text, primary_key=True),
    Column("engine", Text, primary_key=True),  # who compared; another one compares anew
    Column("record", Text, nullable=False),  # JSON
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("target", Text, primary_key=True),  # to whom: the SHA-256 of an address
    Column("event", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("done_at", Text),  # ISO 8601, UTC
    Column("next_at", Text),  # when to try again; neither: given up
)
