"""Word files, made here with python-docx. Rows: paragraphs, Markdown, why the row exists."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import docx
import pytest

from usepolicy.errors import ExtractError
from usepolicy.reading.convert import canonical_text
from usepolicy.reading.docx import docx_markdown
from usepolicy.reading.sources import snapshot_of

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import render

ROUND = [
    ("# Use\n\n## Not allowed\n\nDo not send spam.", "heading styles"),
    ("- spam\n- fraud", "bullets"),
    ("1. spam\n2. fraud", "numbers"),
    ("- a:\n  - b:\n    - c\n  - d\n- e", "three levels of bullets"),
    ("1. a:\n   1. b:\n      1. c\n   2. d\n2. e", "three levels of numbers"),
    ("1. a:\n   - b\n   - c\n2. d", "bullets below numbers"),
    ("**Spam.** Do not send it.", "a bold lead-in"),
    ("See [the terms](https://a.example/x).", "a link"),
    ("“Don’t” – do it…", "typographic marks"),
]


@pytest.mark.parametrize(("text", "why"), ROUND)
def test_what_goes_in_comes_out(text: str, why: str) -> None:
    found, _, _ = docx_markdown(render.docx_bytes(text), max_text=10_000)
    assert found.strip() == text


def built(build: Callable[..., object]) -> str:
    document = docx.Document()
    build(document)
    stream = io.BytesIO()
    document.save(stream)
    return docx_markdown(stream.getvalue(), max_text=10_000)[0].strip()


def styled(*paragraphs: tuple[str, str]) -> Callable[..., object]:
    def build(document: object) -> None:
        for style, words in paragraphs:
            document.add_paragraph(words, style=style)  # type: ignore[attr-defined]

    return build


def table(document: object, *, marked: bool = False) -> None:
    cells = document.add_table(2, 2)  # type: ignore[attr-defined]
    for place, words in {(0, 0): "Use", (0, 1): "Rule", (1, 0): "spam", (1, 1): "no"}.items():
        cells.cell(*place).text = words
    if marked:
        cells.rows[0]._tr.get_or_add_trPr().append(docx.oxml.OxmlElement("w:tblHeader"))


def furniture(document: object) -> None:
    section = document.sections[0]  # type: ignore[attr-defined]
    section.header.paragraphs[0].text = "Example Ltd"
    section.footer.paragraphs[0].text = "Page 1"
    document.add_paragraph("Do not send spam.")  # type: ignore[attr-defined]


def soft_break(document: object) -> None:
    run = document.add_paragraph().add_run("Spam.")  # type: ignore[attr-defined]
    run.add_break()
    run.add_text("Fraud.")


STYLES = [
    (styled(("Title", "Use policy"), ("Normal", "Text")), "# Use policy\n\nText", "the title"),
    (
        styled(("List Bullet", "a"), ("List Bullet 2", "b"), ("List Bullet 3", "c")),
        "- a\n  - b\n    - c",
        "levels by the name of the style",
    ),
    (
        styled(("List Number", "a"), ("List Number 2", "b"), ("List Number", "c")),
        "1. a\n   1. b\n2. c",
        "the same, counted",
    ),
    (
        styled(("Normal", "(a) spam"), ("Normal", "(b) fraud")),
        "(a) spam\n\n(b) fraud",
        "letters that were typed stay words",
    ),
    (
        partial(table, marked=True),
        "| Use | Rule |\n| --- | --- |\n| spam | no |",
        "a table whose head repeats on each page",
    ),
    (
        table,
        "|  |  |\n| --- | --- |\n| Use | Rule |\n| spam | no |",
        "a table without a head: no row may be lost to one",
    ),
    (furniture, "Do not send spam.", "running heads and feet"),
    (soft_break, "Spam.  \nFraud.", "a line break that was meant"),
]


@pytest.mark.parametrize(("build", "expected", "why"), STYLES)
def test_styles_of_word(build: Callable[..., object], expected: str, why: str) -> None:
    assert built(build) == expected


def archive(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {"[Content_Types].xml": b"<Types/>", **parts}.items():
            packed.writestr(name.replace("__", "/"), data)
    return stream.getvalue()


def marked_encrypted(data: bytes) -> bytes:
    """Set the flag of encryption of the first entry, in both of its headers."""
    central = data.index(b"PK\x01\x02")
    changed = bytearray(data)
    changed[6] |= 1
    changed[central + 8] |= 1
    return bytes(changed)


def repeated() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("[Content_Types].xml", b"<Types/>")
        for words in (b"<a/>", b"<b/>"):
            with (
                pytest.warns(UserWarning, match="Duplicate") if words == b"<b/>" else nullcontext()
            ):
                packed.writestr("word/document.xml", words)
    return stream.getvalue()


def damaged() -> bytes:
    data = bytearray(render.docx_bytes("Do not send spam."))
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xff" * 400
    return bytes(data)


REFUSED = [
    (archive(), "unsupported-kind", "an archive with next to nothing in it"),
    (archive(**{"word__document.xml": b""}), "broken-document", "an empty part"),
    (archive(**{"word__document.xml": b"<a"}), "broken-document", "XML that ends too soon"),
    (archive(**{"xl__workbook.xml": b"<a/>"}), "unsupported-kind", "a workbook"),
    (archive(**{"x.txt": b"spam"}), "unsupported-kind", "an archive that is no Word file"),
    (archive(**{"word__document.xml": bytes(30_000_000)}), "too-large", "a bomb"),
    (
        archive(**{f"word__{n}.bin": bytes(1_000_000) for n in range(120)}),
        "too-large",
        "a bomb in many pieces",
    ),
    (archive(**{f"word__{n}.xml": b"" for n in range(5_001)}), "too-large", "parts without end"),
    (
        archive(**{"word__document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "broken-document",
        "entities, which could grow without end",
    ),
    (
        archive(**{"word__document.xml": "<!DOCTYPE a><a/>".encode("utf-16")}),
        "broken-document",
        "the same in another charset",
    ),
    (
        marked_encrypted(archive(**{"word__document.xml": b"<a/>"})),
        "encrypted-document",
        "a password of the archive",
    ),
    (repeated(), "broken-document", "two parts of one name: readers differ on which counts"),
    (damaged(), "broken-document", "bytes that were overwritten"),
    (render.docx_bytes("Do not send spam.")[:-100], "broken-document", "half of a file"),
    (render.docx_bytes(""), "empty-document", "a Word file without words"),
]


@pytest.mark.parametrize(("data", "code", "why"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refused(data: bytes, code: str, why: str) -> None:
    with pytest.raises(ExtractError) as caught:
        canonical_text(snapshot_of(data, "x.docx"))
    assert (caught.value.code, caught.value.place) == (code, "x.docx")
    assert caught.value.help


def test_deep_nesting_is_refused_or_read() -> None:
    """Tables within tables, deeper than any parser recurses."""
    opening = "<w:tbl><w:tr><w:tc>" * 3_000
    closing = "</w:tc></w:tr></w:tbl>" * 3_000
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = f"<w:document {space}><w:body>{opening}{closing}</w:body></w:document>"
    source = zipfile.ZipFile(io.BytesIO(render.docx_bytes("x")))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name in source.namelist():
            data = body.encode() if name == "word/document.xml" else source.read(name)
            packed.writestr(name, data)
    with pytest.raises(ExtractError) as caught:
        canonical_text(snapshot_of(stream.getvalue(), "x.docx"))
    assert caught.value.code in {"too-deep", "broken-document", "empty-document"}
