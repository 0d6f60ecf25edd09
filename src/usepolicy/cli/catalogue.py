"""`usepolicy catalogue`: what is kept, in one SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.commands import Command
from usepolicy.cli.options import (
    AllowPrivate,
    Developer,
    Effective,
    Kind,
    Service,
    TableFormat,
    Title,
    identity_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from usepolicy.policies.policies import Identity
    from usepolicy.reading.manners import Fetch
    from usepolicy.store.catalogue import Catalogue
    from usepolicy.store.catalogue_intake import Item, Outcome

catalogue = typer.Typer(
    name="catalogue",
    help="Keep snapshots, versions, policies and codings in one file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Where = Annotated[
    Path | None,
    typer.Option("--catalogue", metavar="FILE", help="The catalogue; else $USEPOLICY_CATALOGUE."),
]
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE...]",
        help="Documents, folders or archives of them, addresses, policy files, coding files.",
    ),
]
Known = Annotated[
    bool, typer.Option("--known", help="Also fetch the policies whose addresses are known.")
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Versions, names, codings.")]
ListFormat = Annotated[TableFormat, typer.Option("--format", help="How to print it.")]
Every = Annotated[bool, typer.Option("--all", help="Also versions that newer ones replaced.")]
Output = Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to write it.")]
Archive = Annotated[Path, typer.Argument(metavar="FILE.zip", help="An export of a catalogue.")]
NoTexts = Annotated[
    bool, typer.Option("--no-texts", help="Leave out texts and snapshots, which are others'.")
]


@catalogue.command(cls=Command)
def add(  # noqa: PLR0913  a parameter is an option of the command line
    sources: Sources = None,
    known: Known = False,
    developer: Developer = None,
    service: Service = None,
    title: Title = None,
    kind: Kind = None,
    effective: Effective = None,
    allow_private: AllowPrivate = False,
    catalogue: Where = None,
) -> None:
    """Read documents and keep them; one failure never stops the rest."""
    from usepolicy.cli.catalogue_talk import say_outcomes
    from usepolicy.errors import UsageError

    if not sources and not known:
        raise UsageError("nothing-to-add", "no source is named", help="name some, or use --known")
    identity = identity_of(developer, service, title, kind=kind, effective=effective)
    kept = _open(catalogue, create=True)
    now = _now()
    fetch = _polite(allow_private=allow_private)
    outcomes = _outcomes(kept, sources or [], identity, fetch, now)
    good = say_outcomes(outcomes)
    if known:
        good += _add_known(kept, fetch, now)
    _say_total(kept)
    if not good:
        raise typer.Exit(1)


@catalogue.command("list", cls=Command)
def list_(
    all: Every = False, format: ListFormat = TableFormat.TABLE, catalogue: Where = None
) -> None:
    """List what is kept: the newest version of each policy, and codings by hand."""
    from usepolicy.cli.catalogue_talk import listing
    from usepolicy.cli.tables import print_as

    kept = _open(catalogue)
    print_as(listing(kept, every=all), format)
    _say_total(kept)


@catalogue.command(cls=Command)
def remove(ids: Ids, catalogue: Where = None) -> None:
    """Remove versions, every version of a name (`developer/slug`), or codings by hand."""
    from usepolicy.cli.render import say

    kept = _open(catalogue)
    count = sum(kept.remove(id) for id in ids)
    say(f"{count} removed")


@catalogue.command(cls=Command)
def export(file: Output, no_texts: NoTexts = False, catalogue: Where = None) -> None:
    """Write the whole catalogue as one archive that `import` reads."""
    from usepolicy.cli.files import write_files
    from usepolicy.cli.render import say
    from usepolicy.store.catalogue_archive import export_catalogue

    kept = _open(catalogue)
    write_files({file: export_catalogue(kept, texts=not no_texts)})
    say(f"written to {file}. Next: usepolicy catalogue import {file} --catalogue OTHER")


@catalogue.command("import", cls=Command)
def import_(file: Archive, catalogue: Where = None) -> None:
    """Add what an export holds."""
    from collections import Counter

    from usepolicy.cli.render import say
    from usepolicy.store.catalogue_archive import import_catalogue

    kept = _open(catalogue, create=True)
    counts = Counter(what.value for _, what in import_catalogue(kept, file, now=_now()))
    say(", ".join(f"{number} {what}" for what, number in counts.items()) or "nothing in it")


def _open(path: Path | None, *, create: bool = False) -> Catalogue:
    from usepolicy.store.catalogue import Catalogue, default_path

    return Catalogue.open(path or default_path(), create=create)


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _polite(*, allow_private: bool) -> Fetch:
    import time

    from usepolicy.reading.fetch import fetch
    from usepolicy.reading.manners import Manners

    return Manners(
        lambda address: fetch(address, allow_private=allow_private), time.sleep, time.monotonic
    )


def _outcomes(
    kept: Catalogue, sources: list[str], identity: Identity, fetch: Fetch, now: datetime
) -> Iterator[Outcome]:
    from usepolicy.cli.files import bytes_of
    from usepolicy.errors import UsePolicyError
    from usepolicy.store.catalogue_intake import POLICY_FILES, Outcome, add_file, add_items

    for source in sources:
        path = Path(source)
        try:
            files = _policy_files(source)
            for each in files:
                yield from add_file(kept, each, bytes_of(each), now=now)
            if path.suffix.lower() not in POLICY_FILES:
                yield from add_items(kept, _items(source, identity, fetch, now), now=now)
        except UsePolicyError as error:
            if not (files and error.code == "no-documents"):
                yield Outcome(source, error=error)


def _policy_files(source: str) -> list[Path]:
    """Return the policy files and coding files that a source names or holds."""
    from usepolicy.store.catalogue_intake import POLICY_FILES

    path = Path(source)
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.suffix in POLICY_FILES and p.is_file())
    return [path] if path.suffix.lower() in POLICY_FILES and "://" not in source else []


def _items(source: str, identity: Identity, fetch: Fetch, now: datetime) -> Iterator[Item]:
    from dataclasses import replace

    from usepolicy.reading.sources import is_address, load_snapshots
    from usepolicy.store.catalogue_archive import is_archive
    from usepolicy.store.catalogue_intake import Item, archive_items, snapshot_item

    path = Path(source)
    if is_address(source):
        recorded = replace(identity, recorded=now.date())
        yield Item(source, recorded, lambda: [fetch(source)])
    elif is_archive(path) and path.is_file():
        yield from archive_items(path, identity)
    else:
        for snapshot in load_snapshots(source):
            yield snapshot_item(snapshot, identity)


def _add_known(kept: Catalogue, fetch: Fetch, now: datetime) -> int:
    from usepolicy.cli.catalogue_talk import say_outcomes
    from usepolicy.cli.render import say
    from usepolicy.known import SOURCE, known_policies
    from usepolicy.store.catalogue_intake import add_items, known_items

    known = known_policies()
    say(f"{len(known)} known policies, at addresses from {SOURCE}")
    items = known_items(known, fetch, now=now)
    return say_outcomes(add_items(kept, items, now=now), total=len(known))


def _say_total(kept: Catalogue) -> None:
    from usepolicy.cli.render import say
    from usepolicy.store.catalogue_queries import list_codings, list_versions

    every = list_versions(kept, every=True)
    current, hands = sum(row.current for row in every), len(list_codings(kept))
    say(
        f"{current} policies in {len(every)} versions, {hands} codings by hand in {kept.path}. "
        "Next: usepolicy serve"
    )
