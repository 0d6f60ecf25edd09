"""The plain view of a text: the same length, lower case, ASCII, without inline markup.

Patterns are matched on the view and their places are used in the text, so every rule here
replaces one code point by exactly one.
"""

from __future__ import annotations

import html
import re
import unicodedata

# Bounds keep hostile input linear: no class may contain the character that starts the pattern.
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,400})\](\((?:[^()\s]|\([^()\s]{0,80}\)){0,1500}(?: \"[^\"\n]{0,200}\")?\))"
)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\[\]()]{1,2000}|[\w.+-]{1,64}@[\w.-]{1,200}|\b[\w-]{1,60}\.(?:ai|com|org|net|io)\b(?:/[^\s()]{0,500})?"
)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")
_ENTITY = re.compile(r"(&(?:[a-zA-Z]{2,8}|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});)([^\W\d_]{0,40})")
_APOSTROPHES = frozenset("'’")
_MARKS = str.maketrans(dict.fromkeys("*_`\\#|", " ") | {"\t": " "})


def plain_view(text: str) -> str:
    """Return `text` folded for matching; `len(plain_view(text)) == len(text)`."""
    words = _ENTITY.sub(_character, _TAG.sub(_blank, _LINK.sub(_link_words, text)))
    view = _ADDRESS.sub(_blank, words)
    return view.translate(_folding(view)).translate(_MARKS)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _character(match: re.Match[str]) -> str:
    """Show the character that an entity stands for; behind an apostrophe its word goes on at once."""
    character = html.unescape(match[1])
    rest = match[2]
    if len(character) != 1 or not character.isprintable():
        character = " "
    if character in _APOSTROPHES:
        character += rest
        rest = ""
    return character.ljust(len(match[0]) - len(rest)) + rest


def _link_words(match: re.Match[str]) -> str:
    """Keep the words of a link where they stand and blank the rest."""
    before = match.start(1) - match.start()
    after = match.end() - match.end(1)
    return " " * before + match.group(1) + " " * after


_SPECIAL = {
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "…": ".",
}


def _folding(view: str) -> dict[int, str]:
    """Return how to fold the characters that occur: one code point to one."""
    return {ord(char): _fold(char) for char in set(view) if char.isupper() or not char.isascii()}


def _fold(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if unicodedata.category(char)[0] in "ZC":
        return "\n" if char in "\u2028\u2029\x85" else " "
    base = unicodedata.normalize("NFKD", char)[0].lower()
    return base if len(base) == 1 and base.isascii() else "?"
