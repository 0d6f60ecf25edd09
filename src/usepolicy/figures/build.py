"""Building figures: the study's figures 1 to 8, for its thirty codings or for any others.

Owns which rows and columns each figure has. The shapes and the counting are `comparison`'s.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from usepolicy.comparison.access import practice_row, stated_practice
from usepolicy.comparison.figures import (
    Body,
    DotMatrix,
    Figure,
    Listing,
    Note,
    PracticeGrid,
    Table,
    Wheel,
    bar_chart,
    segments,
    without_restrictions,
)
from usepolicy.comparison.matrix import Matrix, rows_by_group
from usepolicy.comparison.prints import Glossary, bar_notes, dot_notes
from usepolicy.comparison.subjects import Subject
from usepolicy.errors import UsageError
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import Coding
from usepolicy.printed_figures import (
    DOT_FIGURES,
    printed_dots,
    printed_totals,
    researcher_access,
)
from usepolicy.study import STUDY_SOURCE, models_without_policy, study_codings, study_developers
from usepolicy.tables import table_rows
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import FIGURES, find_scheme

COMMON = 15
"""Rows of figure 3."""
NEAR = ("usepolicy", FIGURES["3"])
"""Schemes whose groups say which categories lie near one another."""
COLUMNS = 10
"""Developers of each of the figures 4 to 6."""
TITLES = {
    1: "Researcher access, safe harbor and enforcement",
    2: "Policies and the models they cover",
    3: "The most common prohibitions",
    4: "Prohibited content by developer",
    5: "Prohibited content by developer",
    6: "Prohibited content by developer",
    7: "The taxonomy of prohibited uses",
    8: "Models without an acceptable use policy",
}


def study_subjects() -> tuple[Subject, ...]:
    """Return the study's thirty codings as subjects."""
    return tuple(Subject(coding, place=coding.id) for coding in study_codings())


def build_figure(number: int, subjects: Sequence[Subject] = ()) -> Figure:
    """Return figure `number` of the given subjects, or of the study where none are given.

    Raises: UsageError: `no-such-figure`; `figure-is-empty`: there are too few subjects for it.
    """
    if number not in TITLES:
        raise UsageError("no-such-figure", f"no figure `{number}`", help="the study has 1 to 8")
    shown = tuple(subjects) or study_subjects()
    if number == 1:
        body: Body = _access(subjects)
    elif number == 3:
        return _common(shown)
    elif number in DOT_FIGURES:
        return _dots(number, shown)
    elif number == 7:
        body = _wheel(_codings(shown))
    else:
        body = Listing(_policies(shown) if number == 2 else _without_policy(subjects))
    return _figure(number, shown, body)


def _figure(
    number: int, subjects: Sequence[Subject], body: Body, notes: tuple[Note, ...] = ()
) -> Figure:
    coders = sorted({subject.coding.coder for subject in subjects})
    source = f"Coded by {', '.join(coders)}"
    if any(subject.coding.id.startswith("study/") for subject in subjects):
        source += f"; {STUDY_SOURCE.address}, {STUDY_SOURCE.licence}"
    return Figure(number, TITLES[number], body, source, notes)


def _codings(subjects: Sequence[Subject]) -> tuple[Coding, ...]:
    return tuple(subject.coding for subject in subjects)


def _common(subjects: Sequence[Subject]) -> Figure:
    """Figure 3; beside the thirty of the study stands what it prints."""
    scheme = find_scheme(FIGURES["3"])
    matrix = Matrix(rows_by_group(scheme), _codings(subjects))
    thirty = Counter(c.id for c in study_codings()) == Counter(c.id for c in matrix.columns)
    printed = {g.id: g.printed_total for g in scheme.groups if g.printed_total is not None}
    chart = bar_chart(matrix, printed if thirty else {}, most=COMMON)
    return _figure(3, subjects, chart, bar_notes(chart, matrix, _printed_sums(), _glossary()))


