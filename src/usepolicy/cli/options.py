"""Options that several subcommands share, and the identity made from them."""

from __future__ import annotations

from datetime import MAXYEAR, date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.policies.policies import Identity


class Format(StrEnum):
    """How a policy is printed."""

    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


class TableFormat(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


Codings = Annotated[
    list[str],
    typer.Argument(
        metavar="CODING...",
        help="Policies, coding files, `study` (all thirty), or `study/DEVELOPER`.",
    ),
]


class ExplainFormat(StrEnum):
    """How an explanation is printed."""

    TABLE = "table"
    JSON = "json"


Developer = Annotated[str | None, typer.Option(help="Who publishes the policy.")]
Service = Annotated[str | None, typer.Option(help="What it covers.")]
Title = Annotated[str | None, typer.Option(help="Its title.")]
KINDS = "aup, terms, licence, behaviour_policy, model_card, api_policy, scaling_policy, contract, regulation or code"
"""The kinds of policy in words: the values of `PolicyKind`, which is not imported for help."""
Kind = Annotated[str | None, typer.Option(help=f"Its kind: {KINDS}.")]
Effective = Annotated[str | None, typer.Option(help="Date from which it applies, YYYY-MM-DD.")]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Also fetch from private and loopback addresses.")
]


def identity_of(
    developer: str | None,
    service: str | None,
    title: str | None,
    *,
    kind: str | None,
    effective: str | None,
) -> Identity:
    """Return what the options say about a policy.

    Raises: UsageError: `unknown-kind`, `not-a-date`.
    """
    from usepolicy.policies.policies import Identity, PolicyKind

    kinds = [member.value for member in PolicyKind]
    if kind is not None and kind not in kinds:
        help_ = f"one of: {', '.join(kinds)}"
        raise UsageError("unknown-kind", f"no kind of policy `{kind}`", help=help_)
    return Identity(
        developer=developer,
        service=service,
        title=title,
        kind=PolicyKind(kind) if kind else None,
        effective=day_of(effective),
    )


def day_of(words: str | None) -> date | None:
    """Return the date of an option.

    Raises: UsageError: `not-a-date`.
    """
    try:
        day = date.fromisoformat(words) if words else None
        if day is not None and day.year == MAXYEAR:  # it has no day after it
            raise ValueError(words)
        return day
    except ValueError as error:
        raise UsageError("not-a-date", f"`{words}` is no date", help="write YYYY-MM-DD") from error
