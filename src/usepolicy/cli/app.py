"""The program `usepolicy`: its subcommands, and how it ends.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 invalid data, 4 denied. What a subcommand needs is
imported when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from usepolicy import __version__
from usepolicy.cli.ask import ask
from usepolicy.cli.categories import categories
from usepolicy.cli.chain import chain
from usepolicy.cli.check import check
from usepolicy.cli.coding import coding
from usepolicy.cli.compare import compare
from usepolicy.cli.explain import explain
from usepolicy.cli.export import export
from usepolicy.cli.figure import figure
from usepolicy.cli.indicators import indicators
from usepolicy.cli.matrix import matrix
from usepolicy.cli.read import read
from usepolicy.cli.schema import schema
from usepolicy.cli.show import show
from usepolicy.cli.survey import survey
from usepolicy.errors import UsePolicyError

app = typer.Typer(
    name="usepolicy",
    help="Read acceptable use policies into clauses that cite their words, and compare them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(read)
app.command()(show)
app.command()(explain)
app.command()(ask)
app.command()(chain)
app.command()(matrix)
app.command()(check)
app.command()(compare)
app.command()(figure)
app.command()(survey)
app.command()(indicators)
app.command()(export)
app.command()(categories)
app.add_typer(coding)
app.command()(schema)

HELP = "  help: "
INTERRUPTED = 130
"""128 + SIGINT, as shells count it."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"usepolicy {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read acceptable use policies into clauses that cite their words, and compare them."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit; an error that the user can act on is one line, never a traceback."""
    try:
        app(args=list(arguments) if arguments is not None else None, prog_name="usepolicy")
    except UsePolicyError as error:
        sys.exit(report(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of the pipe has seen enough; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def report(error: UsePolicyError) -> int:
    """Print an error with its help on standard error; return the exit code."""
    from usepolicy.cli.render import printable

    lines = [str(error), *([HELP + error.help] if error.help else [])]
    if hasattr(error, "report"):  # a policy file with several problems
        lines = error.report().splitlines()
    for line in lines:
        indent = "  " if line.startswith(HELP) else ""
        print(indent + printable(line).lstrip(), file=sys.stderr)
    return error.exit_code
