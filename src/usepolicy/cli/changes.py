"""`usepolicy changes`: what changed from one version of a policy to another."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.reading.pipeline import Reading
    from usepolicy.tracking.changes import VersionChange


class ChangesFormat(StrEnum):
    """How changes are printed."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


Old = Annotated[
    str, typer.Argument(metavar="OLD", help="The earlier version: a document, an address.")
]
New = Annotated[str, typer.Argument(metavar="NEW", help="The later version.")]
HowToPrint = Annotated[ChangesFormat, typer.Option("--format", help="How to print the changes.")]


def changes(
    old: Old,
    new: New,
    format: HowToPrint = ChangesFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Say what changed from one version to another: restrictions and enforcement, with quotes."""
    from usepolicy.cli.render import say, say_findings
    from usepolicy.tracking.versions import compare_readings
    from usepolicy.tracking.views import html_of, json_of

    readings = [_one(name, allow_private=allow_private) for name in (old, new)]
    for name, reading in zip((old, new), readings, strict=True):
        say_findings([reading.policy], name)
    found = compare_readings(*readings)
    if format is ChangesFormat.JSON:
        sys.stdout.write(json_of(found))
    elif format is ChangesFormat.HTML:
        sys.stdout.write(html_of(found, old=old, new=new))
    else:
        _print(found)
    say(f"{found.kind.value}: {found.summary}")


def _one(name: str, *, allow_private: bool) -> Reading:
    """Return the reading of one document.

    Raises: UsageError: `not-one-version`, `no-words`.
    """
    from pathlib import PurePath

    from usepolicy.cli.files import POLICY_FILES, read_documents
    from usepolicy.policies.policies import Identity

    if PurePath(name).suffix.lower() in POLICY_FILES and "://" not in name:
        message = f"`{name}` is a policy file, which holds the clauses and not all words"
        raise UsageError("no-words", message, help="give the document, or the text of `--text-out`")
    readings = read_documents(name, Identity(), allow_private=allow_private)
    if len(readings) != 1:
        message = f"`{name}` is {len(readings)} documents, and one version is compared"
        raise UsageError("not-one-version", message, help="name one document of it")
    return readings[0]


def _print(found: VersionChange) -> None:
    from usepolicy.cli.render import print_table, shortened

    rows = [
        (
            change.change.value,
            str(change.category or "-"),
            shortened(change.old.quote) if change.old else "",
            shortened(change.new.quote) if change.new else "",
        )
        for change in found.changes
    ]
    if rows:
        print_table(("change", "category", "before", "after"), rows, whole_first=True)
