"""Words: what comes out of documents, made harmless for a page, a spreadsheet and a link.

Owns the rules for others' texts: what may not be seen is left out, what is long is cut, and only
addresses that a browser may follow become links. Escaping for HTML is the templates'.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from usepolicy.reading.coding_sheet import neutralised

QUOTE_LIMIT = 200
"""Characters of a quote that a public page shows."""
_SKIPPED = ("\t", "\r")
"""What a spreadsheet may skip at the start of a cell."""
_KEPT = "\n\t"


def inert(text: str) -> str:
    """Return text without what steers a reader's eye or a terminal: controls, bidi, private use.

    Zero-width joiners stay: some scripts are misspelt without them.
    """
    if text.isprintable():  # what most texts are, told at once
        return text
    return "".join(c for c in text if c in _KEPT or c in "\u200c\u200d" or _is_seen(c))


def cut(text: str, limit: int | None = QUOTE_LIMIT) -> str:
    """Return text on one line, with a sign where it goes on past the limit."""
    line = " ".join(inert(text).split())
    if limit is None or len(line) <= limit:
        return line
    return line[: limit - 1].rstrip() + "…"


def exact(text: str, limit: int | None = QUOTE_LIMIT) -> str:
    """Return words as they stand, lines kept, so that a program finds them; cut past the limit."""
    words = inert(text)
    return words if limit is None or len(words) <= limit else cut(words, limit)


def shown_quotes(value: object, limit: int | None, key: str = "") -> object:
    """Return plain data with every quote of it as it may be shown; `duty` is one in a chain."""
    if isinstance(value, Mapping):
        return {name: shown_quotes(each, limit, name) for name, each in value.items()}
    if isinstance(value, list):
        return [shown_quotes(each, limit) for each in value]
    return exact(value, limit) if isinstance(value, str) and key in ("quote", "duty") else value


def around(text: str, words: list[str], limit: int = QUOTE_LIMIT) -> str:
    """Return the part of a text in which the first of `words` stands, at most `limit` long."""
    line = cut(text, None)
    places = [line.casefold().find(word.casefold()[:4]) for word in words]
    first = min((place for place in places if place >= 0), default=0)
    start = max(0, first - limit // 3) if len(line) > limit else 0
    if start:
        start = line.find(" ", start) + 1
    lead = "…" if start else ""
    return lead + cut(line[start:], limit - len(lead))


def web_address(address: str | None) -> str | None:
    """Return an address that may be a link: http or https with a host; None for anything else."""
    if not address:
        return None
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    safe = parts.scheme in {"http", "https"} and parts.hostname
    return inert(address.strip()) if safe else None


def csv_cell(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    # A bare carriage return is not quoted by `csv`, and ends the row for a spreadsheet program.
    cell = neutralised(value.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{cell}" if cell.startswith(_SKIPPED) else cell


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
