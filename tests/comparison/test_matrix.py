"""The matrix: rows, cells of groups, totals, order, records."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

import usepolicy.comparison
from usepolicy.comparison.matrix import (
    Matrix,
    Order,
    Record,
    Row,
    Tally,
    joined,
    rows_by_category,
    rows_by_group,
    to_records,
)
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding
from usepolicy.policies.policies import Identity
from usepolicy.policies.spans import Evidence, Span

HATE, SPAM, FRAUD = CategoryId("hate"), CategoryId("spam"), CategoryId("fraud")
EARLY, LATE = Evidence(Span(3, 8), "fraud"), Evidence(Span(20, 24), "spam")

CODED = Cell(CellValue.CODED)
PROHIBITED = Cell(CellValue.CODED, Strength.PROHIBITED, (LATE,))
RESTRICTED = Cell(CellValue.CODED, Strength.RESTRICTED, (EARLY,))

PURE = {
    "__future__",
    "collections",
    "dataclasses",
    "enum",
    "itertools",
    "re",
    "typing",
    "usepolicy",
}
PURE_PACKAGES = ("usepolicy.policies", "usepolicy.comparison", "usepolicy.errors")


@dataclass(frozen=True, slots=True)
class Named:
    """A category or group, as a taxonomy would bring it."""

    id: CategoryId
    name: str
    categories: tuple[CategoryId, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """A scheme, as a taxonomy would bring it."""

    groups: tuple[Named, ...]


def coding(name: str, **cells: Cell) -> Coding:
    by_category = {CategoryId(category): cell for category, cell in cells.items()}
    return Coding(f"test/{name}", name, "test", Identity(), by_category)


def row(*categories: CategoryId) -> Row:
    return Row("-".join(categories), " or ".join(categories), categories)


def matrix() -> Matrix:
    """Spam is coded by two, fraud by one, hate by none."""
    columns = (
        coding("beta", hate=NOT_CODED, spam=PROHIBITED, fraud=NOT_CODED),
        coding("Alpha", hate=NOT_CODED, spam=CODED, fraud=RESTRICTED),
        coding("gamma", hate=NOT_CODED),
    )
    return Matrix((row(HATE), row(SPAM), row(FRAUD)), columns)


@pytest.mark.parametrize(
    ("cells", "value", "why"),
    [
        ([CODED], "coded", "one category is its own group"),
        ([NOT_CODED], "not_coded", "one category is its own group"),
        ([UNKNOWN], "unknown", "one category is its own group"),
        ([CODED, NOT_CODED], "coded", "any coded"),
        ([CODED, UNKNOWN], "coded", "any coded, whatever the rest would be"),
        ([NOT_CODED, NOT_CODED], "not_coded", "all were looked at, none was found"),
        ([NOT_CODED, UNKNOWN], "unknown", "silence on one says nothing of the other"),
        ([UNKNOWN, UNKNOWN], "unknown", "the coder looked at none"),
        ([NOT_CODED, UNKNOWN, CODED], "coded", "one coded decides among all three values"),
        ([], "unknown", "a group without categories says nothing, not `not coded`"),
    ],
)
def test_a_group_joins_the_values_of_its_categories(
    cells: list[Cell], value: str, why: str
) -> None:
    for order in itertools.permutations(cells):
        assert joined(order).value == value, why


@pytest.mark.parametrize(
    ("cells", "strength", "why"),
    [
        ([PROHIBITED, RESTRICTED], Strength.PROHIBITED, "the strictest counts"),
        ([RESTRICTED, RESTRICTED], Strength.RESTRICTED, "nothing is stricter"),
        ([RESTRICTED, NOT_CODED], Strength.RESTRICTED, "what is absent has no strength"),
        ([PROHIBITED, CODED], Strength.PROHIBITED, "nothing can be stricter than the known one"),
        ([PROHIBITED, UNKNOWN], Strength.PROHIBITED, "nothing can be stricter than the known one"),
        ([RESTRICTED, CODED], None, "the cell without strength may be a prohibition"),
        ([RESTRICTED, UNKNOWN], None, "the unknown category may be prohibited"),
        ([CODED, CODED], None, "the coder gives no strength, as the study"),
        ([NOT_CODED, NOT_CODED], None, "nothing is coded"),
    ],
)
def test_a_group_has_the_strictest_strength(
    cells: list[Cell], strength: Strength | None, why: str
) -> None:
    for order in itertools.permutations(cells):
        assert joined(order).strength is strength, why


@pytest.mark.parametrize(
    ("cells", "evidence", "why"),
    [
        ([PROHIBITED, RESTRICTED], (EARLY, LATE), "in the order of the text, not of the group"),
        ([PROHIBITED, PROHIBITED], (LATE,), "words that name two categories are cited once"),
        ([PROHIBITED, NOT_CODED], (LATE,), "silence cites nothing"),
        ([CODED, NOT_CODED], (), "coded without words, as the study"),
    ],
)
def test_a_group_joins_the_evidence(
    cells: list[Cell], evidence: tuple[Evidence, ...], why: str
) -> None:
    assert joined(cells).evidence == evidence, why


def test_one_category_keeps_its_cell_as_it_is() -> None:
    cell = Cell(CellValue.CODED, Strength.PROHIBITED, (LATE, EARLY))
    assert Matrix((), ()).cell(row(SPAM), coding("a", spam=cell)) is cell


def test_a_category_that_the_coder_lacks_is_unknown() -> None:
    assert Matrix((), ()).cell(row(SPAM), coding("a", hate=CODED)) == UNKNOWN


def test_rows_by_category_keep_the_order_given() -> None:
    categories = [Named(SPAM, "Spam"), Named(HATE, "Hate")]
    assert rows_by_category(categories) == (
        Row("spam", "Spam", (SPAM,)),
        Row("hate", "Hate", (HATE,)),
    )


def test_rows_by_group_keep_the_order_of_the_scheme() -> None:
    scheme = Grouping(
        (
            Named(CategoryId("deceit"), "Fraud/Spam", (FRAUD, SPAM)),
            Named(CategoryId("ai"), "Nothing of ours", ()),
        )
    )
    assert rows_by_group(scheme) == (
        Row("deceit", "Fraud/Spam", (FRAUD, SPAM)),
        Row("ai", "Nothing of ours", ()),
    )


@pytest.mark.parametrize(
    ("at", "tally", "why"),
    [
        (0, Tally(0, 3, 0), "looked at by all, found by none"),
        (1, Tally(2, 0, 1), "coded with and without strength"),
        (2, Tally(1, 1, 1), "one of each"),
    ],
)
def test_rows_are_counted(at: int, tally: Tally, why: str) -> None:
    table = matrix()
    assert table.row_tally(table.rows[at]) == tally, why
    assert table.row_total(table.rows[at]) == tally.coded


@pytest.mark.parametrize(
    ("at", "tally", "why"),
    [
        (0, Tally(1, 2, 0), "all three rows were looked at"),
        (1, Tally(2, 1, 0), "strength does not count twice"),
        (2, Tally(0, 1, 2), "the rows that are not looked at are unknown, not absent"),
    ],
)
def test_columns_are_counted(at: int, tally: Tally, why: str) -> None:
    table = matrix()
    assert table.column_tally(table.columns[at]) == tally, why
    assert table.column_total(table.columns[at]) == tally.coded


def test_a_group_counts_once_however_many_of_its_categories_are_coded() -> None:
    table = Matrix((row(SPAM, FRAUD, HATE),), matrix().columns)
    assert table.row_tally(table.rows[0]) == Tally(coded=2, not_coded=0, unknown=1)


def test_a_tally_knows_its_size() -> None:
    table = matrix()
    assert table.row_tally(table.rows[0]).size == len(table.columns)


@pytest.mark.parametrize(
    ("order", "rows", "columns", "why"),
    [
        (Order.GIVEN, ["hate", "spam", "fraud"], ["beta", "Alpha", "gamma"], "as given"),
        (Order.TOTAL, ["spam", "fraud", "hate"], ["Alpha", "beta", "gamma"], "most coded first"),
        (Order.NAME, ["fraud", "hate", "spam"], ["Alpha", "beta", "gamma"], "case ignored"),
    ],
)
def test_rows_and_columns_are_ordered(
    order: Order, rows: list[str], columns: list[str], why: str
) -> None:
    table = matrix().order_rows(order).order_columns(order)
    assert [line.id for line in table.rows] == rows, why
    assert [column.label for column in table.columns] == columns, why


def test_ties_stay_in_the_given_order() -> None:
    columns = tuple(coding(name, spam=CODED) for name in ("b", "c", "a"))
    assert Matrix((row(SPAM),), columns).order_columns(Order.TOTAL).columns == columns


def test_only_coded_drops_the_rows_that_nobody_has() -> None:
    table = matrix().only_coded()
    assert [line.id for line in table.rows] == ["spam", "fraud"]
    assert table.columns == matrix().columns


def test_only_coded_drops_rows_that_are_wholly_unknown() -> None:
    assert Matrix((row(HATE),), (coding("a"),)).only_coded().rows == ()


def test_records_go_row_by_row() -> None:
    table = Matrix((row(HATE), row(SPAM)), matrix().columns[:2])
    assert to_records(table) == (
        Record("hate", "hate", "test/beta", "beta", CellValue.NOT_CODED, None, None),
        Record("hate", "hate", "test/Alpha", "Alpha", CellValue.NOT_CODED, None, None),
        Record("spam", "spam", "test/beta", "beta", CellValue.CODED, Strength.PROHIBITED, "spam"),
        Record("spam", "spam", "test/Alpha", "Alpha", CellValue.CODED, None, None),
    )


def test_a_record_of_a_group_quotes_the_first_words_of_the_text() -> None:
    table = Matrix((row(SPAM, FRAUD),), (coding("a", spam=PROHIBITED, fraud=RESTRICTED),))
    (record,) = to_records(table)
    assert (record.quote, record.strength) == ("fraud", Strength.PROHIBITED)


def test_values_of_a_record_are_the_words_of_csv_and_json() -> None:
    (record,) = to_records(Matrix((row(HATE),), (coding("a"),)))
    assert asdict(record) == {
        "row": "hate",
        "row_label": "hate",
        "column": "test/a",
        "column_label": "a",
        "value": "unknown",
        "strength": None,
        "quote": None,
    }


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (Matrix((), ()), "nothing at all"),
        (Matrix((row(HATE),), ()), "no codings"),
        (Matrix((), (coding("a", hate=CODED),)), "no rows"),
    ],
)
def test_an_empty_matrix_is_one_too(table: Matrix, why: str) -> None:
    assert to_records(table) == (), why
    assert table.order_rows(Order.TOTAL).order_columns(Order.TOTAL).rows == table.rows


def sources() -> list[Path]:
    return sorted(
        Path(path)
        for package in usepolicy.comparison.__path__
        for path in Path(package).rglob("*.py")
    )


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.name))
def test_comparison_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in imported(tree):
        assert name.split(".")[0] in PURE, f"`{name}` could reach the world"
        assert not name.startswith("usepolicy") or name.startswith(PURE_PACKAGES), name
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval", "__import__"}
