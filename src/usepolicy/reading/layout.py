"""Layout: from printed lines to Markdown, by their places and their type.

Owns the guesses at headings, list items and paragraphs. It is pure, and knows
nothing of PDF. Distances are in points, y grows upwards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from usepolicy.reading.furniture import without_furniture
from usepolicy.reading.lines import Line
from usepolicy.reading.outline import Heading, levels
from usepolicy.reading.tables import page_tables

HEADING_SIZE = 1.12
"""Type of a heading to type of the body, at least."""
HEADING_LENGTH = 160
PARAGRAPH_GAP = 1.3
"""Distance of two lines to the usual distance of lines, from which a new paragraph starts."""
SAME_PLACE = 4.0
"""Points by which left edges of one level differ."""
SHORT_LINE = 0.85
"""Right edge of a line that ends before it must, to the usual right edge."""
MAX_WORD = 60
"""Letters before a hyphen at a line's end; what is longer is no word."""
BREAK = "  \n"
"""Between two lines of a paragraph of which the first was ended on purpose, as Markdown has it."""
MAX_SIZE = 100.0
"""Points from which type is as large as any."""
MAX_BEFORE_TITLE = 200
"""Letters that may stand above the title: a date, a firm."""

_BULLET = re.compile(r"[•◦▪▫‣⁃●○■□◆◇➢➤✓✗·*–—\-\uf0b7\uf0a7\uf0d8\ufffd](?:\s+|$)|o\s+(?=[A-Z])")
_NUMBER = re.compile(r"\d{1,2}[.)](?:\s+|$)")
_LETTER = re.compile(r"(?:\((?:\d{1,2}|[a-z]{1,4})\)|(?:[a-zA-Z]|[ivx]{2,4})[.)])(?:\s+|$)")
_BROKEN = re.compile(r"(\w+)-$")
_ENDED = (".", "!", "?", ":", ";")
_HYPHENATED = re.compile(
    r"age|all|anti|co|cross|e|ex|first|full|half|high|long|low|multi|non|one|peer|post|pre|pro|real|"
    r"second|self|semi|short|so|third|two|user|well"
)
"""First parts of words that are written with a hyphen; `mis` and `dis` are not."""


@dataclass(slots=True)
class _Block:
    lines: list[Line]
    kind: str
    """`heading`, `item`, `table` or `paragraph`."""
    marker: str = ""
    level: int = 0
    breaks: set[int] = field(default_factory=set)
    """Places of the lines that begin where the line above was ended on purpose."""
    pieces: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Page:
    """What is usual in the document."""

    size: float
    leading: float
    left: float
    right: float
    wrapped: bool
    """Whether lines end where there was no more room."""


def lines_markdown(lines: Sequence[Line]) -> str:
    """Return the Markdown of printed pages, in the order of the text layer."""
    kept = without_furniture(lines) or lines
    if not kept:
        return ""
    return set_lines_markdown(page_tables(kept), leading=_leading(kept), size=_usual_size(kept))


def set_lines_markdown(
    lines: Sequence[Line], *, leading: float, size: float, wrapped: bool = True
) -> str:
    """Return the Markdown of lines that all belong to the text.

    Args: leading: the usual distance of two lines of one paragraph. size: that of the text's type.
        wrapped: whether lines end where there was no more room, or where their author ended them.
    """
    if not lines:
        return ""
    blocks = _blocks(lines, _usual(lines, leading, size, wrapped=wrapped))
    words = Counter(word for line in lines for word in re.findall(r"\w+", line.text.lower()))
    for block in blocks:
        if block.kind == "table":
            block.pieces = [_table([line.cells for line in block.lines], words)]
        else:
            cuts = [0, *sorted(block.breaks), len(block.lines)]
            groups = (block.lines[low:high] for low, high in pairwise(cuts))
            joined = (_joined([line.text for line in group], words) for group in groups)
            block.pieces = [BREAK.join(joined)]
    return _written(blocks)


