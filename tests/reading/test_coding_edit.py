"""From a coding to a sheet and back: what each decision means, and what is wrong with a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from usepolicy.policies.codings import NOT_CODED, Cell, CellValue, coding_of
from usepolicy.policies.hand_codings import HandCell, HandCoding
from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Identity
from usepolicy.policies.spans import Evidence, Span
from usepolicy.reading.coding_edit import (
    Desk,
    Edited,
    Stamp,
    difference_row,
    machine_row,
    read_decisions,
    sheet_rows,
)
from usepolicy.reading.coding_sheet import SheetRow, dump_sheet, load_sheet
from usepolicy.reading.pipeline import read_text
from usepolicy.reading.policy_problems import PolicyFileError
from usepolicy.taxonomy.categories import load_taxonomy

TEXT = """\
# Tern Acceptable Use

You may not use Tern to:

- harass anyone, or to help with the harassment of anyone
- spread malware
- impersonate a person without their consent

We like “kind” words.
"""
NAMES = load_taxonomy().study_names
READING = read_text(TEXT, identity=Identity(developer="Tern", title="AUP"))
VERSION = READING.policy.version
MACHINE = coding_of(READING.policy, NAMES, coder="reader")
KNOWN = KnownWords(READING.policy, READING.text)
NOTHING = HandCoding(VERSION.id, VERSION.text_sha256, READING.policy.identity)
DESK = Desk(KNOWN, MACHINE, NOTHING, Stamp("Ada", date(2026, 1, 2)), NAMES)
FRESH = {row.category: row for row in sheet_rows(MACHINE, VERSION.text_sha256, NAMES, {})}


def row(category: str, **cells: str) -> SheetRow:
    """Return the fresh row of a category with what a person wrote in it."""
    return replace(FRESH[category], **cells)


def read(*rows: SheetRow, desk: Desk = DESK) -> Edited:
    """Send rows through a file and read them."""
    saved = load_sheet(dump_sheet(rows).encode(), place="s.csv")
    return read_decisions(saved, desk, place="s.csv")


def problems(*rows: SheetRow, desk: Desk = DESK) -> list[str]:
    with pytest.raises(PolicyFileError) as caught:
        read(*rows, desk=desk)
    return [f"{p.code} {p.place}" for p in caught.value.problems]


def test_a_sheet_has_a_row_a_category_with_what_the_machine_found() -> None:
    assert list(FRESH) == list(NAMES)
    assert len(FRESH) == 147
    found = FRESH["impersonation"]
    assert (found.machine, found.machine_strength, found.study_name) == (
        "coded",
        "restricted",
        "Impersonation",
    )
    assert TEXT[int(found.start) : int(found.end)] == found.machine_quote
    assert FRESH["spam"].machine == "not_coded"
    assert {r.decision + r.strength + r.quote + r.note + r.coder for r in FRESH.values()} == {""}


def test_further_quotes_are_shown() -> None:
    words = [Evidence(Span(0, 4), "# Te"), Evidence(Span(5, 7), "rn"), Evidence(Span(8, 9), "A")]
    coding = replace(MACHINE, cells={"spam": Cell(CellValue.CODED, None, tuple(words))})
    shown = machine_row(coding, "spam", "Spam", "")
    assert (shown.machine_quote, shown.more_quotes) == ("# Te", "rn | A")


def test_a_policy_that_was_not_read_is_unknown_throughout() -> None:
    foreign = read_text("您不得使用本服务从事任何违法活动，包括传播暴力、色情内容。")
    coding = coding_of(foreign.policy, NAMES, coder="reader")
    assert {r.machine for r in sheet_rows(coding, "", NAMES, {})} == {"unknown"}


DECISIONS = [
    # row, value, strength, quotes, why
    (row("malware", decision="accept"), "coded", "prohibited", ["spread malware"], "as it is"),
    (row("impersonation", decision="accept"), "coded", "restricted", ["impersonate a person without their consent"], "with the machine's strength"),
    (row("malware", decision="accept", strength="restricted"), "coded", "restricted", ["spread malware"], "with another strength"),
    (row("malware", decision="accept", quote="malware"), "coded", "prohibited", ["malware"], "with other words"),
    (row("spam", decision="accept"), "not_coded", None, [], "that there is nothing"),
    (row("malware", decision="reject", note="no"), "not_coded", None, ["spread malware"], "the machine's words are kept"),
    (row("spam", decision="reject"), "not_coded", None, [], "nothing there to reject, and so it stays"),
    (row("spam", decision="add", quote="We like “kind” words"), "coded", None, ["We like “kind” words"], "words outside every clause"),
    (row("malware", decision="add", quote="malware"), "coded", None, ["malware"], "the machine has it too by now"),
    (row("spam", decision=" ADD ", strength="Prohibited", quote=" malware\n"), "coded", "prohibited", ["malware"], "typed by a person"),
    (row("malware", decision="accept", start=""), "coded", "prohibited", ["spread malware"], "a place lost"),
    (replace(row("malware", decision="accept"), policy="", text_sha256=""), "coded", "prohibited", ["spread malware"], "a sheet that does not say of what"),
    (replace(row("spam", decision="accept"), machine="coded", machine_quote="kind"), "coded", None, ["kind"], "what the person saw, whatever is read now"),
    (replace(row("malware", decision="accept"), text_sha256="0" * 64), "coded", "prohibited", ["spread malware"], "made from another text that has the words too"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "value", "strength", "quotes", "why"), DECISIONS, ids=[row[4] for row in DECISIONS]
)
def test_what_a_row_decides(given, value, strength, quotes, why) -> None:
    edited = read(given)
    (cell,) = edited.coding.cells
    assert (cell.value, cell.cell.strength) == (value, strength)
    assert [words.evidence.quote for words in cell.words] == quotes
    assert all(w.evidence.span.cut(TEXT) == w.evidence.quote for w in cell.words)
    assert (cell.coder, cell.date, cell.note) == ("Ada", date(2026, 1, 2), given.note)
    assert edited.decided == 1


def test_a_row_without_a_decision_stays_unknown() -> None:
    edited = read(*FRESH.values())
    assert (edited.coding.cells, edited.decided, edited.withdrawn) == ((), 0, 0)


WRONG = [
    # row, code, why
    (row("spam", decision="add"), "missing-quote", "nothing to rest on"),
    (row("spam", decision="add", quote="Malware"), "quote-not-found", "other letters"),
    (row("spam", decision="perhaps"), "unknown-value", "no such decision"),
    (row("malware", decision="accept", strength="strict"), "unknown-value", "no such strength"),
    (row("spam", note="look"), "missing-decision", "a note would be lost"),
    (row("spam", quote="malware"), "missing-decision", "a quote would be lost"),
    (row("malware", decision="reject", quote="malware"), "quote-of-rejected", "whose words?"),
    (row("malware", decision="reject", strength="restricted"), "strength-without-use", "of what?"),
    (replace(row("spam", decision="accept"), machine="unknown"), "nothing-to-accept", "not read"),
    (replace(row("spam", decision="accept"), machine=""), "nothing-to-accept", "columns were cut"),
    (replace(row("spam", decision="accept"), text_sha256="0" * 64), "other-text", "absent from another text"),
    (replace(row("malware", decision="accept"), machine_quote="spread viruses"), "quote-not-found", "the machine's words are gone"),
    (replace(row("spam", decision="reject"), category="spma"), "unknown-category", "a typo"),
    (row("spam", decision="reject", coder="Bo"), "decision-of-another", "not Ada's, and nobody vouches"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "code", "why"), WRONG, ids=[row[2] for row in WRONG])
def test_what_is_wrong_with_a_row(given, code, why) -> None:
    assert problems(given) == [f"{code} s.csv:2"]


def test_all_problems_are_told_at_once_by_line() -> None:
    rows = [row("spam", note="x"), row("malware"), row("hate", decision="add"), row("spam")]
    assert problems(*rows) == [
        "missing-decision s.csv:2",
        "missing-quote s.csv:4",
        "duplicate-category s.csv:5",
    ]


@pytest.mark.parametrize(
    ("quote", "help", "why"),
    [
        ('We like "kind" words', "the text has `We like “kind” words`", "straight marks"),
        ("SPREAD  malware", "the text has `spread malware`", "case and spaces"),
        ("no such words", "copy the words exactly from the text", "nothing near"),
        ("?!", "copy the words exactly from the text", "no words at all"),
    ],
)
def test_a_quote_that_is_not_exact_is_answered_with_the_words(quote, help, why) -> None:
    with pytest.raises(PolicyFileError) as caught:
        read(row("spam", decision="add", quote=quote))
    assert caught.value.help == help, why


def test_of_a_policy_file_only_the_clauses_are_known() -> None:
    desk = replace(DESK, known=KnownWords(READING.policy))
    assert read(row("spam", decision="add", quote="malware"), desk=desk).decided == 1
    with pytest.raises(PolicyFileError) as caught:
        read(row("spam", decision="add", quote="We like “kind” words"), desk=desk)
    assert "the text of its clauses" in caught.value.help


def test_rows_about_other_policies_are_passed_over() -> None:
    other = replace(row("spam", decision="perhaps"), policy="other/aup@undated")
    edited = read(other, row("malware", decision="accept"))
    assert (edited.decided, edited.foreign) == (1, 1)
    assert problems(other) == ["no-rows s.csv"]


def decided(category: str, coder: str = "Bo", **cells: str) -> HandCell:
    desk = replace(DESK, stamp=Stamp(coder, date(2025, 5, 5)))
    return read(row(category, **cells), desk=desk).coding.cells[0]


def with_earlier(*cells: HandCell) -> tuple[Desk, list[SheetRow]]:
    """Return a desk with earlier cells, and the sheet that shows them."""
    desk = replace(DESK, earlier=replace(NOTHING, cells=cells))
    by_category = {cell.category: cell for cell in cells}
    return desk, list(sheet_rows(MACHINE, VERSION.text_sha256, NAMES, by_category))


def test_earlier_decisions_survive_a_round_trip_with_their_coder() -> None:
    cells = (
        decided("hate", decision="accept"),
        decided("malware", decision="reject", note="no"),
        decided("spam", decision="add", quote="malware", strength="restricted"),
    )
    desk, rows = with_earlier(*cells)
    assert read(*rows, desk=desk).coding.cells == cells


def test_a_changed_decision_is_that_of_who_changed_it() -> None:
    cells = (decided("malware", decision="reject"), decided("spam", decision="accept"))
    desk, rows = with_earlier(*cells)
    rows = [replace(r, decision="accept") if r.category == "malware" else r for r in rows]
    changed, kept = read(*rows, desk=desk).coding.cells
    assert (changed.coder, changed.value, changed.date.year) == ("Ada", "coded", 2026)
    assert kept == cells[1]


def test_an_emptied_decision_is_withdrawn_and_a_missing_row_is_not() -> None:
    cells = (decided("malware", decision="reject"), decided("spam", decision="accept"))
    desk, rows = with_earlier(*cells)
    emptied = [replace(r, decision="") for r in rows if r.category == "malware"]
    edited = read(*emptied, desk=desk)
    assert (edited.coding.cells, edited.withdrawn) == (cells[1:], 1)
    fresh = read(*FRESH.values(), desk=desk)
    assert fresh.coding.cells == cells, "an empty row that shows no decision withdraws none"


@pytest.mark.parametrize(
    ("cells", "machine", "decision", "why"),
    [
        ({"decision": "reject"}, NOT_CODED, "accept", "the reader has learnt it"),
        ({"decision": "accept"}, NOT_CODED, "add", "the reader has lost it; the words hold"),
        ({"decision": "add", "quote": "malware"}, None, "accept", "the reader has found it"),
    ],
)
def test_an_earlier_decision_is_said_of_what_the_machine_finds_now(
    cells, machine, decision, why
) -> None:
    cell = decided("malware", **cells)
    now = replace(MACHINE, cells={**MACHINE.cells, **({"malware": machine} if machine else {})})
    (shown,) = (
        r for r in sheet_rows(now, VERSION.text_sha256, NAMES, {"malware": cell}) if r.decision
    )
    assert shown.decision == decision, why
    desk = replace(DESK, machine=now, earlier=replace(NOTHING, cells=(cell,)))
    assert read(shown, desk=desk).coding.cells == (cell,)


def test_a_row_of_differences_shows_the_other_side() -> None:
    cell = Cell(CellValue.CODED, None, (Evidence(Span(0, 1), "a"), Evidence(Span(2, 3), "b")))
    shown = difference_row(FRESH["spam"], cell)
    assert (shown.other, shown.other_quote) == ("coded", "a | b")
