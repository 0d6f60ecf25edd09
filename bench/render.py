"""Render a Markdown policy as the other kinds of document: what the benches and the tests read.

Owns one way to a page, to a Word file and to two kinds of PDF. The page has what real pages have
around a policy; the Word file has real styles and multi-level numbering; the PDF is set by
reportlab, or printed by a browser where Debian's chromium is installed. Nothing here ships.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

SHARED = Path(__file__).resolve().parents[2] / "shared" / "policies"
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

NAV = ["Products", "Pricing", "Developers", "Company", "Careers", "Log", "in"]
FOOTER = ["Research", "Newsroom", "Cookie preferences", "Privacy policy", "Status page"]
BANNER = "We use cookies to give you a better experience. Accept all or manage your choices."

_LISTS = re.compile(r"[:;](?:\s+(?:and|or))?\s*$")
_BULLET = re.compile(r"^([ \t]*)[•◦▪‣●○](?=[ \t]+\S)", re.M)


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look."""

    text: str
    bold: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A heading, list item, paragraph or table, as it will be set."""

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 0
    """Of a heading 1..6; of an item and what follows in it the number of lists around it."""
    number: int = 0
    """Of an item of a counted list; 0 for a bullet."""
    list_id: int = 0
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def text(self) -> str:
        """The words without their looks."""
        return "".join(run.text for run in self.runs)


def documents(folders: Sequence[Path] = ()) -> list[tuple[str, str]]:
    """Return the name and the Markdown of each policy of the folders and of our examples.

    Args: folders: where there are none, those beside the checkout.
    """
    found = [p for folder in folders or sorted(SHARED.glob("*/")) for p in folder.glob("*.md")]
    paths = [*sorted(found), *sorted(EXAMPLES.glob("*.md"))]
    return [(f"{p.parent.name}/{p.stem}", p.read_text("utf-8-sig")) for p in paths]


def parser() -> MarkdownIt:
    """Return the parser with the exceptions that the reader makes (`usepolicy.reading.blocks`)."""
    found = MarkdownIt("commonmark", {"html": False}).enable("table")
    return found.disable(["code", "fence", "html_block", "reference"])


def tokens(markdown: str) -> list[Token]:
    """Parse a text; line ends that were meant break the line, others are wrapping.

    Those behind a colon or semicolon were meant, and so were those behind a sentence beside them. A
    printed bullet at a line's start is one, as for the reader: else its line would be glued on.
    """
    found = parser().parse(_BULLET.sub(r"\1-", markdown))
    for token in found:
        ends = [(a, b) for a, b in pairwise(token.children or []) if b.type == "softbreak"]
        is_list = any(_LISTS.search(before.content) for before, _ in ends)
        for before, here in ends if is_list else []:
            if _LISTS.search(before.content) or before.content.rstrip().endswith("."):
                here.type, here.tag = "hardbreak", "br"
    return found


@dataclass
class _Lists:
    numbers: list[int] = field(default_factory=list)
    """The next number of each open list; 0 for a bulleted one."""
    ids: list[int] = field(default_factory=list)
    count: int = 0
    fresh: bool = False

    def follow(self, token: Token) -> None:
        if token.type in ("ordered_list_open", "bullet_list_open"):
            first = int(token.attrGet("start") or 1) if token.tag == "ol" else 0
            self.count += 1
            self.numbers.append(first)
            self.ids.append(self.count)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            self.numbers.pop()
            self.ids.pop()
        elif token.type == "list_item_open":
            self.fresh = True

    def item(self) -> int:
        """Return the number of the item that begins, and count on."""
        self.fresh = False
        number = self.numbers[-1]
        self.numbers[-1] += number > 0
        return number


def pieces(markdown: str) -> Iterator[Piece]:
    """Yield the blocks of a text."""
    lists, heading, rows = _Lists(), 0, []
    for token in tokens(markdown):
        lists.follow(token)
        if token.type == "heading_open":
            heading = int(token.tag[1])
        elif token.type == "heading_close":
            heading = 0
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            yield Piece("table", rows=tuple(tuple(row) for row in rows))
            rows = []
        elif token.type == "inline":
            runs = tuple(_runs(token.children or []))
            if rows:
                rows[-1].append("".join(run.text for run in runs))
            elif "".join(run.text for run in runs).strip():
                yield _leaf(runs, lists, heading)


def _leaf(runs: tuple[Run, ...], lists: _Lists, heading: int) -> Piece:
    if heading:
        return Piece("heading", runs, heading)
    if lists.ids and lists.fresh:
        return Piece("item", runs, len(lists.ids), lists.item(), lists.ids[-1])
    return Piece("paragraph", runs, len(lists.ids))


def _runs(children: Sequence[Token]) -> Iterator[Run]:
    bold, href = 0, ""
    for token in children:
        if token.type in ("strong_open", "strong_close"):
            bold += token.nesting
        elif token.type == "link_open":
            href = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            href = ""
        elif token.type == "softbreak":
            yield Run(" ", bold > 0, href)
        elif token.type == "hardbreak":
            yield Run("\n", bold > 0, href)
        elif token.content and token.type != "image":
            yield Run(token.content, bold > 0, href)


def html_page(markdown: str, *, title: str = "Policy") -> str:
    """Return a page as companies publish it: navigation, banner, footer around the policy."""
    links = "".join(f'<li><a href="/{n.lower()}">{n}</a></li>' for n in NAV)
    foot = "".join(f'<div class="col"><a href="#">{name}</a></div>' for name in FOOTER)
    style = "body{font:16px Liberation Sans,Arial;line-height:1.5} h1{font-size:2em}"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<style>{style} @media print {{ nav, .cookie-banner, .skip-link, footer {{ display: none }} }}</style>
<script>window.dataLayer = ["do not track"];</script></head>
<body><a class="skip-link" href="#main">Skip to main content</a>
<header class="site-header"><nav aria-label="Main"><ul>{links}</ul></nav></header>
<div class="cookie-banner" id="cookie-consent" role="dialog"><p>{BANNER}</p>
<button>Accept all</button></div>
<div class="layout"><div class="wrapper"><div id="main" class="content rich-text">
{parser().renderer.render(tokens(markdown), parser().options, {})}
</div></div></div>
<footer class="footer"><div class="row">{foot}</div><p>© 2026 Example Ltd. All rights reserved.</p>
</footer></body></html>
"""


