"""HTML to Markdown: the main content of a page, with its headings, lists and tables.

Owns what of a page is content, and the shape of a tree that the converter can be given. Parsing
is lxml's, writing Markdown is markdownify's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

import lxml.html
from bs4 import BeautifulSoup
from lxml import etree
from markdownify import MarkdownConverter

from usepolicy.errors import ExtractError

REVISION = 1
"""Raised whenever the text that this module makes of the same page changes."""
MAX_DEPTH = 120
"""Elements within elements; the converter recurses. Published pages stay under 50."""
MANY_ELEMENTS = 40_000
"""From here on inline markup is dropped: 2 s of conversion, and no policy has a tenth of it."""
MAX_ELEMENTS = 100_000
MAIN_SHARE = 0.3
"""Share of the page's text that a main element needs to be taken for the content."""

_DROPPED = [
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "svg",
    "math",
    "canvas",
    "iframe",
    "object",
    "embed",
    "audio",
    "video",
    "picture",
    "img",
    "map",
    "form",
    "button",
    "input",
    "select",
    "textarea",
    "dialog",
    "link",
    "meta",
    "base",
    "head",
]
_DROPPED_ROLES = [
    "navigation",
    "banner",
    "contentinfo",
    "search",
    "dialog",
    "alertdialog",
    "menu",
    "menubar",
]
_NOT_CONTENT = re.compile(
    r"(?:^|[\s_-])(?:cookie|cookies|onetrust|consent-?(?:banner|modal|manager)|gdpr|breadcrumbs?|"
    r"skip-(?:link|nav|to-content)|site-?(?:header|footer|nav)|navbar|sr-only|visually-hidden|"
    r"share-(?:buttons|links)|social-links|sidebar|toc)(?:$|[\s_-])",
    re.I,
)
_INLINE = "a abbr b bdi bdo cite code del em font i ins kbd mark q s samp small span strike "
_INLINE += "strong sub sup time tt u var wbr label"
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "ul",
        "ol",
        "li",
        "table",
        "section",
        "article",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "dl",
        "dt",
        "dd",
        "details",
        "summary",
        "header",
        "footer",
        "aside",
        "figure",
        "hr",
        "tr",
        "td",
        "th",
        "address",
        "fieldset",
    ]
)
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
    title = " ".join((tree.findtext(".//title") or "").split()) or None
    _flatten_deep(tree)
    _drop_clutter(tree)
    content = _main_content(tree)
    _check_size(content, max_text, place)
    for step in (
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
        words = " ".join(piece.strip() for piece in _texts(element))
        for child in list(element):
            element.remove(child)
        element.text = words


def _texts(element: etree._Element) -> Iterator[str]:
    """Yield the pieces of text inside an element, without recursion."""
    for piece in element.itertext():
        yield str(piece)


def _length(element: etree._Element) -> int:
    return sum(len(piece.strip()) for piece in _texts(element))


def _drop_clutter(tree: etree._Element) -> None:
    etree.strip_elements(tree, *_DROPPED, with_tail=False)
    whole = _length(tree)
    for element in list(tree.iter("*")):
        if element.getparent() is not None and _is_clutter(element, whole):
            _drop(element)


def _is_clutter(element: etree._Element, whole: int) -> bool:
    if element.tag in {"html", "body", "main", "article"}:
        return False
    if element.get("role", "").lower() in _DROPPED_ROLES:
        return True
    if element.tag in {"header", "footer", "aside"} and not _in_content(element):
        return element.find(".//h1") is None
    if "hidden" in element.attrib or element.get("aria-hidden") == "true":
        return not _is_folded_panel(element)
    names = f"{element.get('class', '')} {element.get('id', '')}"
    # A page may be marked as a whole (`class="cookie-consent-shown"`), and a policy may have a
    # section on cookies: only a minor part is dropped for its name.
    return bool(_NOT_CONTENT.search(names)) and _length(element) < 0.3 * whole


def _in_content(element: etree._Element) -> bool:
    return any(above.tag in {"main", "article"} for above in element.iterancestors())


def _is_folded_panel(element: etree._Element) -> bool:
    """Whether a hidden element is the folded part of an accordion, which a click would show."""
    return (_in_content(element) and element.find(".//p") is not None) or element.find(
        ".//li"
    ) is not None


def _drop(element: etree._Element) -> None:
    """Remove an element; the text after it stays."""
    parent = element.getparent()
    if parent is None:
        return
    previous, tail = element.getprevious(), element.tail or ""
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _main_content(tree: etree._Element) -> etree._Element:
    body = tree.find("body")
    whole = body if body is not None else tree
    size = _length(whole)
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = whole.findall(path)
        if len(found) == 1 and _length(found[0]) >= MAIN_SHARE * size:
            return found[0]
    return whole


def _check_size(content: etree._Element, max_text: int, place: str) -> None:
    elements = sum(1 for _ in content.iter("*"))
    if elements > MANY_ELEMENTS:
        etree.strip_tags(content, *_INLINE.split())
        elements = sum(1 for _ in content.iter("*"))
    if elements > MAX_ELEMENTS or _length(content) > max_text:
        raise ExtractError(
            "too-large",
            f"the page has over {MAX_ELEMENTS:,} elements or {max_text:,} characters of text",
            place=place,
            help="save only the policy itself and read that file",
        )


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
            bold = not any(child.tag in _BLOCKS for child in element)
            element.tag = "p" if bold else "div"
        else:
            element.tag = "div"


def _drop_anchors(content: etree._Element) -> None:
    """Drop links that show no words: the signs beside headings, and linked pictures."""
    for link in list(content.iter("a")):
        if "".join(_texts(link)).strip() in _ANCHOR_SIGNS:
            _drop(link)


def _markdown(content: etree._Element) -> str:
    soup = BeautifulSoup(etree.tostring(content, encoding="unicode", method="html"), "lxml")
    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        escape_underscores=False,
        strip=["img"],
        wrap=False,
    )
    text = str(converter.convert_soup(soup)).replace("\N{NO-BREAK SPACE}", " ")
    lines = (
        line if line.endswith("  ") and line.strip() else line.rstrip() for line in text.split("\n")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
