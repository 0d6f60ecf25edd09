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
from usepolicy.reading.sources import READABLE, shown
from usepolicy.store.history import History, Source, Taken
from usepolicy.tracking.git import MAX_BLOB, Committed, Repository

BATCH = 200
"""Versions that are kept in one transaction, but for a commit with more."""
GIT_FILE = "git_file"
"""Kind of a source that is one file of a repository."""
IN_REPOSITORY = "//"
"""Between a repository and a file in it; a path that is resolved has no such piece."""
_DATED = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T_](\d{2})[-:]?(\d{2})(?:[-:]?(\d{2}))?)?")


def import_source(history: History, place: Path) -> tuple[Source, int]:
    """Bring what a repository or a folder records into the history; return how much was new.

    Raises: FetchError: `no-such-folder`, `not-a-repository`, `no-dated-files`; StoreError.
    """
    if not place.is_dir():
        raise FetchError("no-such-folder", "there is no such folder", place=str(place))
    if is_repository(place):
        return _import_git(history, history.source("git", str(place.resolve())))
    return _import_folder(history, place)


def import_file(history: History, source: Source) -> int:
    """Bring what a repository records of one file into the history; return how much was new.

    Raises: FetchError: `not-a-repository`, `no-commits`, `no-such-file`; StoreError.
    """
    repository, _, file = source.location.partition(IN_REPOSITORY)
    if not Path(repository).is_dir():
        raise FetchError("no-such-folder", "there is no such folder", place=repository)
    count = _import_git(history, source, file)[1]
    if not count and not any(d.source_id == source.id for d in history.documents()):
        message = f"no commit has a file `{shown(file)}`"
        raise FetchError("no-such-file", message, place=repository)
    return count


def is_repository(place: Path) -> bool:
    """Tell whether a folder is a git repository, bare or with a working tree."""
    return (place / ".git").exists() or (
        (place / "HEAD").is_file() and (place / "objects").is_dir()
    )


def named(path: str) -> tuple[str, str]:
    """Return service and title that a path says: `<service>/<terms type>.md`."""
    pure = PurePosixPath(path)
    return (pure.parent.as_posix() if pure.parent.name else "", pure.stem)


def _import_git(history: History, source: Source, file: str | None = None) -> tuple[Source, int]:
    repository = Repository(Path(source.location.partition(IN_REPOSITORY)[0]))
    head = repository.head()
    after = source.cursor
    if after == head:
        return source, 0
    if after is not None and not repository.holds(after, head):
        after = None  # the history was written anew: what is known is passed over
    count = 0
    batch: list[Committed] = []
    found = repository.committed(after=after, until=head, file=file)
    for commit, versions in groupby(found, key=lambda c: c.commit):
        batch += versions
        if len(batch) >= BATCH:
            count += history.keep(source, _with_bytes(repository, batch, source), cursor=commit)
            batch = []
    count += history.keep(source, _with_bytes(repository, batch, source), cursor=head)
    return source, count


def _with_bytes(repository: Repository, versions: list[Committed], source: Source) -> list[Taken]:
    blobs = repository.blobs([version.blob for version in versions])
    return [
        Taken(version.path, *_called(version.path, source), version.commit, version.at, data)
        for version, (_, data) in zip(versions, blobs, strict=True)
    ]


def _called(path: str, source: Source) -> tuple[str, str]:
    """Return service and title: of one file as the user says, else as the path says."""
    service, title = named(path)
    if source.kind != GIT_FILE:
        return service, title
    return source.service or service, source.title or title


def _import_folder(history: History, place: Path) -> tuple[Source, int]:
    found = sorted(_dated_files(place), key=lambda entry: (entry[0], entry[1].as_posix()))
    if not found:
        help_ = "name the files by their day, such as `2025-03-01.md`"
        raise FetchError("no-dated-files", "no file has a date in its name", place=str(place), help=help_)  # fmt: skip
    source = history.source("folder", str(place.resolve()))
    count = 0
    for start in range(0, len(found), BATCH):
        taken = [_taken(place, path, at, source) for at, path in found[start : start + BATCH]]
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


def _taken(place: Path, path: Path, at: datetime, source: Source) -> Taken:
    """Return a dated file; the files of a folder, or of one name but for the date, are one document."""
    inside = path.relative_to(place)
    rest = _DATED.sub("", path.stem, count=1).strip("-_. ") if inside.parent.name == "" else ""
    folder = inside.parent.as_posix() if inside.parent.name else ""
    name = "/".join(part for part in (folder, rest) if part) or place.resolve().name
    service, title = named(name)
    return Taken(name, source.service or service, title, inside.as_posix(), at, path.read_bytes())