@dataclass(frozen=True, slots=True)
class Plain:
    """How a plain text is set."""

    bullet: str = "•"
    number: str = "{}."
    """With the number in it; a letter where it has `{a}`."""
    heading: str = "underlined"
    """`underlined`, `capitals` or `alone`: a short line by itself."""
    width: int = 0
    """Columns to wrap at; 0 for none."""
    indent: int = 4
    blank: bool = False
    """Whether a blank line stands between items."""


def plain_text(markdown: str, look: Plain = Plain()) -> str:
    """Return a policy as people write it in mail and in text files."""
    lines: list[str] = []
    last = ""
    for piece in pieces(markdown):
        if not (piece.kind == last == "item") or look.blank:
            lines.append("")
        lines += _plain_lines(piece, look)
        last = piece.kind
    return "\n".join(lines).strip() + "\n"


def _plain_lines(piece: Piece, look: Plain) -> list[str]:
    if piece.kind == "table":
        widths = [max(map(len, column)) for column in zip(*piece.rows, strict=True)]
        rows = (zip(row, widths, strict=True) for row in piece.rows)
        return ["   ".join(cell.ljust(width) for cell, width in row).rstrip() for row in rows]
    words = piece.text.replace("\N{WORD JOINER}", "")
    if piece.kind == "heading":
        mark = {"underlined": "=" if piece.level < 2 else "-"}.get(look.heading)
        words = words.upper() if look.heading == "capitals" else words
        return [words, mark * len(words)] if mark else [words]
    margin = " " * look.indent * piece.level
    if piece.level and piece.kind == "paragraph":  # under the words of its item
        margin += " " * (len(look.bullet) + 1)
    first = margin
    if piece.kind == "item":
        letter = chr(96 + piece.number) if piece.number < 27 else str(piece.number)
        mark = look.number.format(piece.number, a=letter) if piece.number else look.bullet
        first, margin = f"{margin}{mark} ", f"{margin}{' ' * (len(mark) + 1)}"
    return [
        line
        for number, row in enumerate(words.split("\n"))
        for line in wrapped(row, look.width, margin if number else first, margin)
    ]


def wrapped(words: str, width: int, first: str, margin: str) -> list[str]:
    """Wrap words at a width; no line begins with what Markdown would take for a mark."""
    if not width:
        return [first + words]
    lines = textwrap.wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
    kept: list[str] = lines[:1]
    for line in lines[1:]:
        if re.match(r"\s*(?:[-*+#>=–•]|\(?\w{1,3}[.)])(?:\s|$)", line):
            kept[-1] += " " + line.strip()
        else:
            kept.append(line)
    return kept


