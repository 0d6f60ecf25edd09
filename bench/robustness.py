"""Measure what the form of a document changes in its reading, where its words stay the same.

Usage: python bench/robustness.py [-v] [FOLDER ...]

Each Markdown policy of the folders (without one: those beside the checkout) and of our examples is
written in other forms: other kinds of document, other bullets, numbers and quotes, other headings,
wrapped lines, navigation after it. A row is a form: the worst and the mean share of the study's 127
categories on which its reading agrees with that of the original, and how many cells differ in all.
With -v the cells are named: `-` is lost, `+` is new. Exit 1 where a document is under 0.97.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import render
from converters import STUDY, cells_of
from render import Plain

from usepolicy.errors import ExtractError
from usepolicy.reading.convert import canonical_text
from usepolicy.reading.sources import snapshot_of

FLOOR = 0.97
"""Least share of agreeing cells of a document: three cells of 127 may differ."""
WIDTH = 72
NAVIGATION = "\n".join(
    f"* [{name}](https://example.org/{n})" for n, name in enumerate(render.FOOTER)
)

_ITEM = re.compile(r"^(\s*)([*+-])(\s+)(?!\s*[*-]\s*[*-]?\s*$)", re.M)
_NUMBER = re.compile(r"^(\s*)(\d{1,2})\.(\s)", re.M)
_HEADING = re.compile(r"^(#{1,6} .*|[^\n]+(?=\n(?:={3,}|-{3,})[ \t]*$))", re.M)
_MARKED = re.compile(r"(\s*(?:[*+-]\s+|\d{1,2}[.)]\s+)?)(.*?)(\s*)")


def bullets(mark: str) -> Callable[[str], str]:
    """Return how to write other bullets."""
    return lambda text: _ITEM.sub(rf"\g<1>{mark}\g<3>", text)


def numbers(form: str) -> Callable[[str], str]:
    """Return how to write other numbers."""
    return lambda text: _NUMBER.sub(lambda m: m[1] + form.format(m[2]) + m[3], text)


def headings(change: Callable[[str], str]) -> Callable[[str], str]:
    """Return how to write headings in other letters."""
    return lambda text: _HEADING.sub(lambda m: change(m[0]), text)


def straight(text: str) -> str:
    """Write the marks of a typewriter."""
    return text.translate({ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"'})


def typographic(text: str) -> str:
    """Write the marks of a printer."""
    text = re.sub(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s)", "’", text)
    return re.sub(r'(?<=[\s(])"(?=\w)', "“", re.sub(r'(?<=[\w.,])"', "”", text))


def wrapped(text: str) -> str:
    """Wrap lines; headings, rows of tables and the two blanks of a meant break stay."""
    lines: list[str] = []
    for line in text.split("\n"):
        found = _MARKED.fullmatch(line)
        if found is None or len(line) <= WIDTH or line.startswith(("#", "|")):
            lines.append(line)
            continue
        pieces = render.wrapped(found[2], WIDTH, found[1], " " * len(found[1]))
        lines += [*pieces[:-1], pieces[-1] + found[3]]
    return "\n".join(lines)


def markdown(change: Callable[[str], str]) -> Callable[[str], tuple[str, bytes]]:
    """Return a form that is Markdown."""
    return lambda text: ("md", change(text).encode())


def plain(look: Plain) -> Callable[[str], tuple[str, bytes]]:
    """Return a form that is plain text."""
    return lambda text: ("txt", render.plain_text(text, look).encode())


def printed(text: str) -> tuple[str, bytes] | None:
    """Return the form of a page that a browser printed; None where there is no browser."""
    data = render.printed_pdf(render.html_page(text))
    return None if data is None else ("pdf", data)


FORMS: dict[str, Callable[[str], tuple[str, bytes] | None]] = {
    "page": lambda text: ("html", render.html_page(text).encode()),
    "Word": lambda text: ("docx", render.docx_bytes(text)),
    "PDF": lambda text: ("pdf", render.pdf_bytes(text)),
    "PDF, printed page": printed,
    "PDF, small type": lambda text: ("pdf", render.pdf_bytes(text, size=7.5)),
    "text": plain(Plain()),
    "text, wrapped": plain(Plain(width=WIDTH)),
    "text, capitals": plain(Plain(heading="capitals", bullet="-", width=WIDTH)),
    "text, headings alone": plain(Plain(heading="alone", bullet="*")),
    "text, dashes": plain(Plain(bullet="–", number="{})", width=WIDTH)),
    "text, letters": plain(Plain(number="({a})", width=WIDTH)),
    "text, two blanks": plain(Plain(indent=2, number="{a}.", heading="capitals")),
    "text, blank lines": plain(Plain(blank=True, width=WIDTH)),
    "Markdown, quotes '": markdown(straight),
    "Markdown, quotes ’": markdown(typographic),
    "Markdown, bullets •": markdown(bullets("•")),
    "Markdown, bullets –": markdown(bullets("–")),
    "Markdown, bullets *": markdown(bullets("*")),
    "Markdown, numbers 1)": markdown(numbers("{})")),
    "Markdown, numbers (1)": markdown(numbers("({})")),
    "Markdown, capitals": markdown(headings(str.upper)),
    "Markdown, lower case": markdown(headings(str.lower)),
    "Markdown, wrapped": markdown(wrapped),
    "Markdown, CRLF": markdown(lambda text: text.replace("\n", "\r\n")),
    "Markdown, navigation": markdown(lambda text: f"{text}\n\n{NAVIGATION}\n"),
}


def differences(gold: frozenset[str], ending: str, data: bytes) -> list[str]:
    """Return the cells that a form loses and adds."""
    try:
        found = cells_of(canonical_text(snapshot_of(data, f"document.{ending}")).text)
    except ExtractError as error:
        return [f"{error.code}!"] * len(STUDY)
    return [f"-{c}" for c in sorted(gold - found)] + [f"+{c}" for c in sorted(found - gold)]


def measure(documents: list[tuple[str, str]]) -> dict[str, dict[str, list[str]]]:
    """Return the cells that differ, by form and document; forms that can't be had are left out."""
    golds = {name: cells_of(text) for name, text in documents}
    found: dict[str, dict[str, list[str]]] = {}
    for form, write in FORMS.items():
        for name, text in documents:
            written = write(text)
            if written is not None:
                differ = differences(golds[name], *written)
                found.setdefault(form, {})[name] = differ
    return found


def main(arguments: Iterable[str]) -> int:
    """Print the table; 1 where a document is under the floor."""
    folders = [argument for argument in arguments if argument != "-v"]
    verbose = folders != list(arguments)
    documents = render.documents([Path(folder) for folder in folders])
    if render.browser() is None:
        print("chromium is not installed: no page is printed to PDF", file=sys.stderr)
    rows = measure(documents)
    print(f"{len(documents)} documents\n{'form':24} worst  mean  differ")
    worst = 1.0
    for form, by_document in rows.items():
        shares = [1 - len(cells) / len(STUDY) for cells in by_document.values()]
        worst = min(worst, *shares)
        differ = sum(map(len, by_document.values()))
        print(f"{form:24} {min(shares):.3f} {sum(shares) / len(shares):.3f} {differ:6d}")
        for name, cells in by_document.items():
            if verbose and cells:
                print(f"    {name}: {' '.join(cells)}")
    print(f"the floor of each document is {FLOOR}: {'held' if worst >= FLOOR else 'not held'}")
    return 0 if worst >= FLOOR else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
