"""Plain values to YAML that a person can review in a diff, and that reads back exactly.

Owns the choice of style for each text. A writer of our own, because PyYAML's folds where
the next word moves every line, escapes emoji when built with libyaml, and takes ten times as
long when built without. PyYAML, with and without libyaml, is the witness in the tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from usepolicy.reading.policy_tree import Plain, Scalar

WIDTH = 96
"""Columns of a folded line, its indent left out."""

_WORDS_OF_YAML = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf")
)
"""Read as something else than text by a YAML 1.1 parser."""
_STARTS_PLAIN = re.compile(r"[^\W\d_]")
_NOT_PLAIN = re.compile(r": | #|:$| $|[\t\n]")
_ESCAPED = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""What a YAML file may not hold, what some parsers take for a line end, what nobody can see."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")
_FOLDS = re.compile(r"(?<=[^ \t]) (?=[^ \t])")


def to_yaml(value: Plain) -> str:
    """Return `value` as one YAML document in block style, without anchors."""
    return "\n".join(_lines(value, "")) + "\n"


def to_json(value: object) -> str:
    """Return `value` as JSON with a newline at its end; what nobody can see is escaped."""
    return _ESCAPED.sub(_escape, json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _lines(value: Plain, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _entry(f"{indent}{key}:", child, indent)
    elif isinstance(value, list) and value:
        for child in value:
            yield from _item(child, indent)
    else:
        yield from _leaf("", value, indent)


def _entry(head: str, child: Plain, indent: str) -> Iterator[str]:
    if isinstance(child, dict | list) and child:
        yield head
        deeper = indent if isinstance(child, list) else indent + "  "
        yield from _lines(child, deeper)
    else:
        yield from _leaf(head + " ", child, indent + "  ")


def _item(child: Plain, indent: str) -> Iterator[str]:
    if not isinstance(child, dict | list) or not child:
        yield from _leaf(f"{indent}- ", child, indent + "  ")
        return
    first, *rest = _lines(child, indent + "  ")
    yield f"{indent}- {first.lstrip(' ')}"
    yield from rest


def _leaf(head: str, value: Plain, indent: str) -> Iterator[str]:
    """Yield the lines of a value without children; `indent` is that of its further lines."""
    if isinstance(value, str):
        style, lines = _text(value)
        yield head + style
        yield from (indent + line if line else "" for line in lines)
    else:
        yield head + _word(value)


def _word(value: Scalar | list[Plain] | dict[str, Plain]) -> str:
    if isinstance(value, list | dict):
        return "[]" if isinstance(value, list) else "{}"
    return json.dumps(value)


def _text(text: str) -> tuple[str, list[str]]:
    """Return what stands on the line of the key, and the lines below it."""
    if text == "" or _ESCAPED.search(text) or _CONTROL.search(text):
        return _quoted(text), []
    if "\n" in text:
        return _literal(text)
    if len(text) > WIDTH and text.strip(" \t") == text:
        return ">-", _fold(text)
    plain = _STARTS_PLAIN.match(text) and not _NOT_PLAIN.search(text)
    return (text if plain and text.casefold() not in _WORDS_OF_YAML else _quoted(text)), []


def _literal(text: str) -> tuple[str, list[str]]:
    """Return a literal block, unless white space at an edge would be lost or hard to see."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if body[:1].isspace() or not lines[-1] or any(line[-1:] in (" ", "\t") for line in lines):
        return _quoted(text), []
    return ("|-" if body == text else "|"), lines


def _fold(text: str) -> list[str]:
    """Break `text` into lines of at most WIDTH, only at single spaces, which reading restores."""
    lines: list[str] = []
    line = ""
    for word in _FOLDS.split(text):
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def _quoted(text: str) -> str:
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
