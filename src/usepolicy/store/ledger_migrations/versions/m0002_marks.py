"""The marks: what bears on the standing of accounts; made again from the entries at any time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables; whoever opens the ledger fills them."""
    op.create_table(
        "marks",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("until", sa.Text),
        sa.Column("mark", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    cached = op.create_table(
        "marked",
        sa.Column("form", sa.Integer, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(cached, [{"form": 1, "sequence": 0}])


def downgrade() -> None:
    """Drop them: the entries hold all that they hold."""
    op.drop_table("marked")
    op.drop_table("marks")