def docx_bytes(markdown: str) -> bytes:
    """Return a Word file: heading styles, multi-level numbering, bold and links."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbered: dict[tuple[int, bool], int] = {}
    for piece in pieces(markdown):
        if piece.kind == "table":
            _docx_table(document, piece)
            continue
        style = f"Heading {piece.level}" if piece.kind == "heading" else None
        style = "List Paragraph" if piece.kind == "item" else style
        paragraph = document.add_paragraph(style=style)
        for run in piece.runs:
            _docx_run(document, paragraph, run)
        if piece.kind == "item":
            key = (piece.list_id, piece.number > 0)
            if key not in numbered:
                numbered[key] = _new_list(numbering, ordered=piece.number > 0)
            _number(paragraph, numbered[key], piece.level - 1)
        elif piece.level and piece.kind == "paragraph":
            paragraph.paragraph_format.left_indent = docx.shared.Cm(0.6 * piece.level)
    return _saved(document)


def _saved(document: Any) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _docx_table(document: Any, piece: Piece) -> None:
    table = document.add_table(len(piece.rows), len(piece.rows[0]))
    for row, cells in zip(table.rows, piece.rows, strict=True):
        for cell, words in zip(row.cells, cells, strict=False):
            cell.text = words


def _docx_run(document: Any, paragraph: Any, run: Run) -> None:
    written = paragraph.add_run(run.text)
    written.bold = run.bold or None
    if run.href.startswith("http"):
        kind = docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK
        link = docx.oxml.OxmlElement("w:hyperlink")
        link.set(qn("r:id"), document.part.relate_to(run.href, kind, is_external=True))
        paragraph._p.append(link)
        link.append(written._r)


def _new_list(numbering: Any, *, ordered: bool) -> int:
    """Add a list of nine levels; return its number."""
    abstract = 100 + len(numbering.findall(qn("w:abstractNum")))
    looks = ("decimal", "lowerLetter", "lowerRoman") if ordered else ("bullet",) * 3
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{looks[n % 3]}"/>'
        f'<w:lvlText w:val="{f"%{n + 1}." if ordered else "•"}"/>'
        f'<w:pPr><w:ind w:left="{360 * (n + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
        for n in range(9)
    )
    definition = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{abstract}">{levels}'
    numbering.insert(0, parse_xml(f"{definition}</w:abstractNum>"))
    return int(numbering.add_num(abstract).numId)


def _number(paragraph: Any, list_number: int, level: int) -> None:
    numbers = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    numbers.get_or_add_ilvl().val = level
    numbers.get_or_add_numId().val = list_number


def pdf_bytes(markdown: str, *, size: float = 10.5, running_head: str = "Example Ltd") -> bytes:
    """Return a PDF with running heads and page numbers, set by reportlab."""
    stream = BytesIO()

    def furniture(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, A4[1] - 40, running_head)
        canvas.drawCentredString(A4[0] / 2, 36, f"Page {document.page}")

    flow = [flowable for piece in pieces(markdown) for flowable in _flowables(piece, size)]
    SimpleDocTemplate(stream, pagesize=A4, invariant=1).build(
        flow, onFirstPage=furniture, onLaterPages=furniture
    )
    return stream.getvalue()


def _flowables(piece: Piece, size: float) -> Iterator[Any]:
    if piece.kind == "table":
        yield Table([[Paragraph(escape(c), _style(size)) for c in row] for row in piece.rows])
        return
    words = "".join(
        f"<b>{escape(run.text)}</b>" if run.bold else escape(run.text) for run in piece.runs
    )
    words = words.replace("\n", "<br/>").replace("\N{WORD JOINER}", "")
    if piece.kind == "heading":
        height = size * (2.0, 1.6, 1.35, 1.2, 1.1, 1.1)[piece.level - 1]
        style = _style(height, fontName="Helvetica-Bold", spaceBefore=height, spaceAfter=size / 2)
        yield Paragraph(words, style)
        return
    indent = 18.0 * piece.level
    style = _style(size, leftIndent=indent, bulletIndent=indent - 16, spaceAfter=size / 2)
    mark = f"{piece.number}." if piece.number else "•"
    yield Paragraph(words, style, bulletText=mark if piece.kind == "item" else None)


def _style(size: float, **more: Any) -> ParagraphStyle:
    more.setdefault("fontName", "Helvetica")
    return ParagraphStyle("s", fontSize=size, leading=1.25 * size, bulletFontSize=size, **more)


def browser() -> str | None:
    """Return the path of Debian's chromium, if it is installed."""
    return shutil.which("chromium")


def printed_pdf(page: str) -> bytes | None:
    """Return a page as a browser prints it; None where there is no browser."""
    program = browser()
    if program is None:
        return None
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, "utf-8")
        command = [program, *flags.split(), "--disable-background-networking"]
        command += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return target.read_bytes()
