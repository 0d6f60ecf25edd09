"""Plain text to Markdown: the lines of a text file as lines on a page.

Owns what a text without markup says by its columns and blank lines: indentation, headings that are
underlined, in capitals or alone. What follows from the places of lines is for `layout`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, takewhile

from usepolicy.reading.layout import body_start, set_lines_markdown
from usepolicy.reading.lines import Line
from usepolicy.reading.tables import text_tables

REVISION = 3
"""Raised whenever the text that this module and `layout` make of the same document changes."""
MAX_HEADING = 90
"""Columns of a heading; what is longer is a sentence."""
MAX_WIDTH = 120
"""Columns at which texts are wrapped, at most."""
SHARE_LONG = 0.1
"""Share of longer lines from which a text is not wrapped."""
MAX_TITLE_WORDS = 12
"""Words of a heading that nothing but blank lines shows."""

_COLUMN, _LEADING, _SIZE = 3.0, 12.0, 10.0
"""Points of a column, so that one column aside is the same place and two are not; of a line."""
_SIZES = {"=": 16.0, "capitals": 13.0, "alone": 12.0}
_OTHER_SIZE = 14.0
"""Sizes of headings, the larger the higher: over `=`, over other signs, in capitals, alone."""
_COUNTED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*[.)]?|[IVX]{1,5}\.|[A-Z]\.)\s+(?=[^\Wa-z\d_])")
_NO_TITLE = re.compile(r"@|://|www\.|[·|©]|\b(?:19|20)\d\d\b|: \d|[.,:;!]$")
"""What a line has that is no heading: an address, a date, a row of links, the end of a sentence."""
_OPENS_TITLE = re.compile(r"(?:[^\w\s]+\s*)?[^\Wa-z_]")
_MARKUP = re.compile(
    r"^ {0,3}#{1,6} \S|^ {0,3}\|.*\|\s*$|\]\((?:https?:|/|mailto:|#)[^\s)]*\)|^ {0,3}(?:\*\*|__)\S",
    re.M,
)
"""What shows that a text is Markdown, whatever its name says."""
_JOINT = re.compile(r"^- - -[ \t]*$", re.M)
_RULE = re.compile(r"([=\-~_*#+^])(?:[ \t]*\1){2,}")
_LINE_END = re.compile(r"[\n\f\v\x85\u2028\u2029]")


def text_markdown(text: str) -> str:
    """Return the Markdown of a plain text whose line ends are normal; Markdown stays as it is."""
    if _MARKUP.search(text):
        return text
    parts = [_part_markdown(part) for part in _JOINT.split(text)]
    return "\n- - -\n\n".join(parts)


def _part_markdown(text: str) -> str:
    rows = [row.expandtabs(4).rstrip() for row in _LINE_END.split(text)]
    lines = list(_placed(rows))
    wrapped = not _is_unwrapped([line.text for line in lines if not line.cells])
    return set_lines_markdown(lines, leading=_LEADING, size=_SIZE, wrapped=wrapped)


def _placed(rows: Sequence[str]) -> Iterator[Line]:
    """Yield the rows that have words, each at its place."""
    tables = text_tables(rows)
    for number, row in enumerate(rows):
        cells = tables.get(number)
        if cells == () or not row.strip() or _RULE.fullmatch(row.strip()):
            continue
        indent = len(row) - len(row.lstrip())
        yield Line(
            text=" ".join(row.split()),
            page=0,
            left=_COLUMN * indent,
            right=_COLUMN * len(row),
            y=-_LEADING * number,
            size=_SIZE if cells else _size(rows, number),
            body_left=_COLUMN * (indent + body_start(row[indent:])),
            cells=cells or (),
        )


def _is_unwrapped(rows: Sequence[str]) -> bool:
    """Whether lines end where their author ended them and nowhere else."""
    long = sum(1 for row in rows if len(row) > MAX_WIDTH and row.count(" ") >= 10)
    return long > 0 and long >= SHARE_LONG * len(rows)


def _size(rows: Sequence[str], number: int) -> float:
    """Return the size that a row would be set in."""
    row = rows[number].strip()
    above, below = _row(rows, number - 1), _row(rows, number + 1)
    # Below a line of a paragraph a rule is a rule: only a line by itself is underlined.
    alone = not above or bool(_RULE.fullmatch(above))
    if not alone or len(row) > MAX_HEADING or not any(c.isalpha() for c in row):
        return _SIZE
    if _RULE.fullmatch(below) and len(below) >= min(len(row) // 2, 20):
        return _SIZES.get(below[0], _OTHER_SIZE)
    letters = sum(c.isalpha() for c in row)
    if row.isupper() and letters > 3 and row[-1] not in ".,:;!" and not below.isupper():
        return _SIZES["capitals"]
    return _SIZES["alone"] if not below and _is_heading_alone(rows, number) else _SIZE


def _is_heading_alone(rows: Sequence[str], number: int) -> bool:
    """Whether a row between blank ones is a heading, and none of a list of such."""
    row = rows[number]
    if not _may_be_title(row):
        return False
    over = _nearest(rows, range(number - 1, -1, -1))
    under = _nearest(rows, range(number + 1, len(rows)))
    if not under[0]:
        return False
    if _COUNTED.match(row):
        return _rank(row) not in (_rank(over[0]), _rank(under[0]))
    if _is_title(row):
        return True
    alike = sum(len(list(takewhile(_may_be_title, side))) for side in (over, under))
    leads = over[0].endswith(":") and not body_start(under[0].lstrip())
    return alike < 2 and not leads


def _rank(row: str) -> str:
    """Return the look of the number that a row begins with: `1.1.` of `2.13.`."""
    found = _COUNTED.match(row)
    return re.sub(r"\d+", "1", re.sub("[A-Z]+", "A", found[0].strip())) if found else ""


@lru_cache(maxsize=16)  # each row is asked about for those around it
def _may_be_title(row: str) -> bool:
    """Whether a row looks like a heading: a few words at the margin that end no sentence."""
    return (
        bool(_OPENS_TITLE.match(row))
        and len(row) <= MAX_HEADING
        and not _NO_TITLE.search(row)
        and (not body_start(row) or bool(_COUNTED.match(row)))
        and len(row.split()) <= MAX_TITLE_WORDS
    )


def _is_title(row: str) -> bool:
    """Whether the long words of a row begin with capitals."""
    words = [word for word in re.findall(r"[^\W\d_]+", row) if len(word) > 3]
    capitals = sum(1 for word in words if word[0].isupper())
    return bool(words) and capitals >= 0.7 * len(words)


def _nearest(rows: Sequence[str], numbers: range) -> tuple[str, str]:
    """Return the first two rows with words, of those of the next few; blank where there is none."""
    found = [*islice((rows[n] for n in numbers[:8] if rows[n].strip()), 2), "", ""]
    return found[0], found[1]


def _row(rows: Sequence[str], number: int) -> str:
    return rows[number].strip() if 0 <= number < len(rows) else ""
