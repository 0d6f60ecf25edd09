"""Whom a provider knows by which subject, and whose role is by its word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; of the people that there are, somebody here gave the role."""
    by_claim = sa.Column("role_by_claim", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("people", by_claim)
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column(
            "person", sa.Text, sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("linked_at", sa.Text, nullable=False),
        sa.UniqueConstraint("issuer", "person", name="uq_identities_issuer"),
    )


def downgrade() -> None:
    """Drop it: who signed in with a provider alone needs a password, or to be linked again."""
    op.drop_table("identities")
    op.drop_column("people", "role_by_claim")
