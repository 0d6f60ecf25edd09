"""Compare converters of HTML, PDF and DOCX on the same policies in one run: one table.

Usage: python bench/converters.py [FOLDER ...]

Each Markdown policy of the folders (without one: those beside the checkout) and of our examples is
rendered as a page, a Word file and a PDF (`bench/render.py`), and converted back by ours and by
each peer that is installed (`pip install '.[bench]'`). What is measured, pooled over documents:

  words      share of the words of the original that the converted text has
  extra      share of the words of the converted text that the original lacks
  headings   share of the headings that are headings again
  items      share of the list items that are items again, as deep as they were
  cells      share of the study's 127 categories on which the readings of both texts agree
  differ     how many cells that is over all documents; what counts is here, not in the share
  seconds    for all documents; ours starts a process for each PDF and DOCX, peers do not
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import render

from usepolicy.policies.versions import VersionId
from usepolicy.reading.blocks import BlockKind, find_blocks
from usepolicy.reading.convert import canonical_text
from usepolicy.reading.reader import categories_of, read_policy
from usepolicy.reading.sources import snapshot_of
from usepolicy.reading.view import plain_view
from usepolicy.taxonomy.categories import load_taxonomy

Convert = Callable[[bytes], str]
STUDY = frozenset(c.id for c in load_taxonomy().categories if c.study_name)
PREFIX = 40
"""Letters by which an item or a heading is known again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is compared of a text."""

    words: Counter[str]
    headings: Counter[str]
    items: Counter[tuple[int, str]]
    cells: frozenset[str]


@dataclass
class Row:
    """One converter on one kind."""

    kind: str
    name: str
    shares: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    differ: int = 0
    failed: int = 0
    seconds: float = 0.0

    def add(self, gold: Seen, found: Seen) -> None:
        """Count one document."""
        pairs = {
            "words": (gold.words & found.words, gold.words),
            "extra": (found.words - gold.words, found.words),
            "headings": (gold.headings & found.headings, gold.headings),
            "items": (gold.items & found.items, gold.items),
        }
        for name, (part, whole) in pairs.items():
            self.shares.setdefault(name, []).append((part.total(), whole.total()))
        differ = len(gold.cells ^ found.cells)
        self.shares.setdefault("cells", []).append((len(STUDY) - differ, len(STUDY)))
        self.differ += differ

    def share(self, name: str) -> float:
        """Return a pooled share; NaN where there is nothing to share."""
        counts = self.shares.get(name, [])
        whole = sum(b for _, b in counts)
        return sum(a for a, _ in counts) / whole if whole else float("nan")

    def __str__(self) -> str:
        shares = " ".join(f"{self.share(name):8.3f}" for name in self.shares)
        failed = f"  {self.failed} failed" if self.failed else ""
        return (
            f"{self.kind:12} {self.name:16} {shares} {self.differ:7d} {self.seconds:8.2f}{failed}"
        )


def seen(text: str) -> Seen:
    """Look at a Markdown text."""
    view = plain_view(text)
    headings: Counter[str] = Counter()
    items: Counter[tuple[int, str]] = Counter()
    for block in find_blocks(text).blocks:
        words = "".join(re.findall(r"[a-z0-9]", view[block.start : block.end]))[:PREFIX]
        if block.kind is BlockKind.HEADING:
            headings[words] += 1
        elif block.kind is BlockKind.ITEM and block.first:
            items[block.level, words] += 1
    return Seen(Counter(re.findall(r"[a-z0-9]+", view)), headings, items, cells_of(text))


def cells_of(text: str) -> frozenset[str]:
    """Return the study's categories that are read from a text."""
    policy = read_policy(text, version_id=VersionId("bench/document@undated"))
    return frozenset(categories_of(policy)) & STUDY


def ours(ending: str) -> Convert:
    """Return the converter of this package."""
    return lambda data: canonical_text(snapshot_of(data, f"document.{ending}")).text


def _html2text(data: bytes) -> str:
    import html2text

    writer = html2text.HTML2Text(bodywidth=0)
    return writer.handle(data.decode())


def _trafilatura(data: bytes) -> str:
    import trafilatura

    options = {"output_format": "markdown", "include_formatting": True, "include_links": True}
    return trafilatura.extract(data.decode(), **options) or ""


