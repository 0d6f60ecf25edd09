"""The outbox: what of the entries was sent where, beside the chain, and what is tried again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outbox",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Text),
        sa.Column("done_at", sa.Text),
    )
    waits = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_outbox_waits",
        "outbox",
        ["queue", "sequence"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index("ix_outbox_account", "outbox", ["account"])
    op.create_index("ix_outbox_at", "outbox", ["at"])
    op.create_table(
        "outbox_filled",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them: what was sent is forgotten but for the entries that tell of it."""
    op.drop_table("outbox_filled")
    op.drop_table("outbox")
