"""`usepolicy console` and `usepolicy people`: the operator's site, and who may sign in to it."""

from __future__ import annotations

import contextlib
import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.ledger import KeysPlace, Place, acting
from usepolicy.cli.serve import Host

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from usepolicy.enforcement.ledger_bodies import PeopleChanged
    from usepolicy.enforcement.notices import Sender
    from usepolicy.store.identities import Identities
    from usepolicy.store.people import People, Recorder
    from usepolicy.web.console.desk import Desk
    from usepolicy.web.console.oidc import Provider
    from usepolicy.web.console.rules_book import RulesBook

people = typer.Typer(name="people", help="Who may sign in to the console.")

ConsolePlace = Annotated[
    str | None,
    typer.Option(
        "--console", metavar="PLACE", help="A file or postgresql://..., else $USEPOLICY_CONSOLE."
    ),
]
LadderFile = Annotated[
    Path | None, typer.Option("--ladder", metavar="FILE", help="What follows from violations.")
]
RulesInForce = Annotated[
    Path | None,
    typer.Option("--rules", metavar="FILE", help="The rules in force; others are tried there."),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Which port; 0 takes a free one.")]
OperatorName = Annotated[str, typer.Option("--name", help="Your name, in notices.")]
AppealsAddress = Annotated[
    str, typer.Option("--appeals", metavar="ADDRESS", help="Where one appeals, in notices.")
]
Language = Annotated[str, typer.Option(metavar="en|de", help="Of notices.")]
OidcFile = Annotated[
    Path | None,
    typer.Option(
        "--oidc", metavar="FILE", help="The provider that signs people in (OpenID Connect)."
    ),
]
NoPassword = Annotated[bool, typer.Option("--no-password", help="A provider alone signs them in.")]
Issuer = Annotated[str, typer.Option("--issuer", help="The provider's own name, an address.")]
Subject = Annotated[str, typer.Option("--subject", help="By which it knows them.")]
Example = Annotated[
    bool, typer.Option("--example", help="Made-up people and cases in a temporary folder.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")]
RoleName = Annotated[
    str, typer.Option("--role", metavar="admin|reviewer|auditor|holder", help="What they may do.")
]
OfAccount = Annotated[
    str | None, typer.Option("--account", help="Your own id of the account that a holder holds.")
]


def console(  # noqa: PLR0913  a parameter is an option of the command line
    host: Host = "127.0.0.1",
    port: Port = 8001,
    ladder: LadderFile = None,
    rules: RulesInForce = None,
    name: OperatorName = "The operator",
    appeals: AppealsAddress = "on the page of your account",
    language: Language = "en",
    oidc: OidcFile = None,
    example: Example = False,
    place: Place = None,
    keys: KeysPlace = None,
    console_place: ConsolePlace = None,
) -> None:
    """Serve the console: cases, referrals, appeals, grants, the ledger, and accounts' own pages."""
    import uvicorn

    from usepolicy.cli.render import say
    from usepolicy.cli.serve import listen
    from usepolicy.enforcement.notices import Sender, languages
    from usepolicy.errors import UsageError
    from usepolicy.web.console.app import create_console

    if language not in languages():
        help = f"one of: {', '.join(languages())}"
        raise UsageError("unknown-language", f"no notices in `{language[:20]}`", help=help)
    provider = _provider(oidc)
    with ExitStack() as closing:
        places = _example_places(closing) if example else (place, keys, console_place)
        desk = _desk(places, ladder, Sender(name, appeals, 14), language, closing)
        desk.provider = provider
        if example:
            rules = rules or _example_rules(closing)
        desk.rules = _rules_book(rules) if rules else None
        if example:
            _fill(desk)
        listening = closing.enter_context(listen(host, port))
        shown = f"[{host}]" if ":" in host else host
        say(f"http://{shown}:{listening.getsockname()[1]}/   (stop with Ctrl-C)")
        config = uvicorn.Config(
            create_console(desk), log_level="warning", server_header=False, access_log=False
        )
        uvicorn.Server(config).run(sockets=[listening])


@people.command("add", cls=Command)
def add(
    name: Name,
    role: RoleName,
    account: OfAccount = None,
    no_password: NoPassword = False,
    ledger: Place = None,
    place: ConsolePlace = None,
) -> None:
    """Add somebody; the password is asked for, or read from a pipe."""
    from usepolicy.cli.render import say
    from usepolicy.enforcement.roles import Role
    from usepolicy.errors import UsageError

    if role not in set(Role):
        help = f"one of: {', '.join(Role)}"
        raise UsageError("unknown-role", f"`{role[:50]}` is no role", help=help)
    word = None if no_password else _password()
    made = _people(place, ledger).add(
        name, Role(role), word, account=account, now=datetime.now(UTC)
    )
    say(f"{made.name} may sign in as {made.role}")


@people.command("list", cls=Command)
def list_(place: ConsolePlace = None) -> None:
    """List who may sign in."""
    from usepolicy.cli.render import print_table, say

    found = _people(place).all()
    rows = [
        (each.name, each.role.value, each.account or "", "disabled" if each.is_disabled else "")
        for each in found
    ]
    print_table(("name", "role", "account", "state"), rows)
    say(f"{len(found)} people")


@people.command("disable", cls=Command)
def disable(name: Name, ledger: Place = None, place: ConsolePlace = None) -> None:
    """Keep somebody out from now on."""
    from usepolicy.cli.render import say

    kept = _people(place, ledger)
    kept.disable(_id_of(kept, name), now=datetime.now(UTC))
    say(f"{name} may not sign in any more")


@people.command("password", cls=Command)
def password(name: Name, ledger: Place = None, place: ConsolePlace = None) -> None:
    """Give somebody a new password; it is asked for, or read from a pipe."""
    from usepolicy.cli.render import say

    kept = _people(place, ledger)
    kept.set_password(_id_of(kept, name), _password())
    say(f"{name} has a new password, and no session")


@people.command("link", cls=Command)
def link(
    name: Name, issuer: Issuer, subject: Subject, ledger: Place = None, place: ConsolePlace = None
) -> None:
    """Let a provider's subject in as somebody, where it has no e-mail address to find them by."""
    from usepolicy.cli.render import say

    id = _id_of(_people(place), name)
    _identities(place, ledger).link(id, issuer, subject, now=datetime.now(UTC))
    say(f"{name} is linked")


@people.command("unlink", cls=Command)
def unlink(name: Name, ledger: Place = None, place: ConsolePlace = None) -> None:
    """Forget by which subject a provider knows somebody."""
    from usepolicy.cli.render import say

    _identities(place, ledger).unlink(_id_of(_people(place), name))
    say(f"{name} is not linked, and has no session")


def _people(place: str | None, ledger: str | None = None) -> People:
    """Return the people; each change of them is written to the ledger."""
    from usepolicy.store.people import People

    return People(_engine(place, ledger)).recorded(_recorder(ledger))


def _identities(place: str | None, ledger: str | None) -> Identities:
    """Return whom a provider knows; each change is written to the ledger."""
    from usepolicy.store.identities import Identities

    return Identities(_engine(place, ledger)).recorded(_recorder(ledger))


def _engine(place: str | None, ledger: str | None) -> Engine:
    from usepolicy.store.console import default_place, open_console
    from usepolicy.store.ledger import default_place as ledger_place

    return open_console(place or default_place(), apart_from=(ledger or ledger_place(),))


def _recorder(ledger: str | None) -> Recorder:
    from usepolicy.enforcement.ledger_codec import Draft
    from usepolicy.store.ledger import Ledger, default_place

    def record(change: PeopleChanged) -> None:
        by = acting()
        with contextlib.closing(Ledger.open(ledger or default_place())) as kept:
            kept.append(Draft(by.new_id("people"), by.at, by.actor, change))

    return record


def _id_of(kept: People, name: str) -> str:
    from usepolicy.errors import UsageError
    from usepolicy.store.people import fold

    found = next((each.id for each in kept.all() if each.name == fold(name, strict=False)), None)
    if found is None:
        raise UsageError("no-such-person", f"nobody is called `{name[:50]}`", help="people list")
    return found


def _password() -> str:
    """Return a password that is on no command line."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _example_places(closing: ExitStack) -> tuple[str, str, str]:
    import tempfile

    folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="usepolicy-"))
    return (
        f"{folder}/ledger/ledger.sqlite",
        f"{folder}/keys/keys.sqlite",
        f"{folder}/console.sqlite",
    )


def _example_rules(closing: ExitStack) -> Path:
    import tempfile

    from usepolicy.cli.init import RULES, write_start

    folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="usepolicy-")))
    write_start(folder, "Harbourlight")
    return folder / RULES


def _desk(
    places: tuple[str | None, str | None, str | None],
    ladder: Path | None,
    sender: Sender,
    language: str,
    closing: ExitStack,
) -> Desk:
    from usepolicy.cli.files import bytes_of
    from usepolicy.enforcement.ladder_file import load_ladder
    from usepolicy.store.console import default_place as console_place
    from usepolicy.store.console import open_console
    from usepolicy.store.ledger import Ledger
    from usepolicy.store.ledger import default_place as ledger_place
    from usepolicy.store.ledger_keys import Keys
    from usepolicy.store.ledger_keys import default_place as keys_place
    from usepolicy.web.console.desk import Desk, Enforcement
    from usepolicy.web.examples import example_ladder

    if ladder is None:
        rules = load_ladder(example_ladder(), place="the example's ladder")
    else:
        rules = load_ladder(bytes_of(ladder), place=str(ladder))
    record, keys = places[0] or ledger_place(), places[1] or keys_place()
    engine = open_console(places[2] or console_place(), apart_from=(record, keys))
    closing.callback(engine.dispose)
    kept = Ledger.open(record)
    closing.callback(kept.close)
    secrets = Keys.open(keys, beside=kept.place)
    closing.callback(secrets.close)
    return Desk(engine, Enforcement(kept, secrets, rules, sender, language))


def _provider(oidc: Path | None) -> Provider | None:
    """Return the provider of a file; the client secret comes from the environment."""
    if oidc is None:
        return None
    from usepolicy.cli.files import bytes_of
    from usepolicy.web.console.oidc import Provider
    from usepolicy.web.console.oidc_file import load_oidc

    return Provider(load_oidc(bytes_of(oidc), place=str(oidc), environ=os.environ))


def _rules_book(path: Path) -> RulesBook:
    """Return the book of a rules file; what it holds is loaded now, so that faults show now."""
    from usepolicy.cli.engines import loading_beside
    from usepolicy.cli.files import bytes_of, write_files
    from usepolicy.web.console.rules_book import Files, RulesBook

    loading = loading_beside(path, allow_private=False)
    book = RulesBook(
        Files(lambda: bytes_of(path), lambda data: write_files({path: data}), loading, path)
    )
    book.in_force()
    return book


def _fill(desk: Desk) -> None:
    import secrets

    from usepolicy.cli.render import say
    from usepolicy.web.console.example import PEOPLE, fill

    passwords = {name: secrets.token_urlsafe(12) for name in PEOPLE}
    fill(desk, passwords, datetime.now(UTC))
    for name, word in passwords.items():
        say(f"sign in as {name:9} {word}")
