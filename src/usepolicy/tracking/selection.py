"""Selection: the parts of a page that a declaration takes, and those that it leaves out.

Owns CSS selectors and ranges on a tree. As its publisher does it, parts are removed from the page
first and what is selected is taken from the rest. A selector that finds nothing is an error where
it selects and nothing where it removes: an advertisement may be gone, a policy may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement
from soupsieve.util import SelectorSyntaxError

from usepolicy.errors import ExtractError, SchemaError
from usepolicy.reading.charset import decode
from usepolicy.reading.convert import MAX_PAGE, canonical_text
from usepolicy.reading.sources import Kind, Limits, Snapshot, shown, snapshot_of, too_large
from usepolicy.tracking.declarations import Between, DeclaredPage, Part

MAX_MATCHES = 2_000
"""Elements that one selector may find."""


def markdown_of(snapshot: Snapshot, page: DeclaredPage, kind: Kind) -> str:
    """Return the canonical text of the parts of a page that a declaration takes.

    Raises: ExtractError: `nothing-selected`, or it is no document; SchemaError: `bad-selector`.
    """
    if kind is not Kind.HTML or not (page.select or page.remove):
        return canonical_text(snapshot, limits=Limits()).text
    if len(snapshot.data) > MAX_PAGE:
        raise too_large(page.address, MAX_PAGE)
    html = selected(snapshot, page).encode()
    part = snapshot_of(html, "part.html", address=page.address, media_type="text/html")
    return canonical_text(part, limits=Limits()).text


def selected(snapshot: Snapshot, page: DeclaredPage) -> str:
    """Return a page of its own with the parts that a declaration takes.

    Raises: ExtractError: `nothing-selected`; SchemaError: `bad-selector`.
    """
    text = decode(snapshot.data, media_type=snapshot.media_type, html=True, place=page.address)
    tree = BeautifulSoup(text, "lxml")
    for part in page.remove:
        _remove(tree, part, page.address)
    found = "\n".join(_taken(tree, part, page.address) for part in page.select)
    if page.select and not found.strip():
        raise ExtractError(
            "nothing-selected",
            "no part of the page is what the declaration selects",
            place=page.address,
            help="if a browser shows the policy there, the declaration is out of date",
        )
    body = found if page.select else str(tree.body or tree)
    return f'<html><head><meta charset="utf-8"></head><body><main>{body}</main></body></html>'


def _find(tree: BeautifulSoup, selector: str, place: str) -> list[Tag]:
    try:
        return list(tree.select(selector, limit=MAX_MATCHES))
    except (SelectorSyntaxError, ValueError, NotImplementedError) as error:
        message = f"`{shown(selector)[:200]}` is no selector"
        raise SchemaError("bad-selector", message, place=place) from error


def _remove(tree: BeautifulSoup, part: Part, place: str) -> None:
    if isinstance(part, Between):
        bounds = _bounds(tree, part, place)
        if bounds is not None:
            _drop(tree, bounds, inside=True)
        return
    for element in _find(tree, part, place):
        if not element.decomposed:
            element.decompose()


def _taken(tree: BeautifulSoup, part: Part, place: str) -> str:
    if isinstance(part, Between):
        bounds = _bounds(tree, part, place)
        copied = BeautifulSoup(str(tree), "lxml") if bounds else tree
        again = _bounds(copied, part, place)
        if again is None or copied.body is None:
            return ""
        _drop(copied, again, inside=False)
        return copied.body.decode_contents()
    return "\n".join(str(element) for element in _outermost(_find(tree, part, place)))


def _outermost(found: Sequence[Tag]) -> Iterable[Tag]:
    """Yield what does not lie in another: a part is taken once."""
    every = {id(element) for element in found}
    for element in found:
        if not any(id(above) in every for above in element.parents):
            yield element


Bounds = tuple[int, int]


def _bounds(tree: BeautifulSoup, part: Between, place: str) -> Bounds | None:
    """Return the steps of a walk through the tree between which a range lies."""
    starts, ends = _find(tree, part.start, place), _find(tree, part.end, place)
    if not starts or not ends:
        return None
    steps = _steps(tree)
    start, end = steps[id(starts[0])], steps[id(ends[0])]
    bounds = (
        start[0] if part.start_inside else start[1] + 1,
        end[1] + 1 if part.end_inside else end[0],
    )
    return bounds if bounds[0] < bounds[1] else None


def _steps(tree: BeautifulSoup) -> dict[int, tuple[int, int]]:
    """Return for each node the first and the last step of a walk in which it is open."""
    entered: dict[int, int] = {}
    steps: dict[int, tuple[int, int]] = {}
    waiting: list[tuple[PageElement, bool]] = [(tree, False)]
    number = 0
    while waiting:
        node, leaving = waiting.pop()
        if leaving:
            steps[id(node)] = (entered[id(node)], number)
        else:
            entered[id(node)] = number
            waiting.append((node, True))
            waiting += [(child, False) for child in reversed(getattr(node, "contents", []))]
        number += 1
    return steps


def _drop(tree: BeautifulSoup, bounds: Bounds, *, inside: bool) -> None:
    """Take out what lies wholly in a range, or wholly outside of it; what holds its bounds stays."""
    steps = _steps(tree)
    start, end = bounds
    waiting: list[PageElement] = list(tree.contents)
    while waiting:
        node = waiting.pop()
        first, last = steps[id(node)]
        if (start <= first and last < end) if inside else (last < start or first >= end):
            node.extract()
        elif isinstance(node, Tag):
            waiting += node.contents
