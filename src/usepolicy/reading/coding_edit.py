"""From a coding to the rows of a sheet, and from the rows that a person filled in to her cells.

Owns what each decision means and what is wrong with a row; all problems of a sheet are told at
once. The file itself is `coding_sheet`'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import Cell, CellValue, Coding
from usepolicy.policies.hand_codings import HandCell, HandCoding, HandDecision, replaced
from usepolicy.policies.places import CitedWords, KnownWords
from usepolicy.reading.coding_sheet import SheetRow
from usepolicy.reading.policy_plain import StudyNames
from usepolicy.reading.policy_problems import Path, Report, did_you_mean, refuse, shown
from usepolicy.reading.view import plain_view

MAX_WORDS = 200
"""Words of a quote by which a near one is looked for."""
MAX_DIGITS = 10
"""Of an offset; a text has at most 1,000,000 code points."""
_MORE = " | "
"""Between the machine's further quotes, which nobody reads back."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who decides, and when."""

    coder: str
    day: date


@dataclass(frozen=True, slots=True)
class Desk:
    """What a person's sheet is read against."""

    known: KnownWords
    machine: Coding
    earlier: HandCoding
    """Earlier decisions that hold for this text; with no cells where there are none."""
    stamp: Stamp
    """For every decision that is new or changed."""
    categories: Collection[str]


@dataclass(frozen=True, slots=True)
class Edited:
    """What was read back from a sheet."""

    coding: HandCoding
    decided: int
    """Rows that hold a decision."""
    withdrawn: int
    """Earlier decisions that the sheet had and that were emptied."""
    foreign: int
    """Rows about other policies, passed over."""


def sheet_rows(
    machine: Coding,
    text_sha256: str,
    study_names: StudyNames,
    hand: Mapping[CategoryId, HandCell],
) -> tuple[SheetRow, ...]:
    """Return a row for each category, in the order of `study_names`, earlier decisions filled in.

    Args: hand: earlier decisions that hold for this text.
    """
    rows = (
        machine_row(machine, category, study_name, text_sha256)
        for category, study_name in study_names.items()
    )
    return tuple(_filled(row, hand.get(CategoryId(row.category))) for row in rows)


def machine_row(
    machine: Coding, category: CategoryId, study_name: str | None, text_sha256: str
) -> SheetRow:
    """Return the row of one category with nothing decided."""
    cell = machine.cell(category)
    first = cell.evidence[0] if cell.evidence else None
    return SheetRow(
        category=category,
        study_name=study_name or "",
        machine=cell.value,
        machine_strength=cell.strength or "",
        machine_quote=first.quote if first else "",
        start=str(first.span.start) if first else "",
        end=str(first.span.end) if first else "",
        more_quotes=_MORE.join(evidence.quote for evidence in cell.evidence[1:]),
        policy=machine.id,
        text_sha256=text_sha256,
    )


def difference_row(row: SheetRow, other: Cell) -> SheetRow:
    """Return a row with what another coding says of the same category."""
    quotes = _MORE.join(evidence.quote for evidence in other.evidence)
    return replace(row, other=other.value, other_quote=quotes)


def read_decisions(rows: Sequence[SheetRow], desk: Desk, *, place: str) -> Edited:
    """Return the cells of the earlier coding with the decisions of the sheet in their place.

    Raises: PolicyFileError: `no-rows`, no row is about this policy; else all problems of the
            rows: `unknown-category`, `duplicate-category`, `missing-decision`, `unknown-value`,
            `missing-quote`, `quote-not-found`, `quote-of-rejected`, `strength-without-use`,
            `nothing-to-accept`, `other-text`, `decision-of-another`.
    """
    version = desk.known.policy.version
    ours = [row for row in rows if row.policy in ("", version.id)]
    if not ours:
        named = ", ".join(f"`{shown(name)}`" for name in sorted({row.policy for row in rows})[:5])
        help = f"its rows are about {named}" if named else "it holds no row at all"
        refuse("no-rows", f"no row is about `{version.id}`", place=place, help=help)
    reader = _Reader(desk, place)
    cells = [cell for cell in map(reader.read, ours) if cell is not None]
    reader.report.raise_if_any()
    kept = [cell for cell in desk.earlier.cells if cell.category not in reader.withdrawn]
    coding = replace(desk.earlier, cells=replaced(kept, cells))
    return Edited(coding, len(cells), len(reader.withdrawn), len(rows) - len(ours))


