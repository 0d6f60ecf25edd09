"""`usepolicy ledger retain`: what is past its term is destroyed, and how much it was is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.console import ConsolePlace
from usepolicy.cli.ledger import KeysPlace, Place, acting, open_keys, open_ledger

if TYPE_CHECKING:
    from datetime import datetime

    from usepolicy.store.console_terms import Expired

LinksAfter = Annotated[
    str | None,
    typer.Option(
        "--links-after", metavar="TIME", help="Unlink accounts without an entry for so long: 730d."
    ),
]
SendingsAfter = Annotated[
    str,
    typer.Option(
        "--sendings-after", metavar="TIME", help="Forget what was sent of entries so old."
    ),
]


def retain(
    links_after: LinksAfter = None,
    sendings_after: SendingsAfter = "90d",
    place: Place = None,
    keys: KeysPlace = None,
    console: ConsolePlace = None,
) -> None:
    """Destroy what is past its term and tell how much it was; run it daily."""
    from usepolicy.cli.ledger_files import duration
    from usepolicy.cli.render import say
    from usepolicy.store.ledger_erasure import Terms, retain

    by, kept = acting(), open_ledger(place)
    links_before = by.at - duration(links_after) if links_after else None
    terms = Terms(links_before, by.at - duration(sendings_after))
    secrets = open_keys(kept, keys)
    gone = retain(kept, secrets, terms=terms, by=by)
    ended = _expired(console, (kept.place, secrets.place), by.at)
    say(
        f"destroyed: {gone.excerpts} excerpts, links and contacts of {gone.accounts} accounts, "
        f"{gone.sendings} records of sending, {ended.sessions} sessions, "
        f"{ended.attempts} failed attempts to sign in"
    )


def _expired(place: str | None, others: tuple[str, str], now: datetime) -> Expired:
    """Forget what is over at the console, where there is one.

    Raises: StoreError: `no-console`: the named one is not there.
    """
    from usepolicy.errors import StoreError
    from usepolicy.store.console import default_place, open_console
    from usepolicy.store.console_terms import Expired, expire, is_there

    named = place or default_place()
    if is_there(named):
        return expire(open_console(named, apart_from=others), named, now=now)
    if place is not None:
        raise StoreError("no-console", "there is no console's database", place=place)
    return Expired()
