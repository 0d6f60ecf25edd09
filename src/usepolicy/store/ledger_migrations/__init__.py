"""The migrations of the ledger, for SQLite and PostgreSQL."""
