"""`usepolicy coding`: codings by people. Here: the group, and `edit`, from a policy to a sheet that
a person fills in, and from the sheet to a coding file.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date as Date  # noqa: N812  the option is named `date`
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.coding_sets import check, compare
from usepolicy.cli.commands import Command
from usepolicy.cli.options import AllowPrivate, day_of
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usepolicy.policies.codings import Coding
    from usepolicy.policies.hand_codings import HandCoding
    from usepolicy.policies.places import KnownWords
    from usepolicy.reading.coding_edit import Edited, Stamp

coding = typer.Typer(
    name="coding",
    help="Code policies by hand, measure how coders agree, look for what is odd.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Policy = Annotated[str, typer.Argument(help="The policy: its file, a document or an address.")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Write a sheet (.csv) or a coding file (.yaml, .json)."),
]
From = Annotated[
    list[str] | None,
    typer.Option("--from", metavar="SHEET|CODING", help="Decisions: sheets and coding files."),
]
Coder = Annotated[str | None, typer.Option(help="Who decided what the sheet holds anew.")]
Day = Annotated[str | None, typer.Option("--date", help="When, YYYY-MM-DD; today if left out.")]


@coding.command(cls=Command)
def edit(
    policy: Policy,
    output: Output = None,
    sources: From = None,
    coder: Coder = None,
    date: Day = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Write a sheet for a person to fill in, or read it back into a coding file."""
    from usepolicy.cli.codings import machine_coding
    from usepolicy.cli.render import say

    given = sources or []
    is_sheet = _writes_sheet(output, given)
    _check_target(output, given)
    known = _one_policy(policy, allow_private=allow_private)
    machine = machine_coding(known.policy)
    codings = [name for name in given if not _is_sheet(name)]
    hand = _earlier(known, machine, codings)
    sheets = [name for name in given if _is_sheet(name)]
    if sheets:
        stamp = _stamp(coder, day_of(date) or Date.today())
        for name in sheets:
            hand = _read_sheet(name, known, machine, hand, stamp=stamp)
    if is_sheet:
        rows = _write_sheet(output, machine, hand)
        say(f"{rows}. Fill it in, then: {_next_step(policy, [*codings, output or 'SHEET.csv'])}")
    else:
        _write_coding(output, hand)


coding.command(cls=Command)(compare)
coding.command(cls=Command)(check)


def _is_sheet(name: str | Path) -> bool:
    return Path(name).suffix.lower() == ".csv"


def _writes_sheet(output: Path | None, sources: Sequence[str]) -> bool:
    """Tell whether a sheet is asked for: by the ending, or because there is nothing to read back.

    Raises: UsageError: `unknown-format`, `no-decisions`.
    """
    from usepolicy.cli.files import POLICY_FILES

    if output is None:
        return not sources
    if _is_sheet(output):
        return True
    if output.suffix.lower() not in POLICY_FILES:
        message = f"`{output}` is neither a sheet nor a coding file by its ending"
        raise UsageError("unknown-format", message, help="one of: .csv, .yaml, .json")
    if not sources:
        message = "a coding file holds decisions, and none are given"
        help = "write a sheet with -o SHEET.csv, fill it in, give it with --from"
        raise UsageError("no-decisions", message, help=help)
    return False


def _check_target(output: Path | None, sources: Sequence[str]) -> None:
    """Refuse to write over decisions that are not read first.

    Raises: UsageError: `would-lose-decisions`.
    """
    read = {Path(name).resolve() for name in sources}
    if output is not None and output.is_file() and output.resolve() not in read:
        message = f"`{output}` exists and may hold decisions"
        help = "read it too, with --from, or take another name"
        raise UsageError("would-lose-decisions", message, help=help)


def _one_policy(source: str, *, allow_private: bool) -> KnownWords:
    from usepolicy.cli.files import load_known

    policies = load_known(source, allow_private=allow_private)
    if len(policies) != 1:
        message = f"`{source}` holds {len(policies)} policies"
        raise UsageError("several-policies", message, help="a sheet is about one")
    return policies[0]


