"""Pages: what of them is the policy, and its Markdown. Rows: page, Markdown, why the row exists."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from usepolicy.errors import ExtractError
from usepolicy.reading.html import html_markdown


def markdown(page: str, max_text: int = 5_000_000) -> str:
    return html_markdown(page, max_text=max_text)[0].strip()


STRUCTURE = [
    ("<h1>Use</h1><h3>Not allowed</h3>", "# Use\n\n### Not allowed", "levels stay as they are"),
    ("<h2>Use <em>of</em> it</h2>", "## Use *of* it", "marks inside of a heading"),
    ("<h2>Use <a href='#use'>#</a></h2>", "## Use", "the sign beside a heading links to itself"),
    ("<ul><li>spam<li>fraud</ul>", "- spam\n- fraud", "end tags may be left out"),
    ("<ol><li>spam</li><li>fraud</li></ol>", "1. spam\n2. fraud", "numbers count"),
    ("<ol start=4><li>spam</li></ol>", "4. spam", "a list that goes on"),
    (
        "<ul><li>a:<ul><li>b:<ul><li>c</li></ul></li></ul></li><li>d</li></ul>",
        "- a:\n  - b:\n    - c\n- d",
        "three levels",
    ),
    (
        "<ol><li>a:<ol><li>b:<ol><li>c</li></ol></li></ol></li></ol>",
        "1. a:\n   1. b:\n      1. c",
        "three levels that count: the margin is that of the number",
    ),
    (
        "<ul><li>a:</li><ul><li>b</li></ul><li>c</li></ul>",
        "- a:\n  - b\n- c",
        "a list as the child of a list hangs on the item before it",
    ),
    ("<p><b>Spam.</b> Never send it.</p>", "**Spam.** Never send it.", "a bold lead-in"),
    (
        "<p>See <a href='https://a.example/x'>the terms</a>.</p>",
        "See [the terms](https://a.example/x).",
        "a link keeps its words and its address",
    ),
    (
        "<table><tr><th>Use</th><th>Rule</th></tr><tr><td>spam</td><td>no</td></tr></table>",
        "| Use | Rule |\n| --- | --- |\n| spam | no |",
        "a table of words",
    ),
    (
        "<table><tr><td><ul><li>spam</li><li>fraud</li></ul></td></tr></table>",
        "- spam\n- fraud",
        "a table for the layout: a list in a cell stays a list",
    ),
    ("<dl><dt>Spam</dt><dd>mail to many</dd></dl>", "Spam\n\nmail to many", "a definition list"),
    (
        "<main><details><summary>Spam</summary><p>Do not send it.</p></details></main>",
        "Spam\n\nDo not send it.",
        "an accordion that is folded",
    ),
    (
        "<main><h2>Rules</h2><div hidden class='panel'><p>Do not send spam.</p></div></main>",
        "## Rules\n\nDo not send spam.",
        "an accordion that a script unfolds",
    ),
    ("<p>a<br>b</p>", "a  \nb", "a line break that was meant"),
    ("<p>don&rsquo;t&nbsp;&ldquo;do&rdquo;</p>", "don’t “do”", "entities; the space may break"),
    ("<p>a_b_c</p>", "a_b_c", "underscores are not escaped: the words stay searchable"),
    ("<p>   a\n\n   b </p>", "a\nb", "white space of the source"),
    ("<ol type=a><li>spam</li></ol>", "1. spam", "Markdown has no letters: they become numbers"),
    ("<p>(a) spam</p><p>(b) fraud</p>", "(a) spam\n\n(b) fraud", "letters in the words stay"),
    ("<p>a<script>evil()</script>b</p>", "ab", "a script is no text"),
    ("<!-- <p>old</p> --><p>new</p>", "new", "a comment is no text"),
    ("<p>a<p>b", "a\n\nb", "no end tags, no body"),
    ("<p>1 &lt; 2</p>", "1 < 2", "a sign that is no tag"),
    ("<p>send <del>spam</del> <s>fraud</s> mail</p>", "send mail", "what was struck out"),
    ("<p style='display: none'>spam</p><p>mail</p>", "mail", "what no one sees"),
    ("<p>mal&shy;ware and sp\u200bam</p>", "malware and spam", "where a word may break"),
    (
        "<p>👩\u200d👧 می\u200cخواهم</p>",
        "👩\u200d👧 می\u200cخواهم",
        "joints outside of Latin words stay",
    ),
    ("<p>a&#1;b&#xD800;c&#0;d</p>", "ab\ufffdc\ufffdd", "what no text may hold"),
    ("<b>x</b><script></script>a&#1;b", "**x**ab", "the same behind what is dropped"),
    ("<p>a&nbsp;&nbsp; b</p><p>&nbsp;</p>", "a b", "hard spaces that only make room"),
    (
        "<p>You may not:</p><div role=list><div role=listitem>spam</div><div role=listitem>fraud"
        "</div></div>",
        "You may not:\n\n- spam\n- fraud",
        "a list by its role",
    ),
    ("<div role=heading aria-level=3>Uses</div>", "### Uses", "a heading by its role"),
    (
        "<p>You may not:</p><div>send spam;</div><div>commit <b>fraud</b>.</div><div>We may act."
        "</div>",
        "You may not:\n\n- send spam;\n- commit **fraud**.\n\nWe may act.",
        "a block for each item behind a colon, up to a sentence",
    ),
    ("<p>Note:</p><div>one block</div>", "Note:\n\none block", "one block is no list"),
    ("<p>You may not</p><div>a</div><div>b</div>", "You may not\n\na\n\nb", "no colon, no list"),
]


@pytest.mark.parametrize(("page", "expected", "why"), STRUCTURE)
def test_structure(page: str, expected: str, why: str) -> None:
    assert markdown(f"<html><body>{page}</body></html>") == expected


RULE = "<p>Do not use the service to send spam or to harass other people.</p>"

CHROME = [
    (f"<nav>Products</nav>{RULE}", "navigation"),
    (f"<header><a href=/>Products</a></header>{RULE}", "the head of the page"),
    (f"{RULE}<footer>Products</footer>", "the foot of the page"),
    (f"<div role=navigation>Products</div>{RULE}", "named by its role"),
    (f"<div class='cookie-banner'>Products</div>{RULE}", "a cookie banner by its class"),
    (f"<div id='onetrust-consent'>Products</div>{RULE}", "the most common one by its id"),
    (f"<dialog open>Products</dialog>{RULE}", "a dialog"),
    (f"<div aria-hidden=true>Products</div>{RULE}", "hidden from every reader"),
    (f"<form><label>Products</label></form>{RULE}", "a form"),
    (f"<a class='skip-link' href='#x'>Products</a>{RULE}", "the way past the navigation"),
    (f"<p>Products</p><main>{RULE}</main>", "outside of the main content"),
    (f"<aside>Products</aside>{RULE}", "a side column"),
    (f"<noscript>Products</noscript>{RULE}", "for browsers without scripts"),
    (f"<form><h3>News</h3><p>Products</p><input></form>{RULE}", "a form to fill in"),
    (f"<button>Products</button>{RULE}<button>Copy</button>".replace("<p>", "<div>"), "buttons"),
    (f"<header><p>Products</p></header>{RULE}", "a head without a heading"),
    (f"<footer><a href=/>Do not sell my data</a></footer>{RULE}", "a link is no rule"),
    (f"<div class='left-sidebar'>Products</div>{RULE}", "a side column by its class"),
    (f"<div class='toc'>Products</div>{RULE}", "a table of contents"),
    (f"<ul class='x sidebar'><li>Products</ul>{RULE}", "by one of its classes"),
    (f"<div style='display:none'>Products</div>{RULE}", "hidden by its style"),
]


@pytest.mark.parametrize(("page", "why"), CHROME)
def test_what_is_around_the_policy_goes(page: str, why: str) -> None:
    found = markdown(f"<html><body>{page}</body></html>")
    assert found == "Do not use the service to send spam or to harass other people."


KEPT = [
    (f"<body class='cookie-consent-shown'>{RULE}</body>", "the whole page is marked, not a banner"),
    (f"<main><header><h1>Policy</h1>{RULE}</header></main>", "the head of the policy itself"),
    (f"<main><section class='cookies'>{RULE}</section></main>", "the policy has a part on cookies"),
    (f"<div style='display:none'>x</div><article>{RULE}</article><article>y</article>", "two"),
    (f"<main>y</main>{RULE}{RULE}", "a main element that holds next to nothing"),
    (f"<div>{RULE}<div>more", "no end tags"),
    (f"<table><tr><td>{RULE}</td></tr></table>", "a table for the layout"),
    (f"<header><h1>Policy</h1>{RULE}</header>", "a head that bears the title of the policy"),
    (f"<form id=f1 runat=server><h1>Use</h1>{RULE}<input></form>", "a page that is one form"),
    (f"<p>Use</p><form>{RULE}</form><p>Ask us.</p>", "a part in a form"),
    (f"<form><input type=hidden><div>{RULE}</div></form><p>{'word ' * 99}</p>", "fields unseen"),
    (f"<p>Use</p><footer>{RULE}</footer>", "a foot that holds rules"),
    (f"<p>Use</p><aside>{RULE}</aside>", "a side column that does"),
    (f"<p>{'word ' * 400}</p><div class='sidebar'>{RULE}</div>", "one by its class that does"),
    (f"<p>{'word ' * 400}</p><div class='cookies'>{RULE}</div>", "a part on cookies"),
    (f"<noscript>{RULE}</noscript>", "all that the page has, for browsers without scripts"),
    (f"<main><p>{'word ' * 99}</p></main><div>{RULE}</div>", "rules beside a main element"),
    (f"<article><p>{'word ' * 99}</p></article><div>{RULE}</div>", "rules beside an article"),
]


@pytest.mark.parametrize(("page", "why"), KEPT)
def test_the_policy_stays(page: str, why: str) -> None:
    assert "send spam or to harass" in markdown(f"<html>{page}</html>")


HEADINGS = [
    ("<h3><button>Prohibited uses</button></h3>", "a heading that unfolds its section"),
    ("<h2 id=gdpr>Prohibited uses</h2>", "a heading whose id is on the list of names"),
    ("<h2 class='cookies toc'>Prohibited uses</h2>", "or its classes"),
    ("<header><h2>Prohibited uses</h2></header>", "the head of a section"),
    ("<button class=acc>Prohibited uses</button>", "a button that unfolds what follows"),
    ("<button><span>Prohibited</span> uses</button>", "the same with marks inside"),
    (
        "<div class='no-sidebar'><h2>Prohibited uses</h2></div>",
        "a class that says what is not there",
    ),
    ("<div class='with-sidebar'>Prohibited uses</div>", "one that says what is beside it"),
]


@pytest.mark.parametrize(("heading", "why"), HEADINGS)
def test_what_leads_into_a_list_stays(heading: str, why: str) -> None:
    listed = "<div><ul><li>send spam</li><li>commit fraud</li></ul></div>"
    found = markdown(
        f"<html><body><h1>Use</h1>{heading}{listed}<p>{'word ' * 200}</p></body></html>"
    )
    assert "Prohibited uses" in found
    assert found.index("Prohibited uses") < found.index("- send spam")


def test_a_word_to_users_without_scripts_is_no_document() -> None:
    assert markdown("<noscript>Please turn scripts on.</noscript><div id=root></div>") == ""


def test_the_title_is_that_of_the_page() -> None:
    page = f"<html><head><title> Use \n policy </title></head><body>{RULE}</body></html>"
    assert html_markdown(page, max_text=1000)[2] == "Use policy"


@pytest.mark.parametrize("page", ["", "   ", "<!-- nothing -->", "<html><body></body></html>"])
def test_a_page_without_words(page: str) -> None:
    assert markdown(page) == ""


COSTLY = [
    ("<div>" * 100_000, "divs without end"),
    ("<ul><li>" * 20_000 + "deep", "lists within lists"),
    ("<b>" * 50_000 + "bold", "marks within marks"),
    ("<table><tr><td>" * 5_000 + "cell", "tables within tables"),
    ("<p>" + " " * 2_000_000 + "x", "white space without end"),
    ("<p>a" + "&nbsp;" * 330_000 + "b", "hard spaces without end"),
    ("<header><p>a</p>" * 60_000, "heads within heads"),
    ("<div hidden><p>a" * 60_000, "what is hidden within what is hidden"),
    ("<form><button>a" * 60_000, "buttons within forms"),
    ("<p>a:</p>" + "<div>b</div>" * 30_000, "a list of blocks"),
    ("<p>a:</p><div>b</div>" * 15_000, "lead-ins without end"),
    ("<footer>must</footer>" * 30_000, "rules in feet"),
    ("<" * 500_000, "signs that open nothing"),
    ("<a href='" + "x" * 2_000_000 + "'>x</a>", "an address without end"),
    ("<p>" + "&amp;" * 300_000, "entities without end"),
    ("<p>" + "*_`[" * 100_000, "marks that Markdown would have to escape"),
    ("<!--" * 100_000, "comments that never close"),
    ("<li>x</li>" * 39_000, "items without a list, just under the limit"),
]


@pytest.mark.parametrize(("page", "why"), COSTLY)
def test_a_hostile_page_takes_seconds_at_most(page: str, why: str) -> None:
    begun = time.process_time()
    with suppress(ExtractError):
        markdown(page)
    assert time.process_time() - begun < 30


def test_words_that_lie_deep_are_kept() -> None:
    found = markdown("<div>" * 400 + RULE + "</div>" * 400 + "<p>after</p>")
    assert "send spam" in found
    assert "after" in found


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("<p>x</p>" * 40_001, "elements of content"),
        ("<nav>" + "<br>" * 200_001 + "</nav><p>x", "elements at all"),
        (f"<p>{'x' * 1001}</p>", "characters"),
    ],
)
def test_too_much_is_refused(page: str, why: str) -> None:
    with pytest.raises(ExtractError) as caught:
        html_markdown(page, max_text=1000, place="x.html")
    assert (caught.value.code, caught.value.place) == ("too-large", "x.html")