class _Reader:
    """Reads the rows of one sheet; holds what all of them need."""

    def __init__(self, desk: Desk, place: str) -> None:
        self._desk = desk
        self._earlier = {cell.category: cell for cell in desk.earlier.cells}
        self._lines: dict[str | int, int] = {}
        self.report = Report(place, lambda path: self._lines.get(path[0]))
        self.withdrawn: set[CategoryId] = set()

    def read(self, row: SheetRow) -> HandCell | None:
        """Return the cell that a row decides, None where it decides nothing or is wrong."""
        self._check_category(row)
        if not row.decision:
            self._undecided(row)
            return None
        earlier = self._earlier.get(CategoryId(row.category))
        if earlier is not None and row.coder != earlier.coder:
            earlier = None
        if earlier is not None and _said(row) == _said(_filled(row, earlier)):
            return earlier
        if row.coder not in ("", self._desk.stamp.coder) and earlier is None:
            message = f"the decision is `{shown(row.coder)}`'s, but no coding file has it"
            help = "give the coding file with --from too, or empty the cell to make it yours"
            self._note(row, "coder", "decision-of-another", message, help=help)
        decision = self._closed(row, "decision", row.decision, [*HandDecision])
        return self._decided(row, HandDecision(decision)) if decision else None

    def _check_category(self, row: SheetRow) -> None:
        again = row.category in self._lines
        self._lines[row.category] = row.line
        if row.category not in self._desk.categories:
            near = did_you_mean(row.category, self._desk.categories)
            help = near or "list them: `usepolicy categories`"
            message = f"unknown category `{shown(row.category)}`"
            self._note(row, "", "unknown-category", message, help=help)
        elif again:
            message = f"the category `{row.category}` has a row already"
            self._note(row, "", "duplicate-category", message)

    def _undecided(self, row: SheetRow) -> None:
        """Note what would be lost; take an earlier decision that was emptied for withdrawn."""
        filled = [name for name in ("strength", "quote", "note") if getattr(row, name)]
        if filled:
            message = f"the row has a {filled[0]} but no decision"
            help = f"one of: {', '.join(HandDecision)}"
            self._note(row, "decision", "missing-decision", message, help=help)
        elif row.coder and row.category in self._earlier:
            self.withdrawn.add(CategoryId(row.category))

    def _decided(self, row: SheetRow, decision: HandDecision) -> HandCell:
        cell = HandCell(
            CategoryId(row.category),
            decision,
            self._desk.stamp.coder,
            self._desk.stamp.day,
            self._words(row, decision),
            note=row.note,
        )
        if not cell.words and row.text_sha256 not in ("", self._desk.earlier.text_sha256):
            message = "the row was made from another text and cites no words of this one"
            help = "make a new sheet and look again"
            self._note(row, "decision", "other-text", message, help=help)
        given = self._closed(row, "strength", row.strength, [*Strength]) if row.strength else ""
        if cell.value is CellValue.NOT_CODED:
            if given:
                message = "the row has a strength, but the policy does not have the category"
                self._note(row, "strength", "strength-without-use", message)
            return cell
        derived = row.machine_strength if decision is HandDecision.ACCEPT else ""
        said = given or (derived if derived in [*Strength] else "")
        return replace(cell, strength=Strength(said) if said else None)

    def _words(self, row: SheetRow, decision: HandDecision) -> tuple[CitedWords, ...]:
        """Return the words that the decision rests on; note where there should be some."""
        if decision is HandDecision.REJECT:
            if row.quote:
                message = "a rejected cell keeps the words of the machine"
                help = "put your words in the note, or `accept` with them"
                self._note(row, "quote", "quote-of-rejected", message, help=help)
            return self._seen(row)
        if row.quote:
            return self._found(row, "quote", None)
        if decision is HandDecision.ADD:
            message = "an added category needs the words that it rests on"
            self._note(row, "quote", "missing-quote", message)
            return ()
        words = self._seen(row)
        if not words and not row.machine_quote and row.machine != CellValue.NOT_CODED:
            message = "the row does not say what the machine found, so nothing can be accepted"
            help = "`add` the category with its words, or `reject` it"
            self._note(row, "decision", "nothing-to-accept", message, help=help)
        return words

    def _seen(self, row: SheetRow) -> tuple[CitedWords, ...]:
        """Return the words that the person saw as the machine's."""
        if not row.machine_quote:
            return ()
        cited = self._desk.machine.cell(CategoryId(row.category)).evidence
        if cited and cited[0].quote.strip() == row.machine_quote:
            return tuple(self._desk.known.cite(evidence) for evidence in cited)
        start = int(row.start) if row.start.isdecimal() and len(row.start) < MAX_DIGITS else None
        return self._found(row, "machine_quote", start)

    def _found(self, row: SheetRow, column: str, start: int | None) -> tuple[CitedWords, ...]:
        quote = getattr(row, column)
        words = self._desk.known.find(quote, start=start)
        if words is not None:
            return (words,)
        near = self._near(quote)
        source = "the text" if self._desk.known.text is not None else "the text of its clauses"
        help = f"{source} has `{near}`" if near else f"copy the words exactly from {source}"
        message = f"the quote `{shown(quote)}` is not in the policy"
        self._note(row, column, "quote-not-found", message, help=help)
        return ()

    def _near(self, quote: str) -> str:
        """Return the same words as the text has them, where only signs and case differ."""
        words = re.findall(r"\w+", plain_view(quote))[:MAX_WORDS]
        pattern = re.compile(r"\W+".join(map(re.escape, words)))
        for text, view in self._views:
            match = pattern.search(view) if words else None
            if match:
                return shown(text[match.start() : match.end()])
        return ""

    @cached_property
    def _views(self) -> list[tuple[str, str]]:
        known = self._desk.known
        texts = [c.text for c in known.policy.clauses] if known.text is None else [known.text]
        return [(text, plain_view(text)) for text in texts]

    def _closed(self, row: SheetRow, column: str, given: str, allowed: Sequence[str]) -> str:
        """Return the value of a column that knows only some; nothing if it is another."""
        value = given.casefold()
        if value in allowed:
            return value
        near = did_you_mean(given, allowed)
        listed = "allowed: " + ", ".join(f"`{name}`" for name in allowed)
        message = f"unknown {column} `{shown(given)}`"
        self._note(row, column, "unknown-value", message, help=f"{near} {listed}".strip())
        return ""

    def _note(self, row: SheetRow, column: str, code: str, message: str, *, help: str = "") -> None:
        path: Path = (row.category, column) if column else (row.category,)
        self.report.add(path, code, message, help=help)


def _filled(row: SheetRow, cell: HandCell | None) -> SheetRow:
    """Return a row with an earlier decision, said of what the machine finds now."""
    if cell is None:
        return row
    coded = cell.value is CellValue.CODED
    otherwise = HandDecision.ADD if coded else HandDecision.REJECT
    return replace(
        row,
        decision=HandDecision.ACCEPT if row.machine == cell.value else otherwise,
        strength=cell.strength or "",
        quote=cell.words[0].evidence.quote if coded else "",
        note=cell.note,
        coder=cell.coder,
        date=cell.date.isoformat(),
    )


def _said(row: SheetRow) -> tuple[str, str, str, str]:
    return row.decision.casefold(), row.strength.casefold(), row.quote.strip(), row.note.strip()
