"""Charsets: from bytes to characters, or the refusal to guess at what is no text.

Owns the order of evidence: byte order mark, UTF-8, what was declared, detection. It knows nothing
of the kind of document beyond where HTML declares its charset.
"""

from __future__ import annotations

import codecs
import re

from usepolicy.errors import ExtractError

SAMPLE = 64 * 1024
"""Bytes that are looked at to tell binary from text and to detect a charset."""
MAX_CONTROLS = 0.02
"""Share of control characters in a text. Random bytes have 0.1; text has none but a stray one."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_META = re.compile(rb"<meta\b[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_PARAMETER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_ESCAPED = ("iso2022", "hz")
"""Charsets whose bytes are all ASCII, so that they pass for UTF-8."""
_WEB_NAMES = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "tis-620": "cp874",
}
"""What the web means by a name (https://encoding.spec.whatwg.org): a superset of it."""
_CHARSETS = """
    utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be cp1252 gb18030
    cp866 cp874 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 koi8-r koi8-u
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10
    iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 mac-roman mac-cyrillic
    big5 big5hkscs cp950 euc_jp iso2022_jp shift_jis cp932 euc_kr cp949 johab hz iso2022_kr
"""
"""Python's normal names of the charsets of the same standard, and of a few that pages used before
it. Python's codecs are more: `unicode_escape` would let a document write any code point."""
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(data: bytes, *, media_type: str | None = None, html: bool = False, place: str) -> str:
    """Return the text of the bytes, without a byte order mark.

    Raises: ExtractError: `not-a-document`, they are no text; `unknown-charset`.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _checked(_decoded(data[len(mark) :], name), place)
    declared = _declared(data, media_type, html)
    if b"\0" in data:
        wide = declared is not None and declared.startswith(("utf-16", "utf-32"))
        return _checked(_decoded(data, declared or "") if wide else "\0", place)
    if looks_binary(data):
        raise not_a_document(place)
    return _checked(_by_evidence(data, declared), place)


def without_surrogates(text: str) -> str:
    """Return a text that can be encoded: half of a pair becomes the replacement character."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def looks_binary(data: bytes) -> bool:
    """Whether the start of the data, which bears no byte order mark, is no text at all."""
    sample = data[:SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return b"\0" in sample or controls > MAX_CONTROLS * len(sample)


def not_a_document(place: str) -> ExtractError:
    """Return the error of bytes that are no text and no known kind of document."""
    return ExtractError(
        "not-a-document",
        "the content is binary data, not a document",
        place=place,
        help="give a Markdown, HTML, PDF, DOCX or plain text document",
    )


def _by_evidence(data: bytes, declared: str | None) -> str | None:
    # UTF-8 before what was declared: other text is almost never valid UTF-8 by chance, while
    # pages in UTF-8 that declare an 8-bit charset are common.
    escaped = declared is not None and declared.startswith(_ESCAPED)
    wide = declared is not None and declared.startswith(("utf-16", "utf-32"))  # has no NUL: a lie
    names = [declared, "utf-8"] if escaped else ["utf-8", None if wide else declared]
    for name in names:
        text = _decoded(data, name) if name else None
        if text is not None:
            return text
    detected = _detected(data)
    return _decoded(data, detected) if detected else None


def _decoded(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _declared(data: bytes, media_type: str | None, html: bool) -> str | None:
    """Return the normal name of the charset that the server or the page declares."""
    said = _PARAMETER.search(media_type or "")
    if said:
        return _codec(said[1])
    meta = _META.search(data[:4096]) if html else None
    return _codec(meta[1].decode("ascii", "replace")) if meta else None


def _codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    normal = _WEB_NAMES.get(codec.name, codec.name)
    return normal if normal in _CHARSETS.split() else None


def _detected(data: bytes) -> str | None:
    from charset_normalizer import from_bytes  # 30 ms to load, and UTF-8 needs it never

    best = from_bytes(data[:SAMPLE]).best()
    return _WEB_NAMES.get(best.encoding, best.encoding) if best else None


def _checked(text: str | None, place: str) -> str:
    if text is None:
        raise ExtractError(
            "unknown-charset",
            "the text is in no character encoding that can be told",
            place=place,
            help="save the document as UTF-8",
        )
    if "\0" in text:
        raise not_a_document(place)
    return without_surrogates(text)
