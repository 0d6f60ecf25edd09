"""`usepolicy read`: a document into clauses that cite their words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.model_options import (
    BaseUrl,
    MaxCost,
    MaxSeconds,
    MaxTokens,
    Model,
    ModelChoice,
    PriceOption,
    ReaderKind,
    ReaderOption,
    reader_of,
)
from usepolicy.cli.options import (
    AllowPrivate,
    Developer,
    Effective,
    Format,
    Kind,
    Service,
    Title,
    identity_of,
)
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usepolicy.reading.pipeline import Reading

Source = Annotated[
    str, typer.Argument(help="A file, a folder, an http(s) address, or - for standard input.")
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write the policy file here: .yaml or .json.")
]
TextOut = Annotated[Path | None, typer.Option("--text-out", help="Write the canonical text here.")]
ReadFormat = Annotated[
    Format | None, typer.Option("--format", help="How to print or write the policy.")
]


def read(  # noqa: PLR0913  a parameter is an option of the command line
    source: Source,
    output: Output = None,
    format: ReadFormat = None,
    text_out: TextOut = None,
    developer: Developer = None,
    service: Service = None,
    title: Title = None,
    kind: Kind = None,
    effective: Effective = None,
    allow_private: AllowPrivate = False,
    reader: ReaderOption = ReaderKind.BUILT_IN,
    model: Model = None,
    base_url: BaseUrl = None,
    max_tokens: MaxTokens = None,
    max_seconds: MaxSeconds = None,
    max_cost: MaxCost = None,
    price: PriceOption = None,
) -> None:
    """Read a policy document into clauses that cite their words."""
    from usepolicy.cli.files import read_documents
    from usepolicy.cli.render import next_step, say, say_findings, summary

    identity = identity_of(developer, service, title, kind=kind, effective=effective)
    choice = ModelChoice(model, base_url, max_tokens, max_seconds, max_cost, price)
    asked = reader_of(reader, choice)
    readings = read_documents(source, identity, allow_private=allow_private, reader=asked)
    _write(readings, output, text_out, format)
    if output is None:
        _print(readings, format or Format.TABLE)
    for reading in readings:
        say_findings(reading.policy, source)
    written = f" Written to {output}." if output else ""
    next_ = next_step(str(output or source))
    spent = f" {asked.spent}." if asked else ""
    say(f"{summary(r.policy for r in readings)}.{spent}{written} Next: {next_}")


def _write(
    readings: Sequence[Reading], output: Path | None, text_out: Path | None, format: Format | None
) -> None:
    """Write what is asked for, everything or nothing."""
    from usepolicy.cli.files import policy_files_text, write_files

    contents: dict[Path, str] = {}
    if text_out is not None:
        contents |= {
            path: r.text
            for path, r in zip(_paths(text_out, readings, ".md"), readings, strict=True)
        }
    if output is not None:
        wanted = format or (Format.JSON if output.suffix.lower() == ".json" else Format.YAML)
        paths = _paths(output, readings, f".{wanted.value}")
        contents |= {
            path: policy_files_text([r.policy], wanted)
            for path, r in zip(paths, readings, strict=True)
        }
    write_files(contents)


def _paths(target: Path, readings: Sequence[Reading], suffix: str) -> list[Path]:
    """Return where each reading goes: the target itself, or a file in it for each of several."""
    if len(readings) == 1 and not target.is_dir():
        return [target]
    if not target.is_dir():
        message = f"`{target}` must be a folder, since {len(readings)} documents were read"
        raise UsageError("not-a-folder", message, help="make the folder first")
    stems = [reading.policy.version.id.replace("/", "--") for reading in readings]
    repeats = {stem: stems.count(stem) for stem in stems}
    return [
        target / (f"{stem}-{number}{suffix}" if repeats[stem] > 1 else f"{stem}{suffix}")
        for number, stem in enumerate(stems, 1)
    ]


def _print(readings: Sequence[Reading], format: Format) -> None:
    from usepolicy.cli.files import policy_files_text
    from usepolicy.cli.render import print_policy

    policies = [reading.policy for reading in readings]
    if format is not Format.TABLE:
        sys.stdout.write(policy_files_text(policies, format))
        return
    for policy in policies:
        print_policy(policy)
