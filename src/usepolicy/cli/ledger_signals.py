"""`usepolicy ledger signals`: what stands out about accounts, from the entries of a ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.ledger import Place, acting
from usepolicy.cli.options import ExplainFormat, day_of

if TYPE_CHECKING:
    from usepolicy.enforcement.signal_replay import Raised
    from usepolicy.store.ledger_signals import Term


def signals(
    ladder: Annotated[
        Path, typer.Option(metavar="FILE", help="The ladder, or rules with one, YAML or JSON.")
    ],
    from_: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write those that no entry tells, with what follows.")
    ] = False,
    format: Annotated[ExplainFormat, typer.Option(help="How to print it.")] = ExplainFormat.TABLE,
    place: Place = None,
) -> None:
    """Show the signals that a ladder raises over the ledger, and which of them are recorded."""
    from usepolicy.cli.engines import load_ladder_file
    from usepolicy.cli.render import say
    from usepolicy.enforcement.sanctions import Office, Telling
    from usepolicy.store.ledger import Ledger, default_place, new_id
    from usepolicy.store.ledger_signals import signals_in, write_missing

    term = _term(from_, to)
    office = Office(load_ladder_file(ladder), new_id, Telling("standard", "en", "page"))
    kept = Ledger.open(place or default_place(), create=False)
    found = signals_in(kept, office, term)
    _print(found, format)
    missing = sum(each.recorded is None for each in found)
    said = f"{len(found)} signals, {missing} of them told by no entry"
    if write:
        entries = write_missing(kept, found, office, by=acting())
        said += f"; {len(entries)} entries written"
    elif missing:
        said += ". Write them: --write"
    say(said)


def _term(first: str | None, last: str | None) -> Term:
    from usepolicy.store.ledger_signals import Term

    since, until = day_of(first), day_of(last)
    midnight = datetime.min.time()
    return Term(
        datetime.combine(since, midnight, UTC) if since else None,
        datetime.combine(until, midnight, UTC) + timedelta(days=1) if until else None,
    )


def _print(found: Sequence[Raised], format: ExplainFormat) -> None:
    from usepolicy.cli.render import print_table

    if format is ExplainFormat.JSON:
        sys.stdout.write(json.dumps([_plain(each) for each in found], indent=2) + "\n")
    elif found:
        head = ("at", "account", "signal", "counted", "more than", "in", "usual", "entry")
        print_table(head, [_row(each) for each in found])
    else:
        print("nothing stands out")


def _row(each: Raised) -> tuple[str, ...]:
    signal = each.signal
    return (
        f"{each.at:%Y-%m-%d %H:%M:%S}",
        each.account[:12],
        signal.signal.value,
        str(signal.value),
        str(signal.threshold),
        f"{signal.window_seconds} s",
        "" if signal.usual is None else f"{signal.usual} in {signal.hours} hours",
        each.recorded or "none",
    )


def _plain(each: Raised) -> dict[str, object]:
    signal = each.signal
    return {
        "at": each.at.isoformat(),
        "account": each.account,
        "decision": each.decision,
        "signal": signal.signal.value,
        "value": signal.value,
        "threshold": signal.threshold,
        "window_seconds": signal.window_seconds,
        "usual": signal.usual,
        "hours": signal.hours,
        "category": signal.category,
        "entry": each.recorded,
    }
