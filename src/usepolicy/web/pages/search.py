"""The page of the search: clauses by their words, categories and developers by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from usepolicy.comparison.figures import Table
from usepolicy.store.catalogue_queries import search
from usepolicy.taxonomy.categories import Category, load_taxonomy
from usepolicy.web.page import Page, Params, Turn, page_number, pages_of, turned
from usepolicy.web.shelf import Shelf
from usepolicy.web.words import around, cut

PAGE_SIZE = 30
MOST_NAMES = 12
MOST_WORDS = 200
"""Characters of a question."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a result, and whether they were looked for."""

    words: str
    found: bool


@dataclass(frozen=True, slots=True)
class ClauseHit:
    """A clause that has the words."""

    id: str
    label: str
    title: str
    address: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class NameHit:
    """A category or developer whose name has the words."""

    id: str
    name: str
    address: str
    explanation: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What the search found."""

    asked: str
    categories: tuple[NameHit, ...]
    developers: tuple[NameHit, ...]
    clauses: tuple[ClauseHit, ...]
    count: int
    """Clauses that were found, on all pages."""
    turn: Turn


def find(shelf: Shelf, params: Params) -> Page:
    """Build the results of a search for `q`."""
    asked = cut(params.get("q", ""), MOST_WORDS)
    number = page_number(params)
    start = (number - 1) * PAGE_SIZE
    count, hits = search(shelf.catalogue, asked, limit=PAGE_SIZE, offset=start)
    turn = turned(params, "/search", {"q": asked}, pages_of(count, PAGE_SIZE))
    words = re.findall(r"\w+", asked)
    content = SearchPage(
        asked=asked,
        categories=_categories(words),
        developers=_developers(shelf, words),
        clauses=tuple(
            ClauseHit(
                hit.clause_id,
                cut(hit.label),
                cut(hit.title or hit.version_id),
                f"/policies/{hit.clause_id}",
                _pieces(around(hit.text, words), words),
            )
            for hit in hits
        ),
        count=count,
        turn=turn,
    )
    title = f"Search: {asked}" if asked else "Search"
    return Page("search.html", title, content, _table(content))


def _pieces(text: str, words: list[str]) -> tuple[Piece, ...]:
    """Cut a text where words begin like those that were looked for: stems are not words."""
    stems = "|".join(re.escape(word[: max(4, len(word) - 3)]) for word in words)
    if not stems:
        return (Piece(text, False),)
    pieces = re.split(rf"\b((?:{stems})\w*)", text, flags=re.IGNORECASE)
    return tuple(Piece(words, at % 2 == 1) for at, words in enumerate(pieces) if words)


def _categories(words: list[str]) -> tuple[NameHit, ...]:
    if not words:
        return ()
    found = [c for c in load_taxonomy().categories if _has(_names(c), words)]
    found.sort(key=lambda c: not _has(c.name, words))
    return tuple(
        NameHit(c.id, c.name, f"/categories/{c.id}", c.definition) for c in found[:MOST_NAMES]
    )


def _names(of: Category) -> str:
    return " ".join((of.name, of.study_name or "", *of.aliases))


def _developers(shelf: Shelf, words: list[str]) -> tuple[NameHit, ...]:
    if not words:
        return ()
    found = {e.developer: e.label for e in shelf.entries if _has(e.label, words)}
    hits = (NameHit(slug, name, f"/developers/{slug}", "") for slug, name in found.items())
    return tuple(hits)[:MOST_NAMES]


def _has(text: str, words: list[str]) -> bool:
    lowered = text.casefold()
    return all(word.casefold() in lowered for word in words)


def _table(content: SearchPage) -> Table:
    heads = ("clause", "developer", "policy", "words")
    rows = tuple(
        (hit.id, hit.label, hit.title, "".join(piece.words for piece in hit.pieces))
        for hit in content.clauses
    )
    return Table(heads, rows)
