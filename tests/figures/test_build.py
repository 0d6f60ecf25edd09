"""Figures 1 to 8: what the study's data give, and where its print differs."""

from __future__ import annotations

import csv
import random
from importlib import resources
from pathlib import Path

import pytest

from usepolicy.comparison.figures import BarChart, DotMatrix, Note, PracticeGrid, Wheel
from usepolicy.comparison.subjects import Subject
from usepolicy.errors import UsageError
from usepolicy.figures.build import build_figure, study_subjects
from usepolicy.policies.codings import Coding, coding_of
from usepolicy.policies.policies import Identity
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import read_policy
from usepolicy.study import study_codings
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import group_id

DATA = Path(str(resources.files("usepolicy") / "data"))
FACTS = Path(__file__).parents[3] / "shared" / "facts"
DOTS = [4, 5, 6]


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def own(text: str, developer: str = "Tern") -> Subject:
    """Return a policy as a subject, read by the built-in reader."""
    policy = read_policy(
        text, version_id=VersionId(f"{developer}/x@undated"), identity=Identity(developer=developer)
    )
    coding = coding_of(policy, [c.id for c in load_taxonomy().categories], coder="reader")
    return Subject(coding, policy)


@pytest.mark.parametrize("number", DOTS)
def test_dots_are_counted_from_the_groups_beside_the_printed_ones(number: int) -> None:
    """Counted here once more, straight from the tables of the study."""
    groups = members("4-6")
    cells = {row["category"]: row for row in rows("study/codings.csv")}
    names = {row["id"]: row["developer"] for row in rows("study/developers.csv")}
    printed = [row for row in rows("study/figures_4_6.csv") if row["figure"] == str(number)]
    expected = {}
    for row in printed:
        name, categories = groups[row["group"]]
        value = any(cells[category][row["developer_id"]] == "1" for category in categories)
        expected[name, names[row["developer_id"]]] = (str(int(value)), row["filled"])
    table = build_figure(number).body.table()
    assert {(row[1], row[2]): (row[3], row[4]) for row in table.rows} == expected
    assert len(expected) == 170


@pytest.mark.parametrize("number", DOTS)
def test_dots_equal_the_facts_cell_for_cell(number: int) -> None:
    if not FACTS.exists():
        pytest.skip("the facts are not beside this checkout")
    with (FACTS / "figures_4_6.csv").open(encoding="utf-8-sig", newline="") as lines:
        facts = {
            (row["category"], row["developer"]): (row["matrix_value"], row["figure_value"])
            for row in csv.DictReader(lines)
            if row["figure"] == str(number)
        }
    table = build_figure(number).body.table()
    assert {(row[1], row[2]): (row[3], row[4]) for row in table.rows} == facts


def members(figure: str) -> dict[str, tuple[str, set[str]]]:
    """Return the groups of a figure: id to name and categories."""
    found: dict[str, tuple[str, set[str]]] = {}
    for row in rows("taxonomy/study_groups.csv"):
        if row["figure"] == figure:
            group = (row["group"], set())
            found.setdefault(group_id(row["group"]), group)[1].add(row["category"])
    return found


def test_figure_3_counts_what_the_groups_give() -> None:
    """Counted here once more, straight from the table of the study."""
    groups = dict(members("3").values())
    cells = {row["category"]: row for row in rows("study/codings.csv")}
    developers = [c.id.removeprefix("study/") for c in study_codings()]
    expected = {
        name: sum(any(cells[c][d] == "1" for c in categories) for d in developers)
        for name, categories in groups.items()
    }
    assert {row[1]: int(row[2]) for row in build_figure(3).body.table().rows} == expected


