"""The plain view: what changes, and that no place moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usepolicy.reading.view import plain_view


@pytest.mark.parametrize(
    ("text", "view", "why"),
    [
        ("Don’t — “HATE”", 'don\'t - "hate"', "quotes, dashes and case"),
        ("**no** `x`", "  no    x ", "emphasis and code"),
        ("[report](https://a.b/c)", " report                ", "an address is no wording"),
        ("![hate](x.png)", "  hate        ", "a picture's description stays"),
        ("see https://a.b/hate now", "see                  now", "a bare address goes"),
        ("<b>no</b>&nbsp;x", "   no          x", "tags and entities"),
        ("Générer", "generer", "accents"),
        ("1\\. Hate", "1 . hate", "escapes"),
        ("仇恨", "??", "signs of another script stay one each"),
        ("a\u2060b\u00a0c", "a b c", "invisible characters and hard spaces"),
        ("İx", "ix", "a capital that lower() would lengthen"),
    ],
)
def test_view_of(text: str, view: str, why: str) -> None:
    assert plain_view(text) == view


@given(st.text(max_size=300))
def test_no_place_moves(text: str) -> None:
    view = plain_view(text)
    assert len(view) == len(text)
    assert view.isascii()
