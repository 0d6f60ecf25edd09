"""`usepolicy rules`: rules files, checked, pinned and tested."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.options import AllowPrivate

rules = typer.Typer(
    name="rules",
    help="Check rules files, pin the policies that they enforce, run test cases.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="A rules file.")]


@rules.command(cls=Command)
def pin(file: RulesFile, allow_private: AllowPrivate = False) -> None:
    """Print the pins of the policies as they are read now, to be pasted into the file."""
    from usepolicy.cli.engines import current_pins
    from usepolicy.cli.render import say
    from usepolicy.reading.policy_yaml import to_yaml

    pins = list(current_pins(file, allow_private=allow_private))
    keys = ("version", "text_sha256", "sha256")
    entries = [{"source": source} | {k: str(getattr(pin, k)) for k in keys} for source, pin in pins]
    sys.stdout.write(to_yaml([dict(entry) for entry in entries]))
    say(
        f"{len(pins)} policies. Paste them under `policies:` of {file}, once you have looked at them"
    )
