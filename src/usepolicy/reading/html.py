"""HTML to Markdown: the main content of a page, with its headings, lists and tables.

Owns the shape of a tree that the converter can be given; what of a page is content is for
`clutter`. Parsing is lxml's, writing Markdown is markdownify's.
"""

from __future__ import annotations

import re
from importlib.metadata import version

import lxml.html
from bs4 import BeautifulSoup
from lxml import etree
from markdownify import MarkdownConverter

from usepolicy.errors import ExtractError
from usepolicy.reading.clutter import BLOCKS, drop, length, main_content, texts
from usepolicy.reading.limited import too_costly

REVISION = 2
"""Raised whenever the text that this module makes of the same page changes."""
MAX_DEPTH = 120
"""Elements within elements; the converter recurses. Published pages stay under 50."""
MANY_ELEMENTS = 20_000
"""From here on inline markup is dropped: 1 s of conversion, and no policy has a fifth of it."""
MAX_ELEMENTS = 40_000
"""Of the content."""
MAX_PARSED = 200_000
"""Elements of a whole page, with its navigation and scripts: 5 s and 150 MB of work."""
_INLINE = "a abbr b bdi bdo cite code em font i ins kbd mark q samp small span "
_INLINE += "strong sub sup time tt u var wbr label"
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u2060\ufeff]|(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])|"
    "[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
)
"""Characters that only say where a word may break or may not, and those that XML does not know."""
_BLANKS = re.compile(r"\s{12,}")
"""White space that no page needs; the converter's patterns are quadratic in its length."""
_NESTING = re.compile(r"</?(?!(?:p|li|h[1-6]|br|title|script|style)\b)[a-zA-Z][^<>]{0,2000}>")
"""Tags without which the words of a page are a flat row of paragraphs and items."""
_ANCHOR_SIGNS = frozenset({"", "#", "¶", "§", "🔗", "\u200b"})


def html_markdown(text: str, *, max_text: int, place: str = "") -> tuple[str, str, str | None]:
    """Return the Markdown, the parser and the title of a page.

    Raises: ExtractError: `too-large`, it has too much text or too many elements.
    """
    tree = _parse(text, place)
    if tree is None:
        return "", parser_name(), None
    if sum(1 for _ in tree.iter("*")) > MAX_PARSED:
        raise too_costly(place, f"the page has over {MAX_PARSED:,} elements")
    title = " ".join((tree.findtext(".//title") or "").split()) or None
    _clean_texts(tree)
    _flatten_deep(tree)
    content = main_content(tree)
    _check_size(content, max_text, place)
    for step in (
        _name_lists,
        _unwrap_layout_tables,
        _rehang_lists,
        _spell_out_definitions,
        _drop_anchors,
    ):
        step(content)
    return _markdown(content), parser_name(), title


def parser_name() -> str:
    """Return what an HTML text is made by."""
    return f"html-markdownify-{version('markdownify')}/{REVISION}"


def _parse(text: str, place: str) -> etree._Element | None:
    tree, too_deep = _parsed(text)
    if too_deep:  # libxml2 stops there without a word, and the rest of the page would be lost
        tree, too_deep = _parsed(_NESTING.sub(" ", text))
    if too_deep:
        raise ExtractError(
            "too-deep",
            "the page is nested too deep",
            place=place,
            help="save only the policy itself and read that file",
        )
    return tree


def _parsed(text: str) -> tuple[etree._Element | None, bool]:
    """Return the tree of a page, and whether it was too deep to be had whole."""
    # As bytes: lxml refuses a str that declares an encoding. Without huge_tree the depth that
    # libxml2 takes is 256 and not 2048.
    parser = lxml.html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    data = _BLANKS.sub(_one_blank, text).encode("utf-8", "replace")
    try:
        tree = lxml.html.document_fromstring(data, parser=parser)
    except etree.ParserError:  # nothing but comments or white space
        return None, False
    return tree, any("depth" in entry.message for entry in parser.error_log)


def _one_blank(blanks: re.Match[str]) -> str:
    return "\n" if "\n" in blanks[0] else " "


def _flatten_deep(tree: etree._Element) -> None:
    """Make plain text of what lies too deep: the words stay, their structure goes."""
    depth = 0
    too_deep: list[etree._Element] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth == MAX_DEPTH and len(element):
            too_deep.append(element)
    for element in too_deep:
        words = " ".join(piece.strip() for piece in texts(element))
        for child in list(element):
            element.remove(child)
        element.text = words


