"""The sheet: what is written reads back, whatever a spreadsheet program does to it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from usepolicy.reading.coding_sheet import (
    COLUMNS,
    SheetRow,
    dump_sheet,
    load_sheet,
    neutralised,
    restored,
)
from usepolicy.reading.policy_problems import PolicyFileError

HEAD = "category,decision,strength,quote,note"
ROW = SheetRow(
    "spam",
    study_name="Spam",
    machine="coded",
    machine_strength="prohibited",
    machine_quote="send spam; or, “junk”",
    start="4",
    end="25",
    decision="accept",
    note='two\nlines, with "quotes"',
    policy="tern/aup@undated",
)


def load(text: str | bytes) -> tuple[SheetRow, ...]:
    return load_sheet(text if isinstance(text, bytes) else text.encode(), place="s.csv")


def test_a_sheet_reads_back() -> None:
    assert load(dump_sheet([ROW, SheetRow("hate")])) == (ROW, SheetRow("hate"))


def test_only_a_sheet_of_differences_shows_another_side() -> None:
    plain = dump_sheet([ROW]).splitlines()[0]
    audit = dump_sheet([ROW, SheetRow("hate", other="coded")]).splitlines()[0]
    assert "other" not in plain
    assert audit.removeprefix("\ufeff").replace('"', "").split(",") == list(COLUMNS)


FORMULAS = [
    ('=HYPERLINK("http://x","y")', "'=", "a formula"),
    ("+1+1", "'+", "a formula too"),
    ("-2+3", "'-", "and this"),
    ("@SUM(A1)", "'@", "and this, of Lotus"),
    ("＝1+1", "'＝", "full width, which some programs take for ="),
    ("'=1", "''=", "what looks neutralised stays what it is"),
    ("a;=1", "a;'=", "a cell where semicolons separate"),
    ('"=1"', "\"'=", "behind a quotation mark, which a program may take for its own"),
    ("a\n=1", "a\n'=", "a line where the quotation mark was lost"),
]


@pytest.mark.parametrize(("value", "start", "why"), FORMULAS)
def test_no_cell_is_a_formula(value: str, start: str, why: str) -> None:
    assert neutralised(value).startswith(start), why
    assert restored(neutralised(value)) == value


@pytest.mark.parametrize("value", ["", "no spam", "a - b", "a=b", "it's", "'tis", "x@y.org"])
def test_ordinary_words_stay_as_they_are(value: str) -> None:
    assert neutralised(value) == value


@given(st.text(alphabet="=+-@'; \t\n\rab＝", max_size=12))
@example("';=")
def test_neutralising_loses_nothing(value: str) -> None:
    assert restored(neutralised(value)) == value


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(value=st.text(alphabet="=+-@'; \tab\n\"", max_size=12))
def test_no_cell_is_a_formula_whatever_a_program_separates_by(separator: str, value: str) -> None:
    written = dump_sheet([SheetRow("spam", note=value)]).removeprefix("\ufeff")
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        assert [cell for cell in row if cell.startswith(("=", "+", "-", "@"))] == []


SAVED = [
    # bytes, why the row exists
    (f"\ufeff{HEAD}\r\nspam,add,,“a”,é\r\n".encode(), "UTF-8 with a byte order mark"),
    (f"{HEAD}\nspam,add,,“a”,é\n".encode(), "UTF-8 without"),
    (f"{HEAD}\nspam,add,,“a”,é".replace(",", ";").encode(), "semicolons, no line end at the end"),
    (f"{HEAD}\nspam,add,,“a”,é".replace(",", "\t").encode("utf-16"), "Unicode text"),
    (f"{HEAD}\rspam,add,,“a”,é\r".encode(), "line ends of an old Mac"),
    (f"\n\n{HEAD},mine\n,,,,\nspam,add,,“a”,é,x\n".encode(), "empty rows, a column of one's own"),
    (f"{HEAD}\n“a”,add,,spam,é".replace("category", "QUOTE ").replace(",quote,", ",Category,").encode(), "columns in another order, head in other letters"),
    (b'"category";"decision";"strength";"quote";"note"\r\n"spam";"add";"";"\xe2\x80\x9ca\xe2\x80\x9d";"\xc3\xa9"\r\n', "everything in quotation marks"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "why"), SAVED, ids=[row[1] for row in SAVED])
def test_what_programs_save_is_read(data: bytes, why: str) -> None:
    assert load(data) == (SheetRow("spam", decision="add", quote="“a”", note="é"),)


def test_a_charset_of_windows_is_told_apart() -> None:
    prose = "the service’s “terms” forbid it — so, says the café’s coder"
    data = f'{HEAD}\r\nspam,reject,,,"{prose}"\r\n'.encode("cp1252")
    assert load(data)[0].note == prose


def test_rows_know_the_line_that_they_start_on() -> None:
    text = f'{HEAD}\nspam,add,,"a\nb",\n\nhate,,,,\n'
    assert [(row.category, row.line) for row in load(text)] == [("spam", 2), ("hate", 5)]


BROKEN = [
    # text, code, line, help, why
    ("", "not-a-sheet", None, "", "nothing"),
    ("\n\n", "not-a-sheet", None, "", "nothing but line ends"),
    (bytes(range(256)), "not-a-sheet", None, "save the sheet as CSV in UTF-8", "binary"),
    (b"PK\x03\x04" + bytes(30), "not-a-sheet", None, "save the sheet", "a workbook, not a CSV"),
    ("category,decison,strength,quote,note\n", "missing-column", 1, "`decison` should be `decision`", "a typo"),
    ("a,b\n1,2\n", "missing-column", 1, "first row names columns", "another table"),
    (f"{HEAD},quote\n", "duplicate-column", 1, "", "which of the two?"),
    (f"{HEAD}\nspam,add,,no, not spam,x\n", "wrong-width", 2, "quotation marks", "a comma inside a cell"),
    (f'{HEAD}\nspam,add,,"open,\n', "invalid-csv", 2, "", "a quotation mark that is never closed"),
    (f'{HEAD}\nspam,add,,"{"x" * 200_000}",\n', "invalid-csv", 2, "", "a cell without end"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "help", "why"), BROKEN, ids=[row[4] for row in BROKEN]
)
def test_what_is_no_sheet_is_refused(text, code, line, help, why) -> None:
    with pytest.raises(PolicyFileError) as caught:
        load(text)
    assert caught.value.code == code
    assert caught.value.place == ("s.csv" if line is None else f"s.csv:{line}")
    assert help in caught.value.help


def test_a_sheet_without_end_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("usepolicy.reading.coding_sheet.MAX_ROWS", 3)
    with pytest.raises(PolicyFileError) as caught:
        load(f"{HEAD}\n" + "spam,,,,\n" * 4)
    assert caught.value.code == "too-many-rows"
