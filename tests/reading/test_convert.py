"""Conversion: which kind a document is, its characters, and what is refused. All kinds but the
insides of HTML, DOCX and PDF, which have tables of their own."""

from __future__ import annotations

import codecs
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usepolicy.errors import ExtractError
from usepolicy.reading import limited
from usepolicy.reading.charset import without_surrogates
from usepolicy.reading.convert import canonical_text, kind_of
from usepolicy.reading.sources import Kind, Limits, load_snapshots, snapshot_of, too_large

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import render

RULE = "Do not use the “service” to send spam – or anyone’s secrets, über all.\n"
PAGE = f"<!doctype html><html><body><p>{RULE}</p></body></html>"
WORD = render.docx_bytes(RULE)
PRINTED = render.pdf_bytes(RULE)


def text_of(data: bytes, name: str = "policy.md", media_type: str | None = None) -> str:
    return canonical_text(snapshot_of(data, name, media_type=media_type)).text


def code_of(read: Callable[[], str]) -> str:
    """Return the code of the error, or `read`."""
    try:
        read()
    except ExtractError as error:
        return error.code
    return "read"


def meta(charset: str) -> str:
    return f"<html><head><meta charset='{charset}'></head><body><p>{RULE}</p></body></html>"


KINDS = [
    (b"# Policy", "a.md", None, Kind.MARKDOWN, "by its ending"),
    (b"# Policy", "a.markdown", None, Kind.MARKDOWN, "the long ending"),
    (b"# Policy", "a.txt", None, Kind.TEXT, "by its ending"),
    (b"# Policy", "-", None, Kind.MARKDOWN, "standard input has no ending"),
    (b"# Policy", "a.MD", None, Kind.MARKDOWN, "an ending in capitals"),
    (b"# Policy", "policy", "text/plain; charset=utf-8", Kind.TEXT, "as the server says"),
    (b"# Policy", "policy", "text/markdown", Kind.MARKDOWN, "as the server says"),
    (b"<p>Policy", "policy", "text/html", Kind.HTML, "as the server says, whatever it looks like"),
    (b"<p>Policy", "a.html", None, Kind.HTML, "by its ending"),
    (b"<!DOCTYPE html><p>x", "a.txt", None, Kind.HTML, "a page that was saved as text"),
    (b"\xef\xbb\xbf\n<html>", "-", None, Kind.HTML, "a page behind a byte order mark"),
    (b"<!-- saved --><html>", "-", None, Kind.HTML, "a page behind a comment"),
    ("<html>".encode("utf-16"), "-", None, Kind.HTML, "a page in wide characters"),
    (b"<?xml version='1.0'?><html>", "-", None, Kind.HTML, "a page in XML"),
    (b"a <html> b", "-", None, Kind.MARKDOWN, "words about a page"),
    (PRINTED, "a.html", "text/html", Kind.PDF, "the first bytes win over all names"),
    (b"\n\n" + PRINTED, "a.pdf", None, Kind.PDF, "bytes before the head of a PDF"),
    (WORD, "a.pdf", None, Kind.DOCX, "the first bytes win over all names"),
    (b"\x00\x01\xff" + PRINTED, "a.pdf", None, Kind.PDF, "bytes that are no text before its head"),
    (b"\xef\xbb\xbf" + PRINTED, "a.pdf", None, Kind.PDF, "a byte order mark before its head"),
    (b"# Policy\n\nNo %PDF-1.7 files.", "a.md", None, Kind.MARKDOWN, "words about a PDF"),
    (b"- %PDF-1.7", "a.md", None, Kind.MARKDOWN, "a bullet is text"),
    (b"%PDF- is how it begins", "a.md", None, Kind.MARKDOWN, "no version, no PDF"),
    (b"<html>", "x", "application/xml", Kind.HTML, "a page in spite of what the server says"),
    (b"<html>", "x", "application/xhtml+xml", Kind.HTML, "XML that is a page"),
    (b"# Policy", "x", "application/octet-stream", Kind.MARKDOWN, "the server knows nothing"),
]


@pytest.mark.parametrize(("data", "name", "media_type", "kind", "why"), KINDS)
def test_kind(data: bytes, name: str, media_type: str | None, kind: Kind, why: str) -> None:
    assert kind_of(snapshot_of(data, name, media_type=media_type)) is kind