def _check_size(content: etree._Element, max_text: int, place: str) -> None:
    elements = sum(1 for _ in content.iter("*"))
    if elements > MANY_ELEMENTS:
        etree.strip_tags(content, *_INLINE.split())
        elements = sum(1 for _ in content.iter("*"))
    if elements > MAX_ELEMENTS:
        raise too_costly(place, f"the page has over {MAX_ELEMENTS:,} elements of content")
    if length(content) > max_text:
        raise too_costly(place, f"the page has over {max_text:,} characters of text")


def _clean_texts(tree: etree._Element) -> None:
    """Drop the characters that no one sees; a hard space is a space."""
    for element in tree.iter("*"):
        for text, name in ((element.text, "text"), (element.tail, "tail")):
            if text and (not text.isascii() or not text.isprintable()):
                setattr(element, name, _cleaned(text))


def _cleaned(text: str) -> str:
    seen = _INVISIBLE.sub("", text).replace("\N{NO-BREAK SPACE}", " ")
    return _BLANKS.sub(_one_blank, seen)


def _name_lists(content: etree._Element) -> None:
    """Make lists of what is a list by its role, and of blocks behind a colon."""
    for element in list(content.iter("*")):
        role = element.get("role", "").lower()
        if role == "list" and element.tag not in {"ul", "ol"}:
            element.tag = "ul"
        elif role == "listitem":
            element.tag = "li"
        elif role == "heading" and element.get("aria-level", "2") in "123456":
            element.tag = f"h{element.get('aria-level', '2')}"
        elif element.tag in {"p", "div"} and _is_leaf(element) and _words(element).endswith(":"):
            _gather(element)


def _gather(lead_in: etree._Element) -> None:
    """Put the blocks behind a lead-in, each an item by the look of it, into a list."""
    items: list[etree._Element] = []
    following = lead_in.getnext()
    while following is not None and following.tag == "div" and _is_item(following):
        items.append(following)
        following = following.getnext()
    parent = lead_in.getparent()
    if len(items) < 2 or parent is None:
        return
    group = etree.Element("ul")
    parent.insert(parent.index(items[0]), group)
    for item in items:
        item.tag = "li"
        group.append(item)


def _is_item(element: etree._Element) -> bool:
    words = _words(element)
    whole_sentence = words[:1].isupper() and words.endswith(".")
    return bool(words) and _is_leaf(element) and not whole_sentence and not words.endswith(":")


def _is_leaf(element: etree._Element) -> bool:
    return all(child.tag not in BLOCKS for child in element.iterdescendants())


def _words(element: etree._Element) -> str:
    return "".join(texts(element)).strip()


def _unwrap_layout_tables(content: etree._Element) -> None:
    """Make blocks of the cells of a table that holds lists or paragraphs: no pipe table can."""
    for table in list(content.iter("table")):
        parts = list(table.iter("tr", "td", "th", "tbody", "thead", "tfoot", "caption"))
        cells = sum(part.tag in {"td", "th"} for part in parts)
        rows = sum(part.tag == "tr" for part in parts)
        if cells > rows and not _has_blocks(table):
            continue
        for part in parts:
            part.tag = "div"
        table.tag = "div"


def _has_blocks(table: etree._Element) -> bool:
    inner = table.iterdescendants("ul", "ol", "table", "h1", "h2", "h3", "blockquote")
    two = any(p.getprevious() is not None for p in table.iterdescendants("p"))
    return two or next(inner, None) is not None


def _rehang_lists(content: etree._Element) -> None:
    """Put a list that is the child of a list into the item before it, where browsers show it."""
    for inner in list(content.iter("ul", "ol")):
        parent, previous = inner.getparent(), inner.getprevious()
        if inner is content or parent is None or parent.tag not in {"ul", "ol"}:
            continue
        if previous is not None and previous.tag == "li":
            previous.append(inner)


def _spell_out_definitions(content: etree._Element) -> None:
    """Make bold paragraphs of terms: Markdown has no definition lists."""
    for element in content.iter("dl", "dt", "dd", "summary", "details"):
        if element.tag in {"dt", "summary"}:
            bold = not any(child.tag in BLOCKS for child in element)
            element.tag = "p" if bold else "div"
        else:
            element.tag = "div"


def _drop_anchors(content: etree._Element) -> None:
    """Drop links that show no words: the signs beside headings, and linked pictures."""
    for link in list(content.iter("a")):
        if "".join(texts(link)).strip() in _ANCHOR_SIGNS:
            drop(link)


def _markdown(content: etree._Element) -> str:
    soup = BeautifulSoup(etree.tostring(content, encoding="unicode", method="html"), "lxml")
    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        escape_underscores=False,
        strip=["img"],
        wrap=False,
    )
    text = str(converter.convert_soup(soup))
    lines = (
        line if line.endswith("  ") and line.strip() else line.rstrip() for line in text.split("\n")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
