"""Where codings part: gray areas, who stands alone, cuts; breadth; differences of two."""

from __future__ import annotations

from datetime import date

import pytest

from usepolicy.comparison.breadth import BreadthClass, breadth_of
from usepolicy.comparison.differences import Verdict, differences, provision_pairs
from usepolicy.comparison.kinds import HOSTING, THRESHOLDS, kind_cells
from usepolicy.comparison.matrix import Matrix, Row, rows_by_group
from usepolicy.comparison.splits import Cut, gray_areas, slice_tallies, slices, splits
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import CellValue
from usepolicy.policies.policies import PolicyKind, Weights
from usepolicy.study import study_codings
from usepolicy.taxonomy.schemes import find_scheme

A = Row("a", "A", (CategoryId("a"),))


@pytest.mark.parametrize(
    ("signs", "gray", "alone", "missing", "why"),
    [
        ("++--", True, None, None, "half and half"),
        ("++++", False, None, None, "all agree"),
        ("+---", False, "0", None, "one alone with it"),
        ("+++-", False, None, "3", "one alone without it"),
        ("+++-?", False, None, None, "the unknown one may lack it too"),
        ("+---?", False, "0", None, "known ones are enough to be seen alone"),
        ("+-", True, None, None, "two are too few to be alone"),
        ("????", False, None, None, "unknown never counts as not coded"),
        ("+???", False, None, None, "one known is no split"),
    ],
)
def test_splits(make, signs, gray, alone, missing, why) -> None:
    columns = tuple(make(str(at), sign) for at, sign in enumerate(signs))
    (split,) = splits(Matrix((A,), columns))
    assert split.is_gray == gray, why
    assert (split.alone.label if split.alone else None) == alone, why
    assert (split.missing.label if split.missing else None) == missing, why


def test_gray_areas_of_the_study_start_with_the_even_ones() -> None:
    matrix = Matrix(rows_by_group(find_scheme("study-figure-3")), study_codings())
    found = gray_areas(matrix)
    assert [split.row.label for split in found[:2]] == ["Impersonation", "Threats"]
    assert [len(found[0].having), len(found[0].lacking)] == [15, 15]
    assert "Harassment/Abuse" not in {split.row.label for split in found}


@pytest.mark.parametrize(
    ("cut", "values", "why"),
    [
        (Cut.WEIGHTS, [("closed", 2), ("open", 1)], "largest first"),
        (Cut.MODALITY, [("text", 2), ("image", 1)], "largest first"),
        (Cut.HEADQUARTERS, [("France", 1), ("", 2)], "the unknown last, though more"),
        (Cut.DOCUMENT, [("licence", 1), ("terms", 1), ("", 1)], "the study's kind, else ours"),
        (Cut.YEAR, [("2024", 2), ("", 1)], "of the date from which it applies"),
    ],
)
def test_cuts(make, cut, values, why) -> None:
    codings = (
        make(
            "0",
            "+",
            weights=Weights.OPEN,
            modality="text",
            document_kind="licence",
            effective=date(2024, 1, 2),
        ),
        make(
            "1",
            "-",
            weights=Weights.CLOSED,
            modality="text",
            kind=PolicyKind.TERMS,
            effective=date(2024, 9, 2),
        ),
        make("2", "?", weights=Weights.CLOSED, modality="image", headquarters="France"),
    )
    found = slices(codings, cut)
    assert [(part.value, len(part.codings)) for part in found] == values, why
    ((_, tallies),) = slice_tallies(Matrix((A,), codings), cut)
    assert sum(t.coded for t in tallies) == sum(t.not_coded for t in tallies) == 1
    assert sum(t.unknown for t in tallies) == 1


FIELDS = [Row(name, name, tuple(map(CategoryId, name))) for name in ("ab", "cd", "ef", "gh")]


@pytest.mark.parametrize(
    ("signs", "kind", "why"),
    [
        ("+-------", BreadthClass.MINIMAL, "one field of four"),
        ("+-+-+---", BreadthClass.BROAD, "three fields, one use each"),
        ("++++++--", BreadthClass.GRANULAR, "three fields, in detail"),
        ("--------", BreadthClass.MINIMAL, "nothing"),
        ("????????", None, "not looked at"),
        ("++??????", BreadthClass.GRANULAR, "the one field that was looked at"),
    ],
)
def test_breadth(make, signs, kind, why) -> None:
    assert breadth_of(make("x", signs), FIELDS).kind is kind, why


