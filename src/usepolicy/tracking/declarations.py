"""Declarations: what Open Terms Archive says of where the terms of a service stand.

Owns the reading of its JSON, with the old and the new names of its keys. A declaration is data: the
scripts that it names are never run, and that they are left out is a finding.
Source: https://docs.opentermsarchive.org, the reference of declarations
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StrictStr, ValidationError

from usepolicy.errors import FetchError, SchemaError
from usepolicy.reading.sources import shown

MAX_BYTES = 1 << 20
"""Bytes of one file; the largest seen has 6 kB."""
MAX_PAGES = 200
"""Pages of one service."""
Scripts = Annotated[Any, Field(default=None)]
Words = Annotated[StrictStr, Field(min_length=1, max_length=2000)]


class RangeEntry(BaseModel):
    """What lies between two places of a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_before: Words | None = Field(default=None, alias="startBefore")
    start_after: Words | None = Field(default=None, alias="startAfter")
    end_before: Words | None = Field(default=None, alias="endBefore")
    end_after: Words | None = Field(default=None, alias="endAfter")


Selector = Words | RangeEntry
Selectors = Selector | list[Selector]


class PageEntry(BaseModel):
    """A page, or what the pages of a document have in common."""

    model_config = ConfigDict(frozen=True)

    fetch: Words | None = Field(default=None, validation_alias=AliasChoices("fetch", "location"))
    select: Selectors | None = Field(
        default=None, validation_alias=AliasChoices("select", "contentSelectors")
    )
    remove: Selectors | None = Field(
        default=None, validation_alias=AliasChoices("remove", "noiseSelectors")
    )
    filter: Any = Field(default=None, validation_alias=AliasChoices("filter", "filters"))
    scripts: Any = Field(default=None, validation_alias="executeClientScripts")


class TermsEntry(PageEntry):
    """A document of one page, or of several."""

    combine: list[PageEntry] | None = None


class DeclarationEntry(BaseModel):
    """A service with its documents."""

    model_config = ConfigDict(frozen=True)

    name: Words
    terms: dict[str, TermsEntry] = Field(validation_alias=AliasChoices("terms", "documents"))


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between two places of a page; each is a CSS selector and whether the element is in."""

    start: str
    start_inside: bool
    end: str
    end_inside: bool


Part = str | Between
"""A CSS selector or a range."""


@dataclass(frozen=True, slots=True)
class DeclaredPage:
    """A page to be had."""

    address: str
    select: tuple[Part, ...] = ()
    """Nothing: the whole page."""
    remove: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredTerms:
    """A document of a service."""

    title: str
    pages: tuple[DeclaredPage, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """The documents of a service."""

    service: str
    terms: tuple[DeclaredTerms, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    """Code and message of each thing that is declared and not done."""


def is_declaration(path: Path) -> bool:
    """Tell whether a file has the name of a declaration; histories of declarations are none."""
    return path.suffix == ".json" and not path.name.endswith((".history.json", ".filters.json"))


def load_declaration(path: Path) -> Declaration:
    """Read a declaration.

    Raises: FetchError: `no-such-file`, `too-large`; SchemaError: `not-a-declaration`.
    """
    place = shown(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FetchError("no-such-file", "the declaration can't be read", place=place) from error
    if len(data) > MAX_BYTES:
        raise FetchError("too-large", "the declaration is too long", place=place)
    return parsed(data, place=place)


def parsed(data: bytes, *, place: str) -> Declaration:
    """Return the declaration in the bytes of its file.

    Raises: SchemaError: `not-a-declaration`.
    """
    try:
        entry = DeclarationEntry.model_validate(json.loads(data))
        terms = tuple(_terms(title, each, place) for title, each in entry.terms.items())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _wrong(place, f"`{shown(where)[:200]}`: {first['msg'].lower()}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(place, "it is no JSON") from error
    if sum(len(each.pages) for each in terms) > MAX_PAGES:
        raise _wrong(place, f"it has more than {MAX_PAGES} pages")
    return Declaration(_line(entry.name), terms, tuple(_left_out(entry)))


def _wrong(place: str, message: str) -> SchemaError:
    help_ = "a declaration has `name` and `terms`, each with `fetch` or `combine`"
    return SchemaError("not-a-declaration", message, place=place, help=help_)


def _line(words: str) -> str:
    return " ".join(shown(words).split())[:200]


def _terms(title: str, entry: TermsEntry, place: str) -> DeclaredTerms:
    pages = tuple(_page(page, entry, title, place) for page in entry.combine or [entry])
    return DeclaredTerms(_line(title), pages)


def _page(page: PageEntry, common: PageEntry, title: str, place: str) -> DeclaredPage:
    if page.fetch is None:
        raise _wrong(place, f"`{_line(title)}` has no address to fetch")
    select = common.select if page.select is None else page.select
    remove = common.remove if page.remove is None else page.remove
    parts = (tuple(_part(each, title, place) for each in _listed(s)) for s in (select, remove))
    return DeclaredPage(page.fetch, *parts)


def _listed(selectors: Selectors | None) -> list[Selector]:
    if selectors is None:
        return []
    return selectors if isinstance(selectors, list) else [selectors]


def _part(selector: Selector, title: str, place: str) -> Part:
    if isinstance(selector, str):
        return selector
    start = selector.start_before or selector.start_after
    end = selector.end_before or selector.end_after
    if start is None or end is None:
        raise _wrong(place, f"a range of `{_line(title)}` has no start or no end")
    return Between(start, selector.start_before is not None, end, selector.end_before is None)


def _left_out(entry: DeclarationEntry) -> Iterator[tuple[str, str]]:
    for title, page in _every(entry.terms):
        if page.filter:
            names = ", ".join(_names(page.filter))
            message = f"`{_line(title)}`: filter scripts are not run: {names}"
            yield "filter-not-run", message
        if page.scripts:
            message = f"`{_line(title)}`: the scripts of the page are not run: its text may differ"
            yield "scripts-not-run", message


def _every(terms: Mapping[str, TermsEntry]) -> Iterator[tuple[str, PageEntry]]:
    for title, each in terms.items():
        yield title, each
        for page in each.combine or ():
            yield title, page


def _names(filters: object) -> Iterator[str]:
    """Yield the names of filters: each is a name, or a name with arguments."""
    for each in filters if isinstance(filters, list) else [filters]:
        name = next(iter(each), "") if isinstance(each, dict) else each
        yield f"`{_line(str(name).strip())[:80]}`"
