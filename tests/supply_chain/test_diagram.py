"""The diagram: what it says, that it is well-formed, inert, and within its frame."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from usepolicy.cli.chain import load_result
from usepolicy.supply_chain.asked import Asked
from usepolicy.supply_chain.cards import cards_of
from usepolicy.supply_chain.chains import Access, ChainPolicy, Link, LinkId, LinkKind, chain_of
from usepolicy.supply_chain.diagram import COLOURS, WIDTH, chain_figure, chain_svg
from usepolicy.supply_chain.propagation import ChainResult, propagate
from usepolicy.taxonomy.categories import load_taxonomy

TAXONOMY = load_taxonomy()
CHAINS = sorted((Path(__file__).parents[2] / "examples" / "chains").glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", params=CHAINS, ids=lambda path: path.stem)
def result(request: pytest.FixtureRequest) -> ChainResult:
    return load_result(request.param, allow_private=False)


def named(*names: str) -> ChainResult:
    links = [
        Link(
            LinkId(f"l{number}"),
            LinkKind.DEPLOYER,
            name,
            (LinkId(f"l{number - 1}"),) if number else (),
            Access.API,
            (ChainPolicy(LinkId(f"l{number}"), Asked(f"p{number}", name, {})),),
        )
        for number, name in enumerate(names)
    ]
    return propagate(chain_of(" & ".join(names), links, place=""), TAXONOMY)


def test_it_is_well_formed_and_the_same_each_time(result: ChainResult) -> None:
    drawn = chain_svg(result, TAXONOMY)
    assert ET.fromstring(drawn).tag == f"{SVG}svg"
    assert drawn == chain_svg(result, TAXONOMY)


def test_whoever_does_not_see_it_is_told_the_same(result: ChainResult) -> None:
    root = ET.fromstring(chain_svg(result, TAXONOMY))
    assert root.get("role") == "img"
    title, desc = (root.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == result.chain.name
    assert [link.name for link in result.chain.links if link.name not in (desc.text or "")] == []


def test_every_link_is_a_box_in_order(result: ChainResult) -> None:
    root = ET.fromstring(chain_svg(result, TAXONOMY))
    tops = [float(r.get("y", 0)) for r in root.iter(f"{SVG}rect") if r.get("rx")]
    assert len(tops) == len(result.links)
    assert tops == sorted(tops)


def test_nothing_leaves_the_frame(result: ChainResult) -> None:
    root = ET.fromstring(chain_svg(result, TAXONOMY))
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert width == WIDTH
    for text in root.iter(f"{SVG}text"):
        size, x, y = (float(text.get(name, 0)) for name in ("font-size", "x", "y"))
        assert x + len(text.text or "") * size * 0.6 <= width or text.get("text-anchor")
        assert 0 < y < height
        assert size >= 12, "legible on a phone"


def test_a_gap_differs_by_form_and_not_by_colour_alone() -> None:
    drawn = chain_svg(load_result(CHAINS[1], allow_private=False), TAXONOMY)
    assert "Gap: 6 of Heron" in drawn
    assert ">!</text>" in drawn
    assert "stroke-dasharray" in drawn


def test_a_page_gets_no_style_and_a_file_brings_both(result: ChainResult) -> None:
    figure, whole = chain_figure(result, TAXONOMY), chain_svg(result, TAXONOMY)
    assert not re.search(r"<style|<script|\sstyle=|\son\w+=", figure)
    assert "prefers-color-scheme:dark" in whole
    used = set(re.findall(r'class="c-(\w+)"', figure))
    assert used <= set(COLOURS)


HOSTILE = [
    ("<script>alert(1)</script>", "&lt;script&gt;", "no markup"),
    ('" onload="alert(1)', "&#34; onload", "no attribute"),
    ("a\u202eb\x00c\ud800", "a b c", "no control, no turn of direction, no half of a pair"),
    ("]]><x>&amp;", "]]&gt;&lt;x&gt;&amp;amp;", "no entity"),
]


@pytest.mark.parametrize(("name", "shown", "why"), HOSTILE, ids=[row[2] for row in HOSTILE])
def test_names_are_inert(name: str, shown: str, why: str) -> None:
    drawn = chain_svg(named(name, "end"), TAXONOMY)
    ET.fromstring(drawn.encode())
    assert shown in drawn, why
    assert "<script" not in drawn


def test_a_long_name_is_wrapped_and_cut() -> None:
    drawn = chain_figure(named("Long " * 60, "x" * 400, "end"), TAXONOMY)
    lines = re.findall(r'font-weight="600"[^>]*>([^<]+)<', drawn)
    assert max(map(len, lines)) < 45
    assert sum(line.endswith("…") for line in lines) == 2


def test_a_chain_of_many_links_and_ways() -> None:
    made = [
        Link(
            LinkId(f"l{n}"),
            LinkKind.HOST,
            f"L{n}",
            tuple(LinkId(f"l{m}") for m in range(max(0, n - 3), n)),
            Access.API,
        )
        for n in range(30)
    ]
    result = propagate(chain_of("wide", made, place=""), TAXONOMY)
    root = ET.fromstring(chain_svg(result, TAXONOMY))
    boxes = [float(r.get("width", 0)) for r in root.iter(f"{SVG}rect") if r.get("rx")]
    assert min(boxes) > 200, "lines leave room for the boxes"


def test_a_card_counts_what_is_added_and_what_binds() -> None:
    developer, cloud, *_ = cards_of(load_result(CHAINS[1], allow_private=False), TAXONOMY)
    assert (developer.adds.total, developer.bound.total, developer.by) == (13, 0, ())
    assert cloud.by == ("Heron (directly)",)
    assert cloud.notes == ("hosts in spite of the terms of Heron",)