def _markitdown(ending: str) -> Convert:
    def convert(data: bytes) -> str:
        from markitdown import MarkItDown

        found = MarkItDown().convert_stream(io.BytesIO(data), file_extension=f".{ending}")
        return found.text_content

    return convert


def _docx2python(data: bytes) -> str:
    from docx2python import docx2python

    with docx2python(io.BytesIO(data)) as document:
        text = document.text.replace("\t", "    ")
    return re.sub(r"^( *)--(?= )", r"\1-", text, flags=re.M)  # its bullet


def _pandoc(data: bytes) -> str:
    command = ["pandoc", "--from=docx", "--to=commonmark", "--wrap=none"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def _pdfminer(data: bytes) -> str:
    from pdfminer.high_level import extract_text

    return extract_text(io.BytesIO(data))


def _pymupdf4llm(data: bytes) -> str:
    import pymupdf
    import pymupdf4llm

    return pymupdf4llm.to_markdown(pymupdf.open(stream=data, filetype="pdf"))


PEERS: dict[str, dict[str, tuple[str, Convert]]] = {
    "html": {
        "html2text": ("html2text", _html2text),
        "trafilatura": ("trafilatura", _trafilatura),
        "markitdown": ("markitdown", _markitdown("html")),
    },
    "docx": {
        "docx2python": ("docx2python", _docx2python),
        "markitdown": ("markitdown", _markitdown("docx")),
        "pandoc": ("pandoc", _pandoc),
    },
    "pdf": {
        "pdfminer.six": ("pdfminer", _pdfminer),
        "markitdown": ("markitdown", _markitdown("pdf")),
        "pymupdf4llm": ("pymupdf4llm", _pymupdf4llm),
    },
}
"""By kind: the name of a peer, its module or program, and how it is asked for Markdown."""
NOTES = {
    "pymupdf4llm": "is under the AGPL, or a paid licence: it can't be a dependency of this package",
    "docx2python": "marks no headings",
    "pdfminer.six": "gives plain text: no headings",
}


def converters(kind: str) -> Iterator[tuple[str, Convert]]:
    """Yield ours and the peers that are installed; say which are not."""
    yield "usepolicy", ours(kind)
    for name, (needed, convert) in PEERS[kind].items():
        if find_spec(needed) or shutil.which(needed):
            yield name, convert
        else:
            print(f"{name} is not installed: left out", file=sys.stderr)


def rendered(markdown: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield a policy in each form: its name, its kind, its bytes."""
    page = render.html_page(markdown)
    yield "html", "html", page.encode()
    yield "docx", "docx", render.docx_bytes(markdown)
    yield "pdf", "pdf", render.pdf_bytes(markdown)
    printed = render.printed_pdf(page)
    if printed is not None:
        yield "pdf, printed", "pdf", printed


def measure(row: Row, convert: Convert, data: bytes, gold: Seen) -> None:
    """Convert one document and count."""
    begun = time.perf_counter()
    try:
        text = convert(data)
    except Exception as error:  # a peer may raise anything; the run goes on
        print(f"{row.name} failed on a {row.kind}: {error}", file=sys.stderr)
        row.failed += 1
        text = ""
    row.seconds += time.perf_counter() - begun
    row.add(gold, seen(text))


def table(documents: Iterable[tuple[str, str]]) -> list[Row]:
    """Measure every converter on every document."""
    known = {kind: list(converters(kind)) for kind in PEERS}
    rows: dict[tuple[str, str], Row] = {}
    for _, markdown in documents:
        gold = seen(markdown)
        for form, kind, data in rendered(markdown):
            for name, convert in known[kind]:
                row = rows.setdefault((form, name), Row(form, name))
                measure(row, convert, data, gold)
    order = ["html", "docx", "pdf", "pdf, printed"]
    return sorted(rows.values(), key=lambda row: order.index(row.kind))


def main(folders: Iterable[str]) -> int:
    """Print the table."""
    documents = render.documents([Path(folder) for folder in folders])
    if render.browser() is None:
        print("chromium is not installed: no page is printed to PDF", file=sys.stderr)
    rows = table(documents)
    print(f"{len(documents)} documents")
    print(
        f"{'form':12} {'converter':16}    words    extra headings    items    cells  differ  seconds"
    )
    for row in rows:
        print(row)
    for name in sorted(NOTES.keys() & {row.name for row in rows}):
        print(f"{name} {NOTES[name]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
