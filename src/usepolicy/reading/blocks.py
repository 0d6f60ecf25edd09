"""Blocks: the headings, list items and paragraphs of a canonical text, each with its place.

Owns the walk over the block structure that markdown-it-py finds. It parses no inline markup,
cuts no sentence and knows nothing of what the words mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_NESTING = 60
"""Containers within containers. Real policies stay under 8; markdown-it takes 4 Python frames
for each, and what lies deeper is still read, as flat paragraphs, with a finding."""


_BULLET = re.compile(r"^([ \t]*)[•◦▪▫‣⁃●○■□►·](?=[ \t]+\S)", re.M)
_DASH = re.compile(r"([ \t]*)[–—](?=[ \t]+\S)")
_ENDED = (":", ";", ".", "!", "?")


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    ITEM = "item"
    PARAGRAPH = "paragraph"
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class Block:
    """One leaf of the block structure: the text between two pieces of block markup."""

    kind: BlockKind
    start: int
    end: int
    level: int
    """Of a heading 1..6; of an item or paragraph the number of lists around it; of a cell its
    column, from 0."""
    first: bool = True
    """Whether an item's own first paragraph; False for what follows inside the item."""
    ordinal: int = 0
    """Number of the list that holds it, in order of the text, 0 outside of lists; of a cell its
    row, 0 for the head of the table."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of one text in order, and the places that were too deep to be structured."""

    blocks: tuple[Block, ...]
    too_deep: tuple[int, ...] = ()
    """Offsets of lines that lay deeper than `MAX_NESTING` and were read as paragraphs."""


@cache
def _parser() -> MarkdownIt:
    """Return a block parser in which every line of prose stays prose.

    Licences indent whole sections and pages carry stray fences, tags and link definitions;
    as code they would be lost.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    return parser.disable(["code", "fence", "html_block", "reference"])


def find_blocks(text: str) -> Blocks:
    """Return the blocks of a canonical Markdown text."""
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    tokens: list[Token] = []
    parser = _parser()
    # NUL is what markdown-it replaces and counts on; the replacements keep the length.
    parser.block.parse(_plain_bullets(text.replace("\0", "\ufffd")), parser, {}, tokens)
    walker = _Walker(lines, starts)
    for token in tokens:
        walker.take(token)
    deep = list(walker.unread_lines(tokens))
    blocks = walker.found + [
        Block(BlockKind.PARAGRAPH, starts[n], starts[n] + len(lines[n]), 0) for n in deep
    ]
    blocks.sort(key=lambda block: block.start)
    return Blocks(tuple(blocks), tuple(starts[n] for n in deep))


def _plain_bullets(text: str) -> str:
    """Write bullets as Markdown knows them, each by one code point."""
    text = _BULLET.sub(r"\1-", text)
    return _plain_dashes(text) if "–" in text or "—" in text else text


def _plain_dashes(text: str) -> str:
    """Write the dashes that are bullets as such.

    A dash may also begin the wrapped line of a sentence: it is a bullet behind a blank line, a colon
    or another bullet, and in the column of a bullet where the lines above are those of its item.
    """
    lines = text.split("\n")
    above, margins = "", set[int]()
    for number, line in enumerate(lines):
        found = _DASH.match(line)
        words = above.strip()
        if not words:
            margins.clear()
        if found is None:
            above = line
            continue
        margin = len(found[1])
        hangs = len(above) - len(above.lstrip()) > margin or words.endswith(_ENDED)
        if not words or words[-1] == ":" or words[0] == "-" or (margin in margins and hangs):
            margins.add(margin)
            lines[number] = f"{found[1]}-{line[found.end() :]}"
        above = lines[number]
    return "\n".join(lines)


class _Walker:
    """Follows the tokens of one text and keeps which lists and headings are open."""

    def __init__(self, lines: list[str], starts: list[int]) -> None:
        self.lines, self.starts = lines, starts
        self.found: list[Block] = []
        self.lists: list[int] = []
        self.list_count = 0
        self.item_is_new = False
        self.heading_level = 0
        self.cursor = 0
        self.row, self.column = -1, -1

    def take(self, token: Token) -> None:
        """Follow one token."""
        if token.type == "inline":
            self._leaf(token)
        elif token.type.endswith("list_open"):
            self.list_count += 1
            self.lists.append(self.list_count)
        elif token.type.endswith("list_close"):
            self.lists.pop()
        elif token.type == "list_item_open":
            self.item_is_new = True
        elif token.type in ("heading_open", "heading_close"):
            self.heading_level = int(token.tag[1]) if token.nesting > 0 else 0
        else:
            self._take_table(token)

    def _take_table(self, token: Token) -> None:
        if token.type == "table_open":
            self.row = -1
        elif token.type == "tr_open":
            self.row, self.column = self.row + 1, -1
        elif token.type in ("th_open", "td_open"):
            self.column += 1
        elif token.type == "table_close":
            self.column = -1

    def _leaf(self, token: Token) -> None:
        if not token.content.strip():
            return
        start, end = self._place(token)
        if self.column >= 0:
            self.found.append(Block(BlockKind.CELL, start, end, self.column, ordinal=self.row))
        elif self.heading_level:
            self.found.append(Block(BlockKind.HEADING, start, end, self.heading_level))
        elif self.lists:
            depth, first = len(self.lists), self.item_is_new
            self.found.append(Block(BlockKind.ITEM, start, end, depth, first, self.lists[-1]))
        else:
            self.found.append(Block(BlockKind.PARAGRAPH, start, end, 0))
        self.item_is_new = False

    def _place(self, token: Token) -> tuple[int, int]:
        """Return where a leaf's content stands; the token knows only its lines."""
        first, last = token.map or (0, len(self.lines))
        content = token.content.split("\n")
        low, high = self.starts[first], self.starts[last] - 1
        # Cells of one table row share their line: look behind the cell before.
        low = max(low, min(self.cursor, high))
        head, tail = content[0].strip(), content[-1].strip()
        source = "\n".join(self.lines[first:last])
        offset = self.starts[first]
        start = source.find(head, low - offset)
        start = low if start < 0 else start + offset
        after = start + len(head) if len(content) == 1 else self.starts[last - 1]
        end = source.find(tail, after - len(tail) - offset if len(content) == 1 else after - offset)
        end = high if end < 0 else end + offset + len(tail)
        self.cursor = end
        return start, max(start, min(end, high))

    def unread_lines(self, tokens: list[Token]) -> Iterator[int]:
        """Yield the numbers of lines with words that no token covers: they lay too deep."""
        covered = [False] * (len(self.lines) + 1)
        for token in tokens:
            if (token.map and token.type in ("inline", "hr", "table_open")) or (
                token.map and token.type == "heading_open"
            ):
                covered[token.map[0] : token.map[1]] = [True] * (token.map[1] - token.map[0])
        for number, line in enumerate(self.lines):
            if not covered[number] and any(char.isalnum() for char in line):
                yield number