def test_breadth_of_the_study() -> None:
    fields = rows_by_group(find_scheme("usepolicy"))
    kinds = [breadth_of(coding, fields).kind for coding in study_codings()]
    assert {kind: kinds.count(kind) for kind in BreadthClass} == {
        BreadthClass.MINIMAL: 8,
        BreadthClass.BROAD: 10,
        BreadthClass.GRANULAR: 12,
    }


ABOVE = {CategoryId("a"): ("top",), CategoryId("b"): ("a", "top"), CategoryId("c"): ("top",)}


@pytest.mark.parametrize(
    ("a", "b", "category", "verdict", "why"),
    [
        ("+--", "+--", "a", Verdict.BOTH, "both"),
        ("!--", "~--", "a", Verdict.STRICTER_A, "prohibited beside restricted"),
        ("~--", "!--", "a", Verdict.STRICTER_B, "the other way round"),
        ("+--", "~--", "a", Verdict.BOTH, "without a strength nothing is stricter"),
        ("--+", "---", "c", Verdict.ONLY_A, "only one"),
        ("---", "--+", "c", Verdict.ONLY_B, "only the other"),
        ("-+-", "+--", "b", Verdict.BROADER_B, "the parent holds it"),
        ("+--", "-+-", "a", Verdict.NARROWER_B, "a child is a part of it"),
        ("+--", "-+-", "b", Verdict.BROADER_A, "the same seen from the child"),
        ("--+", "--?", "c", Verdict.UNKNOWN, "unknown is no absence"),
    ],
)
def test_verdicts(make, a, b, category, verdict, why) -> None:
    found = differences(Subject(make("a", a)), Subject(make("b", b)), ABOVE)
    assert {d.category: d.verdict for d in found}[CategoryId(category)] is verdict, why


def test_provisions_are_compared_both_ways(read, make) -> None:
    a = read("You may not spam.\n\nYou can appeal our decision.")
    b = read("You may not spam.\n\nWe may suspend your account.", "heron")
    found = {p.kind.value: (p.a is not None, p.b is not None) for p in provision_pairs(a, b)}
    assert (found["appeal"], found["suspension"]) == ((True, False), (False, True))
    assert all(p.known for p in provision_pairs(a, b))
    assert not any(p.known for p in provision_pairs(a, Subject(make("c", "+"))))


LICENCE = "# Licence\n\nYou may not use the Model:\n\n- {}\n- for spam\n"


@pytest.mark.parametrize(
    ("words", "row", "value", "why"),
    [
        ("to offer it as a hosted API to third parties", HOSTING, "coded", "hosting in words"),
        ("to provide a managed inference service", HOSTING, "coded", "another way of hosting"),
        (
            "in a product with more than 700 million monthly active users",
            THRESHOLDS,
            "coded",
            "a number of users",
        ),
        ("in a product that users like", THRESHOLDS, "not_coded", "users without a number"),
        ("for 3 purposes", HOSTING, "unknown", "no words, and the category was not looked at"),
    ],
)
def test_end_uses_without_a_category_are_found_by_their_words(read, words, row, value, why) -> None:
    subject = read(LICENCE.format(words))
    rows = rows_by_group(find_scheme("restriction-kinds"))
    cell = {each.row.id: each.cell for each in kind_cells(rows, subject)}[row]
    expected = "not_coded" if value == "unknown" else value
    assert cell.value.value == expected, why
    for evidence in cell.evidence:
        assert subject.text is not None
        assert evidence.span.cut(subject.text) == evidence.quote


def test_the_study_s_kinds() -> None:
    rows = rows_by_group(find_scheme("restriction-kinds"))
    totals = {row.label: Matrix((row,), study_codings()).row_total(row) for row in rows}
    assert totals["catch-all: Breaking the law"] == 30
    assert totals["end use: Model scraping"] == 5
    assert totals["industry: Legal, medical or financial advice"] == 8
    cells = [kind_cells(rows, Subject(coding)) for coding in study_codings()]
    users = {c.cell.value for row in cells for c in row if c.row.id == THRESHOLDS}
    assert users == {CellValue.UNKNOWN}, "nobody looked for it"
