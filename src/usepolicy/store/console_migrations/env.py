"""Where Alembic starts: the connection is handed in, nothing is read from a file."""

from __future__ import annotations

from alembic import context

from usepolicy.store.people_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="console_version",
)
with context.begin_transaction():
    context.run_migrations()
