"""`usepolicy figure`: the study's figures, for its codings or any others, as tables or images."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, TableFormat
from usepolicy.comparison.figures import Size
from usepolicy.errors import UsageError, UsePolicyError

if TYPE_CHECKING:
    from usepolicy.comparison.figures import Figure

Number = Annotated[int, typer.Argument(metavar="N", help="Number of the figure, 1 to 8.")]
Codings = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CODING...]", help="Policies or `study/DEVELOPER`; none: as in the study."
    ),
]
FigureFormat = Annotated[TableFormat, typer.Option("--format", help="How to print the table.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write, by its ending.")
]
FigureSize = Annotated[
    Size, typer.Option(help="What an image is for: a paper's column, a page, a slide.")
]
IMAGES = (".png", ".svg", ".pdf")
TEXTS = {".csv": TableFormat.CSV, ".json": TableFormat.JSON}


def figure(
    number: Number,
    codings: Codings = None,
    format: FigureFormat = TableFormat.TABLE,
    output: Output = None,
    size: FigureSize = Size.PAGE,
    allow_private: AllowPrivate = False,
) -> None:
    """Show a figure of the study, with notes where its print and its data differ."""
    from usepolicy.cli.figure_text import print_figure
    from usepolicy.cli.files import write_files
    from usepolicy.cli.render import say
    from usepolicy.cli.subjects import load_subjects
    from usepolicy.figures.build import build_figure

    subjects = load_subjects(codings or [], allow_private=allow_private)
    built = build_figure(number, subjects)
    if output is not None:
        write_files({output: _file(built, output, size)})
    elif format is TableFormat.TABLE:
        print_figure(built)
    else:
        sys.stdout.write(_text(built, format))
    for note in built.notes:
        say(f"note: {note}")
    counted = f"figure {number}: {len(built.body.table().rows)} rows, {len(built.notes)} notes"
    say(f"{counted}. Written to {output}" if output else counted)


def _file(figure: Figure, path: Path, size: Size) -> str | bytes:
    """Return what the file holds, by the ending of its name.

    Raises: UsageError: `unknown-image`; UsePolicyError: `extra-missing`.
    """
    ending = path.suffix.lower()
    if ending in TEXTS:
        return _text(figure, TEXTS[ending])
    if ending not in IMAGES:
        help_ = f"one of: {', '.join((*IMAGES, *TEXTS))}"
        raise UsageError("unknown-image", f"no form of a figure is called `{ending}`", help=help_)
    try:
        from usepolicy.figures.draw import draw_figure
    except ModuleNotFoundError as error:
        raise UsePolicyError(
            "extra-missing",
            "images need the extra `figures`",
            help="pip install 'usepolicy[figures]'",
        ) from error
    return draw_figure(figure, ending[1:], size=size)


def _text(figure: Figure, format: TableFormat) -> str:
    from usepolicy.cli.tables import csv_text
    from usepolicy.reading.policy_yaml import to_json

    table = figure.body.table()
    if format is TableFormat.CSV:
        return csv_text(table)
    whole = {
        "figure": figure.number,
        "title": figure.title,
        "source": figure.source,
        "rows": [dict(zip(table.heads, row, strict=True)) for row in table.rows],
        "notes": [asdict(note) for note in figure.notes],
    }
    return to_json(whole)
