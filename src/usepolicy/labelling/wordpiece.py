"""Word pieces: text as the pieces of words that the sentence model has vectors for.

Owns the tokenisation of uncased BERT with the place of each piece in the text, so that what a
model weighs can be cited. Source: Devlin et al. 2019, arXiv:1810.04805.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
MAX_TEXT = 4_000
"""Characters that are looked at; more than the most pieces that any caller keeps."""
MAX_WORD = 100
"""Characters of a word above which it is unknown, as in BERT."""
_IDEOGRAPHS = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))


class Piece(NamedTuple):
    """A piece of a word and its place in the text."""

    number: int
    """Row of the vocabulary."""
    start: int
    end: int


class _Letter(NamedTuple):
    letter: str
    place: int


class WordPieces:
    """The pieces of a vocabulary."""

    __slots__ = ("_numbers", "end", "start", "unknown")

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers: Mapping[str, int] = {piece: n for n, piece in enumerate(vocabulary)}
        self.unknown = self._numbers[UNKNOWN]
        self.start = self._numbers[START]
        self.end = self._numbers[END]

    def split(self, text: str) -> list[Piece]:
        """Return the pieces of the first `MAX_TEXT` characters, in order."""
        return [piece for word in _words(text[:MAX_TEXT]) for piece in self._pieces(word)]

    def _pieces(self, word: Sequence[_Letter]) -> list[Piece]:
        whole = Piece(self.unknown, word[0].place, word[-1].place + 1)
        letters = "".join(each.letter for each in word)
        found: list[Piece] = []
        at = 0
        while at < len(letters):
            end = self._longest(letters, at) if len(letters) <= MAX_WORD else at
            if end == at:
                return [whole]
            number = self._numbers[_marked(letters, at, end)]
            found.append(Piece(number, word[at].place, word[end - 1].place + 1))
            at = end
        return found

    def _longest(self, letters: str, at: int) -> int:
        ends = range(len(letters), at, -1)
        return next((end for end in ends if _marked(letters, at, end) in self._numbers), at)


def _marked(letters: str, at: int, end: int) -> str:
    return f"##{letters[at:end]}" if at else letters[at:end]


def _words(text: str) -> Iterator[list[_Letter]]:
    word: list[_Letter] = []
    for letter in _letters(text):
        alone = _stands_alone(letter.letter)
        if word and (alone or letter.letter == " "):
            yield word
            word = []
        if alone:
            yield [letter]
        elif letter.letter != " ":
            word.append(letter)
    if word:
        yield word


def _letters(text: str) -> Iterator[_Letter]:
    """Yield lower-case letters without accents; all white space as one kind, controls left out."""
    for place, character in enumerate(text):
        if character.isspace():
            yield _Letter(" ", place)
            continue
        for letter in unicodedata.normalize("NFD", character.lower()):
            if unicodedata.category(letter)[0] != "C" and unicodedata.category(letter) != "Mn":
                yield _Letter(letter, place)


def _stands_alone(letter: str) -> bool:
    code = ord(letter)
    if code < 0x80:
        return not (letter.isalnum() or letter == " ")
    ideograph = any(low <= code <= high for low, high in _IDEOGRAPHS)
    return ideograph or unicodedata.category(letter)[0] == "P"
