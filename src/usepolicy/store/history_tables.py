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

SCHEMA = 2
"""In SQLite's `user_version`. 2 has runs, pages and captures; what it added may be empty, so that
an older history gets the columns when it is opened."""

metadata = MetaData()

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # git, git_file, folder, address, declaration
    Column("location", Text, nullable=False, unique=True),
    Column("cursor", Text),  # how far it was read, in its own terms
    Column("ran_at", Text),  # ISO 8601, UTC; when it was last read, whatever came of it
    Column("error", Text),  # what failed then
    Column("developer", Text),  # as the user said; else known facts tell
    Column("service", Text),
    Column("title", Text),
    Column("run_id", Integer),  # the last run that was through with it
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
    Column("media_type", Text),  # as the server said it
    Column("status", Text),  # `unavailable`: the server said so; nothing: the text tells
    Column("origin", Text),  # of which pages it was made: the SHA-256 of their SHA-256
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

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started_at", Text, nullable=False),  # ISO 8601, UTC
    Column("ended_at", Text),  # nothing: it was killed, or goes on
)

pages = Table(
    "pages",
    metadata,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("media_type", Text),
    Column("sha256", Text, ForeignKey("snapshots.sha256"), nullable=False),  # the last good one
)

captures = Table(
    "captures",
    metadata,
    Column("document_id", Integer, ForeignKey("documents.id"), primary_key=True),
    Column("revision", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("sha256", Text, ForeignKey("snapshots.sha256"), nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("source_id", Integer, ForeignKey("sources.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
)
