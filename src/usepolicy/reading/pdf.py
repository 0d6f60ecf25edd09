"""PDF to lines: the text layer of a PDF, line by line, with place and type size.

Owns what is asked of PDFium, the bullets that are drawn and not written, and the limits of pages.
What the lines mean is for `layout`. It runs in a child with limits (`limited`), since PDFium is
native code.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import pypdfium2
import pypdfium2.raw as pdfium

from usepolicy.errors import ExtractError
from usepolicy.reading.layout import lines_markdown
from usepolicy.reading.limited import broken_document, encrypted_document, too_costly
from usepolicy.reading.lines import Line
from usepolicy.reading.sources import Kind

REVISION = 3
"""Raised whenever the text that this module and `layout` make of the same document changes."""
MAX_PAGES = 2_000
MIN_LETTERS = 10
"""Letters that a text layer has at least; a scan may bear a stamp or a page number."""

MAX_SHAPES = 2_000
"""Shapes of a page that are taken for bullets; a drawing has more."""

WIDE_GAP = 1.2
"""Room between two words to the size of their type, from which they are no words of a sentence."""

_MARKER = re.compile(r"[\W\d_]+|\W?\w{1,4}[.)]")
"""A bullet or number: the words of an item are no cell beside it."""
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.I)
_HYPHEN = 0x2
"""What PDFium gives for a hyphen at the end of a line that it takes for a broken word."""
_BOLD_WEIGHT = 600


def pdf_markdown(data: bytes, *, max_text: int) -> tuple[str, str, str | None]:
    """Return the Markdown, the parser and the title of a PDF document.

    Raises: ExtractError: `encrypted-document`, `no-text-layer`, `broken-document`, `too-large`.
    """
    document = _opened(data)
    if len(document) > MAX_PAGES:
        raise too_costly("", f"the document has more than {MAX_PAGES:,} pages")
    lines: list[Line] = []
    size = 0
    for number in range(len(document)):
        for line in _page_lines(document, number):
            lines.append(line)
            size += len(line.text)
            if size > max_text:
                raise too_costly("", f"the document has more than {max_text:,} characters of text")
    if sum(c.isalpha() for line in lines for c in line.text) < MIN_LETTERS:
        raise ExtractError(
            "no-text-layer",
            "the pages hold pictures and no text",
            help="run text recognition over it first, e.g. with ocrmypdf",
        )
    return lines_markdown(lines), f"pdf-pypdfium2-{version('pypdfium2')}/{REVISION}", None


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    """Open a document; PDFium tries the empty password by itself."""
    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise encrypted_document("") from error
        raise broken_document("", Kind.PDF) from error
    if pages == 0:
        raise broken_document("", Kind.PDF)
    return document


def _page_lines(document: pypdfium2.PdfDocument, number: int) -> Iterator[Line]:
    """Yield the lines of one page in the order of the text layer."""
    page = document[number]
    text = page.get_textpage()
    shapes = list(_small_shapes(page))
    for line in _text_lines(text, number):
        yield _with_bullet(line, shapes)
    text.close()
    page.close()


def _text_lines(text: pypdfium2.PdfTextPage, number: int) -> Iterator[Line]:
    characters: list[str] = []
    start = 0
    for index in range(pdfium.FPDFText_CountChars(text.raw) + 1):
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        if code == _HYPHEN:  # PDFium gives no line's end behind it
            characters.append("-")
        elif code not in (0, 10, 13):
            characters.append(_character(code))
            continue
        yield from _pieces(text, "".join(characters), start, number)
        characters, start = [], index + 1


def _pieces(text: pypdfium2.PdfTextPage, words: str, start: int, number: int) -> Iterator[Line]:
    """Yield the pieces of a line between which there are wide gaps, as between cells."""
    begun = 0
    for gap in re.finditer(r"(?<=\S)\s+(?=\S)", words):
        before = words[begun : gap.start()].strip()
        if _MARKER.fullmatch(before) or not _is_wide(text, start + gap.start(), start + gap.end()):
            continue
        yield replace(
            _line(text, words[begun : gap.start()], start + begun, number), goes_on=begun > 0
        )
        begun = gap.end()
    if words[begun:].strip():
        yield replace(_line(text, words[begun:], start + begun, number), goes_on=begun > 0)


def _is_wide(text: pypdfium2.PdfTextPage, start: int, end: int) -> bool:
    """Whether blanks, from one index up to another, leave more room than words need."""
    _, right, _, _ = _box(text, start - 1)
    left, _, _, _ = _box(text, end)
    return left - right > WIDE_GAP * _size(text, end)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A drawn shape that may be a bullet."""

    left: float
    right: float
    middle: float
    height: float


