"""Migrations: a database brought to another form by Alembic, from scripts in the package."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection, folder: str, *, to: str = "head") -> None:
    """Run every migration of a folder of `store/` that the database lacks."""
    command.upgrade(_config(folder, connection), to)


def downgrade(connection: Connection, folder: str, *, to: str) -> None:
    """Take migrations back until the database is as `to` left it; `base` takes all."""
    command.downgrade(_config(folder, connection), to)


def newest(folder: str) -> str | None:
    """Return the newest migration of a folder."""
    return ScriptDirectory.from_config(_config(folder)).get_current_head()


def _config(folder: str, connection: Connection | None = None) -> Config:
    config = Config()
    scripts = resources.files("usepolicy") / "store" / folder
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
