"""What is made from an account's key: links, hashes, sealed words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usepolicy.enforcement.keys import (
    MAX_EXCERPT,
    NONCE_BYTES,
    AccountKey,
    content_hash,
    link_of,
    sealed,
    unsealed,
)
from usepolicy.enforcement.ledger import EntryId
from usepolicy.errors import LedgerError

ANN, BEN = AccountKey("ann", b"a" * 32), AccountKey("ben", b"b" * 32)
NONCE = b"n" * NONCE_BYTES
ABOUT = EntryId("d1")


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (link_of(ANN), link_of(BEN), "two accounts"),
        (link_of(ANN), link_of(AccountKey("ann", b"c" * 32)), "one account, a new key"),
        (content_hash(ANN, "x"), content_hash(BEN, "x"), "one text of two accounts"),
        (content_hash(ANN, "x"), content_hash(ANN, "y"), "two texts of one account"),
        (content_hash(ANN, "ann"), link_of(ANN), "a text that is the account's id"),
    ],
)
def test_what_is_not_the_same(one: str, other: str, why: str) -> None:
    assert one != other
    assert len(one) == len(other) == 64


def test_the_same_text_of_one_account_has_one_hash() -> None:
    assert content_hash(ANN, "x") == content_hash(ANN, "x")
    assert len(content_hash(ANN, "half a pair \ud800")) == 64


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_words_come_back_from_under_their_key(words: str) -> None:
    assert unsealed(ANN, sealed(ANN, words, about=ABOUT, nonce=NONCE), about=ABOUT) == words


def turned(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


SEALED = sealed(ANN, "some words", about=ABOUT, nonce=NONCE)


@pytest.mark.parametrize(
    ("key", "data", "about", "why"),
    [
        (BEN, SEALED, ABOUT, "another key"),
        (ANN, SEALED, EntryId("d2"), "another entry"),
        (ANN, turned(SEALED, 0), ABOUT, "another nonce"),
        (ANN, turned(SEALED, 15), ABOUT, "another word"),
        (ANN, SEALED[:-1], ABOUT, "cut off"),
        (ANN, b"", ABOUT, "nothing"),
    ],
)
def test_what_cannot_be_opened(key: AccountKey, data: bytes, about: EntryId, why: str) -> None:
    with pytest.raises(LedgerError) as refused:
        unsealed(key, data, about=about)
    assert refused.value.code == "excerpt-broken"


@pytest.mark.parametrize("words", ["x" * (MAX_EXCERPT + 1), "ü" * (MAX_EXCERPT // 2 + 1)])
def test_an_excerpt_is_short(words: str) -> None:
    with pytest.raises(LedgerError) as refused:
        sealed(ANN, words, about=ABOUT, nonce=NONCE)
    assert refused.value.code == "excerpt-too-long"
