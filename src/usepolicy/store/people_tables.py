"""The tables of the console: people, their identities, sessions and keys, and failed attempts to sign in.

These rows change and go, unlike the ledger's; no secret stands in any of them, only hashes.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),  # a pseudonym: the ledger names people by it
    Column("name", Text, nullable=False, unique=True),  # folded: what one signs in with
    Column("role", Text, nullable=False),
    Column("account", Text),  # of a holder
    Column(
        "password", Text, nullable=False
    ),  # argon2id with its parameters and salt; or empty: there is none
    Column("created_at", Text, nullable=False),  # ISO 8601, UTC
    Column("disabled_at", Text),
    # Whether a provider's word gave the role, and can take it.
    Column("role_by_claim", Boolean, nullable=False, server_default=false()),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Index("ix_sessions_person", "person"),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),  # as the issuer has it, not folded
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("linked_at", Text, nullable=False),
    UniqueConstraint("issuer", "person"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key_sha256", Text, nullable=False, unique=True),
    Column("shown", Text, nullable=False),  # its first characters, to tell it from others
    Column("label", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # words with blanks between
    Column("made_by", Text, ForeignKey("people.id"), nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("revoked_at", Text),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("who_sha256", Text, nullable=False),  # of a name, an address or both
    Column("at", Text, nullable=False),
    Index("ix_attempts_who_sha256", "who_sha256", "at"),
)
