"""`usepolicy rules`: rules files, checked, pinned and tested."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.ledger import KeysPlace, Place
from usepolicy.cli.options import AllowPrivate, ExplainFormat, TableFormat

rules = typer.Typer(
    name="rules",
    help="Check rules files, pin the policies that they enforce, run test cases.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="A rules file.")]


CaseFiles = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of cases.")]
CheckFormat = Annotated[TableFormat, typer.Option("--format", help="How to print the findings.")]


@rules.command(cls=Command)
def check(
    file: RulesFile,
    format: CheckFormat = TableFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Look for rules that never fire, what no rule covers, and what can't be enforced."""
    from usepolicy.cli.engines import load_rules_file
    from usepolicy.cli.render import printable, say
    from usepolicy.cli.tables import print_as
    from usepolicy.comparison.figures import Table
    from usepolicy.enforcement.grounds import Grounds
    from usepolicy.enforcement.rules_lint import lint
    from usepolicy.taxonomy.categories import load_taxonomy

    loaded = load_rules_file(file, allow_private=allow_private)
    knowledge = {name: each.targets for name, each in loaded.detectors.items()}
    found = lint(loaded.rules, Grounds(loaded.policies, load_taxonomy()), knowledge)
    rows = []
    for number, each in enumerate(found, 1):
        line = loaded.line_of(each.path) if each.path else None
        place = loaded.place if line is None else f"{loaded.place}:{line}"
        rows.append((str(number), each.code, place, each.message, each.advice))
    if format is TableFormat.TABLE:
        for number_, code, place, message, advice in rows:
            print(printable(f"[{number_}/{len(rows)}] {code}: {place}: {message}"))
            print(f"  help: {printable(advice)}")
    else:
        print_as(Table(("number", "code", "place", "message", "advice"), tuple(rows)), format)
    rules_ = len(loaded.rules.rules)
    say(
        f"{rules_} rules, {len(found)} findings. They are advice: the rules can be used as they are"
    )


@rules.command("test", cls=Command)
def cases(files: CaseFiles, allow_private: AllowPrivate = False) -> None:
    """Run test cases: requests with the decisions that rules must come to."""
    from usepolicy.cli.rules_tests import run_cases

    if run_cases(files, allow_private=allow_private):
        raise typer.Exit(1)


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


@rules.command("try", cls=Command)
def try_(  # noqa: PLR0913  a parameter is an option of the command line
    candidate: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The rules to try.")
    ] = None,
    in_force: Annotated[
        Path | None, typer.Option("--rules", metavar="FILE", help="The rules in force.")
    ] = None,
    ladder: Annotated[
        Path | None, typer.Option("--ladder", metavar="FILE", help="A ladder to try.")
    ] = None,
    ladder_in_force: Annotated[
        Path | None,
        typer.Option("--ladder-in-force", metavar="FILE", help="Else examples/ladder.yaml."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back.")] = 30,
    words: Annotated[
        bool, typer.Option("--words", help="Decide kept words anew; each reading is an entry.")
    ] = False,
    format: Annotated[ExplainFormat, typer.Option(help="How to print it.")] = ExplainFormat.TABLE,
    place: Place = None,
    keys: KeysPlace = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Tell what other rules, or another ladder, would have made of recent decisions."""
    from usepolicy.cli.rules_try import Tried, try_out

    asked = Tried(candidate, in_force, ladder, ladder_in_force, days, words)
    try_out(asked, (place, keys), format, private=allow_private)
