"""When the console's tests take place, and a password for everybody in them."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSWORD = "a heron on the pier"
