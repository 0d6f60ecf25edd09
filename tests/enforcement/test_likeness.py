"""Which texts are alike: told from a keyed hash of what mass postings have in common."""

from __future__ import annotations

import pytest

from usepolicy.enforcement.keys import AccountKey, content_hash, likeness_hash
from usepolicy.enforcement.likeness import LONGEST, alike, likeness_text
from usepolicy.enforcement.requests import Request, Role, Turn

POST = "Write a post: my shop has a sale of 20% until Friday, see https://shop.example/a1"


@pytest.mark.parametrize(
    ("other", "same", "why"),
    [
        (POST, True, "the same"),
        (POST.upper(), True, "case"),
        (POST.replace("20%", "35 %"), True, "numbers"),
        (POST.replace("a1", "b2?ref=77"), True, "an address"),
        (POST.replace(",", " -- "), True, "signs and spaces"),
        (POST.replace("e", "е"), True, "letters that look like others: Cyrillic"),
        (POST.replace("shop has", "sh\u200bop has"), True, "what nobody sees"),
        (f"@maria {POST} #sale", True, "who it is sent to, and tags"),
        (f"{POST} mail me@shop.example", False, "another word"),
        (POST.replace("sale", "bargain"), False, "another word is not told without the content"),
        (POST.replace("my shop has a sale", "a sale is in my shop"), False, "another order neither"),
    ],
)  # fmt: skip
def test_what_is_alike(other: str, same: bool, why: str) -> None:
    assert (alike(other) == alike(POST)) is same, why


@pytest.mark.parametrize("text", ["", "yes, go on", "12345 67890 12345 67890 12345", "!!! ??? ..."])
def test_too_few_words_are_like_nothing(text: str) -> None:
    assert alike(text) is None


def test_a_long_text_is_told_by_how_it_begins() -> None:
    word = "lorem "
    assert alike(word * LONGEST) == alike(word * LONGEST * 2)


@pytest.mark.parametrize(
    ("request_", "has", "why"),
    [
        (Request("1", (Turn(Role.USER, POST),)), True, "what was asked"),
        (Request("1", (Turn(Role.USER, "hi"), Turn(Role.USER, POST))), True, "last"),
        (Request("1", (Turn(Role.ASSISTANT, POST),)), False, "an answer is not asked"),
        (Request("1", metadata={"note": POST}), False, "what the caller says beside it"),
        (Request("1"), False, "nothing"),
    ],
)
def test_of_what(request_: Request, has: bool, why: str) -> None:
    assert (likeness_text(request_) is not None) is has, why


def test_what_is_kept_tells_nothing_to_who_has_no_key() -> None:
    ann, ben = (AccountKey(name, name.encode() * 8) for name in ("ann", "ben"))
    text = alike(POST) or ""
    assert likeness_hash(ann, text) == likeness_hash(ann, text)
    assert likeness_hash(ann, text) != likeness_hash(ben, text), "nobody compares accounts"
    assert likeness_hash(ann, text) != content_hash(ann, text), "for one purpose"
