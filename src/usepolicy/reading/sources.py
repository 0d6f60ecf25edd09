"""Sources: where the bytes of a document come from, and what kind of document they seem to be.

Owns snapshots, the limits of reading, and the reading of files, folders and standard input.
The network is in `fetch`; what the bytes say is for `convert`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from usepolicy.errors import ExtractError, FetchError

READABLE = frozenset({".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".docx"})
"""Endings of the files that a folder gives."""
MAX_DOCUMENTS = 10_000
"""Documents of one folder."""
MAX_FOLDER_BYTES = 500 * 1024 * 1024
"""Bytes of all documents of one folder: they are held in memory together."""
CHUNK = 1 << 20

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


class Kind(StrEnum):
    """The kinds of document that can be read."""

    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of a document as they were found."""

    data: bytes
    sha256: str
    address: str | None
    """The http address after redirects; None for a file or standard input."""
    name: str
    """The file name (in a folder: the path inside it), `-`, or the last piece of the address."""
    media_type: str | None = None
    """As the server said it, with its parameters, e.g. `text/html; charset=utf-8`."""

    @property
    def place(self) -> str:
        """Where an error about this document points to."""
        return self.address or self.name


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one document may cost."""

    max_bytes: int = 20 * 1024 * 1024
    """Bytes of the document, after any decompression by the network."""
    timeout_s: float = 20.0
    """Seconds for the whole of a fetch, and again for the whole of a conversion."""
    max_redirects: int = 5
    max_text: int = 1_000_000
    """Characters of canonical text. The longest real policy seen has under 200,000; what is right
    under the limit is read in half a minute and 1 GB (docs/decisions/0001-converters.md)."""


def snapshot_of(
    data: bytes, name: str, *, address: str | None = None, media_type: str | None = None
) -> Snapshot:
    """Return the snapshot of bytes that are at hand."""
    return Snapshot(data, hashlib.sha256(data).hexdigest(), address, name, media_type)


def load_snapshots(
    source: str,
    *,
    limits: Limits = Limits(),
    allow_private: bool = False,
    stdin: BinaryIO | None = None,
) -> list[Snapshot]:
    """Return the document at a file, `-` or address, or the readable documents of a folder.

    Raises: FetchError: the source can't be had. DeniedError: it may not be had.
            ExtractError: `too-large`, `empty-document`, `no-documents`.
    """
    if source == "-":
        stream = stdin if stdin is not None else sys.stdin.buffer
        return [snapshot_of(_read_stream(stream, limits, "-"), "-")]
    if is_address(source):
        from usepolicy.reading.fetch import (
            fetch,
        )  # the network library, only when needed

        return [fetch(source, limits=limits, allow_private=allow_private)]
    path = Path(source)
    if "\0" not in source and path.is_dir():
        return _load_folder(path, limits)
    return [snapshot_of(_read_file(path, limits), shown(path.name))]


def is_address(source: str) -> bool:
    """Whether a source names an address and not a file; `notes:v2.md` is a file if it exists."""
    if "://" in source:
        return True
    return bool(_SCHEME.match(source)) and not os.path.lexists(source)


def shown(place: object) -> str:
    """Return a name as one printable line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(place))


def too_large(place: str, limit: int) -> ExtractError:
    """Return the error of a document over the limit of bytes."""
    pictures = place.lower().endswith((".pdf", ".docx"))  # the others hold none
    return ExtractError(
        "too-large",
        f"the document has more than {limit:,} bytes",
        place=place,
        help=f"save only the policy itself{', without pictures,' if pictures else ''} and read that file",
    )


def _read_stream(stream: BinaryIO, limits: Limits, place: str) -> bytes:
    """Read to the end, or to one byte over the limit."""
    data = bytearray()
    while len(data) <= limits.max_bytes:
        chunk = stream.read(min(CHUNK, limits.max_bytes + 1 - len(data)))
        if not chunk:
            return bytes(data)
        data += chunk
    raise too_large(place, limits.max_bytes)


def _read_file(path: Path, limits: Limits) -> bytes:
    place = shown(path)
    try:
        # Not blocking: to open a FIFO would wait for a writer that may never come.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _unreadable(place, "not a regular file", "pipe its content in and read `-`")
            if status.st_size > limits.max_bytes:
                raise too_large(place, limits.max_bytes)
            return _read_stream(stream, limits, place)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FetchError(
            "no-such-file", "there is no such file", place=place, help="check the path"
        ) from error
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "not a file name").lower()
        raise _unreadable(place, reason, "check the path and its permissions") from error


def _unreadable(place: str, reason: str, advice: str) -> FetchError:
    return FetchError(
        "unreadable-file", f"the file can't be read: {reason}", place=place, help=advice
    )


def _load_folder(folder: Path, limits: Limits) -> list[Snapshot]:
    snapshots: list[Snapshot] = []
    size = 0
    for path in sorted(_documents(folder), key=lambda path: path.relative_to(folder).as_posix()):
        data = _read_file(path, limits)
        size += len(data)
        if size > MAX_FOLDER_BYTES or len(snapshots) == MAX_DOCUMENTS:
            raise ExtractError(
                "too-large",
                f"the folder has over {MAX_DOCUMENTS:,} documents or {MAX_FOLDER_BYTES:,} bytes",
                place=shown(folder),
                help="read its folders one by one",
            )
        snapshots.append(snapshot_of(data, shown(path.relative_to(folder).as_posix())))
    if not snapshots:
        raise ExtractError(
            "no-documents",
            "the folder has no document that can be read",
            place=shown(folder),
            help=f"readable files end in {', '.join(sorted(READABLE))}",
        )
    return snapshots


def _documents(folder: Path) -> Iterator[Path]:
    """Yield the readable files below a folder, without hidden ones and without ways out of it."""
    root = folder.resolve()
    for base, folders, files in os.walk(folder, onerror=_raise_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(base, name)
            if name.startswith(".") or path.suffix.lower() not in READABLE:
                continue
            if path.is_file() and path.resolve().is_relative_to(root):
                yield path


def _raise_unreadable(error: OSError) -> None:
    reason = (error.strerror or "unknown").lower()
    raise _unreadable(shown(error.filename), reason, "check the folder's permissions") from error
