"""`usepolicy ledger`: the record of enforcement, verified, exported, proven and kept short."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.options import ExplainFormat, day_of

if TYPE_CHECKING:
    from usepolicy.enforcement.standing import Standing
    from usepolicy.store.ledger import Ledger
    from usepolicy.store.ledger_erasure import Acting
    from usepolicy.store.ledger_keys import Keys

ledger = typer.Typer(name="ledger", help="The record of enforcement: verify it, prove it, erase.")

Place = Annotated[
    str | None,
    typer.Option(
        "--ledger", metavar="PLACE", help="A file or postgresql://..., else $USEPOLICY_LEDGER."
    ),
]
KeysPlace = Annotated[
    str | None,
    typer.Option(
        "--keys", metavar="PLACE", help="A file or postgresql://..., else $USEPOLICY_LEDGER_KEYS."
    ),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there.")
]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Your own id of the account.")]


@ledger.command("verify", cls=Command)
def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Hold it against this; repeatable.")
    ] = None,
    proof: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Judge a proof, without a ledger.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who must have signed: Ed25519, PEM.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Verify an export instead of the ledger.")
    ] = None,
    place: Place = None,
) -> None:
    """Find what was altered, removed, exchanged or cut off; name the first bad entry."""
    from usepolicy.cli.ledger_files import read_checkpoint, read_export, read_proof
    from usepolicy.cli.render import say
    from usepolicy.enforcement.ledger_checkpoints import check_proof
    from usepolicy.enforcement.ledger_verify import verified
    from usepolicy.errors import UsageError
    from usepolicy.store.ledger_proofs import refuse_faulty

    held = [read_checkpoint(path, public_key) for path in checkpoint or ()]
    if proof is not None:
        if len(held) != 1:
            message = "a proof is judged by one checkpoint"
            raise UsageError("no-checkpoint", message, help="add --checkpoint FILE")
        read = read_proof(proof)
        check_proof(read, held[0])
        say(f"entry {read.record.sequence} is among the {read.size} of the checkpoint")
        return
    if export is not None:
        found = verified(read_export(export), held)
        refuse_faulty(found, place=str(export))
    else:
        kept = open_ledger(place)
        found = verified(kept.records(), held)
        refuse_faulty(found, place=_shown(kept))
    say(f"{found.head.sequence} entries hold together{_held(len(held))}")


@ledger.command("export", cls=Command)
def export(
    from_: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")] = None,
    output: Output = None,
    place: Place = None,
) -> None:
    """Write the entries as they are hashed, a line of JSON each; keys and excerpts stay here."""
    from usepolicy.cli.ledger_files import write_lines
    from usepolicy.cli.render import say
    from usepolicy.store.ledger import Wanted
    from usepolicy.store.ledger_proofs import export_lines

    first, last = day_of(from_), day_of(to)
    midnight = datetime.min.time()
    wanted = Wanted(
        since=datetime.combine(first, midnight, UTC) if first else None,
        before=datetime.combine(last, midnight, UTC) + timedelta(days=1) if last else None,
    )
    count = write_lines(export_lines(open_ledger(place), wanted), output)
    say(f"{count} entries. Verify a whole export: usepolicy ledger verify --export FILE")


@ledger.command("checkpoint", cls=Command)
def checkpoint(
    output: Output = None,
    sign: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Sign with this key: Ed25519, PEM.")
    ] = None,
    place: Place = None,
) -> None:
    """Verify the ledger and print what an outsider can later hold against it."""
    from usepolicy.cli.ledger_files import private_key, write_text
    from usepolicy.cli.render import say
    from usepolicy.enforcement.ledger_checkpoints import checkpoint_text
    from usepolicy.store.ledger_proofs import checkpoint_of

    key = private_key(sign) if sign else None
    made = checkpoint_of(open_ledger(place), by=acting(), key=key)
    write_text(checkpoint_text(made), output)
    say(f"{made.count} entries. Give it to somebody who does not write the ledger")


@ledger.command("prove", cls=Command)
def prove(
    sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", min=1, help="Which entry.")],
    checkpoint: Annotated[Path, typer.Option(metavar="FILE", help="Of which checkpoint.")],
    output: Output = None,
    place: Place = None,
) -> None:
    """Print one entry with the proof that it is among those of a checkpoint."""
    from usepolicy.cli.ledger_files import read_checkpoint, write_text
    from usepolicy.cli.render import say
    from usepolicy.enforcement.ledger_checkpoints import proof_text
    from usepolicy.store.ledger_proofs import prove

    found = prove(open_ledger(place), sequence, read_checkpoint(checkpoint, None))
    write_text(proof_text(found.record, found.size, found.path), output)
    say("Judge it: usepolicy ledger verify --checkpoint FILE --proof FILE")


@ledger.command("erase", cls=Command)
def erase(
    account: Account,
    yes: Annotated[bool, typer.Option("--yes", help="There is no way back: say so.")] = False,
    place: Place = None,
    keys: KeysPlace = None,
) -> None:
    """Destroy the key of an account: no entry can be linked to it any more; numbers stay."""
    from usepolicy.cli.render import say
    from usepolicy.enforcement.ledger_bodies import ErasureReason
    from usepolicy.errors import UsageError
    from usepolicy.store.ledger_erasure import erase

    if not yes:
        message = "an erasure can't be taken back, sanctions in force end with it"
        raise UsageError("not-confirmed", message, help="add --yes")
    kept = open_ledger(place)
    entry = erase(kept, open_keys(kept, keys), account, reason=ErasureReason.REQUEST, by=acting())
    say(f"erased, as entry {entry.sequence} tells")


@ledger.command("standing", cls=Command)
def standing(  # a parameter is an option
    account: Account,
    ladder: Annotated[Path, typer.Option(metavar="FILE", help="The ladder, YAML or JSON.")],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Then; else now.")] = None,
    format: Annotated[ExplainFormat, typer.Option(help="How to print it.")] = ExplainFormat.TABLE,
    place: Place = None,
    keys: KeysPlace = None,
) -> None:
    """Show what is held against an account, now or at a time in the past."""
    from usepolicy.cli.engines import load_ladder_file
    from usepolicy.cli.ledger_files import time_of
    from usepolicy.cli.render import say
    from usepolicy.enforcement.keys import link_of

    rules = load_ladder_file(ladder)
    when = time_of(at) if at else datetime.now(UTC)
    kept = open_ledger(place)
    key = open_keys(kept, keys).find(account)
    if key is None:
        say("nothing in the ledger is linked to this account")
        return
    found = kept.standing(link_of(key), rules, when)
    _print_standing(found, format)
    say(f"{found.points} points from {len(found.violations)} violations at {found.at:%Y-%m-%d}")


def _print_standing(found: Standing, format: ExplainFormat) -> None:
    from usepolicy.cli.render import print_table

    if format is ExplainFormat.JSON:
        sys.stdout.write(json.dumps(_standing_record(found), indent=2) + "\n")
    elif found.sanctions:
        rows = [
            (
                each.measure.step.value,
                f"{each.since:%Y-%m-%d %H:%M}",
                f"{each.until:%Y-%m-%d %H:%M}" if each.until else "without end",
                str(each.id),
            )
            for each in found.sanctions
        ]
        print_table(("in force", "since", "until", "entry"), rows)
    else:
        print("no sanction is in force")


def _standing_record(found: Standing) -> dict[str, object]:
    sanctions = [
        {
            "step": each.measure.step.value,
            "since": each.since.isoformat(),
            "until": each.until.isoformat() if each.until else None,
            "id": each.id,
        }
        for each in found.sanctions
    ]
    return {
        "at": found.at.isoformat(),
        "points": found.points,
        "violations": list(found.violations),
        "sanctions": sanctions,
    }


def open_ledger(place: str | None) -> Ledger:
    """Open the ledger that an option or the environment names; it has to be there."""
    from usepolicy.store.ledger import Ledger, default_place

    return Ledger.open(place or default_place(), create=False)


def open_keys(kept: Ledger, place: str | None) -> Keys:
    """Open the keys that an option or the environment names."""
    from usepolicy.store.ledger_keys import Keys, default_place

    return Keys.open(place or default_place(), beside=kept.place)


def acting() -> Acting:
    """Return that the command line acts, now."""
    from usepolicy.enforcement.ledger import Actor, ActorKind
    from usepolicy.store.ledger import new_id
    from usepolicy.store.ledger_erasure import Acting

    return Acting(Actor(ActorKind.SYSTEM, "usepolicy-cli"), datetime.now(UTC), new_id)


def _shown(kept: Ledger) -> str:
    from usepolicy.store.ledger_engine import shown_place

    return shown_place(kept.place)


def _held(checkpoints: int) -> str:
    if not checkpoints:
        return "; only a checkpoint tells whether the end was cut off or all was written anew"
    return f", as {checkpoints} checkpoint{'s' if checkpoints > 1 else ''} had them"
