"""Runs: every source is looked at once, and what it shows now goes into the history.

Owns that one failing source never stops the others, and that a run which was killed goes on where
it was. What can't be kept, because the disk is full, ends the run: nothing could be noted any more.
The clock, chance and the network come in as arguments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from usepolicy.errors import ExtractError, FetchError, StoreError, UsePolicyError
from usepolicy.reading.convert import kind_of
from usepolicy.reading.fetch import NOT_MODIFIED, Known
from usepolicy.reading.sources import Snapshot, snapshot_of
from usepolicy.store.history import History, Source, Taken
from usepolicy.store.history_sources import (
    Captured,
    Noted,
    Run,
    begin_run,
    end_run,
    keep_capture,
    note_findings,
    page_of,
    through,
)
from usepolicy.tracking.asking import Network, is_gone
from usepolicy.tracking.declarations import DeclaredPage, DeclaredTerms, load_declaration
from usepolicy.tracking.imports import import_file, import_source
from usepolicy.tracking.selection import markdown_of
from usepolicy.tracking.sources import SourceKind

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one source."""

    source: Source
    new: int = 0
    """Versions, error pages counted in."""
    gone: tuple[str, ...] = ()
    """Documents that the server does not show."""
    failed: tuple[UsePolicyError, ...] = ()
    read: bool = True
    """Whether anything of it could be read."""
    skipped: bool = False
    """The run was through with it before it was killed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one document."""

    new: bool = False
    gone: str = ""
    error: UsePolicyError | None = None


def run_sources(
    history: History, sources: Sequence[Source], network: Network, *, now: Clock
) -> Iterator[Looked]:
    """Look at each source; what came of each is told as soon as it is known.

    Raises: StoreError: the history can't be written.
    """
    run = begin_run(history, now())
    for source in sources:
        if run.resumed and source.run_id == run.id:
            yield Looked(source, skipped=True)
            continue
        yield _looked(history, source, network, run, now)
    end_run(history, run, now())


def _looked(history: History, source: Source, network: Network, run: Run, now: Clock) -> Looked:
    try:
        looked = _look(history, source, network, now)
    except StoreError:
        raise
    except UsePolicyError as error:
        looked = Looked(source, failed=(error,), read=False)
    said = "; ".join(f"{error.code}: {error.message}" for error in looked.failed[:3])
    through(history, source, run, at=now(), error=said or None)
    return looked


def _look(history: History, source: Source, network: Network, now: Clock) -> Looked:
    kind = SourceKind(source.kind)
    if kind is SourceKind.ADDRESS:
        return _gathered(source, [_seen(history, source, network, _of_address(source), now)])
    if kind is SourceKind.DECLARATION:
        declared = load_declaration(Path(source.location))
        note_findings(history, source, [Noted(*each) for each in declared.left_out])
        service = source.service or declared.service
        wanted = [_Wanted(f"{service}/{t.title}.md", service, t.title, t) for t in declared.terms]
        return _gathered(source, [_seen(history, source, network, w, now) for w in wanted])
    if kind is SourceKind.GIT_FILE:
        return Looked(source, import_file(history, source))
    return Looked(source, import_source(history, Path(source.location))[1])


def _gathered(source: Source, seen: Sequence[Seen]) -> Looked:
    failed = tuple(each.error for each in seen if each.error)
    gone = tuple(each.gone for each in seen if each.gone)
    read = any(not each.error or each.gone for each in seen)
    return Looked(source, sum(each.new for each in seen), gone, failed, read)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A document to be had."""

    path: str
    service: str
    title: str
    terms: DeclaredTerms
    whole: bool = False
    """Its version is the page itself, not what was taken from it."""


def _of_address(source: Source) -> _Wanted:
    address = source.location
    parts = urlsplit(address)
    service = source.service or parts.hostname or parts.netloc
    title = source.title or parts.path.strip("/") or "page"
    terms = DeclaredTerms(title, (DeclaredPage(address),))
    return _Wanted(address, service, title, terms, whole=True)


def _seen(history: History, source: Source, network: Network, wanted: _Wanted, now: Clock) -> Seen:
    """Have the pages of a document, and keep it as it is now."""
    try:
        pages = [_captured(history, source, network, page) for page in wanted.terms.pages]
        at = now()
        taken = Taken(wanted.path, wanted.service, wanted.title, at.isoformat(), at, b"")
        taken, error = _version(taken, wanted, pages)
        new = keep_capture(history, source, taken, pages)
    except StoreError:
        raise
    except UsePolicyError as failed:
        return Seen(error=failed)
    return Seen(new, wanted.title if taken.unavailable else "", error)


def _captured(history: History, source: Source, network: Network, page: DeclaredPage) -> Captured:
    before = page_of(history, source, page.address)
    answer = network.page(page.address, before.known if before else Known())
    if answer.status != NOT_MODIFIED:
        found, good = answer.snapshot, not is_gone(answer)
        return Captured(page.address, found.data, answer.known, found.media_type, good)
    if before is None:
        raise FetchError("http-status", "the server shows no page", place=page.address)
    data = history.bytes_of(before.sha256)
    return Captured(page.address, data, before.known, before.media_type)


def _version(
    taken: Taken, wanted: _Wanted, pages: Sequence[Captured]
) -> tuple[Taken, UsePolicyError | None]:
    """Return a document as its pages show it, and why it is not shown if it is not.

    What the pages don't show is unavailable: that a rule is gone can't be told from it.
    """
    lost = next((page for page in pages if not page.good), None)
    if lost is not None:
        return _lost(taken, lost), None
    if wanted.whole:
        return replace(taken, data=pages[0].data, media_type=pages[0].media_type), None
    texts = []
    for page, declared in zip(pages, wanted.terms.pages, strict=True):
        try:
            snapshot = _snapshot(page)
            texts.append(markdown_of(snapshot, declared, kind_of(snapshot)))
        except ExtractError as error:
            return _lost(taken, page), error
    return replace(taken, data="\n\n".join(texts).encode(), origin=_origin(pages)), None


def _lost(taken: Taken, page: Captured) -> Taken:
    return replace(taken, data=page.data, media_type=page.media_type, unavailable=True)


def _snapshot(page: Captured) -> Snapshot:
    name = urlsplit(page.address).path.rstrip("/").rpartition("/")[2]
    return snapshot_of(page.data, name, address=page.address, media_type=page.media_type)


def _origin(pages: Sequence[Captured]) -> str:
    every = "\n".join(hashlib.sha256(page.data).hexdigest() for page in pages)
    return hashlib.sha256(every.encode()).hexdigest()
