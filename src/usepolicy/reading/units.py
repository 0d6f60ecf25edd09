"""Units: the sentences, items and headings of a text, each with what leads into it.

Owns the cut of blocks into sentences and inline enumerations, and the chain of headings and
lead-ins above each unit. It does not judge what a unit forbids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from usepolicy.reading.blocks import Block, BlockKind

PSEUDO_HEADING_LEVEL = 7
MAX_PSEUDO_HEADING = 90
"""Code points of a paragraph that may be a heading without markup."""


class UnitKind(StrEnum):
    """What a unit is."""

    HEADING = "heading"
    ITEM = "item"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, an item's first sentence, or a heading."""

    kind: UnitKind
    start: int
    end: int
    above: tuple[int, ...] = ()
    """Indices of the units that lead into this one, outermost first: headings, then lead-ins."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block cut to a run of text: sentences that lead into enumerated items, or not."""

    start: int
    end: int
    depth: int
    """Depth of the inline enumeration; 0 for the text around it."""


_MARKER = re.compile(
    r"(?:(?<=\s)|(?<=[;:,.])|^)\(([a-z]|[ivx]{1,5}|\d{1,2})\)(?=[\s*_]|[A-Za-z])", re.M | re.I
)
_BULLETS = "•◦▪‣●○·»►✓✗❌✘✖➢➤→⁃🚫⛔\uf0b7\uf0a7\uf0d8"
"""Signs that begin an item; the last three are what Word's symbol fonts leave."""
_COUNT = r"(?:§ ?\d{1,3}(?:\.\d{1,3})*|(?:[Aa]rticle|[Ss]ection) \d{1,3}(?:\.\d{1,3})*|[①-⑳]|\d{1,2}(?:\.\d{1,3}){1,3})[.:)]?"
"""Numbers by which terms count their paragraphs."""
_LINE_MARKER = re.compile(
    rf"^[ \t]*(?:[{_BULLETS}*+–—-]|\(?(?:[a-zA-Z]|[ivx]{{1,5}}|\d{{1,2}})[.)])[ \t]+", re.M
)
_COUNTED_LINE = re.compile(rf"^[ \t]*{_COUNT}[ \t]+", re.M)
_LEADING_MARKER = re.compile(
    rf"[\s*_]*(?:[{_BULLETS}–—-]\s+|\(?(?:[a-zA-Z]|[ivxIVX]{{1,5}}|\d{{1,2}}(?:\.\d{{1,2}})*)\\?[.)][\s*_]+|{_COUNT}\s+)"
)
_ROUND_BULLET = re.compile(r"^[ \t]*o[ \t]+(?=\S)", re.M)
"""The letter that some converters write for a hollow bullet."""
_OPENS = r"[\"'“‘(\[*_]{0,4}[A-Z0-9]"
_SENTENCE_END = re.compile(
    r"[.!?][\"'”’)\]*_]{0,4}(?:\s+|(?=[A-Z][a-z]))(?=" + _OPENS + r")"  # a stop and a capital
    r"|(?:(?<! ) {2,}|\\)\n(?=" + _OPENS + r")"  # a hard line break
    r"|\n(?=[ \t]*[•◦▪‣●○])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|inc|ltd|llc|corp|no|vs|sec|art|u\.s|u\.k|e\.u|ste|st|mr|ms|dr|al|cf|ph\.d|approx)|\b[a-z])\.$",
    re.I,
)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without white space at its ends."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, start + len(words.strip())


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a range, trimmed, none empty."""
    low = start
    for match in _SENTENCE_END.finditer(text, start, end):
        head = text[max(low, match.start() - 12) : match.start() + 1]
        if text[match.start()] == "." and _ABBREVIATION.search(head):
            continue
        span = trim(text, low, match.end())
        if span[0] < span[1]:
            yield span
        low = match.end()
    span = trim(text, low, end)
    if span[0] < span[1]:
        yield span


def ends_in_colon(words: str) -> bool:
    """Tell whether nothing but marks follow a colon at the end."""
    end = len(words)
    while end and not words[end - 1].isalnum():
        end -= 1
    return ":" in words[end:]


def without_marker(text: str, start: int, end: int) -> int:
    """Return where the words of an item begin, behind its number or bullet."""
    match = _LEADING_MARKER.match(text, start, end)
    return match.end() if match and match.end() < end else start


def enumeration(text: str, start: int, end: int) -> list[_Piece]:
    """Cut a paragraph that counts its items, "(a) ...; (b) ...", into its pieces.

    Returns: the text before the first marker at depth 0, each item at depth 1 or deeper,
        and what follows the last item's sentence at depth 0; one piece if it counts nothing.
    """
    markers = list(_MARKER.finditer(text, start, end))
    if len(markers) < 2 or markers[0].group(1).lower() not in ("a", "i", "1"):
        return [_Piece(start, end, 0)]
    pieces = [_Piece(start, markers[0].start(), 0)]
    styles: list[str] = []
    for here, following in zip(markers, [*markers[1:], None], strict=True):
        depth = _depth(styles, here.group(1).lower())
        stop = following.start() if following else _first_sentence_end(text, here.end(), end)
        pieces.append(_Piece(here.end(), stop, depth))
    if pieces[-1].end < end:
        pieces.append(_Piece(pieces[-1].end, end, 0))
    return [piece for piece in pieces if text[piece.start : piece.end].strip()]


def _first_sentence_end(text: str, start: int, end: int) -> int:
    first = next(sentences(text, start, end), None)
    return first[1] if first else end


def _depth(styles: list[str], label: str) -> int:
    """Return the depth of an enumerator, opening or closing levels of `styles` as it goes."""
    style = "1" if label.isdigit() else "a"
    if set(label) <= set("ivx") and (len(label) > 1 or label == "i" or "i" in styles):
        style = "i"
    if style == "i" and label == "i" and styles and styles[-1] == "i":
        return len(styles)
    if style in styles:
        del styles[styles.index(style) + 1 :]
    else:
        styles.append(style)
    return len(styles)


def is_pseudo_heading(text: str, block: Block) -> bool:
    """Tell whether a paragraph is a heading that its author forgot to mark as one."""
    words = text[block.start : block.end].strip()
    bare = words.strip("*_ \\")
    if not bare or "\n" in words or len(words) > MAX_PSEUDO_HEADING or bare[-1] in ".,;!?":
        return False
    if words.startswith(("**", "__")) and words.rstrip(" :").endswith(("**", "__")):
        return True
    if bare[-1] == ":":
        return False
    long_words = [word for word in re.findall(r"[^\W\d_]+", bare) if len(word) > 3]
    capital = sum(word[0].isupper() for word in long_words)
    return bool(long_words) and len(bare) <= 60 and capital >= 0.7 * len(long_words)


def split_lines(text: str, block: Block, *, led: bool = False) -> list[Block]:
    """Cut a paragraph whose lines carry their own bullets or numbers into items.

    Args: led: whether a colon leads into it, so that short lines and lines that were ended on
        purpose are items too.
    """
    words = text[block.start : block.end]
    marked = {m.start() + block.start: _indent(m.group()) for m in _markers(words)}
    marks = marked or _bare_items(block, words) or (_ended_lines(block, words) if led else {})
    if not marks and _are_logical(words.split("\n")):
        return _logical_lines(text, block)
    if not marks or (len(marks) == 1 and "\n" not in words and not _is_counted(words)):
        return [block]
    outermost = min(marks.values())
    return [
        replace(
            block, start=low, end=high, kind=BlockKind.ITEM, first=True, level=block.level + depth
        )
        if (depth := 1 + (marks.get(low, -1) > outermost)) and low in marks
        else replace(block, start=low, end=high)
        for low, high in pairwise(sorted({block.start, *marks, block.end}))
        if text[low:high].strip()
    ]


def _markers(words: str) -> list[re.Match[str]]:
    """Return the bullets and numbers at which lines begin.

    A number of two levels is a marker where lines are counted by them, and none in a sentence that
    was wrapped before "Section 4".
    """
    found = list(_LINE_MARKER.finditer(words))
    counted = [m for m in _COUNTED_LINE.finditer(words) if _is_ended(words[: m.start()])]
    rounds = list(_ROUND_BULLET.finditer(words))
    return found or (counted if len(counted) > 1 else []) or (rounds if len(rounds) > 1 else [])


def _is_ended(before: str) -> bool:
    """Tell whether the line before a place was ended on purpose."""
    line = before.rstrip("\n").rpartition("\n")[2].rstrip()
    return len(line) <= MAX_ITEM_LINE or line.endswith((".", ";", ":", "and", "or"))


MAX_ITEM_LINE = 60
"""Letters of a line that no wrapping made so short."""


def _ended_lines(block: Block, words: str) -> dict[int, int]:
    """Return where the lines of a paragraph begin if none of them was ended by wrapping."""
    lines = list(re.finditer(r"[^\n]+", words))
    ended = all(line.group().endswith(("  ", "\\", "<br>", "<br/>")) for line in lines[:-1])
    short = len(lines) > 2 and max(len(line.group()) for line in lines) <= MAX_ITEM_LINE
    return (
        {block.start + m.start(): 0 for m in lines} if len(lines) > 1 and (ended or short) else {}
    )


def _indent(marker: str) -> int:
    return len(marker) - len(marker.lstrip())


def _is_counted(words: str) -> bool:
    """Tell a lone "(a) ..." or "• ..." paragraph from one that opens with an initial."""
    return bool(
        re.match(
            rf"\s*(?:[{_BULLETS}]|\(?(?:[a-z]{{1,2}}|[ivxl]{{1,6}}|\d{{1,2}})\)|[a-z]{{1,3}}\.)\s",
            words,
        )
    )


def _bare_items(block: Block, words: str) -> dict[int, int]:
    """Return where the items of a list without marks begin, and how deep each lies.

    They stand behind lines that end in semicolons, or in the colon that leads into them.
    """
    lines = list(re.finditer(r"[^\n]+", words))
    if sum(_ENDS_ITEM.search(line.group()) is not None for line in lines) < 2:
        return {}
    found: dict[int, int] = {}
    above, depth = ";", 0
    for number, line in enumerate(lines):
        here = line.group().rstrip()
        if number == 0 and here.endswith(":"):  # the lead-in
            above = here
            continue
        if found and above.endswith(":"):
            depth = 1
        if above.endswith(":") or _ENDS_ITEM.search(above):
            found[block.start + line.start()] = depth
        above = here
    return found


_ENDS_ITEM = re.compile(r";(?:\s+(?:and|or))?\s*$")


MIN_LOGICAL_LINES = 4
SHARE_ENDED = 0.7
"""Share of the lines of a paragraph that end a statement; of wrapped prose few lines do."""
MAX_TITLE_LINE = 40


def _are_logical(lines: list[str]) -> bool:
    """Tell whether each line of a paragraph is a statement: a page that lost its markup."""
    told = [line.strip() for line in lines if len(line.strip()) > MAX_TITLE_LINE]
    ended = sum(line.endswith((".", ";", ":", "; or", "; and")) for line in told)
    return len(told) >= MIN_LOGICAL_LINES and ended >= SHARE_ENDED * len(told)


def _logical_lines(text: str, block: Block) -> list[Block]:
    """Cut a paragraph at its lines; what follows a line with a colon are the items of a list.

    An item that ends in a colon itself leads into the lines below it that start in lower case.
    """
    found: list[Block] = []
    depth = 0
    for line in re.finditer(r"[^\n]+", text[block.start : block.end]):
        start, end = trim(text, block.start + line.start(), block.start + line.end())
        words = text[start:end]
        if not words:
            continue
        if is_pseudo_heading(text, replace(block, start=start, end=end)):
            depth = 0
        elif depth == 2 and not words[0].islower():
            depth = 1
        kind = BlockKind.ITEM if depth else BlockKind.PARAGRAPH
        found.append(replace(block, start=start, end=end, kind=kind, level=block.level + depth))
        if words.endswith(":"):
            depth = min(2, depth + 1)
    return found