def _dots(number: int, subjects: Sequence[Subject]) -> Figure:
    """One of the figures 4 to 6: ten developers, in the given order."""
    first = (number - DOT_FIGURES[0]) * COLUMNS
    columns = _codings(subjects)[first : first + COLUMNS]
    if not columns:
        message = f"figure {number} shows codings {first + 1} to {first + COLUMNS}"
        raise UsageError("figure-is-empty", f"{message}, and there are {len(subjects)}")
    matrix = Matrix(rows_by_group(find_scheme(FIGURES["4-6"])), columns)
    dots = DotMatrix(number, matrix, printed_dots())
    notes = dot_notes(dots, printed_totals(number), _glossary())
    figure = _figure(number, subjects[first : first + COLUMNS], dots, notes)
    parts = math.ceil(len(subjects) / COLUMNS)
    if parts == 1:
        return figure
    part = f"{figure.title} ({number - DOT_FIGURES[0] + 1} of {parts})"
    return replace(figure, title=part)


@cache
def _printed_sums() -> dict[frozenset[CategoryId], int]:
    """Return the filled dots of figures 4 to 6 together, by what a group counts."""
    rows = rows_by_group(find_scheme(FIGURES["4-6"]))
    dots = printed_dots()
    return {
        frozenset(row.categories): sum(on for (group, _), on in dots.items() if group == row.id)
        for row in rows
    }


@cache
def _glossary() -> Glossary:
    categories = load_taxonomy().categories
    groups = [group for name in NEAR for group in find_scheme(name).groups]
    return Glossary(
        names={c.id: c.name for c in categories},
        parents={c.id: c.parent for c in categories},
        groups={
            c.id: frozenset(group.id for group in groups if c.id in group.categories)
            for c in categories
        },
    )


def _wheel(codings: Sequence[Coding]) -> Wheel:
    fields = [
        (row["inner"], row["middle"], row["outer"], CategoryId(row["category"]) or None)
        for row in table_rows("taxonomy/wheel.csv")
    ]
    return Wheel(segments(fields, codings))


def _access(subjects: Sequence[Subject]) -> PracticeGrid:
    """Figure 1: what the study found of seven companies; what the others' policies state."""
    cells = {(c.company, c.practice): c.value for c in researcher_access()}
    practices = dict.fromkeys((c.group, c.practice) for c in researcher_access())
    companies = dict.fromkeys(c.company for c in researcher_access())
    columns = [Subject(coding) for coding in study_codings() if coding.label in companies]
    shown = tuple(subjects) or tuple(columns)
    return PracticeGrid(
        tuple(subject.coding.label for subject in shown),
        tuple(
            practice_row(group, name, [_practice(subject, name, cells) for subject in shown])
            for group, name in practices
        ),
    )


def _practice(
    subject: Subject, name: str, cells: dict[tuple[str, str], float]
) -> tuple[float | None, str]:
    if subject.policy is None and subject.coding.id.startswith("study/"):
        return cells.get((subject.coding.label, name)), ""
    return stated_practice(subject.policy, name)


def _policies(subjects: Sequence[Subject]) -> Table:
    """Figure 2: what is known of each policy; what is not is empty."""
    developers = {f"study/{developer.id}": developer for developer in study_developers()}
    rows = []
    for coding in _codings(subjects):
        of, known = coding.identity, developers.get(coding.id)
        date = known.stated_date if known else of.effective and of.effective.isoformat()
        model = known.flagship_model if known else ", ".join(of.models)
        values = (
            coding.label,
            of.title,
            of.document_kind or (of.kind.value if of.kind else None),
            known.policy_model if known else None,
            model,
            of.modality,
            of.weights.value if of.weights else None,
            of.headquarters,
            date,
            known.address if known else None,
        )
        rows.append(tuple(value or "" for value in values))
    heads = ("developer", "policy", "document", "only for", "model", "modality", "weights")
    return Table((*heads, "headquarters", "last updated", "address"), tuple(rows))


def _without_policy(subjects: Sequence[Subject]) -> Table:
    """Figure 8: the study's seven models; of other subjects, those that restrict no use."""
    if subjects:
        rows = tuple(
            (c.label, ", ".join(c.identity.models), "", "", c.identity.title or "", c.id)
            for c in without_restrictions(_codings(subjects))
        )
    else:
        rows = tuple(
            (m.developer, m.model, m.intended_use or "", m.released, m.licence, m.address)
            for m in models_without_policy()
        )
    return Table(("developer", "model", "intended use", "released", "licence", "source"), rows)
