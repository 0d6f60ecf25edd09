"""The plain view: what changes, and that no place moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usepolicy.policies.clauses import Effect
from usepolicy.reading.pipeline import read_text
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
        ("You can&#39;t use", "you can't     use", "an apostrophe inside of a word"),
        ("don&rsquo;t&#x27;", "don't      '     ", "by its name, and in hexadecimal"),
        ("x &amp; &lt;b&gt;", "x &     <   b>   ", "other characters stay where they stand"),
        ("a&nbsp;b&#8211;c", "a      b-      c", "spaces and dashes"),
        ("a&#10;b&#x202e;c", "a     b        c", "what no one sees is a space"),
        ("a&bogus;b&#0;", "a       b?   ", "what stands for nothing"),
        ("Générer", "generer", "accents"),
        ("1\\. Hate", "1 . hate", "escapes"),
        ("仇恨", "??", "signs of another script stay one each"),
        ("a\u2060b\u00a0c", "a b c", "invisible characters and hard spaces"),
        ("İx", "ix", "a capital that lower() would lengthen"),
    ],
)
def test_view_of(text: str, view: str, why: str) -> None:
    assert plain_view(text) == view


def test_an_entity_hides_no_force() -> None:
    (clause,) = read_text("You can&#39;t use the service to send spam.").policy.clauses
    assert clause.restrictions[0].effect is Effect.FORBIDS


@given(st.text(max_size=300))
def test_no_place_moves(text: str) -> None:
    view = plain_view(text)
    assert len(view) == len(text)
    assert view.isascii()


@given(st.text(alphabet="&#x39;atnbspqu <[]()", max_size=80))
def test_no_place_moves_for_entities(text: str) -> None:
    assert len(plain_view(text)) == len(text)
