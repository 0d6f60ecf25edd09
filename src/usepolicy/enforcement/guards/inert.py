"""Inert words: others' texts made such that they can't leave their place in a prompt.

Owns what is replaced. Nothing is taken out, so that no mark is put together by taking another
one away: a character is replaced by one that looks alike, or gets one before it.
"""

from __future__ import annotations

import re
import unicodedata

_KEPT = "\n\t"
_TAG = re.compile(r"[<\uff1c](?=[^\s\d=])|(?<=\|)[>\uff1e]")
"""What may begin or end a mark of a model: `<|eot_id|>`, `<start_of_turn>`, `<END CONVERSATION>`,
`</score>`, `<<SYS>>`. What stands before a space or a digit is arithmetic."""
_INST = re.compile(r"\[(?=\s*/?\s*INST\s*\])", re.IGNORECASE)
_TURN = re.compile(
    r"^(\s*(?:user|agent|assistant|system|developer|human|human question|chatbot response)\s*):",
    re.IGNORECASE | re.MULTILINE,
)
"""What begins a turn where turns are lines of text."""
_RULE = re.compile(r"^(\s*)(?=={3,}\s*$|#{2,6}\s)", re.MULTILINE)
"""What begins a section: `===`, `### Criteria:`."""
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def inert_block(text: str) -> str:
    """Return a content for a prompt: its lines stay, what a model or a prompt takes for a mark not."""
    seen = "".join(c if c in _KEPT or _is_seen(c) else "\ufffd" for c in _lines(text))
    seen = _TAG.sub(_angle, seen)
    seen = _INST.sub("［", seen)
    return _RULE.sub("\\1\\\\", _TURN.sub("\\1∶", seen))


def inert_line(text: str, limit: int) -> str:
    """Return words of a policy on one line, cut at the limit; braces and quotes end nothing there."""
    line = " ".join(inert_block(text).split())
    line = line.translate(_QUOTES)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


_QUOTES = str.maketrans({"{": "(", "}": ")", '"': "'", "“": "'", "”": "'", "`": "'"})


def _lines(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return re.sub(r"[\r\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", text)


def _angle(found: re.Match[str]) -> str:
    return "›" if found[0] in ">\uff1e" else "‹"


def _is_seen(letter: str) -> bool:
    return letter in "\u200c\u200d" or unicodedata.category(letter) not in _INVISIBLE
