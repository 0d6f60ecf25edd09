"""Versions: the canonical text of a policy at a time, its parts, and findings about its reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import NewType

from usepolicy.policies.spans import Span

VersionId = NewType("VersionId", str)
"""`developer/slug@date`."""

READ_BY = " + "
"""Between what made the text and who read it, in the parser of a version."""
MAX_SLUG = 60
"""Code points of one part of an id."""


def slug(words: str) -> str:
    """Return words as a part of an id: lower case, letters of any script, hyphens."""
    return "-".join(re.findall(r"[^\W_]+", words.casefold()))[:MAX_SLUG].strip("-")


def version_id_of(developer: str | None, title: str | None, when: date | None) -> VersionId:
    """Return `developer/slug@date`; what is not known is `unknown`, `policy` and `undated`."""
    date_ = when.isoformat() if when else "undated"
    return VersionId(
        f"{slug(developer or '') or 'unknown'}/{slug(title or '') or 'policy'}@{date_}"
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One of the documents that a version joins: a page, a file."""

    span: Span
    title: str | None = None
    address: str | None = None
    stated_date: date | None = None
    """The date that the text itself states (effective, or last updated)."""
    snapshot_sha256: str | None = None
    """SHA-256 of the bytes that this part was converted from."""


@dataclass(frozen=True, slots=True)
class Version:
    """The canonical text derived from one or more snapshots by a named parser.

    The text itself stays outside, so that facts about it can be kept and shipped without it.
    """

    id: VersionId
    text_length: int
    """Length of the canonical text in code points."""
    text_sha256: str
    """SHA-256 of the canonical text in UTF-8."""
    parser: str
    """Name and version of what made the text, e.g. `markdown/1`; `hand` for a file by hand. Where
    it was not the built-in reader that read it, its name follows behind `READ_BY`."""
    language: str
    """BCP 47 tag as detected, `und` where unknown."""
    parts: tuple[Part, ...] = ()
    snapshot_sha256: str | None = None
    """SHA-256 of the bytes that were read; of several parts, of their hashes joined."""

    @property
    def reader(self) -> str | None:
        """Who read the text into clauses; None where the parser names nobody."""
        return self.parser.partition(READ_BY)[2] or None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reader of the result must know: a part not read, a page that is no policy."""

    code: str
    """Stable kebab-case identifier, e.g. `language-not-read`."""
    message: str
    span: Span | None = None
    """The place in the text, if it is one place."""
    blocks: bool = False
    """True: what is not found in this text is unknown, not absent."""
