"""Imports: from a git repository or a folder of dated files into the history.

Owns how far a source was read and what a path says of a document. It is resumable: versions are
kept in batches with the place reached, and what is there already is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path, PurePosixPath

from usepolicy.errors import FetchError
from usepolicy.reading.sources import READABLE
from usepolicy.store.history import History, Source, Taken
from usepolicy.tracking.git import MAX_BLOB, Committed, Repository

BATCH = 200
"""Versions that are kept in one transaction, but for a commit with more."""
_DATED = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T_](\d{2})[-:]?(\d{2})(?:[-:]?(\d{2}))?)?")


def import_source(history: History, place: Path) -> tuple[Source, int]:
    """Bring what a repository or a folder records into the history; return how much was new.

    Raises: FetchError: `no-such-folder`, `not-a-repository`, `no-dated-files`; StoreError.
    """
    if not place.is_dir():
        raise FetchError("no-such-folder", "there is no such folder", place=str(place))
    if _is_repository(place):
        return _import_git(history, place)
    return _import_folder(history, place)


def _is_repository(place: Path) -> bool:
    return (place / ".git").exists() or (
        (place / "HEAD").is_file() and (place / "objects").is_dir()
    )


def named(path: str) -> tuple[str, str]:
    """Return service and title that a path says: `<service>/<terms type>.md`."""
    pure = PurePosixPath(path)
    return (pure.parent.as_posix() if pure.parent.name else "", pure.stem)


def _import_git(history: History, place: Path) -> tuple[Source, int]:
    repository = Repository(place)
    head = repository.head()
    source = history.source("git", str(place.resolve()))
    after = source.cursor
    if after == head:
        return source, 0
    if after is not None and not repository.holds(after, head):
        after = None  # the history was written anew: what is known is passed over
    count = 0
    batch: list[Committed] = []
    commits = groupby(repository.committed(after=after, until=head), key=lambda c: c.commit)
    for commit, versions in commits:
        batch += versions
        if len(batch) >= BATCH:
            count += history.keep(source, _with_bytes(repository, batch), cursor=commit)
            batch = []
    count += history.keep(source, _with_bytes(repository, batch), cursor=head)
    return source, count


def _with_bytes(repository: Repository, versions: list[Committed]) -> list[Taken]:
    blobs = repository.blobs([version.blob for version in versions])
    return [
        Taken(version.path, *named(version.path), version.commit, version.at, data)
        for version, (_, data) in zip(versions, blobs, strict=True)
    ]


def _import_folder(history: History, place: Path) -> tuple[Source, int]:
    found = sorted(_dated_files(place), key=lambda entry: (entry[0], entry[1].as_posix()))
    if not found:
        help_ = "name the files by their day, such as `2025-03-01.md`"
        raise FetchError("no-dated-files", "no file has a date in its name", place=str(place), help=help_)  # fmt: skip
    source = history.source("folder", str(place.resolve()))
    count = 0
    for start in range(0, len(found), BATCH):
        taken = [_taken(place, path, at) for at, path in found[start : start + BATCH]]
        count += history.keep(source, taken, cursor=None)
    return source, count


def _dated_files(place: Path) -> Iterator[tuple[datetime, Path]]:
    for path in place.rglob("*"):
        at = _date_in(path.name)
        readable = path.suffix.lower() in READABLE and path.is_file() and not path.is_symlink()
        if at is not None and readable and path.stat().st_size <= MAX_BLOB:
            yield at, path


def _date_in(name: str) -> datetime | None:
    match = _DATED.search(name)
    try:
        return datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC) if match else None  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def _taken(place: Path, path: Path, at: datetime) -> Taken:
    """Return a dated file; the files of a folder, or of one name but for the date, are one document."""
    inside = path.relative_to(place)
    rest = _DATED.sub("", path.stem, count=1).strip("-_. ") if inside.parent.name == "" else ""
    folder = inside.parent.as_posix() if inside.parent.name else ""
    name = "/".join(part for part in (folder, rest) if part) or place.resolve().name
    return Taken(name, *named(name), inside.as_posix(), at, path.read_bytes())