PRINTED_3 = {
    "Mis/disinformation, Misleading info": ("26", "24", "26 with Deception"),
    "Privacy": ("21", "21", "figures 4 to 6 print 22 filled dots"),
    "Violence": ("20", "20", "figures 4 to 6 print 19 filled dots"),
    "Hate": ("16", "16", "figures 4 to 6 print 17 filled dots"),
    "Sexual/Pornographic": ("15", "16", "figures 4 to 6 print 16 filled dots"),
    "Malware/Malicious Code": ("13", "12", "figures 4 to 6 print 12 filled dots"),
}
"""Rows of discrepancies.csv on figure 3, and on figure 3 against figures 4 to 6."""


def test_the_notes_on_figure_3_are_the_known_discrepancies() -> None:
    notes = {n.where: (n.printed, n.computed, n.why) for n in build_figure(3).notes}
    assert notes == PRINTED_3


def discrepancies(number: int) -> set[str]:
    """Return which dots and totals of a figure discrepancies.csv has, as notes name them."""
    named = set()
    for row in rows("study/discrepancies.csv"):
        figure, _, rest = row["where"].partition(", ")
        if figure == f"Figure {number}":
            group, _, who = rest.partition(", ")
            named.add(f"{group.casefold()}, {who}")
    return named


@pytest.mark.parametrize("number", DOTS)
def test_the_notes_on_dots_are_the_known_discrepancies(number: int) -> None:
    noted = {
        f"{row.casefold()}, {who}"
        for row, _, who in (note.where.partition(", ") for note in build_figure(number).notes)
    }
    known = discrepancies(number)
    totals = {f"{where.rpartition(', ')[0]}, total" for where in known}
    if number == 4:  # named in the explanation of the total, not in a row of its own
        known.add("malware, Amazon")
    assert noted == known | totals


@pytest.mark.parametrize(
    ("number", "note", "why"),
    [
        (
            4,
            Note("Malware, total", "3", "5", "4 filled dots"),
            "print, dots and matrix: three numbers",
        ),
        (4, Note("Mis/Disinformation, total", "9", "8"), "the dots add up to the print"),
        (
            4,
            Note("Mis/Disinformation, Adobe", "filled", "not coded", "tagged nearby: Misleading"),
            "what the figure leaves out is named",
        ),
        (
            4,
            Note("Malware, Amazon", "hollow", "coded", "tagged Malicious code"),
            "the tag that the figure overlooks is named",
        ),
        (
            6,
            Note("Political, Perplexity", "filled", "not coded", "tagged nearby: Political"),
            "the row that the method leaves out is named",
        ),
    ],
)
def test_a_note_says_why(number: int, note: Note, why: str) -> None:
    assert note in build_figure(number).notes, why


def test_the_order_of_codings_changes_no_count_and_no_note() -> None:
    shuffled = list(study_subjects())
    random.Random(7).shuffle(shuffled)
    mine, theirs = build_figure(3, shuffled), build_figure(3)
    assert mine == theirs
    wheel = build_figure(7, shuffled).body
    assert wheel == build_figure(7).body


def test_other_codings_have_no_print_to_differ_from() -> None:
    figure = build_figure(3, [own("You may not harass anyone."), *study_subjects()])
    assert isinstance(figure.body, BarChart)
    assert {bar.printed for bar in figure.body.bars} == {None}
    assert (figure.notes, figure.body.bars[0].total) == ((), 27)


def test_unknown_is_counted_apart() -> None:
    nobody = Subject(Coding("a/b@undated", "a", "nobody", Identity()))
    figure = build_figure(3, [nobody])
    assert isinstance(figure.body, BarChart)
    assert {(bar.total, bar.unknown, bar.size) for bar in figure.body.bars} == {(0, 1, 1)}
    assert {row[3] for row in build_figure(4, [nobody]).body.table().rows} == {"unknown"}


def test_dots_of_a_text_quote_it() -> None:
    table = build_figure(4, [own("You may not harass anyone.")]).body.table()
    (row,) = [row for row in table.rows if row[1] == "Harassment/Abuse"]
    assert row[2:6] == ("Tern", "1", "", "prohibited")
    assert "harass" in row[6]


