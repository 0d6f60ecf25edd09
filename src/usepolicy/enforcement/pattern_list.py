"""Lists of patterns: what the pattern detector looks for, read from a table.

Owns the form of the table, the shipped one in `data/detectors/patterns.yaml`, and the scores that
were measured for it. How texts are searched is told by `pattern_detector`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pydantic import BaseModel, StrictStr

from usepolicy.enforcement.detection import Target
from usepolicy.labelling.phrases import any_phrase
from usepolicy.patterns import PatternError, compile_text_bytes
from usepolicy.reading.policy_problems import Report, did_you_mean, shown
from usepolicy.reading.policy_schema import FileEntry, check_model, schema_of, schema_text
from usepolicy.reading.policy_tree import read_tree
from usepolicy.reading.policy_values import Share, Words
from usepolicy.tables import table_rows

PATTERNS_SCHEMA_VERSION = 1
UNMEASURED = 0.7
"""Score of a pattern of which nobody has measured how often it is right."""
LOOKS_AROUND = "RE2 can't look around or back: write what stands there, or use `unless`"
_NAME = re.compile(r"\$([a-z_]+)")


class PatternEntry(FileEntry):
    """A pattern, or several that say the same."""

    id: Words
    """Short name, unique in the file."""
    target: Words
    """Id of the category that it shows, or of a clause."""
    any: tuple[Words, ...] = ()
    """Phrases of which one must stand in the text."""
    regex: tuple[Words, ...] = ()
    """Regular expressions as RE2 takes them, case ignored; of any script."""
    unless: tuple[Words, ...] = ()
    """Phrases that take back a match: they overlap it, or stand beside it in the same sentence."""
    is_need: bool = False
    """True: it shows that whoever speaks is in need of help, and no breach."""
    score: Share | None = None
    """How often a match is right, in (0, 1]; measured, or a judgement."""


class PatternFile(FileEntry):
    """A list of patterns."""

    languages: tuple[StrictStr, ...] = ("en",)
    """Tags of the languages that the patterns are written in."""
    words: Mapping[str, Words] = {}
    """Names for alternatives: `make: make|making|build*` is written `$make` in a phrase."""
    patterns: tuple[PatternEntry, ...]
    """The patterns."""


ENTRIES: Mapping[str, type[BaseModel]] = {
    "": PatternFile,
    "patterns": PatternEntry,
    "words": PatternFile,
}


@dataclass(frozen=True, slots=True)
class ListedPattern:
    """One entry, as RE2 takes it."""

    id: str
    target: Target
    score: float
    expression: str
    unless: str | None
    is_need: bool = False


@dataclass(frozen=True, slots=True)
class PatternList:
    """The entries of one file."""

    sha256: str
    """Of everything that decides a score."""
    languages: frozenset[str]
    patterns: tuple[ListedPattern, ...]


def patterns_schema_text() -> str:
    """Return the JSON Schema as `schemas/patterns.schema.json` holds it."""
    return schema_text(schema_of(PatternFile, "patterns", PATTERNS_SCHEMA_VERSION))


def load_patterns(
    data: bytes, *, place: str, scores: Mapping[str, float] | None = None
) -> PatternList:
    """Return the list that a file holds.

    Args:   scores: measured for the ids of the list.
    Raises: PolicyFileError: the file breaks its schema, a phrase or expression is none.
    """
    root = read_tree(data, place=place)
    report = Report(place, root.line_of)
    file = check_model(root, PatternFile, ENTRIES, report)
    report.raise_if_any()
    assert file is not None
    if not file.patterns:
        report.add(("patterns",), "no-patterns", "the list holds no pattern")
    measured = scores or {}
    patterns = tuple(_patterns(file, measured, report))
    report.raise_if_any()
    told = repr([(p, measured.get(p.id)) for p in patterns])
    return PatternList(
        hashlib.sha256(told.encode()).hexdigest(), frozenset(file.languages), patterns
    )


def _patterns(
    file: PatternFile, scores: Mapping[str, float], report: Report
) -> Iterator[ListedPattern]:
    seen: set[str] = set()
    for number, entry in enumerate(file.patterns):
        path = ("patterns", number)
        if entry.id in seen:
            report.add((*path, "id"), "duplicate-pattern", f"a second pattern `{shown(entry.id)}`")
        seen.add(entry.id)
        if not (entry.any or entry.regex):
            report.add(path, "empty-pattern", "neither `any` nor `regex` says what to look for")
            continue
        try:
            yield _listed(entry, file.words, scores)
        except ValueError as error:
            strange = isinstance(error, PatternError)
            help = LOOKS_AROUND if strange else "phrases are described in docs/rules.md"
            report.add(path, "not-a-pattern", shown(error), help=help)


def _listed(
    entry: PatternEntry, words: Mapping[str, str], scores: Mapping[str, float]
) -> ListedPattern:
    phrases = [_spelled(phrase, words) for phrase in entry.any]
    every = [*([any_phrase(phrases)] if phrases else []), *entry.regex]
    expression = f"(?i)(?:{'|'.join(f'(?:{each})' for each in every)})"
    unless = None
    if entry.unless:
        spelled = (_spelled(phrase, words) for phrase in entry.unless)
        unless = f"(?i)(?:{any_phrase(spelled)})"
    for each in (expression, unless):
        if each is not None:
            compile_text_bytes(each)
    score = entry.score or scores.get(entry.id) or UNMEASURED
    return ListedPattern(entry.id, Target(entry.target), score, expression, unless, entry.is_need)


def _spelled(phrase: str, words: Mapping[str, str]) -> str:
    """Return a phrase with the names of alternatives written out."""

    def spelled(name: re.Match[str]) -> str:
        if name[1] not in words:
            help = did_you_mean(name[1], words)
            raise ValueError(f"no words called `{name[1]}`{'; ' + help if help else ''}")
        return words[name[1]]

    return _NAME.sub(spelled, phrase)


@cache
def shipped_patterns() -> PatternList:
    """Return the shipped list, read once."""
    path = resources.files("usepolicy") / "data" / "detectors" / "patterns.yaml"
    return load_patterns(path.read_bytes(), place="patterns.yaml", scores=shipped_scores())


def shipped_scores() -> Mapping[str, float]:
    """Return what was measured for the shipped patterns: see the head of the table."""
    rows: Iterable[Mapping[str, str]] = table_rows("detectors/pattern_scores.csv")
    return {row["id"]: float(row["score"]) for row in rows}
