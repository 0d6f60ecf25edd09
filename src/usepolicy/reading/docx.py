"""DOCX to Markdown: through HTML, so that both kinds get the same lists and tables.

Owns the checks of the archive before anything is parsed. Reading Word's numbering and styles is
mammoth's.
"""

from __future__ import annotations

import zipfile
import zlib
from importlib.metadata import version
from io import BytesIO

import mammoth  # type: ignore[import-untyped]  # ships no types

from usepolicy.errors import ExtractError
from usepolicy.reading.html import html_markdown
from usepolicy.reading.limited import broken_document, encrypted_document, too_costly
from usepolicy.reading.sources import Kind

REVISION = 3
"""Raised whenever the text that this module makes of the same document changes."""
MAX_ENTRIES = 5_000
MAX_UNPACKED = 100 * 1024 * 1024
"""Bytes of all parts: of a document of 20 MiB with pictures, which hardly shrink."""
MAX_XML = 24 * 1024 * 1024
"""Bytes of one XML part: about 1,000 pages. The parser takes some 20 times as much memory."""
MAX_RATIO = 200
"""Unpacked to packed bytes of a part over 1 MiB. XML of Word reaches 30, a bomb 1,000."""
CHUNK = 64 * 1024

_STYLES = [
    "p[style-name='Title'] => h1:fresh",
    "p[style-name='Subtitle'] => p:fresh",
    # Word's own styles of deeper lists: each is the first level of a list of its own.
    *(
        f"p[style-name='List {name} {level}'] => {'ul|ol > li > ' * (level - 1)}{tag} > li:fresh"
        for name, tag in (("Bullet", "ul"), ("Number", "ol"))
        for level in range(2, 6)
    ),
]
_DECLARATIONS = tuple(
    word.encode(charset)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for charset in ("utf-8", "utf-16-le", "utf-16-be")
)


def docx_markdown(data: bytes, *, max_text: int) -> tuple[str, str, str | None]:
    """Return the Markdown, the parser and the title of a DOCX document.

    Raises: ExtractError: `too-large`, `broken-document`, `encrypted-document`.
    """
    _check_archive(data)
    html = mammoth.convert_to_html(
        BytesIO(data),
        style_map="\n".join(_STYLES),
        convert_image=mammoth.images.img_element(_no_image),
    ).value
    text, _, _ = html_markdown(f"<html><body>{html}</body></html>", max_text=max_text)
    return text, f"docx-mammoth-{version('mammoth')}/{REVISION}", None


def _no_image(image: object) -> dict[str, str]:
    """Leave pictures unread: their bytes would go through base64 and be dropped."""
    return {"src": ""}


def _check_archive(data: bytes) -> None:
    """Unpack every part once, keeping nothing, and stop at the first limit.

    INVARIANT: no part is parsed before all are known to be small; the sizes that the archive
    declares are checked too, but it may lie.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_declared(entries)
            total = 0
            for entry in entries:
                total += _check_entry(archive, entry, MAX_UNPACKED - total)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
    ) as error:
        raise broken_document("", Kind.DOCX) from error


def _check_declared(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise _bomb()
    if any(entry.flag_bits & 1 for entry in entries):
        raise encrypted_document("")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):  # which of two parts counts differs between readers
        raise broken_document("", Kind.DOCX)


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Return the size of one part."""
    is_xml = entry.filename.lower().endswith((".xml", ".rels"))
    most = min(left, MAX_XML) if is_xml else left
    size, seen = 0, b""
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            ratio = size / max(entry.compress_size, 1)
            if size > most or (size > 1 << 20 and ratio > MAX_RATIO):
                raise _bomb()
            if is_xml and any(word in seen + chunk for word in _DECLARATIONS):
                raise ExtractError(
                    "broken-document",
                    "the DOCX file declares XML entities, which Word never does",
                    help="open it, save it anew, and read that file",
                )
            seen = chunk[-32:]
    return size


def _bomb() -> ExtractError:
    return too_costly(
        "",
        f"the DOCX file unpacks to too much, over {MAX_UNPACKED:,} bytes or {MAX_RATIO} times its size",
    )
