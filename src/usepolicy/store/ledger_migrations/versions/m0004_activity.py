"""What accounts asked and when, for signals and rates; made again from the entries at any time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
ANEW = "UPDATE marked SET form = 0"
"""No program has this form: whoever opens the ledger goes through all entries."""


def upgrade() -> None:
    """Make the tables; whoever opens the ledger fills them."""
    op.create_table(
        "activity",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("likeness", sa.Text),
        sqlite_with_rowid=False,
    )
    there = sa.text("likeness IS NOT NULL")
    op.create_index(
        "ix_activity_likeness",
        "activity",
        ["account", "likeness", "at"],
        sqlite_where=there,
        postgresql_where=there,
    )
    op.create_table(
        "active_hours",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("hour", sa.Text, primary_key=True),
        sa.Column("requests", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "latest",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(ANEW)


def downgrade() -> None:
    """Drop them: the entries hold all that they hold."""
    for table in ("latest", "active_hours", "activity"):
        op.drop_table(table)
    op.execute(ANEW)
