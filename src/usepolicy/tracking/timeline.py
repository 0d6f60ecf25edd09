"""Timeline: the history of each kept document, compared once and kept.

Owns the comparison of kept snapshots, on as many processes as are given; what an engine compared
is not compared again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from usepolicy import __version__
from usepolicy.errors import UsePolicyError
from usepolicy.reading.convert import canonical_text
from usepolicy.reading.sources import Limits, snapshot_of
from usepolicy.store.history import Document, History
from usepolicy.tracking.changes import VersionChange
from usepolicy.tracking.histories import Entry, history_of
from usepolicy.tracking.records import change_from, record_of
from usepolicy.tracking.versions import compare_texts

ENGINE = f"changes/2 ({__version__})"
"""Who compares; counted up when the same texts may give other changes."""
MANY = 40
"""Records from which further processes are worth their start."""

ENDINGS = (".md", ".html", ".htm", ".txt")
Compared = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A document with what happened to it."""

    document: Document
    entries: tuple[Entry, ...]


def timelines(history: History, *, workers: int = 1) -> Iterator[Timeline]:
    """Yield what happened to each document; what was not compared yet is compared and kept."""
    known = history.compared(ENGINE)
    documents = history.documents()
    open_ = [d for d in documents if any(_lacking(history, d, known))]
    for found in _compared(history, open_, known, workers=workers):
        history.keep_compared(ENGINE, found)
        known |= found
    for document in documents:
        yield Timeline(document, _entries(history, document, dict(known), {}))


def kept_timelines(history: History) -> Iterator[tuple[Timeline, bool]]:
    """Yield each document with what is known to have happened to it, and whether all is compared.

    Nothing is compared and nothing is kept; of a document that lacks a comparison nothing is told.
    """
    known = history.compared(ENGINE)
    for document in history.documents():
        try:
            entries = _entries(history, document, known, {}, compare=False)
        except KeyError:
            yield Timeline(document, ()), False
        else:
            yield Timeline(document, entries), True


def compare_here(history: History) -> None:
    """Compare and keep what was not compared yet, in this process: also of a history in memory."""
    known = history.compared(ENGINE)
    for document in history.documents():
        fresh: Compared = {}
        _entries(history, document, known, fresh)
        history.keep_compared(ENGINE, fresh)


def _lacking(history: History, document: Document, known: Compared) -> Iterator[bool]:
    """Yield True if an adjacent pair of a document is not known; a cheap sign of new records."""
    fresh: Compared = {}
    try:
        _entries(history, document, known, fresh, compare=False)
    except KeyError:
        yield True


def _compared(
    history: History, documents: Sequence[Document], known: Compared, *, workers: int
) -> Iterator[Compared]:
    if workers < 2 or sum(len(history.records(d)) for d in documents) < MANY:
        for document in documents:
            yield _compare_document(history.path, document, known)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_compare_document, history.path, d, known) for d in documents]
        for job in jobs:
            yield job.result()


def _compare_document(path: Path, document: Document, known: Compared) -> Compared:
    """Return what had to be compared anew for a document; in a process of its own or not."""
    history = History.open(path, create=False)
    fresh: Compared = {}
    _entries(history, document, dict(known), fresh)
    return fresh


def _entries(
    history: History,
    document: Document,
    known: Compared,
    fresh: Compared,
    *,
    compare: bool = True,
) -> tuple[Entry, ...]:
    records = history.records(document)
    kinds = {record.sha256: record.media_type for record in records}

    def text(sha256: str) -> str:
        return text_of(history.bytes_of(sha256), document.path, kinds[sha256])

    def changed(old: str, new: str) -> VersionChange:
        record = known.get((old, new)) or fresh.get((old, new))
        if record is None:
            if not compare:
                raise KeyError(old, new)
            found = compare_texts(text(old), text(new))
            record = fresh[old, new] = json.dumps(record_of(found), ensure_ascii=False)
        return change_from(json.loads(record))

    return history_of(records, changed)


def compare_bytes(old: bytes, new: bytes, name: str) -> VersionChange:
    """Return what changed between two snapshots; what is no document shows no policy."""
    return compare_texts(text_of(old, name), text_of(new, name))


def text_of(data: bytes, name: str, media_type: str | None = None) -> str:
    """Return the canonical text of a snapshot; of what is no document, nothing.

    Args: name: the path of its document; one without an ending that says more is Markdown.
    """
    try:
        if media_type is None and "://" not in name and not name.lower().endswith(ENDINGS):
            name += ".md"
        snapshot = snapshot_of(data, name, media_type=media_type)
        return canonical_text(snapshot, limits=Limits()).text
    except UsePolicyError:
        return ""
