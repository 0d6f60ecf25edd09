"""The YAML of a policy file: what it looks like, and that other readers read the same."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from usepolicy.reading.policy_yaml import WIDTH, to_yaml

LONG = "You may not " + "do this or that, " * 6 + "or: any #other thing."
LOOKS = [
    ({"a": "words: here"}, 'a: "words: here"\n', "a colon would make a key"),
    ({"a": "plain words, all (fine)"}, "a: plain words, all (fine)\n", "no quotes without need"),
    ({"a": "NO"}, 'a: "NO"\n', "a YAML 1.1 parser takes it for false"),
    ({"a": "2025-01-31"}, 'a: "2025-01-31"\n', "a YAML 1.1 parser takes it for a date"),
    ({"a": None, "b": True, "c": 3}, "a: null\nb: true\nc: 3\n", "no text"),
    ({"a": {"b": {"c": 1}}}, "a:\n  b:\n    c: 1\n", "nested mappings"),
    ({"a": [{"b": 1, "c": [{"d": 2}]}]}, "a:\n- b: 1\n  c:\n  - d: 2\n", "nested lists"),
    ({"a": [], "b": {}}, "a: []\nb: {}\n", "empty"),
    ({"a": ["x", "- y"]}, 'a:\n- x\n- "- y"\n', "lists of text"),
    ({"a": "one\n- two\n"}, "a: |\n  one\n  - two\n", "lines stay lines"),
    ({"a": [{"b": "one\n\n  two"}]}, "a:\n- b: |-\n    one\n\n      two\n", "indented lines"),
    ({"a": "one \ntwo"}, 'a: "one \\ntwo"\n', "a space at a line's end must be seen"),
    ({"a": "b\u2028c\u202ed"}, 'a: "b\\u2028c\\u202ed"\n', "what is not seen is escaped"),
    ({"a": "零一 👍"}, "a: 零一 👍\n", "other scripts are kept"),
    ({"a": "👍"}, 'a: "👍"\n', "a sign first: in quotes, but kept"),
]


@pytest.mark.parametrize(("value", "text", "why"), LOOKS, ids=[row[2] for row in LOOKS])
def test_it_looks_like_this(value: dict[str, object], text: str, why: str) -> None:
    assert to_yaml(value) == text, why  # type: ignore[arg-type]
    assert yaml.safe_load(text) == value, why


def test_long_text_is_folded_at_spaces() -> None:
    head, *lines = to_yaml({"a": LONG}).splitlines()
    assert head == "a: >-"
    assert " ".join(line.strip() for line in lines) == LONG
    assert len(lines) == 2
    assert all(len(line) <= WIDTH + 2 for line in lines)


def test_a_changed_word_at_the_end_changes_one_line() -> None:
    before, after = (to_yaml({"a": LONG * 3 + end}).splitlines() for end in (" old", " new"))
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    st.sampled_from("ab  \n\t:#-'\"|>&*!%@`{}[],?.~0\r\x85\u2028\ufeff\x01é👍"), max_size=300
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.from_regex(r"k_[a-z]{1,5}", fullmatch=True), inner, max_size=3),
    max_leaves=5,
)
LOADERS = {
    "PyYAML": yaml.SafeLoader,
    "libyaml": getattr(yaml, "CSafeLoader", yaml.SafeLoader),
}


@pytest.mark.parametrize("name", LOADERS)
@settings(max_examples=100, deadline=None)
@given(value=st.dictionaries(st.from_regex(r"k_[a-z]{1,5}", fullmatch=True), VALUES, min_size=1))
def test_other_readers_read_the_same(name: str, value: dict[str, object]) -> None:
    """Two parsers that are not ours are the witnesses."""
    assert yaml.load(to_yaml(value), Loader=LOADERS[name]) == value  # type: ignore[arg-type]
