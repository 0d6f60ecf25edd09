"""The form of a document changes nothing in its reading: our examples in every form."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from usepolicy.patterns import compile_text
from usepolicy.reading.blocks import BlockKind, find_blocks

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import converters
import render
import robustness

EXAMPLES = {path.stem: path.read_text("utf-8") for path in render.EXAMPLES.glob("*.md")}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
@pytest.mark.parametrize("form", [form for form in robustness.FORMS if "printed" not in form])
def test_the_form_changes_nothing(form: str, name: str) -> None:
    gold = converters.cells_of(EXAMPLES[name])
    written = robustness.FORMS[form](EXAMPLES[name])
    assert written is not None
    assert robustness.differences(gold, *written) == []


OWN = {
    path.stem: path.read_text("utf-8")
    for path in (render.EXAMPLES.parent / "bench/own").glob("*.md")
}
FAST = ("page", "text", "text, wrapped", "text, capitals", "text, headings alone", "text, letters")
FAST += ("Markdown, bullets –", "Markdown, numbers (1)", "Markdown, wrapped")


@pytest.mark.parametrize("name", sorted(OWN))
@pytest.mark.parametrize("form", FAST)
def test_the_form_changes_next_to_nothing(form: str, name: str) -> None:
    gold = converters.cells_of(OWN[name])
    written = robustness.FORMS[form](OWN[name])
    assert written is not None
    differ = robustness.differences(gold, *written)
    assert 1 - len(differ) / len(converters.STUDY) >= robustness.FLOOR, differ


def test_the_bench_sees_what_is_lost_and_new() -> None:
    gold = frozenset({"spam", "fraud"})
    found = robustness.differences(gold, "md", b"You may not send spam or make malware.")
    assert found[:1] == ["-fraud"]
    assert "+malware" in found


def test_the_bench_counts_what_a_converter_keeps() -> None:
    gold = converters.seen("# Rules\n\nYou may not:\n\n- send spam\n  - mail\n")
    row = converters.Row("page", "ours")
    row.add(gold, converters.seen("You may not:\n\n- send spam\n- mail\n- buy\n"))
    shares = {name: round(row.share(name), 3) for name in row.shares}
    assert shares["words"] == round(6 / 7, 3)
    assert shares["extra"] == round(1 / 7, 3)
    assert shares["headings"] == 0
    assert shares["items"] == 0.5, "the second is not as deep as it was"


@pytest.mark.parametrize(
    ("text", "items", "why"),
    [
        ("• spam\n• fraud", 2, "bullets of a printer"),
        ("- spam\n    ◦ mail\n    ◦ calls", 3, "on two levels"),
        ("Do not:\n– spam\n– fraud", 2, "dashes behind a colon"),
        ("Do not:\n\n– spam\n    \n– fraud", 2, "blanks in the line between"),
        ("Do not:\n– spam\n  by mail\n– fraud", 2, "an item of two lines"),
        ("Do not:\n– spam;\nand\n– fraud", 1, "a line at the margin ends the list"),
        ("Do not send spam\n– or anything like it – to many.", 0, "a dash in a wrapped sentence"),
        ("· spam", 1, "a dot"),
        ("•spam", 0, "no space: part of the word"),
    ],
)
def test_bullets_of_markdown(text: str, items: int, why: str) -> None:
    found = [block for block in find_blocks(text).blocks if block.kind is BlockKind.ITEM]
    assert len(found) == items
    assert all(text[block.start : block.end].strip(" •◦–·") for block in found)


@pytest.mark.parametrize(
    ("pattern", "text", "why"),
    [
        ("do not", "do\n    not", "the end of a line"),
        ("do not", "do   not", "where the marks of bold type were"),
        ("end[- ]user", "end\nuser", "in a class"),
        (r"(?:\w+ ){0,2}use", "to\nuse", "in a repetition"),
        ("may ?not", "maynot", "a space that may be left out"),
        (r"a[^b c]d", "a-d", "a class of what may not be"),
        (r"[\]] x", "] x", "an escape in a class"),
    ],
)
def test_a_space_of_a_pattern_is_any_white_space(pattern: str, text: str, why: str) -> None:
    assert compile_text(pattern).search(text)
