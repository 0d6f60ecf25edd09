"""`usepolicy decide`: what rules make of a request, with the clauses that it breaks."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from usepolicy.cli.engines import OfPolicy, RulesPath
from usepolicy.cli.ledger import KeysPlace
from usepolicy.cli.options import AllowPrivate
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.cli.request_streams import Bytes

LINES = (".jsonl", ".ndjson")


class DecideFormat(StrEnum):
    """How decisions are printed."""

    TABLE = "table"
    NDJSON = "ndjson"


Text = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="A request; `-` or nothing: lines of JSON on stdin."),
]
File = Annotated[
    Path | None,
    typer.Option("--file", help="A file: lines of JSON (.jsonl), a request (.json), or a text."),
]
ChannelName = Annotated[
    str | None,
    typer.Option("--channel", help="What a text is: prompt, output, declared_use or metadata."),
]
SurfaceName = Annotated[
    str | None, typer.Option("--surface", help="Where it comes in: api, interface or weights.")
]
Jurisdiction = Annotated[
    str | None, typer.Option("--jurisdiction", help="Country of the user: two letters.")
]
Locale = Annotated[str | None, typer.Option("--locale", help="Language of the user, e.g. `en-GB`.")]
Grants = Annotated[
    list[str] | None, typer.Option("--grant", help="A grant that is in force; repeatable.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Show the steps to each decision.")]
AccountId = Annotated[
    str | None, typer.Option("--account", help="Your own id of who asks, for the ledger.")
]
Function = Annotated[
    str | None,
    typer.Option("--function", help="Which of your functions it uses, as a ladder limits them."),
]
Into = Annotated[
    str | None,
    typer.Option("--ledger", metavar="PLACE", help="Write each decision to this ledger."),
]
Ladder = Annotated[
    Path | None, typer.Option("--ladder", metavar="FILE", help="What follows from violations.")
]
HowPrinted = Annotated[
    DecideFormat | None,
    typer.Option("--format", help="How to print it; a table for one text, else ndjson."),
]


def decide(  # noqa: PLR0913  a parameter is an option of the command line
    text: Text = None,
    rules: RulesPath = None,
    policy: OfPolicy = None,
    file: File = None,
    channel: ChannelName = None,
    surface: SurfaceName = None,
    jurisdiction: Jurisdiction = None,
    locale: Locale = None,
    grant: Grants = None,
    account: AccountId = None,
    function: Function = None,
    ledger: Into = None,
    keys: KeysPlace = None,
    ladder: Ladder = None,
    explain: Explain = False,
    format: HowPrinted = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Decide requests: allow, warn, refer or block, with the clauses that they break."""
    from usepolicy.cli.decide_runs import Run, defaults_of, of_file, of_text, opened
    from usepolicy.cli.engines import load_engine, recorder_for

    if text is not None and text != "-" and file is not None:
        raise UsageError("two-texts", "a text and `--file` each say what to decide")
    if ledger is not None and explain:
        raise UsageError("explained-record", "`--explain` is for looking, `--ledger` for keeping")
    told = defaults_of(channel, surface, jurisdiction, locale=locale, grants=grant or [])
    defaults = replace(told, account=account, function=function)
    engine = load_engine(rules, policy, allow_private=allow_private)
    recorder = recorder_for(engine, ledger, keys, ladder) if ledger is not None else None
    run = Run(engine, defaults, explain, recorder)
    if file is not None and file.suffix.lower() in LINES:
        with opened(file) as stream:
            code = run.stream(stream, table=format is DecideFormat.TABLE)
    elif file is not None or text not in (None, "-"):
        request = of_file(file, defaults) if file else of_text(str(text), defaults)
        code = run.one(request, table=format is not DecideFormat.NDJSON)
    else:
        code = run.stream(cast("Bytes", sys.stdin.buffer), table=format is DecideFormat.TABLE)
    if code:
        raise typer.Exit(code)
