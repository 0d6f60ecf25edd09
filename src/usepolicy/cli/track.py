"""`usepolicy track`: the recorded versions of policies, and what happened to them.

Owns the list of its subcommands; each has a file.
"""

from __future__ import annotations

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.track_add import add
from usepolicy.cli.track_digest import digest
from usepolicy.cli.track_feed import feed
from usepolicy.cli.track_import import import_
from usepolicy.cli.track_list import list_
from usepolicy.cli.track_notify import notify
from usepolicy.cli.track_remove import remove
from usepolicy.cli.track_run import run
from usepolicy.cli.track_status import status

track = typer.Typer(name="track", help="Keep how policies change, and say what matters.")
for name, command in (
    ("add", add),
    ("remove", remove),
    ("run", run),
    ("import", import_),
    ("status", status),
    ("list", list_),
    ("digest", digest),
    ("feed", feed),
    ("notify", notify),
):
    track.command(name, cls=Command)(command)