def _small_shapes(page: pypdfium2.PdfPage) -> Iterator[_Shape]:
    """Yield the shapes of a page that are as small as bullets, which browsers draw."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    found = 0
    for index in range(pdfium.FPDFPage_CountObjects(page.raw)):
        shape = pdfium.FPDFPage_GetObject(page.raw, index)
        if pdfium.FPDFPageObj_GetType(shape) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        pdfium.FPDFPageObj_GetBounds(shape, left, bottom, right, top)
        width, height = right.value - left.value, top.value - bottom.value
        if 0.5 < height < 12 and 0.6 * height < width < 1.6 * height:
            yield _Shape(left.value, right.value, (top.value + bottom.value) / 2, height)
            found += 1
        if found == MAX_SHAPES:
            return


def _with_bullet(line: Line, shapes: Sequence[_Shape]) -> Line:
    """Write the bullet that is drawn before a line into its words."""
    for shape in shapes:
        beside = line.left - 2.5 * line.size < shape.right < line.left
        level = line.y - 0.1 * line.size < shape.middle < line.y + 0.8 * line.size
        if beside and level and shape.height < 0.7 * line.size:
            text = f"\N{BULLET} {line.text}"
            return replace(line, text=text, left=shape.left, body_left=line.left)
    return line


def _character(code: int) -> str:
    """Return a character; half of a surrogate pair or no character at all is a replacement."""
    if 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) or code < 32:
        return "\N{REPLACEMENT CHARACTER}" if code > 32 else " "
    return chr(code)


def _line(text: pypdfium2.PdfTextPage, words: str, start: int, number: int) -> Line:
    """Measure a line by its first and last characters that are no space."""
    first = start + len(words) - len(words.lstrip())
    last = start + len(words.rstrip()) - 1
    middle = _body_start(words) + start
    left, _, bottom, _ = _box(text, first)
    _, right, _, _ = _box(text, last)
    body_left, _, _, _ = _box(text, middle)
    return Line(
        text=" ".join(words.split()),
        page=number,
        left=left,
        right=right,
        y=_baseline(text, first, bottom),
        size=_size(text, middle),
        bold=_is_bold(text, middle) and _is_bold(text, last),
        body_left=body_left,
    )


def _body_start(words: str) -> int:
    """Return where the words start after what may be a bullet or a number."""
    found = re.match(r"\s*\S{1,6}\s+(?=\S)", words)
    return found.end() if found else len(words) - len(words.lstrip())


def _box(text: pypdfium2.PdfTextPage, index: int) -> tuple[float, float, float, float]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text.raw, index, left, right, bottom, top)
    return left.value, right.value, bottom.value, top.value


def _baseline(text: pypdfium2.PdfTextPage, index: int, bottom: float) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    return y.value if pdfium.FPDFText_GetCharOrigin(text.raw, index, x, y) else bottom


def _size(text: pypdfium2.PdfTextPage, index: int) -> float:
    """Return the size of the type as it is seen: the font's, scaled by the page's matrix."""
    matrix = pdfium.FS_MATRIX()
    size = float(pdfium.FPDFText_GetFontSize(text.raw, index))
    if pdfium.FPDFText_GetMatrix(text.raw, index, matrix):
        size *= (matrix.c**2 + matrix.d**2) ** 0.5
    return size


def _is_bold(text: pypdfium2.PdfTextPage, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(text.raw, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    size = pdfium.FPDFText_GetFontInfo(text.raw, index, name, 128, flags)
    return bool(_BOLD.search(name.raw[: max(size - 1, 0)].decode("utf-8", "replace")))
