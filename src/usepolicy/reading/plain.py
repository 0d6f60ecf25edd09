"""Plain text to Markdown: the lines of a text file as lines on a page.

Owns what a text without markup says by its columns: indentation, underlined headings and headings
in capitals. What follows from the places of lines is for `layout`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from usepolicy.reading.layout import Line, body_start, set_lines_markdown

REVISION = 2
"""Raised whenever the text that this module and `layout` make of the same document changes."""
MAX_HEADING = 90
"""Columns of a heading; what is longer is a sentence."""

_COLUMN, _LEADING, _SIZE = 3.0, 12.0, 10.0
"""Points of a column, so that one column aside is the same place and two are not; of a line."""
_SIZES = {"=": 16.0, "capitals": 13.0, "counted": 12.0}
_OTHER_SIZE = 14.0
"""Sizes of headings, the larger the higher: over `=`, over other signs, in capitals, counted."""
_COUNTED = re.compile(r"(?:\d{1,2}[.)]|[IVX]{1,5}\.|[A-Z]\.)\s+(?=[A-Z])")
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
    parts = [
        set_lines_markdown(_lines(part), leading=_LEADING, size=_SIZE)
        for part in _JOINT.split(text)
    ]
    return "\n- - -\n\n".join(parts)


def _lines(text: str) -> list[Line]:
    rows = [row.expandtabs(4).rstrip() for row in _LINE_END.split(text)]
    return list(_placed(rows))


def _placed(rows: Sequence[str]) -> Iterator[Line]:
    """Yield the rows that have words, each at its place."""
    for number, row in enumerate(rows):
        if not row.strip() or _RULE.fullmatch(row.strip()):
            continue
        indent = len(row) - len(row.lstrip())
        yield Line(
            text=" ".join(row.split()),
            page=0,
            left=_COLUMN * indent,
            right=_COLUMN * len(row),
            y=-_LEADING * number,
            size=_size(rows, number),
            body_left=_COLUMN * (indent + body_start(row[indent:])),
        )


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
    return _SIZES["counted"] if not below and _is_counted_title(rows, number) else _SIZE


def _is_counted_title(rows: Sequence[str], number: int) -> bool:
    """Whether a row by itself is a title with a number, and none of a list of such."""
    if not _is_title(rows[number]):
        return False
    around = (_next(rows, range(number - 1, -1, -1)), _next(rows, range(number + 1, len(rows))))
    return not any(_COUNTED.match(row) for row in around)


def _is_title(row: str) -> bool:
    found = _COUNTED.match(row)  # at the margin
    if found is None or row[-1] in ".,:;!?":
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", row[found.end() :]) if len(word) > 3]
    capitals = sum(1 for word in words if word[0].isupper())
    return capitals >= 0.7 * max(len(words), 1)


def _next(rows: Sequence[str], numbers: range) -> str:
    """Return the first row with words, of those of the next few."""
    return next((rows[n] for n in numbers[:5] if rows[n].strip()), "")


def _row(rows: Sequence[str], number: int) -> str:
    return rows[number].strip() if 0 <= number < len(rows) else ""
