"""`changes` from the command line."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from harbour_policy import POLICY


@pytest.fixture
def versions(folder: Path) -> tuple[str, str]:
    """Two versions: a rule more, a condition less, other words in the preamble."""
    new = POLICY.replace("* develop", "* gamble with real <money>\n* develop")
    new = new.replace("track people without their consent", "track people")
    (folder / "old.md").write_text(POLICY, encoding="utf-8")
    (folder / "new.md").write_text(new, encoding="utf-8")
    return "old.md", "new.md"


def test_the_table(usepolicy, golden, versions) -> None:
    run = usepolicy("changes", *versions)
    assert run.code == 0
    golden("changes.txt", run.out)
    assert "substantive: 1 added, 1 widened" in run.err


def test_json_cites_the_words_of_both_sides(usepolicy, folder: Path, versions) -> None:
    found = json.loads(usepolicy("changes", *versions, "--format", "json").out)
    assert set(found) == {"kind", "summary", "changes"}
    texts = {side: (folder / f"{side}.md").read_text("utf-8") for side in ("old", "new")}
    assert [c["change"] for c in found["changes"]] == ["added", "widened"]
    for change in found["changes"]:
        for side in ("old", "new"):
            if change[side]:
                cut = texts[side][change[side]["start"] : change[side]["end"]]
                assert cut == change[side]["quote"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_the_page_marks_words_and_lets_no_markup_through(usepolicy, versions) -> None:
    page = usepolicy("changes", *versions, "--format", "html").out
    tags = _Tags()
    tags.feed(page)
    assert "money" not in tags.seen
    assert {"ins", "del", "table"} <= set(tags.seen)
    assert "&lt;money&gt;" in page


def test_an_error_page_is_no_removal(usepolicy, folder: Path, versions) -> None:
    (folder / "error.md").write_text("This page isn't available\n", encoding="utf-8")
    run = usepolicy("changes", "old.md", "error.md", "--format", "json")
    assert (run.code, json.loads(run.out)["kind"]) == (0, "unavailable")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("old.md", "none.md"), "no-such-file"),
        (("old.md", "policy.yaml"), "no-words"),
        (("old.md", "."), "not-one-version"),
    ],
)
def test_what_can_not_be_compared_is_refused(usepolicy, versions, arguments, code: str) -> None:
    run = usepolicy("changes", *arguments)
    assert run.code != 0
    assert f"error[{code}]" in run.err