CHARSETS = [
    (RULE.encode(), "a.md", None, "UTF-8"),
    (codecs.BOM_UTF8 + RULE.encode(), "a.md", None, "the mark is dropped"),
    (RULE.encode("utf-16"), "a.md", None, "two bytes a character, with their mark"),
    (codecs.BOM_UTF16_BE + RULE.encode("utf-16-be"), "a.txt", None, "the other order"),
    (RULE.encode("utf-32"), "a.txt", None, "four bytes a character"),
    (RULE.encode("utf-16-le"), "a", "text/plain; charset=utf-16le", "without a mark, declared"),
    (RULE.encode("cp1252"), "a.txt", None, "old Windows, undeclared: detected"),
    (RULE.encode("cp1252"), "a", "text/plain; charset=windows-1252", "declared by the server"),
    (RULE.encode("cp1252"), "a", "text/plain; charset=iso-8859-1", "Latin 1 means cp1252"),
    (RULE.encode("cp1252"), "a", "text/plain; charset=us-ascii", "and so does ASCII"),
    (RULE.encode("cp1252"), "a", "text/plain; charset=utf-8", "declared wrongly: detected"),
    (RULE.encode(), "a", "text/plain; charset=iso-8859-1", "declared wrongly: it is UTF-8"),
    (RULE.encode(), "a", "text/plain; charset=utf-16", "declared wrongly, wide"),
    (RULE.encode(), "a", "text/plain; charset=no-such-thing", "an unknown name"),
    (RULE.encode(), "a", "text/plain; charset=rot13", "a codec of Python, not a charset"),
    (RULE.encode(), "a", "text/plain; charset=unicode_escape", "another, which makes surrogates"),
    (RULE.encode(), "a", "text/plain; charset=undefined", "another, which makes nothing"),
    (RULE.encode(), "a", "text/plain; charset=utf-7", "a charset that no browser reads"),
    (meta("windows-1252").encode("cp1252"), "a.html", None, "declared by the page"),
    (meta("utf-8").encode("cp1252"), "a.html", None, "declared wrongly by the page: detected"),
    (meta("latin1").encode(), "a.html", None, "declared wrongly by the page: it is UTF-8"),
    (meta("utf-8").encode("utf-16"), "a.html", None, "the mark wins over the page"),
    (meta("gb2312").encode("gb18030"), "a.html", None, "the web's superset of it"),
    (meta("shift_jis").encode("utf-8"), "a.html", "text/html; charset=utf-8", "the server wins"),
]


@pytest.mark.parametrize(("data", "name", "media_type", "why"), CHARSETS)
def test_charset(data: bytes, name: str, media_type: str | None, why: str) -> None:
    assert text_of(data, name, media_type).strip() == RULE.strip()


ESCAPED = r"Do not send spam \ud800 now."


@pytest.mark.parametrize("name", ["unicode_escape", "raw_unicode_escape", "utf-7", "utf-8"])
def test_no_charset_makes_half_a_pair(name: str) -> None:
    assert text_of(ESCAPED.encode(), "a", f"text/markdown; charset={name}") == ESCAPED


def test_what_is_half_of_a_pair_is_replaced() -> None:
    assert without_surrogates("a\ud800b\udfff\U0001f600") == "a\ufffdb\ufffd\U0001f600"


MARKDOWN = [
    (b"a\r\nb\rc\n", "a\nb\nc\n", "line ends are normalised"),
    (b"\xef\xbb\xbf# a", "# a", "the byte order mark goes"),
    (b"a  \n\n\n\t*  b", "a  \n\n\n\t*  b", "nothing else changes: it is its own canonical text"),
    ("“a” – b…\u00a0c".encode(), "“a” – b…\u00a0c", "typographic marks stay"),
    (b"a\x0cb", "a\x0cb", "a form feed is text"),
]


@pytest.mark.parametrize(("data", "expected", "why"), MARKDOWN)
def test_markdown_is_its_own_canonical_text(data: bytes, expected: str, why: str) -> None:
    assert text_of(data) == expected


def test_the_parser_is_named() -> None:
    found = {
        canonical_text(snapshot_of(data, name)).parser.partition("-")[0].partition("/")[0]
        for data, name in [
            (RULE.encode(), "a.md"),
            (RULE.encode(), "a.txt"),
            (PAGE.encode(), "a.html"),
            (PRINTED, "a.pdf"),
            (WORD, "a.docx"),
        ]
    }
    assert found == {kind.value for kind in Kind}


