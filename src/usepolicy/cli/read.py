"""`usepolicy read`: a document into clauses that cite their words."""

from __future__ import annotations

import os
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
    from collections.abc import Iterable, Sequence

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
    from usepolicy.cli.files import read_documents, write_files
    from usepolicy.cli.render import next_step, say, say_findings, summary

    _check_targets(source, output, text_out)
    identity = identity_of(developer, service, title, kind=kind, effective=effective)
    choice = ModelChoice(model, base_url, max_tokens, max_seconds, max_cost, price)
    asked = reader_of(reader, choice)
    readings = read_documents(source, identity, allow_private=allow_private, reader=asked)
    contents = _contents(readings, output, text_out, format)
    _check_documents(source, contents)
    write_files(contents)
    if output is None:
        _print(readings, format or Format.TABLE)
    say_findings([reading.policy for reading in readings], source)
    written = f" Written to {output}." if output else ""
    kept = output is not None and (output.is_file() or output.is_dir())
    next_ = next_step(str(output) if kept else source)
    spent = f" {asked.spent}." if asked else ""
    say(f"{summary(r.policy for r in readings)}.{spent}{written} Next: {next_}")


def _check_targets(source: str, output: Path | None, text_out: Path | None) -> None:
    """Refuse to write over the document, or one result over the other.

    Raises: UsageError: `would-overwrite`, `one-target`.
    """
    for target in (output, text_out):
        if target is not None and _is_same_file(Path(source), target):
            message = f"`{target}` is the document itself"
            raise UsageError("would-overwrite", message, help="take another name")
    if output is not None and text_out is not None:
        same = os.path.realpath(output) == os.path.realpath(text_out) or _is_same_file(
            output, text_out
        )
        if same and (output.is_file() or not output.exists()):
            message = f"policy and text can't both be written to `{output}`"
            raise UsageError("one-target", message, help="give two names")


def _is_same_file(a: Path, b: Path) -> bool:
    return a.is_file() and b.is_file() and a.samefile(b)


def _check_documents(source: str, paths: Iterable[Path]) -> None:
    """Refuse to write over a document of the folder that was read.

    Raises: UsageError: `would-overwrite`.
    """
    from usepolicy.reading.sources import READABLE

    folder = Path(source)
    for path in paths if folder.is_dir() else ():
        inside = path.resolve().is_relative_to(folder.resolve())
        if inside and path.exists() and path.suffix.lower() in READABLE:
            message = f"`{path}` is one of the documents that were read"
            raise UsageError("would-overwrite", message, help="take another folder")


def _contents(
    readings: Sequence[Reading], output: Path | None, text_out: Path | None, format: Format | None
) -> dict[Path, str]:
    """Return what is to be written where."""
    from usepolicy.cli.files import policy_files_text

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
    return contents


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
