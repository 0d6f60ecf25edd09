"""Clutter: what of a page is around its content, and goes before it is converted.

Owns which elements are navigation, banner, form or hidden, and which of them hold the policy all the
same. It changes the tree in place and writes no Markdown.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree

Ruled = Mapping[etree._Element, int]
"""The elements that hold words of a rule outside of links, with their number."""
_BLOCK_NAMES = """
    p div ul ol li table section article main h1 h2 h3 h4 h5 h6 blockquote pre dl dt dd details
    summary header footer aside figure hr tr td th address fieldset
"""
BLOCKS = frozenset(_BLOCK_NAMES.split())
"""Elements that begin and end a block of text."""
MAIN_SHARE = 0.3
"""Share of the page's text that a main element needs to be taken for the content."""

_DROPPED = """
    script style template del s strike nav svg math canvas iframe object embed audio video picture
    img map dialog link meta base head
"""
_DROPPED_ROLES = frozenset({"navigation", "search", "dialog", "alertdialog", "menu", "menubar"})
_NOT_CONTENT = re.compile(
    r"(?:^|[\s_-])(?:cookies?-?(?:banner|bar|notice|popup|modal|message|law|consent|settings)|"
    r"onetrust|consent-?(?:banner|modal|manager)|breadcrumbs?|"
    r"skip-(?:link|nav|to-content)|site-?(?:header|footer|nav)|navbar|sr-only|visually-hidden|"
    r"share-(?:buttons|links)|social-links)(?:$|[\s_-])|"
    r"(?:^|\s)(?:cookies?|gdpr|toc|(?:(?!no-|with-|has-|without-|hide-)[\w]+-)?sidebar)(?:$|\s)",
    re.I,
)
"""Names of what is around the content. A name for the state of a page (`no-sidebar`) is none."""
_RULE = re.compile(
    r"\b(?:(?:may|must|shall|can|do|are|is)(?: ?not|n['’]t)|must|forbid\w*|prohibit\w*|disallow\w*|"
    r"not (?:be )?(?:allowed|permitted)|unacceptable|restricted uses?|never)\b",
    re.I,
)
"""Words of a rule. What speaks so outside of links is the policy's, whatever it is marked as."""
_UNSEEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CONTROLS = ("input", "select", "textarea")
SMALL_FORM = 300
"""Characters of words up to which a form with something to fill in is no content."""
MIN_NOSCRIPT = 400
"""Characters of a text for browsers without scripts that is more than a word to their users."""


def main_content(tree: etree._Element) -> etree._Element:
    """Return the element that holds the content of a page, and drop what of it is none."""
    etree.strip_elements(tree, *_DROPPED.split(), with_tail=False)
    ruled = _ruled(tree)
    _drop_forms(tree, ruled)
    etree.strip_elements(tree, *_CONTROLS, with_tail=False)
    _drop_buttons(tree)
    _drop_noscript(tree, ruled)
    size = length(tree)
    gone: set[etree._Element] = set()
    for element in list(tree.iter("*")):
        if element.getparent() in gone:
            gone.add(element)
        elif element.getparent() is not None and _is_clutter(element, size, ruled):
            drop(element)
            gone.add(element)
    return _main_element(tree)


def _ruled(tree: etree._Element) -> Ruled:
    """Return the elements that hold words of a rule outside of links, and how many."""
    found: Counter[etree._Element] = Counter()
    starts, holders, pieces = [], [], []
    size = 0
    for holder, text in _texts_outside_links(tree):
        starts.append(size)
        holders.append(holder)
        pieces.append(text)
        size += len(text)
    for rule in _RULE.finditer("".join(pieces)):
        above: etree._Element | None = holders[bisect(starts, rule.start()) - 1]
        while above is not None:
            found[above] += 1
            above = above.getparent()
    return found


def _drop_forms(tree: etree._Element, ruled: Ruled) -> None:
    """Keep of forms what holds text: whole pages of ASP.NET are one."""
    for form in list(tree.iter("form")):
        fields = [field for field in form.iter(*_CONTROLS) if field.get("type") != "hidden"]
        holds_text = next(form.iter("p", "li", "td", "dd", *_HEADINGS), None) is not None
        small = length(form) < SMALL_FORM and form not in ruled
        if small and (fields or not holds_text):
            drop(form)
        else:
            form.tag = "div"