@pytest.mark.parametrize(
    ("data", "name", "title", "why"),
    [
        (b"# Use policy #\n\nx", "a.md", "Use policy", "the first heading"),
        (b"x\n\n## Use\n\n# Policy", "a.md", "Use", "of level 1 or 2"),
        (b"### Use", "a.md", None, "no deeper one"),
        (b"# a" + b" " * 200_000 + b"b", "a.md", "a" + " " * 200_000 + "b", "blanks without end"),
        (b"# " + b" #" * 100_000 + b"n", "a.md", "#" + " #" * 99_999 + "n", "signs without end"),
        (b"<title>Use</title><h1>Policy</h1>", "a.html", "Use", "a page names itself"),
        (b"<html><h1>Policy</h1></html>", "a.html", "Policy", "or its heading does"),
    ],
)
def test_title(data: bytes, name: str, title: str | None, why: str) -> None:
    assert canonical_text(snapshot_of(data, name)).title == title


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

REFUSED = [
    (b"", "a.md", "empty-document", "nothing"),
    (b" \n\t\r\n ", "a.md", "empty-document", "white space"),
    (codecs.BOM_UTF8, "a.md", "empty-document", "a mark and nothing behind it"),
    (b"<html><body><script>app()</script></body></html>", "a.html", "empty-document", "a script"),
    (bytes(range(256)) * 4, "a.md", "not-a-document", "all bytes"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.md", "not-a-document", "a picture"),
    (b"\x7fELF\x02\x01\x01" + bytes(64), "-", "not-a-document", "a program"),
    (b"Do not\0 send spam", "a.txt", "not-a-document", "one NUL"),
    (b"a" * 70_000 + b"\0", "a.txt", "not-a-document", "a NUL behind the sample"),
    (b"PK\x03\x04 and no more", "a.docx", "broken-document", "the head of an archive alone"),
    (zipped(readme=b"spam"), "a.zip", "unsupported-kind", "an archive that is no Word file"),
    (zipped(mimetype=b"application/epub+zip"), "a.epub", "unsupported-kind", "a book"),
    (rb"{\rtf1\ansi Do not send spam.}", "a.rtf", "unsupported-kind", "RTF"),
    (rb"{\rtf1\ansi Do not send spam.}", "a.doc", "unsupported-kind", "RTF by another name"),
    (OLE, "a.doc", "unsupported-kind", "old Word"),
    (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "a.docx",
        "encrypted-document",
        "Word with a password",
    ),
    (b"%PDF-1.7\nnot much of one", "a.pdf", "broken-document", "the head of a PDF alone"),
]


@pytest.mark.parametrize(
    ("data", "name", "code", "why"), REFUSED, ids=[f"{row[2]}: {row[3]}" for row in REFUSED]
)
def test_refused(data: bytes, name: str, code: str, why: str) -> None:
    with pytest.raises(ExtractError) as caught:
        text_of(data, name)
    assert (caught.value.code, caught.value.place) == (code, name)
    assert caught.value.help, "what to do about it"


@pytest.mark.parametrize(
    ("media_type", "why"),
    [
        ("application/json; charset=utf-8", "data for a program"),
        ("application/ld+json", "the same"),
        ("image/svg+xml", "a drawing"),
        ("image/png", "a picture"),
        ("application/rss+xml", "a feed"),
        ("text/css", "a style"),
        ("text/javascript", "a program"),
    ],
)
def test_what_a_server_says_is_no_prose_is_refused(media_type: str, why: str) -> None:
    with pytest.raises(ExtractError) as caught:
        text_of(b"Do not send spam.", "policy.md", media_type)
    assert caught.value.code == "unsupported-kind"
    assert media_type.partition(";")[0] in caught.value.message


LARGE = [
    (b"spam " * 300, "a.md", "characters of Markdown"),
    (b"<html>" + b"<p>spam</p>" * 300, "a.html", "characters of a page"),
    (render.docx_bytes("spam " * 300), "a.docx", "characters of a Word file"),
    (render.pdf_bytes("spam " * 300), "a.pdf", "characters of a PDF"),
]


@pytest.mark.parametrize(("data", "name", "why"), LARGE, ids=[row[2] for row in LARGE])
def test_too_much_text(data: bytes, name: str, why: str) -> None:
    with pytest.raises(ExtractError) as caught:
        canonical_text(snapshot_of(data, name), limits=Limits(max_text=1000))
    assert caught.value.code == "too-large"


def test_too_many_bytes_of_a_page() -> None:
    """Its words may be few: parsing what is around them costs as much."""
    page = b"<html><script>" + b"x" * (10 * 1024 * 1024) + b"</script><p>spam</p>"
    assert code_of(lambda: text_of(page, "a.html")) == "too-large"
    assert code_of(lambda: text_of(page[:20_000] + b"</script><p>spam</p>", "a.html")) == "read"


def test_what_is_too_long_is_not_converted_first() -> None:
    begun = time.monotonic()
    data = b"  - spam\n\n" * 2_000_000
    assert code_of(lambda: text_of(data, "a.txt")) == "too-large"
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("name", "pictures", "why"),
    [
        ("a.md", False, "text holds none"),
        ("a.html", False, "a page holds their addresses"),
        ("a.PDF", True, "they are what makes it large"),
        ("https://a.example/a.docx", True, "the same, from an address"),
    ],
)
def test_the_help_for_too_many_bytes(name: str, pictures: bool, why: str) -> None:
    assert ("without pictures" in too_large(name, 1).help) is pictures


