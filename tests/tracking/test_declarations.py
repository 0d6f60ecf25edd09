"""Declarations of Open Terms Archive, and the parts of a page that they take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from usepolicy.errors import ExtractError, FetchError, SchemaError
from usepolicy.reading.sources import snapshot_of
from usepolicy.tracking.declarations import (
    MAX_BYTES,
    Between,
    DeclaredPage,
    is_declaration,
    load_declaration,
    parsed,
)
from usepolicy.tracking.selection import selected

PAGE = """<!doctype html><html><head><title>t</title></head><body>
<nav id="nav">Home</nav>
<div id="a"><h1>Use</h1><p class="x">one</p></div>
<div id="b"><p class="x">two <b>bold</b></p><p class="y">three</p></div>
<footer>Foot</footer></body></html>"""


def declared(**terms: object):
    return parsed(json.dumps({"name": "Tern", "terms": terms}).encode(), place="Tern.json")


SPELLINGS = [
    ("terms", "fetch", "select", "remove", "as they are today"),
    ("documents", "fetch", "select", "remove", "documents were renamed to terms"),
    ("documents", "location", "contentSelectors", "noiseSelectors", "the first spelling"),
]


@pytest.mark.parametrize(("terms", "fetch", "select", "remove", "why"), SPELLINGS)
def test_old_and_new_keys(terms: str, fetch: str, select: str, remove: str, why: str) -> None:
    page = {fetch: "https://t.example/a", select: "main", remove: [".ad", "nav"]}
    data = json.dumps({"name": "Tern", terms: {"Use": page}}).encode()
    [found] = parsed(data, place="x").terms
    assert found.title == "Use"
    assert found.pages == (DeclaredPage("https://t.example/a", ("main",), (".ad", "nav")),)


def test_pages_have_what_is_common_unless_they_say_otherwise() -> None:
    use = {
        "combine": [{"fetch": "https://t.example/a"}, {"fetch": "https://t.example/b", "select": "ul"}],
        "select": ["main", {"startAfter": "h1", "endAfter": "footer"}],
        "remove": "nav",
    }  # fmt: skip
    [found] = declared(Use=use).terms
    between = Between("h1", start_inside=False, end="footer", end_inside=True)
    assert [page.select for page in found.pages] == [("main", between), ("ul",)]
    assert [page.remove for page in found.pages] == [("nav",), ("nav",)]


def test_what_is_left_out_is_said() -> None:
    use = {
        "combine": [{"fetch": "https://t.example/a", "filter": [{"cut": ["x"]}]}],
        "filter": ["dates", "links\n"],
        "executeClientScripts": True,
    }
    assert declared(Use=use).left_out == (
        ("filter-not-run", "`Use`: filter scripts are not run: `dates`, `links`"),
        ("scripts-not-run", "`Use`: the scripts of the page are not run: its text may differ"),
        ("filter-not-run", "`Use`: filter scripts are not run: `cut`"),
    )


def test_names_are_one_line() -> None:
    data = json.dumps({"name": "Te\nrn\x1b", "terms": {"U\r\nse": {"fetch": "https://t.example"}}})
    found = parsed(data.encode(), place="x")
    assert (found.service, found.terms[0].title) == ("Te\ufffdrn\ufffd", "U\ufffd\ufffdse")


WRONG = [
    (b"", "no JSON"),
    (b"[" * 100_000, "nested too deep"),
    (b"\xff\xfe", "no text"),
    (b'{"name": "x"}', "no terms"),
    (b'{"name": 3, "terms": {}}', "a name that is none"),
    (b'{"name": "x", "terms": {"a": {}}}', "no address"),
    (b'{"name": "x", "terms": {"a": {"fetch": "https://x", "select": 3}}}', "no selector"),
    (b'{"name": "x", "terms": {"a": {"fetch": "https://x", "select": {"startBefore": "p"}}}}', "no end"),
    (b'{"name": "x", "terms": {"a": {"fetch": "https://x", "select": {"from": "p"}}}}', "no range"),
    (
        json.dumps({"name": "x", "terms": {str(n): {"fetch": "https://x"} for n in range(201)}}).encode(),
        "too many pages",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "why"), WRONG, ids=[row[1] for row in WRONG])
def test_what_is_no_declaration_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parsed(data, place="x.json")
    assert (caught.value.code, caught.value.place) == ("not-a-declaration", "x.json")


def test_files(tmp_path: Path) -> None:
    assert is_declaration(Path("Tern.json"))
    assert not is_declaration(Path("Tern.history.json"))
    assert not is_declaration(Path("Tern.filters.js"))
    (tmp_path / "big.json").write_bytes(b" " * (MAX_BYTES + 1))
    for name in ("big.json", "none.json"):
        with pytest.raises(FetchError):
            load_declaration(tmp_path / name)


H1, B = "h1", "#b"
PARTS = [
    (("#a",), (), "Use one", "an element"),
    (("#b", "#a"), (), "two bold three Use one", "in the order of the declaration"),
    ((".x",), (), "one two bold", "all that match"),
    (("div, .x",), (), "Use one two bold three", "what lies in another is taken once"),
    ((), ("nav", "footer"), "Use one two bold three", "nothing selected: the page"),
    (("body",), ("nav", ".x", "footer"), "Use three", "removed from within"),
    (("body",), ("b", ".x", "nav", "footer"), "Use three", "within what is removed already"),
    ((Between(H1, True, B, False),), (), "Use one", "from an element up to another"),
    ((Between(H1, False, B, True),), (), "one two bold three", "behind one to the end of another"),
    ((Between("b", False, "footer", False),), (), "three", "what holds the start stays around it"),
    (("body",), (Between("#nav", True, B, False), "footer"), "two bold three", "a range removed"),
    (("body",), (Between("#none", True, B, False), "#a", "nav", "footer"), "two bold three", "no such range: nothing to remove"),
]  # fmt: skip


@pytest.mark.parametrize(("select", "remove", "words", "why"), PARTS, ids=[r[3] for r in PARTS])
def test_parts(select, remove, words: str, why: str) -> None:
    from bs4 import BeautifulSoup

    page = DeclaredPage("https://t.example", select, remove)
    html = selected(snapshot_of(PAGE.encode(), "p.html"), page)
    assert " ".join(BeautifulSoup(html, "lxml").get_text(" ").split()) == words


@pytest.mark.parametrize(
    "select", [("#none",), (Between("#none", True, B, False),), (Between(B, True, H1, True),)]
)
def test_nothing_selected_is_an_error(select) -> None:
    with pytest.raises(ExtractError) as caught:
        selected(snapshot_of(PAGE.encode(), "p.html"), DeclaredPage("https://t.example", select))
    assert caught.value.code == "nothing-selected"


@pytest.mark.parametrize("selector", ["[[", "p:nope(", "::x", "a" * 3 + ":has(", ">"])
def test_a_bad_selector_is_an_error(selector: str) -> None:
    with pytest.raises(SchemaError) as caught:
        selected(
            snapshot_of(PAGE.encode(), "p.html"), DeclaredPage("https://t.example", (selector,))
        )
    assert caught.value.code == "bad-selector"
