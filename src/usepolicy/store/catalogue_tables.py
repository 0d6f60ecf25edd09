"""The tables of the catalogue, as the newest migration leaves them.

Owns their columns. The search over words (`clause_words`, SQLite's FTS5) and its triggers are in
the migration alone: SQLAlchemy has no name for a virtual table.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

HEAD = "0001"
"""The newest migration."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text),
    Column("media_type", Text),
    Column("taken_at", Text, nullable=False),  # ISO 8601, UTC
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),  # the id before the `@`
    Column("developer", Text, nullable=False),  # slug: the id before the `/`
    Column("dated", Text, nullable=False),  # behind the `@`: a day, or `undated`
    Column("text", Text),  # None where only the policy file was at hand
    Column("text_sha256", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("parser", Text, nullable=False),
    Column("added_at", Text, nullable=False),
    Column("current", Boolean, nullable=False),  # whether it is the newest of its name
    Index("ix_versions_name", "name", "dated"),
    Index("ix_versions_current", "current", "developer"),
    Index("ix_versions_added_at", "added_at"),
)

version_snapshots = Table(
    "version_snapshots",
    metadata,
    Column("version_id", Text, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("sha256", Text, ForeignKey("snapshots.sha256"), nullable=False),
    Index("ix_version_snapshots_sha256", "sha256"),
)

policies = Table(
    "policies",
    metadata,
    Column("version_id", Text, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("file", Text, nullable=False),  # the policy file, JSON
    Column("label", Text, nullable=False),
    Column("title", Text),
    Column("kind", Text),
    Column("document_kind", Text),
    Column("modality", Text),
    Column("weights", Text),
    Column("headquarters", Text),
    Column("effective", Text),
    Column("address", Text),
    Column("is_read", Boolean, nullable=False),
    Column("clauses", Integer, nullable=False),
    Column("provisions", Text, nullable=False),  # their kinds, each once, with spaces between
)

clauses = Table(
    "clauses",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("version_id", Text, ForeignKey("versions.id", ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_clauses_version_id", "version_id"),
)

codings = Table(
    "codings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version_id", Text, nullable=False),
    Column("coder", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("file", Text, nullable=False),  # the coding file, JSON
    Column("added_at", Text, nullable=False),
    Index("ix_codings_version_id", "version_id"),
)

cells = Table(
    "cells",
    metadata,
    Column("version_id", Text, ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("category", Text, primary_key=True),
    Column("strength", Text),
    Column("quote", Text, nullable=False),  # the first words
    Column("clause_id", Text),
    Index("ix_cells_category", "category", "version_id"),
)
"""The coded cells of what was read; what has no row is not coded, or unknown if it was not read."""
