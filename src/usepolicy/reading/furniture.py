"""Furniture: what stands on pages around the text, such as running heads and page numbers.

Owns what is known as such: by its repetition at one place of the pages, or by what it looks like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from usepolicy.reading.lines import Line

EDGE_LINES = 2
"""Lines at the top and at the bottom of a page that may be a running head or foot."""
SAME_HEIGHT = 4.0
"""Points by which the heights of one head differ."""

_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?\d{1,4}(?:\s*(?:/|of|von|de|sur)\s*\d{1,4})?\W*", re.I)
_PRINTED = re.compile(
    r"(?:https?|file)://\S+(?:\s+\d{1,4}/\d{1,4})?|"
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?\b.*"
)
"""What browsers print at the head and the foot of a page: address and number, time and title."""


def without_furniture(lines: Sequence[Line]) -> list[Line]:
    """Leave out running heads and feet and page numbers."""
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    edges = {id(line) for page in pages.values() for line in _edge_lines(page)}
    often = Counter(_pattern(line) for line in lines if id(line) in edges)
    needed = max(2, min(4, len(pages) // 2 + 1))
    return [
        line
        for line in lines
        if id(line) not in edges
        or not (often[_pattern(line)] >= needed or _is_furniture(line.text))
    ]


def _is_furniture(text: str) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(text) or _PRINTED.fullmatch(text))


def _edge_lines(page: list[Line]) -> list[Line]:
    heights = sorted({round(line.y) for line in page})
    edges = {*heights[:EDGE_LINES], *heights[-EDGE_LINES:]}
    return [line for line in page if round(line.y) in edges]


def _pattern(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "0", line.text), round(line.y / SAME_HEIGHT)
