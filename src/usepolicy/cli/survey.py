"""`usepolicy survey`: what a set of codings shows: who is broad, who is alone, who is alike."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from usepolicy.cli.options import AllowPrivate, Codings, TableFormat
from usepolicy.comparison.splits import Cut


class View(StrEnum):
    """What is shown of the codings."""

    BREADTH = "breadth"
    GRAY = "gray"
    ALONE = "alone"
    KINDS = "kinds"
    SIMILAR = "similar"
    CLUSTERS = "clusters"
    BORROWED = "borrowed"
    CUT = "cut"


Show = Annotated[View, typer.Option(help="What to show.")]
By = Annotated[str, typer.Option(metavar="category|group[:SCHEME]", help="What the rows are.")]
CutBy = Annotated[Cut, typer.Option(help="What `--show cut` divides the codings by.")]
SurveyFormat = Annotated[TableFormat, typer.Option("--format", help="How to print it.")]


def survey(
    codings: Codings,
    show: Show = View.BREADTH,
    by: By = "group",
    cut: CutBy = Cut.WEIGHTS,
    format: SurveyFormat = TableFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Show what a set of policies has in common and where it parts."""
    from usepolicy.cli import survey_views as views
    from usepolicy.cli.matrix import rows_of
    from usepolicy.cli.render import say
    from usepolicy.cli.subjects import load_subjects
    from usepolicy.cli.tables import print_as
    from usepolicy.comparison.matrix import Matrix

    subjects = load_subjects(codings, allow_private=allow_private)
    columns = tuple(subject.coding for subject in subjects)
    matrix = Matrix(rows_of(by, columns), columns)
    made = {
        View.BREADTH: lambda: views.breadth_view(columns),
        View.GRAY: lambda: views.gray_view(matrix),
        View.ALONE: lambda: views.alone_view(matrix),
        View.KINDS: lambda: views.kinds_view(subjects),
        View.SIMILAR: lambda: views.similar_view(columns),
        View.CLUSTERS: lambda: views.clusters_view(columns),
        View.BORROWED: lambda: views.borrowed_view(subjects),
        View.CUT: lambda: views.cut_view(matrix, cut),
    }[show]()
    print_as(made, format)
    say(f"{len(made.rows)} rows, {len(columns)} codings")