@pytest.mark.parametrize(
    ("number", "codings", "columns", "why"),
    [
        (4, 30, 10, "the first ten"),
        (6, 30, 10, "the last ten"),
        (5, 12, 2, "what is left of twelve"),
        (4, 3, 3, "fewer than ten"),
    ],
)
def test_dot_figures_take_ten_each(number: int, codings: int, columns: int, why: str) -> None:
    figure = build_figure(number, study_subjects()[:codings])
    assert isinstance(figure.body, DotMatrix)
    assert len(figure.body.matrix.columns) == columns, why


def test_figure_1_is_that_of_the_study() -> None:
    body = build_figure(1).body
    assert isinstance(body, PracticeGrid)
    shown = {
        (p.name, c): v for p in body.practices for c, v in zip(body.columns, p.values, strict=True)
    }
    facts = {
        (row["practice"], row["company"]): float(row["value"])
        for row in rows("study/researcher_access.csv")
    }
    assert shown == facts
    assert len(facts) == 77


@pytest.mark.parametrize(
    ("text", "practice", "value", "why"),
    [
        (
            "You may not spam.\n\nYou can appeal our decision.",
            "Enforcement violation appeals",
            1,
            "stated",
        ),
        ("You may not spam.", "Enforcement violation appeals", 0, "read, and silent"),
        (
            "您不得使用本服务从事任何违法活动。",
            "Enforcement violation appeals",
            None,
            "not read: unknown",
        ),
        ("You may not spam.", "Public API", None, "no text tells who gets access"),
        (
            "You may not spam.\n\nWe may suspend your account.",
            "Enforcement policy",
            0.5,
            "a bare right to close accounts is half",
        ),
        (
            "You may not spam.\n\nWe monitor use. We may suspend your account.",
            "Enforcement policy",
            1,
            "detection and a measure",
        ),
    ],
)
def test_figure_1_of_a_policy_is_what_its_text_states(
    text: str, practice: str, value: float | None, why: str
) -> None:
    body = build_figure(1, [own(text)]).body
    assert isinstance(body, PracticeGrid)
    assert {p.name: p.values for p in body.practices}[practice] == (value,), why


def test_figure_2_has_what_the_study_prints() -> None:
    table = build_figure(2).body.table()
    known = {row["developer"]: row for row in rows("study/developers.csv")}
    assert len(table.rows) == 30
    for row in table.rows:
        facts = known[row[0]]
        names = ("title", "document_kind", "policy_model", "flagship_model", "modality", "weights")
        names += ("headquarters", "stated_date", "address")
        assert row[1:] == tuple(facts[name] for name in names)


def test_the_wheel_has_48_fields_and_counts_them() -> None:
    wheel = build_figure(7).body
    assert isinstance(wheel, Wheel)
    totals = {row["category"]: int(row["total"]) for row in rows("study/codings.csv")}
    assert len(wheel.segments) == 48
    for segment in wheel.segments:
        assert segment.total == totals.get(segment.category or "", 0)
    assert [s.outer for s in wheel.segments if s.unknown] == ["Racism"], "not in the taxonomy"


def test_figure_8_lists_the_models_of_the_study_or_who_restricts_nothing() -> None:
    assert [row[1] for row in build_figure(8).body.table().rows][:2] == ["Qwen-VL", "GPT-NeoX 20B"]
    silent = own("# Licence\n\nYou may use the model for any purpose.", "Heron")
    table = build_figure(8, [own("You may not harass anyone."), silent]).body.table()
    assert [row[0] for row in table.rows] == ["Heron"]


@pytest.mark.parametrize(
    ("number", "subjects", "code", "why"),
    [
        (9, (), "no-such-figure", "the study has eight"),
        (0, (), "no-such-figure", "counted from one"),
        (5, study_subjects()[:10], "figure-is-empty", "ten codings fill figure 4 only"),
    ],
)
def test_what_cannot_be_shown(
    number: int, subjects: tuple[Subject, ...], code: str, why: str
) -> None:
    with pytest.raises(UsageError) as caught:
        build_figure(number, subjects)
    assert caught.value.code == code, why
