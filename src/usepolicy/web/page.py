"""Pages as values: what a page says, from which HTML, JSON and CSV are made alike."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from urllib.parse import urlencode

from usepolicy.comparison.figures import Table
from usepolicy.errors import UsageError
from usepolicy.web.shelf import Shelf
from usepolicy.web.words import csv_cell

Params = Mapping[str, str]
"""What an address asks for: pieces of its path and its query."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page."""

    template: str
    title: str
    content: object
    """A dataclass: what the template shows and JSON has."""
    table: Table | None = None
    """For CSV; None where the page is no table."""
    data: Mapping[str, object] | None = None
    """The keys of JSON where a command prints the same; None: those of `content`."""
    id: str | None = None
    """What the page is of, where its address may have named it by something that moves."""


Builder = Callable[[Shelf, Params], Page]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice in a form."""

    value: str
    label: str
    chosen: bool = False


def choices(options: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    """Return options (value to label) with one chosen."""
    return tuple(Choice(value, label, value == chosen) for value, label in options.items())


def chosen(params: Params, name: str, options: Mapping[str, str], default: str) -> str:
    """Return which of the options an address asks for.

    Raises: UsageError: `unknown-value`.
    """
    value = params.get(name) or default
    if value not in options:
        allowed = ", ".join(option for option in options if option) or "nothing"
        message = f"`{name}` can't be `{value[:80]}`"
        raise UsageError("unknown-value", message, help=f"one of: {allowed[:1000]}")
    return value


def page_number(params: Params) -> int:
    """Return the number of the page of a long list, from 1.

    Raises: UsageError: `unknown-value`.
    """
    value = params.get("page") or "1"
    if not (value.isascii() and value.isdecimal() and int(value[:6]) > 0 and len(value) < 6):
        raise UsageError("unknown-value", f"`page` can't be `{value[:80]}`", help="count from 1")
    return int(value)


@dataclass(frozen=True, slots=True)
class Turn:
    """Where one is in a long list."""

    page: int
    pages: int
    previous: str | None
    next: str | None


def turned(params: Params, path: str, asked: Params, pages: int) -> Turn:
    """Return the page that an address asks for, the last one if it asks past it.

    Args: asked: what else the addresses of the other pages ask for.
    Raises: UsageError: `unknown-value`.
    """
    number = min(page_number(params), pages)

    def at(page: int) -> str | None:
        return path_of(path, **asked, page=str(page)) if 1 <= page <= pages else None

    return Turn(number, pages, at(number - 1), at(number + 1))


def pages_of(count: int, size: int) -> int:
    """Return how many pages of `size` a list has; an empty one has one."""
    return max(1, -(-count // size))


def path_of(path: str, **query: str) -> str:
    """Return a path with what its query asks for, empty values left out."""
    asked = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(asked)}" if asked else path


def plain(value: object) -> object:
    """Return a value as JSON has it: dataclasses as objects, enums as their values."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def json_text(page: Page, address: str) -> str:
    """Return the JSON twin of a page."""
    said = {"content": plain(page.content)} if page.data is None else page.data
    whole = {"page": address, "title": page.title, **said}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def csv_text(table: Table) -> str:
    """Return a table as CSV that a spreadsheet can open without running anything."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(table.heads)
    writer.writerows([csv_cell(cell) for cell in row] for row in table.rows)
    return written.getvalue()
