"""Conversion: from the bytes of a document to its canonical Markdown.

Owns the kind of a document and the rules that hold for every kind. The converters are in `html`,
`pdf` and `docx`, and are loaded only when a document needs them.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from usepolicy.errors import ExtractError
from usepolicy.reading.charset import decode, looks_binary, not_a_document
from usepolicy.reading.limited import (
    broken_document,
    convert_limited,
    encrypted_document,
    too_costly,
)
from usepolicy.reading.sources import Kind, Limits, Snapshot, shown, too_large

MAX_PAGE = 10 * 1024 * 1024
"""Bytes of a page, most of them scripts; its parser takes some 60 times as much memory."""

_BY_MEDIA_TYPE = {
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "text/markdown": Kind.MARKDOWN,
    "text/x-markdown": Kind.MARKDOWN,
}
_BY_ENDING = {
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".txt": Kind.TEXT,
}
_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_BOM = re.compile(rb"\xef\xbb\xbf|\xff\xfe|\xfe\xff")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_TITLE = re.compile(r"^#{1,2}[ \t]+(\S.*)$", re.M)
_CLOSING = " \t#"
"""What may end a heading and is none of its words."""
_PDF = re.compile(rb"%PDF-\d")
_PDF_WITHIN = 1024
"""Bytes in which the head of a PDF may begin: its readers forgive what stands before it."""
_NO_DOCUMENT = re.compile(
    r"(?:image|audio|video|font|model)/|\S*\b(?:json|xml|javascript|ecmascript|css|wasm)(?:$|[;\s])"
)
"""Media types of what is no prose, where the content is no page."""
_LINE_ENDS = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Converted:
    """A canonical text, and what made it."""

    text: str
    parser: str
    """Name and version of what made the text, e.g. `html-markdownify-1.2.3/1`: a new one may
    make another text of the same bytes."""
    title: str | None
    """The title that the document gives itself, or its first heading of level 1 or 2."""


def canonical_text(snapshot: Snapshot, *, limits: Limits = Limits()) -> Converted:
    """Return the canonical Markdown of a document.

    Raises: ExtractError: the bytes are no document that can be read.
    """
    if not snapshot.data.strip():
        raise _empty(snapshot)
    converted = _convert(snapshot, kind_of(snapshot), limits)
    if not converted.text.strip():
        raise _empty(snapshot)
    _check_length(converted.text, limits, snapshot.place)
    if converted.title is None:
        found = _TITLE.search(converted.text)
        title = (found[1].rstrip(_CLOSING) or found[1]) if found else None
        return Converted(converted.text, converted.parser, title)
    return converted


def _check_length(text: str, limits: Limits, place: str) -> None:
    if len(text) > limits.max_text:
        message = f"the document has more than {limits.max_text:,} characters of text"
        raise too_costly(place, message)


def kind_of(snapshot: Snapshot) -> Kind:
    """Return what the document is: by its first bytes, else by what names it.

    Raises: ExtractError: `not-a-document`, `unsupported-kind`, `encrypted-document`.
    """
    data = snapshot.data
    if _is_pdf(data):
        return Kind.PDF
    if data.startswith(b"PK\x03\x04"):
        return _zip_kind(snapshot)
    if data.startswith((_OLE, b"{\\rtf")):
        raise _office(snapshot)
    if not _BOM.match(data) and looks_binary(data) and "utf-16" not in _declared(snapshot):
        raise not_a_document(snapshot.place)
    media_type = _declared(snapshot).partition(";")[0].strip()
    by_name = (
        None
        if _NO_DOCUMENT.match(media_type)
        else _BY_ENDING.get(PurePosixPath(snapshot.name).suffix.lower())
    )
    if media_type in _BY_MEDIA_TYPE:
        return _BY_MEDIA_TYPE[media_type]
    if by_name is not None and not (by_name is Kind.TEXT and _is_page(data)):
        return by_name
    if _is_page(data):
        return Kind.HTML
    if _NO_DOCUMENT.match(media_type):
        raise _unsupported(snapshot, f"the server says that it is `{shown(media_type)[:80]}`")
    return Kind.TEXT if media_type == "text/plain" else Kind.MARKDOWN


def _declared(snapshot: Snapshot) -> str:
    return (snapshot.media_type or "").lower()


def _is_pdf(data: bytes) -> bool:
    """Whether a PDF begins here; bytes before its head are none, or no text: a text may speak of it."""
    found = _PDF.search(data[: _PDF_WITHIN + 8])
    before = data[: found.start()] if found else b"text"
    mark = _BOM.match(before)
    before = before[mark.end() if mark else 0 :].strip()
    return not before or looks_binary(before)


def _is_page(data: bytes) -> bool:
    head = data[:4096]
    mark = _BOM.match(head)
    return bool(_PAGE.match(head[mark.end() if mark else 0 :].replace(b"\0", b"")))


def _zip_kind(snapshot: Snapshot) -> Kind:
    try:
        with zipfile.ZipFile(BytesIO(snapshot.data)) as archive:
            names = set(archive.namelist())
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        OverflowError,
    ) as error:
        raise broken_document(snapshot.place, Kind.DOCX) from error
    if "[Content_Types].xml" in names and any(name.startswith("word/") for name in names):
        return Kind.DOCX
    raise _unsupported(snapshot, "the archive holds no Word document")


def _office(snapshot: Snapshot) -> ExtractError:
    if _ENCRYPTED_PACKAGE in snapshot.data:
        return encrypted_document(snapshot.place)
    return _unsupported(snapshot, "old Word and RTF documents can't be read")


def _unsupported(snapshot: Snapshot, message: str) -> ExtractError:
    return ExtractError(
        "unsupported-kind",
        message,
        place=snapshot.place,
        help="save it as DOCX, PDF, HTML, Markdown or plain text",
    )


def _empty(snapshot: Snapshot) -> ExtractError:
    return ExtractError(
        "empty-document",
        "the document has no text",
        place=snapshot.place,
        help="if a browser shows text there, save the page from the browser and read that file",
    )


def _convert(snapshot: Snapshot, kind: Kind, limits: Limits) -> Converted:
    place = snapshot.place
    if kind in (Kind.PDF, Kind.DOCX):
        return Converted(*convert_limited(kind, snapshot.data, limits, place=place))
    html = kind is Kind.HTML
    if html and len(snapshot.data) > MAX_PAGE:
        raise too_large(place, MAX_PAGE)
    text = decode(snapshot.data, media_type=snapshot.media_type, html=html, place=place)
    if html:
        from usepolicy.reading.html import html_markdown

        return Converted(*html_markdown(text, max_text=limits.max_text, place=place))
    _check_length(text, limits, place)
    text = _LINE_ENDS.sub("\n", text)
    if kind is Kind.TEXT:
        from usepolicy.reading.plain import REVISION, text_markdown

        return Converted(text_markdown(text), f"{kind}/{REVISION}", None)
    return Converted(text, f"{kind}/1", None)
