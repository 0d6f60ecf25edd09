"""PDF, made here with reportlab. Rows: what is set, its Markdown, why the row exists."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from usepolicy.errors import ExtractError
from usepolicy.reading.convert import canonical_text
from usepolicy.reading.layout import lines_markdown
from usepolicy.reading.lines import Line
from usepolicy.reading.sources import Limits, snapshot_of

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import render

LONG = "You may not use the service to send mail that nobody asked for, to collect the names of people "
LONG += "who did not agree to it, or to let anybody else do what this policy does not let you do."


def text_of(data: bytes, limits: Limits = Limits()) -> str:
    return canonical_text(snapshot_of(data, "x.pdf"), limits=limits).text.strip()


ROUND = [
    (f"# Use\n\n## Not allowed\n\n{LONG}", "headings by the size of their type"),
    (f"{LONG}\n\n{LONG}", "paragraphs by their distance; their lines are joined"),
    (f"{LONG}\n\n- spam\n- fraud", "bullets"),
    (f"{LONG}\n\n- {LONG}\n- {LONG}", "bullets of several lines"),
    (f"{LONG}\n\n1. spam\n2. fraud", "numbers"),
    (f"{LONG}\n\n- a:\n  - b:\n    - c\n  - d\n- e", "three levels by their indentation"),
    (f"{LONG}\n\n1. a:\n   1. b:\n      1. c\n   2. d\n2. e", "three levels that count"),
    (
        f"{LONG}\n\n| Use | Rule |\n| --- | --- |\n| {LONG} | No |\n| Old | {LONG} |\n\n{LONG}",
        "a table whose cells have several lines",
    ),
    ("# 1. A\n\ntext\n\n## 1.1 B\n\ntext\n\n# 2. C\n\ntext", "levels of headings by their numbers"),
    (f"{LONG}\n\n“Don’t” – do it… anyone’s.", "typographic marks"),
]


@pytest.mark.parametrize(("text", "why"), ROUND)
def test_what_goes_in_comes_out(text: str, why: str) -> None:
    assert text_of(render.pdf_bytes(text, running_head="")) == text


@pytest.mark.parametrize("size", [8.0, 10.5, 14.0])
def test_the_size_of_the_type_is_relative(size: float) -> None:
    text = f"# Use\n\n{LONG}\n\n- spam\n- fraud"
    assert text_of(render.pdf_bytes(text, size=size, running_head="")) == text


Row = tuple[float, float, str]
"""Left edge, height on the page, words."""


def drawn(*pages: Sequence[Row], **options: object) -> bytes:
    """Return a PDF with words at their places."""
    stream = io.BytesIO()
    canvas = Canvas(stream, A4, invariant=1, **options)
    for rows in pages:
        canvas.setFont("Helvetica", 11)
        for left, height, words in rows:
            canvas.drawString(left, height, words)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def page(*lines: str, left: float = 72, top: float = 700, step: float = 14) -> list[Row]:
    return [(left, top - step * n, line) for n, line in enumerate(lines)]


FULL = "x" * 20 + " and so on to the end of a line that is full of words that go on"

LINES = [
    (
        [page(f"{FULL} dis-", "information is information.")],
        f"{FULL} disinformation is information.",
        "a word that the line's end cuts, though its rest is a word",
    ),
    (
        [page(f"{FULL} self-", "harm.")],
        f"{FULL} self-harm.",
        "a hyphen that belongs to the word: nobody writes selfharm",
    ),
    (
        [page("Video game, video game.", f"{FULL} video-", "game.")],
        f"Video game, video game.  \n{FULL} video-game.",
        "a hyphen between two words that occur by themselves",
    ),
    (
        [page("Deepfakes.", f"{FULL} deep-", "fakes.")],
        f"Deepfakes.  \n{FULL} deepfakes.",
        "a word that is written in one elsewhere",
    ),
    (
        [page(f"{FULL} e-", "Mail goes on.")],
        f"{FULL} e-Mail goes on.",
        "no lower case behind it: the hyphen stays",
    ),
    (
        [page(f"{FULL} which"), page("goes on behind the page.")],
        f"{FULL} which goes on behind the page.",
        "a sentence across pages",
    ),
    (
        [page(f"{FULL}.", "Next sentence.")],
        f"{FULL}. Next sentence.",
        "a full line that ends a sentence ends no paragraph",
    ),
    (
        [[(72, 700, "Text:"), (90, 686, "(a)"), (112, 686, "spam"), (90, 672, "(b) fraud")]],
        "Text:\n\n- (a) spam\n- (b) fraud",
        "letters, one set apart from its words as after a tab",
    ),
    (
        [[(72, 700, "a) one"), (90, 686, "i) two"), (90, 672, "ii) three"), (72, 658, "b) four")]],
        "- a) one\n  - i) two\n  - ii) three\n- b) four",
        "letters and Roman numbers",
    ),
    (
        [page("• one", "o Two", "o Three", "• four")],
        "- one\n  - Two\n  - Three\n- four",
        "levels by their bullets alone, where nothing is indented",
    ),
    (
        [page(FULL, "– whatever that is – for ever.")],
        f"{FULL} – whatever that is – for ever.",
        "a dash within a sentence that the line's end precedes",
    ),
    (
        [page(f"{FULL}:", "– spam", "– fraud")],
        f"{FULL}:\n\n- spam\n- fraud",
        "dashes that are bullets",
    ),
]


@pytest.mark.parametrize(("pages", "expected", "why"), LINES)
def test_lines(pages: Sequence[Sequence[Row]], expected: str, why: str) -> None:
    assert text_of(drawn(*pages)) == expected


def furnished(head: str, foot: str, pages: int = 3) -> bytes:
    """Return pages of two paragraphs between a running head and foot."""
    return drawn(
        *(
            [
                (72, 800, head.format(n)),
                *page(f"{'abc'[n - 1]} {FULL}.", "Short end.", f"{FULL} {'abc'[n - 1]}."),
                (72, 30, foot.format(n)),
            ]
            for n in range(1, pages + 1)
        )
    )


FURNITURE = [
    ("Example Ltd", "Page {}", "a name and a number"),
    ("Example Ltd", "{}", "a bare number"),
    ("Example Ltd – version 2 – page {} of 3", "Confidential", "the number in the head"),
    ("Use policy", "- {} -", "a number between dashes"),
    ("Use policy", "{}/3", "a number of how many"),
]

BROWSERS = [
    ("11/25/26, 1:13 AM Use policy", "https://a.example/policy 1/1"),
    ("25.11.2026, 13:05 Use policy", "file:///policy.html 1/1"),
    ("2026-11-25 13:05 Use policy", "https://a.example/policy"),
]
"""The heads and feet of one page, by language."""


@pytest.mark.parametrize(("head", "foot", "why"), FURNITURE)
def test_running_heads_and_feet_go(head: str, foot: str, why: str) -> None:
    text = text_of(furnished(head, foot))
    for words in ("Example", "Page", "Confidential", "Use policy", "version 2"):
        assert words not in text
    assert text.count("so on to the end") == 6, "the text stays"


@pytest.mark.parametrize(("head", "foot"), BROWSERS)
def test_what_a_browser_prints_around_one_page_goes(head: str, foot: str) -> None:
    rows = [(72.0, 800.0, head), *page("Do not send spam."), (72.0, 30.0, foot)]
    assert text_of(drawn(rows)) == "Do not send spam."


def test_one_page_has_no_running_head() -> None:
    assert text_of(drawn(page("Use policy", "Do not send spam."))) == "Use policy Do not send spam."


def dotted(rows: Sequence[tuple[float, float, float, str]]) -> bytes:
    """Return a PDF with discs of a radius before its words, as browsers set lists."""
    stream = io.BytesIO()
    canvas = Canvas(stream, A4, invariant=1)
    canvas.setFont("Helvetica", 12)
    for left, height, radius, words in rows:
        canvas.drawString(left, height, words)
        if radius:
            canvas.circle(left - 12, height + 4, radius, stroke=0, fill=1)
    canvas.save()
    return stream.getvalue()


DRAWN = [
    (
        [(72, 700, 0, "Text:"), (94, 686, 2.2, "spam"), (94, 672, 2.2, "fraud")],
        "Text:\n\n- spam\n- fraud",
        "bullets that are drawn",
    ),
    (
        [(94, 700, 2.2, "spam:"), (116, 686, 2.2, "mail"), (94, 672, 2.2, "fraud")],
        "- spam:\n  - mail\n- fraud",
        "on two levels",
    ),
    (
        [(94, 700, 2.2, "spam that goes"), (94, 686, 0, "on in a second line")],
        "- spam that goes on in a second line",
        "a line that hangs below its bullet",
    ),
    (
        [(94, 700, 20, "Spam is mail to many."), (94, 620, 0, "Fraud is a lie.")],
        "Spam is mail to many.\n\nFraud is a lie.",
        "a drawing that is too large for a bullet",
    ),
]


@pytest.mark.parametrize(("rows", "expected", "why"), DRAWN)
def test_drawn_bullets(
    rows: Sequence[tuple[float, float, float, str]], expected: str, why: str
) -> None:
    assert text_of(dotted(rows)) == expected


def scan() -> bytes:
    from reportlab.lib.utils import ImageReader

    picture = io.BytesIO(
        b"P6 2 2 255\n" + bytes(range(12))  # the smallest picture that a library makes nothing of
    )
    stream = io.BytesIO()
    canvas = Canvas(stream, A4)
    canvas.drawImage(ImageReader(picture), 0, 0, 500, 500)
    canvas.drawString(10, 10, "Page 1")
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def encrypted(password: str) -> bytes:
    return drawn(page("Do not send spam."), encrypt=StandardEncryption(password, "owner"))


GOOD = drawn(page(*[LONG] * 30))

REFUSED = [
    (encrypted("secret"), "encrypted-document", "a password"),
    (scan(), "no-text-layer", "a picture with a stamp"),
    (drawn([]), "no-text-layer", "an empty page"),
    (GOOD[:300], "broken-document", "the start of a file"),
    (b"%PDF-1.7\n%%EOF", "broken-document", "nothing in it"),
    (b"%PDF-1.7\n" + b"1 0 obj <<" * 50_000, "broken-document", "objects that never end"),
    (b"%PDF-1.7\n" + b"[" * 500_000, "broken-document", "arrays within arrays"),
]


@pytest.mark.parametrize(("data", "code", "why"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refused(data: bytes, code: str, why: str) -> None:
    with pytest.raises(ExtractError) as caught:
        text_of(data)
    assert (caught.value.code, caught.value.place) == (code, "x.pdf")
    assert caught.value.help


def test_the_password_of_the_owner_does_not_keep_from_reading() -> None:
    assert text_of(encrypted("")) == "Do not send spam."


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_damaged_file_is_read_or_refused(cut: int) -> None:
    place = len(GOOD) * cut // 10
    data = GOOD[:place] + b"\xff\x00endobj" + GOOD[place + 40 :]
    found = ""
    try:
        text_of(data)
    except ExtractError as error:
        found = error.code
    assert found in {"", "broken-document", "no-text-layer"}


def many_pages(number: int) -> bytes:
    """Return a PDF of empty pages, without the library, which would take long."""
    kids = " ".join(f"{n + 3} 0 R" for n in range(number))
    parts = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        f"2 0 obj<</Type/Pages/Kids[{kids}]/Count {number}>>endobj",
    ]
    parts += [
        f"{n + 3} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj" for n in range(number)
    ]
    return ("%PDF-1.4\n" + "\n".join(parts) + "\ntrailer<</Root 1 0 R>>\n%%EOF").encode()


def test_pages_without_end_are_refused() -> None:
    with pytest.raises(ExtractError) as caught:
        text_of(many_pages(2_001))
    assert caught.value.code == "too-large"


def test_a_long_policy_takes_seconds() -> None:
    begun = time.monotonic()
    text = text_of(drawn(*([page(*[LONG[:90]] * 45)] * 200)))
    assert len(text) > 500_000
    assert time.monotonic() - begun < 20


def line(text: str, y: float, **more: object) -> Line:
    values = {"page": 0, "left": 72.0, "right": 500.0, "size": 11.0, **more}
    return Line(text=text, y=y, **values)  # type: ignore[arg-type]


LAYOUT: list[tuple[Callable[[], list[Line]], str, str]] = [
    (list, "", "no lines"),
    (lambda: [line("12", 700)], "12\n", "nothing but a page number: better that than nothing"),
    (
        lambda: [line("Rules", 700, bold=True, right=110.0), line("Do not send spam.", 686)],
        "# Rules\n\nDo not send spam.\n",
        "a heading in bold of the size of the text",
    ),
    (
        lambda: [line("Spam:", 700, bold=True, right=110.0), line("do not send it.", 686)],
        "Spam:  \ndo not send it.\n",
        "a bold lead-in is no heading",
    ),
    (
        lambda: [
            line("A title that is so long that it", 700, size=20.0),
            line("needs two lines", 676, size=20.0, right=200.0),
            line(LONG, 640),
            line("More text.", 600),
        ],
        f"# A title that is so long that it needs two lines\n\n{LONG}\n\nMore text.\n",
        "a heading of two lines",
    ),
    (
        lambda: [
            line("Use", 700, right=92.0),
            line("Rule", 700, left=200.0, right=222.0),
            line("Spam", 672, right=102.0),
            line("dis-", 679, left=200.0, right=222.0),
            line("allowed", 665, left=200.0, right=240.0),
            line("More text.", 620, right=120.0),
        ],
        "| Use | Rule |\n| --- | --- |\n| Spam | disallowed |\n\nMore text.\n",
        "cells in the middle of their row, and a word that is cut in one",
    ),
    (
        lambda: [
            line("a", 700, right=80.0),
            line("b", 700, left=200.0, right=210.0),
            line("c", 700, left=300.0, right=310.0),
            line("d", 680, right=80.0),
            line("e", 680, left=300.0, right=310.0),
        ],
        "| a | b | c |\n| --- | --- | --- |\n| d |  | e |\n",
        "an empty cell",
    ),
    (
        lambda: [
            line("You may not", 700),
            line("send spam.", 686, right=130.0),
            line("Rules", 700, left=510.0, right=540.0, goes_on=True),
        ],
        "You may not send spam. Rules\n",
        "one line beside another is no table",
    ),
    (
        lambda: [
            line("Spam is mail to many people.", 700, right=440.0),
            line("Fraud is a lie that you tell to get what is not yours", 686, right=500.0),
        ],
        "Spam is mail to many people.  \nFraud is a lie that you tell to get what is not yours\n",
        "the next word had room: the line was ended on purpose",
    ),
]


@pytest.mark.parametrize(("lines", "expected", "why"), LAYOUT)
def test_layout(lines: Callable[[], list[Line]], expected: str, why: str) -> None:
    assert lines_markdown(lines()) == expected