def _leading(lines: Sequence[Line]) -> float:
    size = _usual_size(lines)
    gaps = [
        above.y - line.y
        for above, line in pairwise(lines)
        if above.page == line.page and 0 < above.y - line.y < 4 * size
    ]
    # Lines of one paragraph are the nearest to each other: a quarter of the gaps is enough to
    # find them in a document of one-line items.
    near = sorted(gaps)[: max(1, len(gaps) // 2)]
    return median(near) if near else 1.2 * size


def _usual_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[_rounded(line.size)] += len(line.text)
    return sizes.most_common(1)[0][0]


def _usual(lines: Sequence[Line], leading: float, size: float, *, wrapped: bool) -> _Page:
    rights = sorted(line.right for line in lines)
    return _Page(
        size,
        leading,
        left=min(line.left for line in lines),
        right=rights[len(rights) * 9 // 10],
        wrapped=wrapped,
    )


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def body_start(text: str) -> int:
    """Return where the words of a line begin, behind its bullet or number."""
    return len(_marker(text))


def _marker(text: str) -> str:
    found = _BULLET.match(text) or _NUMBER.match(text) or _LETTER.match(text)
    return found[0] if found else ""


def _is_bullet(marker: str) -> bool:
    return marker == "o" or bool(_BULLET.match(marker))


def _marker_class(bare: str) -> str:
    """Return the look of a marker: markers of one list look alike."""
    if _is_bullet(bare):
        return bare
    return re.sub(r"[ivx]+(?=\W|$)|[a-z]", "a", re.sub(r"\d+", "1", re.sub("[A-Z]", "A", bare)))


def _blocks(lines: Sequence[Line], usual: _Page) -> list[_Block]:
    blocks: list[_Block] = []
    levels: list[tuple[float, str]] = []
    for line in lines:
        if line.cells:
            _add_row(blocks, line)
            levels.clear()
            continue
        marker = _marker(line.text)
        if blocks and _is_wrapped_dash(blocks[-1], line, usual):
            marker = ""
        if _is_heading(line, usual):
            _add_heading(blocks, line, usual)
            levels.clear()
        elif marker:
            level = _level(levels, line, marker)
            blocks.append(_Block([line], "item", marker.strip(), level))
        elif blocks and _continues(blocks[-1], line, usual):
            if _is_break(blocks[-1], line, usual):
                blocks[-1].breaks.add(len(blocks[-1].lines))
            blocks[-1].lines.append(line)
        else:
            _leave_lists(levels, line)
            blocks.append(_Block([line], "paragraph", level=len(levels)))
    return blocks


def _is_heading(line: Line, usual: _Page) -> bool:
    if len(line.text) > HEADING_LENGTH or not any(c.isalpha() for c in line.text):
        return False
    if _rounded(line.size) >= HEADING_SIZE * usual.size:
        return True
    return (
        line.bold
        and _rounded(line.size) >= usual.size
        and not line.text.endswith((".", ":", ";", ","))
        and not _BULLET.match(line.text)
        and not (_marker(line.text) and line.left > usual.left + SAME_PLACE)
        and line.right < SHORT_LINE * usual.right
        and len(line.text) > 3
    )


def _add_row(blocks: list[_Block], line: Line) -> None:
    above = blocks[-1] if blocks else None
    goes_on = above and above.kind == "table" and len(above.lines[0].cells) == len(line.cells)
    if above is not None and goes_on:
        above.lines.append(line)
    else:
        blocks.append(_Block([line], "table"))


def _is_wrapped_dash(block: _Block, line: Line, usual: _Page) -> bool:
    """Whether a line that begins with a dash goes on with the sentence of the line above it."""
    last = block.lines[-1]
    margin = block.lines[0].body_left if block.kind == "item" else last.left
    return (
        block.kind not in ("heading", "table")
        and line.text[0] in "–—-"
        and line.text[2:3].islower()
        and abs(line.left - margin) <= SAME_PLACE
        and last.right > SHORT_LINE * usual.right
        and not last.text.endswith(_ENDED)
        and 0 < last.y - line.y <= PARAGRAPH_GAP * usual.leading
    )


def _add_heading(blocks: list[_Block], line: Line, usual: _Page) -> None:
    above = blocks[-1] if blocks else None
    if above is not None and above.kind == "heading":
        last = above.lines[-1]
        alike = _rounded(last.size) == _rounded(line.size) and last.page == line.page
        full = last.right > SHORT_LINE * usual.right
        if alike and full and last.y - line.y < 1.6 * line.size:
            above.lines.append(line)
            return
    blocks.append(_Block([line], "heading"))


def _level(levels: list[tuple[float, str]], line: Line, marker: str) -> int:
    """Return the depth of a list item, from 0, and note its list among the open ones."""
    look = _marker_class(marker.strip())
    while levels and levels[-1][0] > line.left + SAME_PLACE:
        levels.pop()
    same = [n for n, (left, _) in enumerate(levels) if abs(left - line.left) <= SAME_PLACE]
    alike = [n for n in same if levels[n][1] == look]
    if alike:  # without indentation the look of the markers alone tells the lists apart
        del levels[alike[-1] + 1 :]
    else:
        levels.append((line.left, look))
    return len(levels) - 1


def _leave_lists(levels: list[tuple[float, str]], line: Line) -> None:
    while levels and levels[-1][0] >= line.left - SAME_PLACE:
        levels.pop()


def _continues(block: _Block, line: Line, usual: _Page) -> bool:
    last = block.lines[-1]
    if block.kind in ("heading", "table") or abs(last.size - line.size) > 0.2 * usual.size:
        return False
    ended = last.text.endswith(_ENDED)
    if line.page != last.page:
        return not ended and line.text[:1].islower()
    gap = last.y - line.y
    if abs(gap) < 0.5 * usual.size:  # a piece of the same line, as after a tab
        return True
    if not 0 < gap <= PARAGRAPH_GAP * usual.leading:
        return False
    if block.kind == "item" and line.left < block.lines[0].left - SAME_PLACE:
        return False
    if block.kind == "item" and line.left < block.lines[0].body_left - SAME_PLACE:
        return not (ended and line.text[:1].isupper())
    return block.kind == "paragraph" or not (ended and _has_room(last, line, usual))


def _is_break(block: _Block, line: Line, usual: _Page) -> bool:
    """Whether the line above one of the same paragraph was ended on purpose."""
    last = block.lines[-1]
    if block.kind != "paragraph" or line.page != last.page or last.y - line.y < 0.5 * usual.size:
        return False
    ended = last.text.endswith(_ENDED) and _has_room(last, line, usual)
    return (ended or not usual.wrapped) and any(c.isalnum() for c in line.text)


def _has_room(last: Line, line: Line, usual: _Page) -> bool:
    """Whether the first word of a line had room in the line above it: its break was meant."""
    width = (line.right - line.left) / len(line.text)
    word = line.text.partition(" ")[0]
    room = usual.right - last.right
    return last.right < SHORT_LINE * usual.right or room > width * (len(word) + 2)


def _joined(texts: Iterable[str], words: Counter[str]) -> str:
    """Join the lines of a block; a hyphen at a line's end stays if what follows is a word."""
    pieces: list[str] = []
    for text in texts:
        last = pieces[-1] if pieces else ""
        broken = _BROKEN.search(last[-MAX_WORD:])
        tail = re.match(r"[a-z]+", text)
        if broken and tail:
            if not _keeps_hyphen(broken[1].lower(), tail[0], words):
                pieces[-1] = last[:-1]
        elif pieces and not (broken and text[:1].isalnum()):
            pieces.append(" ")
        pieces.append(text)
    return "".join(pieces)


def _keeps_hyphen(head: str, tail: str, words: Counter[str]) -> bool:
    """Whether a word that a line's end cuts is written with a hyphen, as `self-harm` is."""
    if head + tail in words:
        return False
    return bool(_HYPHENATED.fullmatch(head)) or (words[head] > 1 and words[tail] > 1)


def _heading_levels(blocks: Sequence[_Block]) -> list[int]:
    """Return the levels of the headings, in order."""
    found: list[Heading] = []
    before = 0
    for above, block in pairwise([None, *blocks]):
        if block is None or block.kind != "heading":
            before += sum(len(line.text) for line in block.lines) if block else 0
            continue
        size = _rounded(min(block.lines[0].size, MAX_SIZE))
        opens = not found and before <= MAX_BEFORE_TITLE
        found.append(Heading(block.pieces[0], size, leads=_leads(above), opens=opens))
    return levels(found)


def _leads(block: _Block | None) -> bool:
    """Whether a block leads into a heading right below it."""
    if block is None or block.kind in ("item", "table"):
        return False
    return block.kind == "heading" or block.lines[-1].text.endswith(":")


def _written(blocks: Sequence[_Block]) -> str:
    pieces: list[str] = []
    margins: list[str] = []
    ranks = iter(_heading_levels(blocks))
    for block in blocks:
        text = block.pieces[0]
        if block.kind == "heading":
            margins.clear()
            pieces.append(f"\n{'#' * next(ranks)} {text}\n")
        elif block.kind == "table":
            margins.clear()
            pieces.append(text)
        elif block.kind == "item":
            opens = not margins
            del margins[block.level :]
            pieces.append(("\n" if opens else "") + _item(block, text, margins))
        else:
            del margins[block.level :]
            margin = "".join(margins)
            pieces.append(f"\n{margin}{text.replace(BREAK, BREAK + margin)}\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(pieces)).strip() + "\n"


def _table(rows: Sequence[tuple[str, ...]], words: Counter[str]) -> str:
    joined = [
        [_joined(cell.split("\n"), words).replace("|", "\\|") for cell in row] for row in rows
    ]
    written = [f"| {' | '.join(row)} |" for row in joined]
    written.insert(1, f"|{' --- |' * len(rows[0])}")
    return "\n" + "\n".join(written) + "\n"


def _item(block: _Block, text: str, margins: list[str]) -> str:
    words = text[len(block.marker) :].strip()
    if _is_bullet(block.marker):
        sign = "-"
    elif _NUMBER.match(block.marker):
        sign = block.marker
    else:  # Markdown has no such list: the letter stays part of the words
        sign, words = "-", f"{block.marker} {words}"
    line = f"{''.join(margins)}{sign} {words}"
    margins.append(" " * (len(sign) + 1))
    return line
