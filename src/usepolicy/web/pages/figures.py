"""The pages of figures: the study's eight, drawn by the page itself, with their tables."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from usepolicy.comparison.figures import BarChart, DotMatrix, Figure, PracticeGrid, Table, Wheel
from usepolicy.comparison.subjects import Subject
from usepolicy.errors import UsageError
from usepolicy.figures.build import TITLES, build_figure
from usepolicy.web.grid import dot_value
from usepolicy.web.page import Choice, Page, Params, choices, chosen
from usepolicy.web.shelf import Origin, Shelf

OF = {"study": "the study", "read": "policies that were read", "all": "both"}
COUNTED = (3, 7)
"""Figures that count, and so can be drawn of any policies."""
FORMS = ("svg", "png", "pdf")
SIGNS = {1.0: "yes", 0.5: "partly", 0.0: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure in the list."""

    number: int
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """What the list of figures says."""

    figures: tuple[FigureLine, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of figure 3 or of the wheel."""

    label: str
    total: int
    size: int
    printed: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the wheel, with what lies in it."""

    inner: str
    middle: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class DotRow:
    """A row of dots."""

    label: str
    group: str
    dots: tuple[str, ...]
    """`prohibited`, `restricted`, `coded`, `not_coded`, `unknown`; or `yes`, `partly`, `no`."""
    total: int | None


@dataclass(frozen=True, slots=True)
class FigurePage:
    """What the page of a figure says; of the kinds of body one is filled."""

    number: int
    title: str
    source: str
    bars: tuple[Bar, ...]
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    dots: tuple[DotRow, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    of: tuple[Choice, ...]
    """Whose figure it can be; empty where it is the study's alone."""
    downloads: tuple[str, ...]
    previous: int | None
    next: int | None


def figures(_: Shelf, __: Params) -> Page:
    """Build the list of figures."""
    lines = tuple(FigureLine(n, title, f"/figures/{n}") for n, title in TITLES.items())
    return Page("figures.html", "Figures", FiguresPage(lines))


def figure(shelf: Shelf, params: Params) -> Page:
    """Build the page of one figure; `of` says whose."""
    number = _number(params["id"])
    of = chosen(params, "of", OF, "study") if number in COUNTED else "study"
    made = build_figure(number, _subjects(shelf, of))
    bars, fields, columns, dots, listed = _body(made)
    query = "" if of == "study" else f"?of={of}"
    content = FigurePage(
        number=number,
        title=made.title,
        source=made.source,
        bars=bars,
        fields=fields,
        columns=columns,
        dots=dots,
        heads=listed.heads,
        rows=listed.rows,
        notes=tuple(map(str, made.notes)),
        of=choices(OF, of) if number in COUNTED else (),
        downloads=tuple(f"/figures/{number}.{form}{query}" for form in FORMS if can_draw()),
        previous=number - 1 if number > 1 else None,
        next=number + 1 if number < len(TITLES) else None,
    )
    title = f"Figure {number}. {made.title}"
    return Page("figure.html", title, content, made.body.table())


def image(shelf: Shelf, params: Params, form: str) -> bytes:
    """Return a figure as an image.

    Raises: UsageError: `no-such-figure`, `no-images`.
    """
    number = _number(params["id"])
    if not can_draw():
        message = "this server draws no images"
        raise UsageError("no-images", message, help="pip install 'usepolicy[figures]'")
    from usepolicy.figures.draw import draw_figure

    of = chosen(params, "of", OF, "study") if number in COUNTED else "study"
    return draw_figure(build_figure(number, _subjects(shelf, of)), form)


def can_draw() -> bool:
    """Tell whether images can be drawn here."""
    return find_spec("matplotlib") is not None


def _number(name: str) -> int:
    if name not in map(str, TITLES):
        raise UsageError("no-such-figure", f"no figure `{name[:80]}`", help="the study has 1 to 8")
    return int(name)


def _subjects(shelf: Shelf, of: str) -> tuple[Subject, ...]:
    """Return what a figure is made of; nothing for the study, which figures know by themselves."""
    origins = {"study": (), "read": (Origin.READ,), "all": (Origin.STUDY, Origin.READ)}[of]
    return tuple(Subject(entry.coding, place=entry.id) for entry in shelf.of(*origins))


_Body = tuple[tuple[Bar, ...], tuple[Field, ...], tuple[str, ...], tuple[DotRow, ...], Table]
_NOTHING = Table((), ())


def _body(made: Figure) -> _Body:
    body = made.body
    if isinstance(body, BarChart):
        bars = tuple(Bar(b.row.label, b.total, b.size, b.printed) for b in body.bars)
        return bars, (), (), (), _NOTHING
    if isinstance(body, Wheel):
        return (), _fields(body), (), (), _NOTHING
    if isinstance(body, DotMatrix):
        labels = tuple(column.label for column in body.matrix.columns)
        return (), (), labels, _dots(body), _NOTHING
    if isinstance(body, PracticeGrid):
        rows = tuple(
            DotRow(p.name, p.group, tuple(SIGNS[value] for value in p.values), None)
            for p in body.practices
        )
        return (), (), body.columns, rows, _NOTHING
    return (), (), (), (), body.table()


def _fields(wheel: Wheel) -> tuple[Field, ...]:
    found: dict[tuple[str, str], list[Bar]] = {}
    for each in wheel.segments:
        bar = Bar(each.outer, each.total, each.size, None)
        found.setdefault((each.inner, each.middle), []).append(bar)
    return tuple(Field(inner, middle, tuple(bars)) for (inner, middle), bars in found.items())


def _dots(body: DotMatrix) -> tuple[DotRow, ...]:
    matrix = body.matrix
    return tuple(
        DotRow(
            row.label,
            "",
            tuple(dot_value(matrix.cell(row, column)) for column in matrix.columns),
            matrix.row_total(row),
        )
        for row in matrix.rows
    )
