"""Commands: what all subcommands check of their arguments, and how they speak of them.

Owns the boundary to typer, whose own words (types of Python, sentences of its parts) are put
into ours here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from typer.core import TyperCommand

from usepolicy.errors import UsageError

FILE_OPTIONS = frozenset(
    {
        "--catalogue",
        "--from",
        "--people",
        "--output",
        "--text-out",
        "--rules",
        "--file",
        "--prompts",
        "--compare",
        "--plot",
    }
)
"""Options that name files; the name of a file may be any bytes."""
TYPES = {"<str>": "TEXT", "<path>": "FILE", "<int range>": "N", "<float range>": "N"}
"""What help shows for the types of options."""


class Command(TyperCommand):
    """A subcommand whose arguments are neither empty nor, where they are text, broken bytes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for param in self.params:
            shown = getattr(param, "display_type", None)  # older versions of typer have none
            if param.param_type_name == "argument":
                param.metavar = param.metavar or str(param.name).upper()
                vars(param)["display_type"] = _no_type
            elif shown is not None:
                vars(param)["display_type"] = partial(_plain_type, shown)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the pieces of the usage line, without typer's braces."""
        pieces = super().collect_usage_pieces(ctx)
        return [re.sub(r"\{(.+?)(?:\.\.\.)?\}", r"\1", piece) for piece in pieces]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises: UsageError: `empty-argument`, `not-text`.
        """
        _refuse_empty(args)
        rest = super().parse_args(ctx, args)
        for param in self.params:
            if param.param_type_name == "option" and param.opts[-1] not in FILE_OPTIONS:
                _refuse_broken(param.opts[-1], ctx.params.get(param.name))
        return rest


def wrong_usage(error: Exception) -> UsageError | None:
    """Return typer's error about a command line as ours; None for any other exception."""
    said = getattr(error, "format_message", None)
    if said is None:
        return None
    words = str(said()).replace("Value error, ", "").rstrip(".")
    words = re.sub(r"(?:^|: )[A-Z](?=[a-z])", lambda start: start[0].lower(), words)
    words = re.sub(r"'([^']*)'", r"`\1`", words)
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "usepolicy"
    return UsageError("wrong-usage", words, help=f"{command} --help")


def _no_type(*_: object, **__: object) -> str:
    return ""


def _plain_type(shown: Callable[..., str], *args: object, **named: object) -> str:
    name = shown(*args, **named)
    return TYPES.get(name, name)


def _refuse_empty(args: Sequence[str]) -> None:
    for before, arg in zip(("", *args), args, strict=False):
        option, mark, value = arg.partition("=") if arg.startswith("--") else (before, "=", arg)
        if mark and not value.strip():
            what = f"the value of `{option}`" if option.startswith("-") else "an argument"
            raise UsageError("empty-argument", f"{what} is empty", help="leave it out, or fill it")


def _refuse_broken(name: str, value: object) -> None:
    for each in value if isinstance(value, list | tuple) else [value]:
        if isinstance(each, str) and re.search("[\ud800-\udfff]", each):
            message = f"`{name}` holds bytes that are no UTF-8: `{each}`"
            raise UsageError("not-text", message, help="check the charset of the terminal")
