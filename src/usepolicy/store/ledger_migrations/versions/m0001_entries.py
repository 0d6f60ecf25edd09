"""The entries, which are only ever added to, and the excerpts beside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SQLITE = (
    "CREATE TRIGGER entries_keep BEFORE UPDATE ON entries BEGIN "
    "SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN "
    "SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    # INSERT OR REPLACE deletes without a trigger: what is there is found before.
    "CREATE TRIGGER entries_follow BEFORE INSERT ON entries "
    "WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM entries) "
    "OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id) BEGIN "
    "SELECT RAISE(ABORT, 'the ledger is append-only: an entry has its place or id'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
    "CREATE TRIGGER entries_keep BEFORE UPDATE OR DELETE ON entries "
    "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
    "CREATE TRIGGER entries_stay BEFORE TRUNCATE ON entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()",
    "CREATE FUNCTION ledger_in_place() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM entries) THEN "
    "RAISE EXCEPTION 'the ledger is append-only: an entry has its place'; END IF; "
    "RETURN NEW; END $$",
    "CREATE TRIGGER entries_follow BEFORE INSERT ON entries "
    "FOR EACH ROW EXECUTE FUNCTION ledger_in_place()",
)


def upgrade() -> None:
    """Make the entries, what guards them, and the excerpts."""
    _make_entries()
    _make_excerpts()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Drop a ledger that has no entries; one that has some is never dropped by a migration."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM entries LIMIT 1")).first() is not None:
        raise RuntimeError("the ledger has entries: export it, and remove the database by hand")
    op.drop_table("excerpts")
    op.drop_table("entries")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION ledger_append_only()")
        op.execute("DROP FUNCTION ledger_in_place()")


def _make_entries() -> None:
    op.create_table(
        "entries",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("case_id", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_entries_id", "entries", ["id"], unique=True)
    op.create_index("ix_entries_at", "entries", ["at"])
    op.create_index("ix_entries_kind", "entries", ["kind", "sequence"])
    for column in ("account", "case_id"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_entries_{column}",
            "entries",
            [column, "sequence"],
            sqlite_where=there,
            postgresql_where=there,
        )


def _make_excerpts() -> None:
    op.create_table(
        "excerpts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_excerpts_account", "excerpts", ["account"])
    op.create_index("ix_excerpts_expires_at", "excerpts", ["expires_at"])
