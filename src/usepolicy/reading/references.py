"""References: other documents that a policy names, and the date that it states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from usepolicy.policies.provisions import Reference, ReferenceKind
from usepolicy.policies.spans import Evidence
from usepolicy.reading.units import Unit

_DOCUMENT = re.compile(r"\[([^\[\]\n]{3,120})\]\(([^()\s]{1,1500})[^()\n]{0,200}\)", re.I)
_DOCUMENT_WORDS = re.compile(
    r"\b(?:polic(?:y|ies)|terms|licen[sc]e|agreement|guidelines?|addendum|standards|code of conduct|principles|rules)\b",
    re.I,
)
_KINDS = (
    (
        ReferenceKind.SUPERSEDES,
        re.compile(r"\b(?:supersed|replac|shall govern|takes precedence|prevail)", re.I),
    ),
    (
        ReferenceKind.INCORPORATES,
        re.compile(
            r"\b(?:incorporat|forms? (?:a )?part of|is part of|included by reference|also apply|agree to)",
            re.I,
        ),
    ),
    (
        ReferenceKind.SUBJECT_TO,
        re.compile(
            r"\b(?:subject to|governed by|in accordance with|comply with|adhere to|in addition to)",
            re.I,
        ),
    ),
)
MAX_REFERENCES = 200
"""A page with more links than this is a directory; the rest is left out."""
MAX_SENTENCE = 600
"""Code points of a sentence up to which it is cited whole."""

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "(" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in _MONTHS) + r")\.?"
_DATES = (
    re.compile(rf"{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? (20\d\d)"),
    re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (20\d\d)"),
    re.compile(r"(20\d\d)-(\d\d)-(\d\d)"),
)
_STATES_DATE = re.compile(
    r"(?:effective|updated?|modified|revised|version|dated?|in force)[^.\n]{0,40}$"
)
DATE_ZONE = 3000
"""Code points at the head of a text in which its date is looked for."""


def find_references(text: str, units: Sequence[Unit]) -> tuple[Reference, ...]:
    """Return the documents that the units link to, in order, each address once a kind."""
    seen: set[tuple[ReferenceKind, str]] = set()
    found: list[Reference] = []
    for reference in (r for unit in units for r in _of_unit(text, unit)):
        key = (reference.kind, reference.target or reference.evidence.quote)
        if key not in seen and len(found) < MAX_REFERENCES:
            seen.add(key)
            found.append(reference)
    return tuple(found)


def _of_unit(text: str, unit: Unit) -> Iterator[Reference]:
    for match in _DOCUMENT.finditer(text, unit.start, unit.end):
        if _DOCUMENT_WORDS.search(match.group(1)):
            before = text[max(unit.start, match.start() - 120) : match.end() + 60]
            kind = next((k for k, cue in _KINDS if cue.search(before)), ReferenceKind.MENTIONS)
            name = Evidence.of(text, match.start(1), match.end(1))
            yield Reference(kind, name, match.group(2), _sentence(text, unit))


def _sentence(text: str, unit: Unit) -> Evidence | None:
    short = unit.end - unit.start <= MAX_SENTENCE
    return Evidence.of(text, unit.start, unit.end) if short else None


def stated_date(view: str) -> date | None:
    """Return the date that a text states as its own near its head; None if it states none."""
    head = view[:DATE_ZONE]
    for number, pattern in enumerate(_DATES):
        for match in pattern.finditer(head):
            if _STATES_DATE.search(head[max(0, match.start() - 60) : match.start()]):
                return _date(number, match.groups())
    return None


def _date(form: int, groups: tuple[str, ...]) -> date | None:
    month, day, year = {0: (0, 1, 2), 1: (1, 0, 2), 2: (1, 2, 0)}[form]
    name = groups[month]
    number = (
        int(name)
        if name.isdigit()
        else next(i for i, m in enumerate(_MONTHS, 1) if m.startswith(name[:3]))
    )
    try:
        return date(int(groups[year]), number, int(groups[day]))
    except ValueError:
        return None