@pytest.mark.parametrize("data", [WORD, PRINTED], ids=["docx", "pdf"])
def test_the_deadline_of_a_conversion(data: bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(ExtractError) as caught:
        canonical_text(snapshot_of(data, "a"), limits=Limits(timeout_s=0.01))
    assert caught.value.code == "convert-timeout"
    assert time.monotonic() - begun < 15


def test_the_memory_of_a_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child takes its limit from the module, so a child with less is another program."""
    pytest.importorskip("resource")
    code = (
        "import sys; from usepolicy.reading import limited as l; l._limit(5); "
        "l._converted = lambda *_: bytearray(l.MEMORY); sys.exit(l._child('pdf', b'', 1)[0])"
    )
    child = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert (child.returncode, child.stderr) == (3, b"")


@pytest.mark.parametrize(
    ("failure", "code", "why"),
    [
        (RecursionError(), "too-deep", "nested deeper than Python goes"),
        (MemoryError(), "too-large", "out of memory"),
        (KeyError("w:body"), "broken-document", "whatever a library raises on a damaged file"),
    ],
)
def test_the_child_answers_for_every_failure(
    failure: Exception,
    code: str,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(limited, "_converted", fail)
    status, answer = limited._child(Kind.DOCX, b"", 1)
    assert (status, answer["code"]) == (3, code)
    capsys.readouterr()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize(
    ("end", "code", "why"),
    [
        (signal.SIGABRT, "too-large", "PDFium ends so where a page asks for more than the limit"),
        (signal.SIGKILL, "too-large", "a system does so to whoever takes its memory"),
        (signal.SIGXCPU, "convert-timeout", "the limit of the processor's time"),
        (signal.SIGSEGV, "broken-document", "native code that stumbled"),
    ],
)
def test_how_a_child_ends_is_told(end: signal.Signals, code: str, why: str) -> None:
    child = subprocess.run(
        [sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(end)})"], check=False
    )
    with pytest.raises(ExtractError) as caught:
        limited._result(child.returncode, b"", Kind.PDF, "a.pdf")
    assert (caught.value.code, caught.value.place) == (code, "a.pdf")


def test_a_module_of_the_user_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mammoth.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert "send spam" in text_of(WORD, "a.docx")


@pytest.mark.parametrize(
    ("data", "name"), [(PAGE.encode(), "a.html"), (WORD, "a.docx"), (PRINTED, "a.pdf")]
)
def test_the_same_bytes_give_the_same_text(data: bytes, name: str) -> None:
    assert text_of(data, name) == text_of(data, name)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.md", "a.txt", "a.html"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    allowed = {"read", "empty-document", "not-a-document", "unknown-charset"}
    assert code_of(lambda: text_of(data, name)) in allowed | {"unsupported-kind", "broken-document"}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_page_is_read_or_refused(text: str) -> None:
    page = f"<html>{text}".encode("utf-8", "replace")
    assert code_of(lambda: text_of(page, "a.html")) in {"read", "empty-document", "not-a-document"}


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="their names are Unicode")
@pytest.mark.parametrize("folder", [False, True])
def test_a_name_that_is_no_unicode_becomes_one(tmp_path: Path, folder: bool) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.md")
    path.write_text(RULE)
    (snapshot,) = load_snapshots(str(tmp_path if folder else path))
    assert snapshot.name == "caf\ufffd.md"
