"""Sources: what the words of a person name as a place to watch.

Owns the kinds of source and how each is told: an address, a git repository, a file in one, a
folder of dated files, a declaration of Open Terms Archive. It reads nothing from the network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from usepolicy.errors import UsageError
from usepolicy.known import known_policies
from usepolicy.reading.fetch import address_of
from usepolicy.reading.sources import shown
from usepolicy.store.history import Source
from usepolicy.taxonomy.names import offer
from usepolicy.tracking.declarations import is_declaration, load_declaration
from usepolicy.tracking.imports import GIT_FILE, IN_REPOSITORY, is_repository

DECLARATIONS = "declarations"
"""The folder of a repository of declarations that holds them."""


class SourceKind(StrEnum):
    """What a source is."""

    ADDRESS = "address"
    GIT = "git"
    GIT_FILE = GIT_FILE
    FOLDER = "folder"
    DECLARATION = "declaration"


@dataclass(frozen=True, slots=True)
class Called:
    """What the user says of a source."""

    developer: str | None = None
    service: str | None = None
    title: str | None = None


def sources_of(words: str, called: Called = Called()) -> list[Source]:
    """Return the sources that words name: one, or each declaration of a folder.

    Raises: UsageError: `not-a-source`; FetchError; SchemaError: `not-a-declaration`.
    """
    return [
        Source(0, kind.value, location, None, None, None, said.developer, said.service, said.title)
        for kind, location, said in _named(words, called)
    ]


def _named(words: str, called: Called) -> Iterator[tuple[SourceKind, str, Called]]:
    if "://" in words:
        address = address_of(words)
        yield SourceKind.ADDRESS, address, _known(address, called)
        return
    repository, mark, file = words.partition(IN_REPOSITORY)
    if mark and file.strip("/") and repository and is_repository(Path(repository)):
        yield SourceKind.GIT_FILE, _in_repository(Path(repository), file.strip("/")), called
        return
    path = Path(words)
    if path.is_dir():
        yield from ((kind, location, called) for kind, location in _folder(path))
    elif path.is_file():
        yield (*_file(path), called)
    else:
        raise _no_source(words)


def _folder(path: Path) -> Iterator[tuple[SourceKind, str]]:
    inner = path / DECLARATIONS
    held = sorted(filter(is_declaration, (inner if inner.is_dir() else path).glob("*.json")))
    if held:
        for each in held:
            load_declaration(each)
            yield SourceKind.DECLARATION, str(each.resolve())
        return
    yield SourceKind.GIT if is_repository(path) else SourceKind.FOLDER, str(path.resolve())


def _file(path: Path) -> tuple[SourceKind, str]:
    if is_declaration(path):
        load_declaration(path)
        return SourceKind.DECLARATION, str(path.resolve())
    for above in path.resolve().parents:
        if is_repository(above):
            file = path.resolve().relative_to(above).as_posix()
            return SourceKind.GIT_FILE, _in_repository(above, file)
    raise _no_source(str(path))


def _in_repository(repository: Path, file: str) -> str:
    return f"{repository.resolve()}{IN_REPOSITORY}{file}"


def _no_source(words: str) -> UsageError:
    help_ = (
        "an address, a git repository, a file in one (`repository//path`), a folder of dated "
        "files, or a declaration (`Service.json`)"
    )
    return UsageError("not-a-source", f"`{shown(words)}` is nothing to watch", help=help_)


def _known(address: str, called: Called) -> Called:
    """Return what is known of an address, where the user says nothing else."""
    for policy in known_policies():
        if address in policy.addresses:
            return Called(
                called.developer or policy.developer,
                called.service or policy.service,
                called.title or policy.title,
            )
    return called


def location_of(words: str, known: Collection[str]) -> str:
    """Return the location of a kept source that words name, as kept or as they were added.

    Raises: UsageError: `no-such-source`.
    """
    if words in known:
        return words
    path, mark, file = words.partition(IN_REPOSITORY)
    for location in (str(Path(words).resolve()), f"{Path(path).resolve()}{mark}{file}"):
        if "://" not in words and location in known:
            return location
    help_ = offer(words, known, "see them: usepolicy track status")
    raise UsageError("no-such-source", f"no source `{shown(words)}`", help=help_)