def _earlier(known: KnownWords, machine: Coding, names: Sequence[str]) -> HandCoding:
    """Return the decisions of coding files that hold for this text; of two the later."""
    from dataclasses import replace

    from usepolicy.cli.codings import load_people, say_lost
    from usepolicy.cli.render import say
    from usepolicy.policies.hand_codings import HandCoding, carry, replaced

    version = known.policy.version
    hand = HandCoding(version.id, version.text_sha256, known.policy.identity)
    for name in names:
        for each in load_people([name]):
            if not each.concerns(version):
                say(f"warning[other-policy]: {name}: made for `{each.version_id}`")
            carried = carry(each, known, machine)
            say_lost(carried, name)
            hand = replace(hand, cells=replaced(hand.cells, carried.coding.cells))
    return hand


def _stamp(coder: str | None, day: Date) -> Stamp:
    from usepolicy.reading.coding_edit import Stamp

    if not coder or not coder.strip():
        raise UsageError("no-coder", "a sheet is somebody's", help="say whose: --coder NAME")
    return Stamp(coder.strip(), day)


def _read_sheet(
    name: str, known: KnownWords, machine: Coding, earlier: HandCoding, *, stamp: Stamp
) -> HandCoding:
    from usepolicy.cli.files import bytes_of
    from usepolicy.cli.render import say
    from usepolicy.reading.coding_edit import Desk, read_decisions
    from usepolicy.reading.coding_sheet import load_sheet
    from usepolicy.taxonomy.categories import load_taxonomy

    rows = load_sheet(bytes_of(Path(name)), place=name)
    desk = Desk(known, machine, earlier, stamp, load_taxonomy().study_names)
    edited = read_decisions(rows, desk, place=name)
    say(_account(name, edited))
    return edited.coding


def _account(name: str, edited: Edited) -> str:
    withdrawn = f", {edited.withdrawn} withdrawn" if edited.withdrawn else ""
    foreign = f", {edited.foreign} rows about other policies" if edited.foreign else ""
    return f"{name}: {edited.decided} decisions{withdrawn}{foreign}"


def _write_sheet(output: Path | None, machine: Coding, hand: HandCoding) -> str:
    """Write the sheet, or print it; return what it holds, in words."""
    from usepolicy.cli.files import write_files
    from usepolicy.reading.coding_edit import sheet_rows
    from usepolicy.reading.coding_sheet import dump_sheet
    from usepolicy.taxonomy.categories import load_taxonomy

    decided = {cell.category: cell for cell in hand.cells}
    rows = sheet_rows(machine, hand.text_sha256, load_taxonomy().study_names, decided)
    if output is None:
        sys.stdout.write(dump_sheet(rows))
    else:
        write_files({output: dump_sheet(rows)})
    values = Counter(row.machine for row in rows)
    counts = ", ".join(f"{values[v]} {v.replace('_', ' ')}" for v in sorted(values))
    return f"{len(rows)} rows: {counts}; {len(decided)} decided"


def _next_step(policy: str, sources: Sequence[str | Path]) -> str:
    """Return the command that reads the sheet back, with the coding files that it was made from."""
    from usepolicy.cli.render import shell_word

    given = " ".join(f"--from {shell_word(str(source))}" for source in sources)
    return f"usepolicy coding edit {shell_word(policy)} {given} --coder NAME -o CODING.yaml"


def _write_coding(output: Path | None, hand: HandCoding) -> None:
    from usepolicy.cli.files import write_files
    from usepolicy.cli.render import say, shell_word
    from usepolicy.reading.coding_file import dump_coding
    from usepolicy.reading.policy_file import PolicyFormat
    from usepolicy.taxonomy.categories import load_taxonomy

    as_json = output is not None and output.suffix.lower() == ".json"
    form = PolicyFormat.JSON if as_json else PolicyFormat.YAML
    text = dump_coding(hand, format=form, study_names=load_taxonomy().study_names)
    if output is None:
        sys.stdout.write(text)
    else:
        write_files({output: text})
    decisions = Counter(cell.decision for cell in hand.cells)
    counts = ", ".join(f"{n} {decision}" for decision, n in sorted(decisions.items())) or "nothing"
    next_ = f" Next: usepolicy matrix study {shell_word(str(output))}" if output else ""
    say(f"{len(hand.cells)} cells by {hand.coder}: {counts}.{next_}")
