"""Citation: a policy as BibTeX or CSL-JSON, as it was published and when it was read."""

from __future__ import annotations

import re

from usepolicy.comparison.subjects import Subject

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def csl_item(subject: Subject, address: str | None) -> dict[str, object]:
    """Return a policy as an item of CSL-JSON, without what is not known."""
    of = subject.coding.identity
    item: dict[str, object] = {
        "id": subject.coding.id,
        "type": "webpage",
        "title": of.title or subject.coding.label,
    }
    if of.developer:
        item["author"] = [{"literal": of.developer}]
    if of.effective:
        item["issued"] = {"date-parts": [[of.effective.year, of.effective.month, of.effective.day]]}
    if of.recorded:
        item["accessed"] = {"date-parts": [[of.recorded.year, of.recorded.month, of.recorded.day]]}
    if address:
        item["URL"] = address
    return item


def bibtex_entry(subject: Subject, address: str | None) -> str:
    """Return a policy as a `@misc` entry, with a newline at its end."""
    of = subject.coding.identity
    fields = {
        "author": f"{{{_escaped(of.developer)}}}" if of.developer else "",
        "title": f"{{{_escaped(of.title or subject.coding.label)}}}",
        "year": str(of.effective.year) if of.effective else "",
        "month": str(of.effective.month) if of.effective else "",
        "url": (address or "").replace("{", "%7B").replace("}", "%7D"),
        "urldate": of.recorded.isoformat() if of.recorded else "",
        "note": _escaped(f"{subject.coding.id}, coded by {subject.coding.coder}"),
    }
    lines = "".join(f"  {key} = {{{value}}},\n" for key, value in fields.items() if value)
    return f"@misc{{{_key(subject.coding.id)},\n{lines}}}\n"


def _key(words: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-")


def _escaped(words: str) -> str:
    flat = " ".join(words.split())
    return "".join(_ESCAPES.get(letter, letter) for letter in flat)