def _drop_buttons(tree: etree._Element) -> None:
    """Keep the words of buttons that unfold what follows, and of those in a heading."""
    for button in list(tree.iter("button")):
        if _in_heading(button):
            button.tag = "span"
        elif _unfolds(button):
            button.tag = "p"
            _make_bold(button)
        else:
            drop(button)


def _in_heading(element: etree._Element) -> bool:
    return next(element.iterancestors("summary", "dt", *_HEADINGS), None) is not None


def _unfolds(button: etree._Element) -> bool:
    following = button.getnext()
    return following is not None and (
        following.tag in {"ul", "ol", "p"} or next(following.iter("p", "li"), None) is not None
    )


def _make_bold(element: etree._Element) -> None:
    words = " ".join("".join(texts(element)).split())
    for child in list(element):
        element.remove(child)
    element.text = None
    etree.SubElement(element, "b").text = words


def _drop_noscript(tree: etree._Element, ruled: Ruled) -> None:
    """Keep what browsers without scripts would show where nothing else holds the policy."""
    found = list(tree.iter("noscript"))
    inside = sum(length(element) for element in found)
    alone = inside > length(tree) - inside
    for element in found:
        long = length(element) >= MIN_NOSCRIPT
        if alone and (long or element in ruled):
            element.tag = "div"
        else:
            drop(element)


def _is_clutter(element: etree._Element, whole: int, ruled: Ruled) -> bool:
    if element.tag in {"html", "body", "main", "article"}:
        return False
    role = element.get("role", "").lower()
    if role in {"banner", "contentinfo"} or element.tag in {"header", "footer", "aside"}:
        if not _in_content(element):
            return not _is_part(element, ruled)
    elif role in _DROPPED_ROLES:
        return True
    if _UNSEEN.search(element.get("style", "")) or (
        "hidden" in element.attrib or element.get("aria-hidden") == "true"
    ):
        return not _is_folded_panel(element)
    return _is_named_clutter(element, whole, ruled)


def _is_part(element: etree._Element, ruled: Ruled) -> bool:
    """Whether the head, foot or side of something is a part of the policy."""
    head = element.tag == "header" or element.get("role", "").lower() == "banner"
    titled = next(element.iter(*(_HEADINGS if head else ("h1",))), None) is not None
    return titled or element in ruled


def _is_named_clutter(element: etree._Element, whole: int, ruled: Ruled) -> bool:
    # A page may be marked as a whole (`class="cookie-consent-shown"`), and a policy may have a
    # section on cookies: only a minor part without rules is dropped for its name.
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return (
        element.tag not in _HEADINGS
        and bool(_NOT_CONTENT.search(names))
        and length(element) < 0.3 * whole
        and element not in ruled
    )


def _in_content(element: etree._Element) -> bool:
    return any(above.tag in {"main", "article"} for above in element.iterancestors())


def _is_folded_panel(element: etree._Element) -> bool:
    """Whether a hidden element is the folded part of an accordion, which a click would show."""
    return (_in_content(element) and element.find(".//p") is not None) or element.find(
        ".//li"
    ) is not None


def drop(element: etree._Element) -> None:
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


def _main_element(tree: etree._Element) -> etree._Element:
    body = tree.find("body")
    whole = body if body is not None else tree
    size = length(whole)
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = whole.findall(path)
        # Rules beside it: a page of several parts, each of them the policy's.
        alone = len(found) == 1 and _ruled(whole)[whole] == _ruled(found[0])[found[0]]
        if alone and length(found[0]) >= MAIN_SHARE * size:
            return found[0]
    return whole


def _texts_outside_links(tree: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield the pieces of text with the element that holds each; a block ends a word."""
    links = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag in BLOCKS:
            yield element, "\n"
        if element.tag == "a":
            links += 1 if event == "start" else -1
        parent = element.getparent() if element is not tree else None
        if event == "start" and element.text and not links:
            yield element, element.text
        elif event == "end" and element.tail and not links and parent is not None:
            yield parent, element.tail


def texts(element: etree._Element) -> Iterator[str]:
    """Yield the pieces of text inside an element, without recursion."""
    for piece in element.itertext():
        yield str(piece)


def length(element: etree._Element) -> int:
    """Return the number of characters inside an element."""
    return sum(len(piece.strip()) for piece in texts(element))
