"""What is wrong with a policy file, and where: every problem has a code, a line and its words."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from usepolicy.policies.clauses import CategoryId
from usepolicy.reading.policy_file import PolicyFileError, load_policy
from usepolicy.reading.policy_problems import MAX_PROBLEMS, shown
from usepolicy.reading.policy_tree import MAX_BYTES, MAX_VALUES
from usepolicy.taxonomy.names import distance

REPOSITORY = Path(__file__).parents[2]
FILES = Path(__file__).parent / "policy_files"
NAMES: dict[CategoryId, str | None] = {
    CategoryId("violence"): "Violence",
    CategoryId("harassment"): "Harassment",
}


def failure(data: str | bytes) -> PolicyFileError:
    with pytest.raises(PolicyFileError) as caught:
        load_policy(data, place="p.yaml", study_names=NAMES)
    return caught.value


INVALID = [
    ("empty-file", "empty-file", None),
    ("only-comments", "empty-file", None),
    ("not-a-mapping", "not-a-mapping", 1),
    ("several-documents", "several-documents", 3),
    ("broken-yaml", "invalid-yaml", 2),
    ("duplicate-key", "duplicate-key", 3),
    ("number-as-key", "invalid-key", 2),
    ("alias-bomb", "too-many-aliases", 2),
    ("unsafe-tag", "unsafe-tag", 2),
    ("unknown-key", "unknown-key", 2),
    ("unknown-top-key", "unknown-key", 2),
    ("no-clauses", "missing-key", 1),
    ("no-category", "missing-key", 4),
    ("unknown-effect", "unknown-value", 5),
    ("unknown-provision", "unknown-value", 4),
    ("unknown-category", "unknown-category", 4),
    ("wrong-study-name", "wrong-study-name", 5),
    ("wrong-strength", "wrong-strength", 5),
    ("text-is-a-number", "wrong-value", 2),
    ("text-is-blank", "wrong-value", 2),
    ("date-is-a-number", "wrong-value", 2),
    ("date-is-no-day", "wrong-value", 2),
    ("hash-is-short", "wrong-value", 2),
    ("offset-is-nan", "wrong-value", 3),
    ("offset-is-huge", "wrong-value", 3),
    ("offset-is-negative", "wrong-value", 3),
    ("models-is-a-word", "wrong-value", 2),
    ("quote-not-found", "quote-not-found", 6),
    ("quote-mismatch", "quote-mismatch", 6),
    ("quote-too-short-for-its-span", "span-mismatch", 8),
    ("evidence-outside", "evidence-outside", 7),
    ("no-evidence", "wrong-value", 5),
    ("span-mismatch", "span-mismatch", 4),
    ("clause-too-long-for-its-span", "span-mismatch", 7),
    ("clause-without-a-place", "missing-span", 7),
    ("clause-after-the-end", "bad-span", 5),
    ("lead-in-backwards", "bad-span", 4),
    ("half-a-span", "missing-span", 3),
    ("two-parts-without-places", "missing-span", 3),
    ("text-hash-of-another-text", "text-mismatch", 2),
    ("duplicate-id", "duplicate-id", 7),
    ("foreign-id", "foreign-id", 5),
    ("id-with-a-space", "wrong-value", 2),
    ("id-with-a-control", "wrong-value", 2),
    ("id-of-two-pieces", "wrong-value", 2),
    ("clause-id-that-turns-text", "wrong-value", 5),
    ("date-is-seconds", "wrong-value", 2),
    ("date-with-a-time", "wrong-value", 2),
    ("clauses-that-contradict", "clause-mismatch", 9),
    ("three-problems", "unknown-category", 4),
]


@pytest.mark.parametrize(("name", "code", "line"), INVALID, ids=[row[0] for row in INVALID])
def test_an_invalid_file_says_what_and_where(name: str, code: str, line: int | None) -> None:
    error = failure((FILES / "invalid" / f"{name}.yaml").read_bytes())
    assert (error.code, error.place) == (code, "p.yaml" if line is None else f"p.yaml:{line}")
    assert error.exit_code == 3
    for problem in error.problems:
        assert re.fullmatch(r"[^A-Z\n][^\n]*[^.\n]", problem.message), "one line, no final stop"


def test_every_invalid_file_has_its_row() -> None:
    assert {path.stem for path in (FILES / "invalid").iterdir()} == {row[0] for row in INVALID}


def test_all_problems_are_reported_in_order_of_lines_and_numbered() -> None:
    error = failure((FILES / "invalid" / "three-problems.yaml").read_text())
    assert error.message.endswith("(and 2 more problems)")
    assert error.report().splitlines() == [
        "[1/3] error[unknown-category]: p.yaml:4: unknown category `violense`"
        " at clauses[0].restrictions[0].category",
        "  help: did you mean `violence`?",
        "[2/3] error[quote-not-found]: p.yaml:6: the quote `war` is in no clause"
        " at clauses[0].restrictions[0].evidence[0].quote",
        "  help: copy the words exactly, or give `start` and `end`",
        "[3/3] error[unknown-category]: p.yaml:9: unknown category `nothing-like-it`"
        " at clauses[1].restrictions[0].category",
        "  help: list them: `usepolicy categories`",
    ]


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("unknown-key", "did you mean `developer`? allowed: `id`, `developer`, `service`"),
        ("unknown-top-key", "did you mean `provisions`? allowed: `policy`, `version`"),
        ("unknown-effect", "did you mean `forbids`? allowed: `forbids`, `requires`, `permits`"),
        ("unknown-provision", "did you mean `appeal`? allowed: `monitoring`, `warning`"),
        ("no-category", "write `category: null` where none fits"),
    ],
)
def test_help_names_the_nearest_and_the_allowed(name: str, help: str) -> None:
    error = failure((FILES / "invalid" / f"{name}.yaml").read_text())
    assert error.help.startswith(help)


DEEP = 100_000
HOSTILE: list[tuple[str, str | bytes, str]] = [
    ("lists of YAML, nested", "a: " + "[" * DEEP, "too-deep"),
    ("mappings of YAML, nested", "a: " + "{a: " * DEEP, "too-deep"),
    ("blocks of YAML, nested", "".join(" " * i + "a:\n" for i in range(200)), "too-deep"),
    ("dashes of YAML, nested", "- " * DEEP, "too-deep"),
    ("lists of JSON, nested", "[" * DEEP, "too-deep"),
    ("objects of JSON, nested", '{"a":' * DEEP, "too-deep"),
    ("a file of 20 MB and a byte", b"#" * (MAX_BYTES + 1), "too-large"),
    ("many values in YAML", "a: [" + "1," * (2 * MAX_VALUES + 9) + "]", "too-many-values"),
    ("many values in JSON", "[" + "1," * (4 * MAX_VALUES + 9) + "1]", "too-many-values"),
    ("a string of JSON never closed", '{"' + '\\"' * 1_000_000, "invalid-json"),
    ("Latin-1", "clauses: [{text: é}]".encode("latin-1"), "not-utf8"),
    ("UTF-16", "clauses: []".encode("utf-16"), "not-utf8"),
    ("binary", bytes(range(256)), "not-utf8"),
    ("a zero byte", b"clauses: \x00", "invalid-yaml"),
    ("half of a pair", "clauses: \ud800", "not-utf8"),
    ("half of a pair, escaped", '{"clauses": [{"text": "\\ud800"}]}', "wrong-value"),
    ("half of a pair as a key", '{"\\ud800": 1, "clauses": []}', "invalid-key"),
    ("white space", " \n\n ", "empty-file"),
    ("a number alone", "42", "not-a-mapping"),
    ("a list of JSON", "[]", "not-a-mapping"),
    ("two objects of JSON", "{} {}", "invalid-json"),
    ("a key twice in JSON", '{"clauses": [], "clauses": []}', "duplicate-key"),
    ("not a number in JSON", '{"clauses": NaN}', "invalid-json"),
    ("a huge number in JSON", f'{{"clauses": {"9" * 10_000}}}', "wrong-value"),
    ("a fraction in JSON", '{"clauses": [{"text": "a", "start": 1.5}]}', "wrong-value"),
    ("directives, compared pair by pair", "%TAG !a! b\n" * 1_000_000, "unsafe-tag"),
    ("a directive after the document", "a: 1\n...\n%TAG !a! b\n---\n", "unsafe-tag"),
    ("a merge key", "a: &a {}\n<<: *a", "too-many-aliases"),
    ("an alias of itself", "&a [*a]", "too-many-aliases"),
    ("a tag of its own", "!thing {clauses: []}", "unsafe-tag"),
    ("a binary tag", "clauses: !!binary aGk=", "unsafe-tag"),
    ("a mapping as a key", "{a: 1}: 2", "invalid-json"),
    ("a list as a key", "? [a]\n: 2", "invalid-key"),
]


@pytest.mark.parametrize(("why", "data", "code"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_file_is_one_error_in_bounded_time(
    why: str, data: str | bytes, code: str
) -> None:
    started = time.perf_counter()
    error = failure(data)
    assert error.code == code, why
    assert "\n" not in str(error)
    str(error).encode()
    assert time.perf_counter() - started < 10


def test_reading_stops_at_the_greatest_number_of_problems() -> None:
    error = failure("clauses:\n" + "- {text: a, start: -1}\n" * 10_000)
    assert len(error.problems) == MAX_PROBLEMS


def test_lines_of_json_are_told_too() -> None:
    data = json.dumps({"clauses": [{"text": "a", "restrictions": [{"category": "x"}]}]}, indent=1)
    error = failure(data)
    assert error.place == "p.yaml:7"
    assert data.splitlines()[6].strip() == '"category": "x"'


def test_every_code_of_a_problem_is_documented() -> None:
    page = (REPOSITORY / "docs" / "policy-file.md").read_text(encoding="utf-8")
    codes = {row[1] for row in INVALID} | {row[2] for row in HOSTILE}
    assert {code for code in codes if f"`{code}`" not in page} == set()


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 2)],
)
def test_distance_counts_edits(a: str, b: str, edits: int) -> None:
    assert distance(a, b) == distance(b, a) == edits


@pytest.mark.parametrize(
    ("value", "line", "why"),
    [
        ("a\nb\x1b[0m", "a b [0m", "no line break, no control of the terminal"),
        ("a`b", "a'b", "the quotes stay balanced"),
        ("x" * 100, "x" * 59 + "…", "short"),
        ("\ud800a\u202eb", "a b", "nothing that cannot be printed"),
    ],
)
def test_input_is_shown_as_one_short_printable_line(value: str, line: str, why: str) -> None:
    assert shown(value) == line, why
