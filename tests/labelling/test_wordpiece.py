"""Word pieces: those of BERT, each with its place in the text."""

from __future__ import annotations

import pytest

from usepolicy.labelling.wordpiece import MAX_TEXT, MAX_WORD, WordPieces

VOCABULARY = [
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "un",
    "##do",
    "##able",
    "undo",
    "cafe",
    "a",
    "##b",
    "-",
    "!",
]
PIECES = WordPieces(VOCABULARY)


@pytest.mark.parametrize(
    ("text", "pieces", "why"),
    [
        ("undoable", ["undo", "##able"], "the longest piece first"),
        ("undo", ["undo"], "a whole word"),
        ("undoing", ["[UNK]"], "a rest that is no piece makes the word unknown"),
        ("Café CAFÉ", ["cafe", "cafe"], "neither case nor accents"),
        ("a-b!", ["a", "-", "[UNK]", "!"], "signs stand alone"),
        ("un\x00do\u200b", ["undo"], "controls are left out"),
        ("a\u00a0\t\na", ["a", "a"], "any white space parts words"),
        ("東京", ["[UNK]", "[UNK]"], "ideographs stand alone"),
        ("[CLS]", ["[UNK]", "[UNK]", "[UNK]"], "nobody can write a mark of the model"),
        ("a" + "b" * MAX_WORD, ["[UNK]"], "a word too long to be one"),
        ("", [], "nothing"),
        (" \x00 ", [], "nothing but controls"),
    ],
)
def test_pieces(text: str, pieces: list[str], why: str) -> None:
    assert [VOCABULARY[piece.number] for piece in PIECES.split(text)] == pieces, why


def test_each_piece_has_its_place() -> None:
    text = "  Un\u0301doable CAFÉ!"
    cut = [text[piece.start : piece.end] for piece in PIECES.split(text)]
    assert cut == ["Un\u0301do", "able", "CAFÉ", "!"]


def test_only_the_start_of_a_long_text_is_split() -> None:
    assert len(PIECES.split("a " * 500_000)) == MAX_TEXT // 2
