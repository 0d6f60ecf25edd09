"""`usepolicy ledger lift`: a sanction ended by a person before its time, with reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.console import ConsolePlace
from usepolicy.cli.ledger import KeysPlace, Place, open_keys, open_ledger

if TYPE_CHECKING:
    from usepolicy.enforcement.ledger import Actor

Sanction = Annotated[str, typer.Argument(metavar="SANCTION", help="Id of the sanction's entry.")]
By = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Who lifts it: a reviewer's name to sign in.")
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why: 10 to 4,000 characters, kept sealed.")
]


def lift(
    sanction: Sanction,
    by: By,
    reason: Reason,
    place: Place = None,
    keys: KeysPlace = None,
    console: ConsolePlace = None,
) -> None:
    """End a sanction before its time, as a person and for a reason."""
    from usepolicy.cli.render import say
    from usepolicy.enforcement.ledger import EntryId
    from usepolicy.store.ledger import new_id
    from usepolicy.store.ledger_erasure import Acting
    from usepolicy.store.lifting import ToLift, lift_sanction
    from usepolicy.web.console.forms import reasons

    wanted = ToLift(EntryId(sanction), reasons(reason))
    kept = open_ledger(place)
    secrets = open_keys(kept, keys)
    who = _reviewer(by, console, (kept.place, secrets.place))
    acting = Acting(who, datetime.now(UTC), new_id)
    entry = lift_sanction(kept, secrets, wanted, by=acting)
    say(f"lifted, as entry {entry.sequence} tells")


def _reviewer(name: str, console: str | None, others: tuple[str, str]) -> Actor:
    """Return somebody who may review.

    Raises: UsageError: `no-such-person`. DeniedError: `not-allowed`.
    """
    from usepolicy.enforcement.ledger import Actor, ActorKind
    from usepolicy.enforcement.roles import Right, may
    from usepolicy.errors import DeniedError, UsageError
    from usepolicy.store.console import default_place, open_console
    from usepolicy.store.people import People, fold

    everybody = People(open_console(console or default_place(), apart_from=others)).all()
    found = next((each for each in everybody if each.name == fold(name, strict=False)), None)
    if found is None:
        help = "usepolicy people list"
        raise UsageError("no-such-person", f"nobody is called `{name[:50]}`", help=help)
    if found.is_disabled or not may(found.role, Right.REVIEW):
        raise DeniedError("not-allowed", f"`{found.name}` may not lift sanctions")
    return Actor(ActorKind.PERSON, found.id)
