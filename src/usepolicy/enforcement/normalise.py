"""Normalisation: the texts that a text may be meant as, with the way back to its own places.

Owns what is undone: signs that nobody sees, letters that look like others, digits for letters,
letters set apart, and texts that are encoded. A text is read as it stands too, so that undoing
can only find more. `data/detectors/lookalikes.csv` holds the letters.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from usepolicy.patterns import compile_text_bytes
from usepolicy.policies.spans import Span
from usepolicy.tables import table_rows

MAX_HIDDEN = 8
"""Encoded texts that are decoded of one text; more would let a text of 1 MB cost like 1,000."""
MAX_DECODED = 65_536
"""Bytes that one encoded text may have."""
MAX_DEPTH = 2
"""How often what was decoded is decoded again."""

_LEET = str.maketrans("013457@$", "oleastas")
_LEET_I = str.maketrans("013457@$", "oieastas")
"""Digits and signs for letters; a 1 may be an l or an i."""
_STROKE = re.compile(r"[!|](?=[^\W_])")
"""What stands for an i, unless it ends a sentence or a cell."""
_APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .\-_*]{1,3}[^\W\d_](?![^\W_])){2,}")
_SPACE_BETWEEN = re.compile(r"[ .\-_*]+")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"\b(?:0x)?((?:[0-9a-fA-F]{2}[ :]?){8,})")
_PERCENT = re.compile(r"(?:[\w.+~-]{0,64}%[0-9A-Fa-f]{2}){3,4000}[\w.+~-]{0,64}")
_TAGS = ("\U000e0020", "\U000e007e")
"""Signs that nobody sees and that stand for those of ASCII, one by one."""
_SUSPECT = compile_text_bytes(
    r"[a-zA-Z][013457@$!|]+[a-zA-Z]|[013457@$!|][a-zA-Z]{2}|[a-zA-Z][$@013457]\b"
    r"|\b[a-zA-Z][ .\-_*]{1,3}[a-zA-Z][ .\-_*]{1,3}[a-zA-Z]\b"
    r"|[A-Za-z0-9+/_-]{16}|(?:[0-9a-fA-F]{2}[ :]?){8}|%[0-9A-Fa-f]{2}.{0,64}%[0-9A-Fa-f]{2}"
)
"""Whatever of ASCII could be undone; a text without it is taken as it stands."""


@dataclass(frozen=True)  # without slots, for the cache
class Variant:
    """What a text may be meant as."""

    text: str
    how: str
    """What was undone, e.g. `look-alikes`."""
    places: Callable[[], Sequence[int]] | None = None
    """Gives the place in the original of each code point; None where each is its own."""
    within: Span | None = None
    """The part of the original that it was decoded from, as one piece."""

    @cached_property
    def starts(self) -> tuple[int, ...] | None:
        """The places, worked out when something was found: few texts need them."""
        return None if self.places is None else tuple(self.places())

    def place(self, span: Span) -> Span:
        """Return the span of the original text that a span of this one came from."""
        if self.within is not None:
            return self.within
        if self.starts is None or not span:
            return span  # code points, each in its own place
        return Span(self.starts[span.start], self.starts[span.end - 1] + 1)


def variants(text: str, data: bytes) -> Iterator[Variant]:
    """Yield what a text may be meant as beside what it is; nothing for plain words.

    Args: data: the text in UTF-8.
    """
    base = Variant(text, "")
    folded = None if text.isascii() else fold(text)
    if folded is not None:
        yield folded
        base = folded
        data = folded.text.encode("utf-8", "surrogatepass")
    if _SUSPECT.search(data) is None:
        return
    for undo in (_leet, _leet_i, _joined, _joined_behind_a_word):
        changed = undo(base.text)
        if changed is not None:
            yield _after(base, changed)
    yield from _hidden(base, MAX_DEPTH)


def _after(base: Variant, change: Variant) -> Variant:
    """Return a variant of a variant with the way back to the text of the first."""
    if base.places is None:
        return change

    def places() -> Sequence[int]:
        first = base.starts or ()
        own = change.starts or range(len(change.text))
        return [first[place] for place in own]

    return Variant(change.text, f"{base.how}, {change.how}", places)


def fold(text: str) -> Variant | None:
    """Return a text without what nobody sees and with the letters that its letters look like."""
    plain = {ord(char): _plain(char) for char in set(text) if not char.isascii()}
    folded = text.translate(plain)
    if folded == text:
        return None
    if all(len(letters) == 1 for letters in plain.values()):
        return Variant(folded, "look-alikes")

    def places() -> Sequence[int]:
        counts = (len(plain.get(ord(char), " ")) for char in text)
        return [place for place, count in enumerate(counts) for _ in range(count)]

    return Variant(folded, "look-alikes", places)


@cache
def _lookalikes() -> dict[str, str]:
    return {row["sign"]: row["letter"] for row in table_rows("detectors/lookalikes.csv")}


@cache
def _plain(char: str) -> str:
    """Return what a character that is not ASCII looks like: nothing, itself, or plain letters."""
    if char in _lookalikes():
        return _lookalikes()[char]
    if _TAGS[0] <= char <= _TAGS[1]:
        return chr(ord(char) - ord(_TAGS[0]) + ord(" "))
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me"):  # zero width, order of writing, strokes through letters
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    same = unicodedata.normalize("NFKD", char)
    return "".join(
        _lookalikes().get(c, c) for c in same if unicodedata.category(c) not in ("Mn", "Me")
    )


def _leet(text: str) -> Variant | None:
    return _replaced(text, text.translate(_LEET))


def _leet_i(text: str) -> Variant | None:
    if not ("1" in text or "!" in text or "|" in text):
        return None
    return _replaced(text, _STROKE.sub("i", text).translate(_LEET_I))


def _replaced(text: str, changed: str) -> Variant | None:
    """Numbers become letters too: no pattern is looked for in them, and telling costs more."""
    return Variant(changed, "digits for letters") if changed != text else None


def _joined(text: str) -> Variant | None:
    return _join(text, "")


def _joined_behind_a_word(text: str) -> Variant | None:
    """In `a b o m b`, the first may be a word."""
    return _join(text, "aAiI")


def _join(text: str, words: str) -> Variant | None:
    """Return a text in which letters that were set apart stand together; two spaces part words.

    Args: words: letters that are a word of their own where they come first.
    """
    pieces: list[str] = []
    starts: list[int] = []
    last = 0
    for run in _APART.finditer(text):
        _take(text, last, run.start(), pieces, starts)
        start = run.start() + 2 * (run[0][0] in words)
        _take(text, run.start(), start, pieces, starts)
        for place in range(start, run.end()):
            wide = text[place : place + 2].isspace() and len(text[place : place + 2]) == 2
            if text[place].isalpha() or wide:
                pieces.append(text[place])
                starts.append(place)
        last = run.end()
    if not last or (words and not any(run[0][0] in words for run in _APART.finditer(text))):
        return None
    _take(text, last, len(text), pieces, starts)
    return Variant("".join(pieces), "letters set apart", lambda: starts)


def _take(text: str, start: int, end: int, pieces: list[str], starts: list[int]) -> None:
    pieces.extend(text[start:end])
    starts.extend(range(start, end))


def _hidden(base: Variant, depth: int) -> Iterator[Variant]:
    """Yield the texts that parts of a text are encodings of, and those within them."""
    left = MAX_HIDDEN
    for how, pattern, decode in _CODES:
        for found in pattern.finditer(base.text):
            if left == 0:
                return
            plain = _decoded(found[0], decode)
            if plain is None:
                continue
            left -= 1
            within = base.place(Span(found.start(), found.end()))
            inner = Variant(plain, how, within=within)
            yield inner
            if depth > 1:
                yield from _hidden(inner, depth - 1)


def _decoded(code: str, decode: Callable[[str], bytes]) -> str | None:
    """Return what a code says, if that is text."""
    try:
        data = decode(code)
        plain = data[:MAX_DECODED].decode(
            "utf-8", "strict" if len(data) <= MAX_DECODED else "ignore"
        )
    except (ValueError, binascii.Error):
        return None
    readable = sum(char.isprintable() or char.isspace() for char in plain)
    return plain if plain.strip() and readable > 0.95 * len(plain) and " " in plain else None


def _of_base64(code: str) -> bytes:
    if code.isalpha() and (code.islower() or code.isupper()):
        raise ValueError("a long word")
    body = code.rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)


def _of_hex(code: str) -> bytes:
    return bytes.fromhex(code.removeprefix("0x").replace(":", " "))


def _of_percent(code: str) -> bytes:
    return urllib.parse.unquote_to_bytes(code.replace("+", " "))


_CODES: tuple[tuple[str, re.Pattern[str], Callable[[str], bytes]], ...] = (
    ("base64", _BASE64, _of_base64),
    ("hexadecimal", _HEX, _of_hex),
    ("percent", _PERCENT, _of_percent),
)
