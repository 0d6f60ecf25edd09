"""The catalogue: snapshots, versions, policies, clauses with a search, codings and cells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "cells",
    "codings",
    "clauses",
    "policies",
    "version_snapshots",
    "versions",
    "snapshots",
)

SEARCH = (
    "CREATE VIRTUAL TABLE clause_words USING fts5("
    "text, content='clauses', content_rowid='number', tokenize='porter unicode61')",
    "CREATE TRIGGER clauses_added AFTER INSERT ON clauses BEGIN "
    "INSERT INTO clause_words(rowid, text) VALUES (new.number, new.text); END",
    "CREATE TRIGGER clauses_removed AFTER DELETE ON clauses BEGIN "
    "INSERT INTO clause_words(clause_words, rowid, text) "
    "VALUES ('delete', old.number, old.text); END",
)


def upgrade() -> None:
    """Make the tables and the search."""
    _documents()
    _readings()
    for statement in SEARCH:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything."""
    op.execute("DROP TABLE clause_words")
    for table in TABLES:
        op.drop_table(table)


def _documents() -> None:
    op.create_table(
        "snapshots",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("media_type", sa.Text),
        sa.Column("taken_at", sa.Text, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Text, primary_key=True),
        *(_filled(name) for name in ("name", "developer", "dated")),
        sa.Column("text", sa.Text),
        *(_filled(name) for name in ("text_sha256", "language", "parser", "added_at")),
        sa.Column("current", sa.Boolean, nullable=False),
    )
    op.create_index("ix_versions_name", "versions", ["name", "dated"])
    op.create_index("ix_versions_current", "versions", ["current", "developer"])
    op.create_index("ix_versions_added_at", "versions", ["added_at"])
    op.create_table(
        "version_snapshots",
        _version(primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.Text, sa.ForeignKey("snapshots.sha256"), nullable=False),
    )
    op.create_index("ix_version_snapshots_sha256", "version_snapshots", ["sha256"])


def _readings() -> None:
    known = ("title", "kind", "document_kind", "modality", "weights", "headquarters")
    op.create_table(
        "policies",
        _version(primary_key=True),
        _filled("file"),
        _filled("label"),
        *(sa.Column(name, sa.Text) for name in (*known, "effective", "address")),
        sa.Column("is_read", sa.Boolean, nullable=False),
        sa.Column("clauses", sa.Integer, nullable=False),
        _filled("provisions"),
    )
    op.create_table(
        "clauses",
        sa.Column("number", sa.Integer, primary_key=True),
        _filled("id"),
        _version(primary_key=False),
        _filled("text"),
    )
    op.create_index("ix_clauses_version_id", "clauses", ["version_id"])
    op.create_table(
        "codings",
        sa.Column("id", sa.Text, primary_key=True),
        _filled("version_id"),
        *(_filled(name) for name in ("coder", "label", "file", "added_at")),
    )
    op.create_index("ix_codings_version_id", "codings", ["version_id"])
    op.create_table(
        "cells",
        _version(primary_key=True),
        sa.Column("category", sa.Text, primary_key=True),
        sa.Column("strength", sa.Text),
        _filled("quote"),
        sa.Column("clause_id", sa.Text),
    )
    op.create_index("ix_cells_category", "cells", ["category", "version_id"])


def _filled(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _version(*, primary_key: bool) -> sa.Column[str]:
    target = sa.ForeignKey("versions.id", ondelete="CASCADE")
    return sa.Column("version_id", sa.Text, target, primary_key=primary_key, nullable=False)
