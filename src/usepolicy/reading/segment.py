"""Segmentation: from blocks to units that know the headings and lead-ins above them.

Owns the bookkeeping of open headings, lists and their lead-ins. What ends up in `above` is
every unit that may lend its force; whether it does is decided in `force`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from usepolicy.reading.blocks import Block, BlockKind
from usepolicy.reading.units import (
    PSEUDO_HEADING_LEVEL,
    Unit,
    UnitKind,
    ends_in_colon,
    enumeration,
    is_pseudo_heading,
    sentences,
    split_lines,
    trim,
    without_marker,
)

_LEADS = re.compile(
    r"\b(?:following|below|includ(?:e|es|ing)|such as|these|example|not|never|prohibit|forbid|"
    r"don['’]t|disallow|restrict|refrain)\w*\b",
    re.I,
)

_ENDS_ITEM = (";", "; and", "; or", ",", ", and", ", or")
MAX_FRAGMENT = 160
"""Code points up to which a paragraph behind a colon may be an item of a list without markup."""
MAX_ASIDE = 200
"""Code points of a paragraph that may stand between a lead-in and its list."""
_SENTENCE = re.compile(
    r"^(?:we|you|our|your|this|these|those|it|they|if|when|where|please|there|note|however)\b|"
    r"\b(?:may|must|shall|will|is|are|was|were|has|have|can|should)\b",
    re.I,
)
"""What a sentence has and a fragment, as items are, has not."""
_LEADS_SECTIONS = re.compile(r"\b(?:the following|below|these categories)\b", re.I)


def _leads(words: str) -> bool:
    """Tell whether words lead into a list."""
    return ends_in_colon(words) or _LEADS.search(words) is not None


def _is_title(words: str) -> bool:
    """Tell whether a counted line is a title: "3. Prohibited Uses"."""
    bare = words.strip(" *_")
    return len(bare) <= MAX_TITLE and bare[:1].isupper() and bare[-1:].isalnum()


MAX_TITLE = 60


@dataclass
class _OpenList:
    """A list whose items are being read."""

    depth: int
    ordinal: int
    lead: tuple[int, ...]
    """Units that lead into the list."""
    hangs_on_item: bool = False
    """Whether it was attached to the item before it instead of nested in it."""
    item: tuple[int, ...] = ()
    """Units that lead into what is nested in the current item."""
    count: int = 0
    """Items read."""


@dataclass
class _Segmenter:
    text: str
    units: list[Unit] = field(default_factory=list)
    headings: list[tuple[float, int]] = field(default_factory=list)
    """Open headings, and lead-ins of several sections between two levels: level and unit."""
    lists: list[_OpenList] = field(default_factory=list)
    last_lead: tuple[int, ...] = ()
    """Units that would lead into a list that starts now."""
    columns: dict[int, int] = field(default_factory=dict)
    """Units of the head of the latest table, by column."""
    row: int | None = None
    """Row of the latest cell; None outside of tables."""
    head_row: int = 0
    """The first row that is not empty: Word's tables come with an empty head."""
    table_lead: tuple[int, ...] = ()
    """Units that lead into the latest table."""
    waiting_lead: tuple[int, ...] = ()
    """A lead-in whose list has not begun, though a short paragraph came in between."""
    is_flat: bool = False
    """Whether the paragraph before was an item of a list without markup."""
    colon_lead: tuple[int, ...] = ()
    """Units that led into the latest list that a colon opened."""

    def take(self, block: Block) -> None:
        """Read one block."""
        if block.kind is not BlockKind.CELL:
            self.row = None
        if block.kind is BlockKind.HEADING:
            self._heading(block, block.level)
        elif block.kind is BlockKind.PARAGRAPH and is_pseudo_heading(self.text, block):
            self._heading(block, PSEUDO_HEADING_LEVEL)
        elif block.kind is BlockKind.CELL:
            self._cell(block)
        elif block.kind is BlockKind.ITEM:
            self._item(block)
        else:
            self._paragraph(block)

    def _paragraph(self, block: Block) -> None:
        self.lists.clear()
        start = without_marker(self.text, block.start, block.end)
        lead = self._lead_of_flat_item(self.text[start : block.end].rstrip())
        self.is_flat = lead is not None
        if lead is not None:
            self._prose(start, block.end, lead, item=True)
            return
        self.last_lead = self._prose(start, block.end, self._open_headings(), item=False)
        words = self._words(self.last_lead)
        if ends_in_colon(words) or _LEADS_SECTIONS.search(words):
            self.waiting_lead = self.last_lead
        elif block.end - block.start > MAX_ASIDE:
            self.waiting_lead = ()

    def _words(self, lead: tuple[int, ...]) -> str:
        """Return the words of the innermost of some units."""
        last = self.units[lead[-1]] if lead else None
        return self.text[last.start : last.end] if last else ""

    def _lead_of_flat_item(self, words: str) -> tuple[int, ...] | None:
        """Return what leads into a paragraph that is an item of a list without markup.

        It stands behind a colon or behind another such item, and goes on in lower case or is no
        sentence of its own.
        """
        follows = self.is_flat
        if self.awaits_items():
            self.colon_lead, follows = self.last_lead, True
        if not self.colon_lead:
            return None
        if words[:1].islower():
            return self.colon_lead if follows or words.endswith(_ENDS_ITEM) else None
        is_fragment = len(words) <= MAX_FRAGMENT and not _SENTENCE.search(words)
        return self.colon_lead if follows and is_fragment else None

    def awaits_items(self) -> bool:
        """Tell whether the last thing read ends in a colon."""
        is_last = bool(self.last_lead) and self.last_lead[-1] == len(self.units) - 1
        return is_last and self._words(self.last_lead).rstrip(" *_").endswith(":")

    def _open_headings(self) -> tuple[int, ...]:
        return tuple(unit for _, unit in self.headings)

    def _heading(self, block: Block, level: int) -> None:
        self._lead_sections(level)
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        start, end = trim(self.text, block.start, block.end)
        self.units.append(Unit(UnitKind.HEADING, start, end, self._open_headings()))
        self.headings.append((level, len(self.units) - 1))
        self.lists.clear()
        self.last_lead = self._open_headings()
        self.waiting_lead, self.is_flat = (), False

    def _lead_sections(self, level: int) -> None:
        """Let a lead-in right above a heading lead into the sections that follow.

        "The following is prohibited:", and then a heading for each topic.
        """
        above = self.headings[-1][0] if self.headings else 0
        lead = self.last_lead[-1] if self.last_lead else None
        if lead is None or lead != len(self.units) - 1 or level <= above:
            return
        unit = self.units[lead]
        words = self.text[unit.start : unit.end]
        if unit.kind is not UnitKind.HEADING and (
            ends_in_colon(words) or _LEADS_SECTIONS.search(words)
        ):
            self.headings.append((above + 0.5, lead))

    def _cell(self, block: Block) -> None:
        """Read a cell of a table: what stands above it and the head of its column lead into it."""
        self.lists.clear()
        if self.row is None or block.ordinal < self.row:
            self.table_lead = self.last_lead if self.awaits_items() else self._open_headings()
            self.head_row, self.columns = block.ordinal, {}
        self.row = block.ordinal
        if block.ordinal == self.head_row:
            start, end = trim(self.text, block.start, block.end)
            self.units.append(Unit(UnitKind.HEADING, start, end, self._open_headings()))
            self.columns[block.level] = len(self.units) - 1
            return
        column = self.columns.get(block.level)
        above = self.table_lead + (() if column is None else (column,))
        self.last_lead = self._prose(block.start, block.end, above, item=True)

    def _item(self, block: Block) -> None:
        opened = self._open_list(block)
        if not block.first:
            opened.item = self._prose(
                block.start, block.end, opened.item or opened.lead, item=False
            )
            return
        opened.count += 1
        start = without_marker(self.text, block.start, block.end)
        opened.item = self._prose(start, block.end, opened.lead, item=True)

    def _open_list(self, block: Block) -> _OpenList:
        """Return the list that an item belongs to, closing and opening lists as needed."""
        while self.lists and self.lists[-1].depth > block.level:
            closed = self.lists.pop()
            if not self.lists:
                self.lists.append(closed)
                closed.depth = block.level
                break
        top = self.lists[-1] if self.lists else None
        if top and top.depth == block.level and top.ordinal == block.ordinal:
            return top
        opened = self._new_list(block, top)
        if top and top.depth == block.level:
            self.lists.pop()
        self.lists.append(opened)
        return opened

    def _new_list(self, block: Block, top: _OpenList | None) -> _OpenList:
        if top is None:
            words = self.text[without_marker(self.text, block.start, block.end) : block.end]
            lead = self._lead_of_list(words[:1].islower())
            return _OpenList(block.level, block.ordinal, lead)
        if top.depth < block.level:
            return _OpenList(block.level, block.ordinal, top.item)
        # A second list right behind the first: pages break lists into pieces. It hangs on the
        # item before it if that asks for more ("including:"), else it goes on as the first did.
        words = self._words(top.item)
        if words.rstrip(" *_").endswith(":") or (top.count == 1 and _is_title(words)):
            return _OpenList(block.level, block.ordinal, top.item, hangs_on_item=True)
        lead = top.lead[:-1] if top.hangs_on_item else top.lead
        return _OpenList(block.level, block.ordinal, lead)

    def _lead_of_list(self, goes_on: bool) -> tuple[int, ...]:
        """Return what leads into a list that starts now.

        Args: goes_on: whether its first item starts in lower case, as the rest of a sentence
            does; pages that were joined keep such lists without their lead-in.
        """
        last = self.units[self.last_lead[-1]] if self.last_lead else None
        words = self._words(self.last_lead)
        waiting, self.waiting_lead = self.waiting_lead, ()
        if words.rstrip(" *_").endswith(":"):
            self.colon_lead = self.last_lead
        elif goes_on and self.colon_lead and not _leads(words):
            return self.colon_lead
        if last and (last.kind is UnitKind.HEADING or _leads(words) or self._is_led(last)):
            return self.last_lead
        return waiting or self._open_headings()

    def _is_led(self, unit: Unit) -> bool:
        """Tell whether a unit stands on the line behind a colon, as the name of a list may."""
        over = self.units[unit.above[-1]] if unit.above else None
        return over is not None and self.text[over.start : over.end].endswith(":")

    def _prose(
        self, start: int, end: int, above: tuple[int, ...], *, item: bool
    ) -> tuple[int, ...]:
        """Read a run of text; return what leads into a list that follows it."""
        chain = [above]
        lead = above
        for piece in enumeration(self.text, start, end):
            del chain[piece.depth + 1 :]
            over = chain[min(piece.depth, len(chain) - 1)]
            for number, (low, high) in enumerate(sentences(self.text, piece.start, piece.end)):
                is_item = number == 0 and (piece.depth > 0 or (item and piece.start == start))
                kind = UnitKind.ITEM if is_item else UnitKind.SENTENCE
                self.units.append(Unit(kind, low, high, over))
                lead = (*over, len(self.units) - 1)
                # "**Surveillance.** Tracking people." is one item of two sentences; and what stands on
                # the line behind a colon hangs on it.
                if is_item or self.text[low:high].endswith(":"):
                    over = lead
            if piece.depth + 1 > len(chain) - 1:
                chain.append(lead)
        return lead


def segment(text: str, blocks: tuple[Block, ...]) -> tuple[Unit, ...]:
    """Return the units of a text in order, each knowing the units above it."""
    segmenter = _Segmenter(text)
    for block in blocks:
        is_paragraph = block.kind is BlockKind.PARAGRAPH
        led = is_paragraph and segmenter.awaits_items()
        pieces = split_lines(text, block, led=led) if is_paragraph else [block]
        for piece in pieces:
            segmenter.take(piece)
    return tuple(segmenter.units)
