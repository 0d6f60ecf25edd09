"""The program `usepolicy`: its subcommands, and how it ends.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 invalid data, 4 denied. What a subcommand needs is
imported when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from usepolicy import __version__
from usepolicy.cli.ask import ask
from usepolicy.cli.catalogue import catalogue
from usepolicy.cli.categories import categories
from usepolicy.cli.chain import chain
from usepolicy.cli.changes import changes
from usepolicy.cli.check import check
from usepolicy.cli.coding import coding
from usepolicy.cli.commands import Command, wrong_usage
from usepolicy.cli.compare import compare
from usepolicy.cli.compile import compile_
from usepolicy.cli.console import console, people
from usepolicy.cli.decide import decide
from usepolicy.cli.evaluate import evaluate
from usepolicy.cli.explain import explain
from usepolicy.cli.export import export
from usepolicy.cli.figure import figure
from usepolicy.cli.indicators import indicators
from usepolicy.cli.init import init
from usepolicy.cli.ledger import ledger
from usepolicy.cli.ledger_hook import hook
from usepolicy.cli.ledger_lift import lift
from usepolicy.cli.ledger_retain import retain
from usepolicy.cli.ledger_signals import signals
from usepolicy.cli.matrix import matrix
from usepolicy.cli.notices import notices
from usepolicy.cli.read import read
from usepolicy.cli.report import make_report
from usepolicy.cli.rules import rules
from usepolicy.cli.schema import schema
from usepolicy.cli.serve import serve
from usepolicy.cli.show import show
from usepolicy.cli.survey import survey
from usepolicy.cli.track import track
from usepolicy.errors import UsePolicyError

app = typer.Typer(
    name="usepolicy",
    help="Read acceptable use policies into clauses that cite their words, and compare them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(cls=Command)(read)
app.command(cls=Command)(show)
app.command(cls=Command)(explain)
app.command(cls=Command)(ask)
app.command(cls=Command)(chain)
app.command(cls=Command)(matrix)
app.command(cls=Command)(check)
app.command(cls=Command)(compare)
app.command(cls=Command)(changes)
app.command("compile", cls=Command)(compile_)
app.command(cls=Command)(figure)
app.command(cls=Command)(survey)
app.command(cls=Command)(indicators)
app.command(cls=Command)(export)
app.command("report", cls=Command)(make_report)
app.command(cls=Command)(categories)
app.command(cls=Command)(init)
app.command(cls=Command)(decide)
app.command(cls=Command)(evaluate)
app.command(cls=Command)(serve)
app.add_typer(coding)
app.add_typer(catalogue)
app.add_typer(track)
app.add_typer(rules)
ledger.command("signals", cls=Command)(signals)
app.add_typer(ledger)
ledger.command("lift", cls=Command)(lift)
ledger.command("retain", cls=Command)(retain)
ledger.command("hook", cls=Command)(hook)
app.add_typer(notices)
app.add_typer(people)
app.command(cls=Command)(console)
app.command(cls=Command)(schema)

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
    from usepolicy.cli import streams

    streams.open_streams()
    try:
        code = _run(list(arguments) if arguments is not None else None)
        sys.stdout.flush()  # so that it fails here and not when Python ends
    except BrokenPipeError:  # the reader of the pipe has seen enough
        code = 1
    except OSError as error:
        if error.filename is not None:
            raise
        # Files and the network have errors of ours by now: what is left is our own output.
        code = report(streams.unwritable(error))
    except KeyboardInterrupt:
        code = INTERRUPTED
    streams.give_up()
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """Run a command; return the exit code."""
    try:
        ended = app(args=arguments, prog_name="usepolicy", standalone_mode=False)
    except UsePolicyError as error:
        return report(error)
    except Exception as error:
        wrong = wrong_usage(error)
        if wrong is None:
            raise
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error, file=sys.stderr)
            return wrong.exit_code
        return report(wrong)
    return ended if isinstance(ended, int) else 0


def report(error: UsePolicyError) -> int:
    """Print an error with its help on standard error; return the exit code."""
    from usepolicy.cli.render import printable

    lines = [str(error), *([HELP + error.help] if error.help else [])]
    if hasattr(error, "report"):  # a policy file with several problems
        lines = error.report().splitlines()
    for line in lines:
        indent = "  " if line.startswith(HELP) else ""
        with contextlib.suppress(OSError):  # where it can't be said, the exit code still tells
            print(indent + printable(line).lstrip(), file=sys.stderr)
    return error.exit_code
