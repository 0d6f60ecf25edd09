"""Queries: what is asked of a catalogue, as rows and as policies.

Owns how an id is understood: a version, a name (its newest version counts), a hand coding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, text

from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.places import KnownWords
from usepolicy.reading.coding_file import load_coding
from usepolicy.reading.policy_file import load_policy
from usepolicy.store.catalogue import BY, Catalogue, known_ids, unknown
from usepolicy.store.catalogue_tables import cells, clauses, codings, policies, versions
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.names import offer

ID = re.compile(r"[^\s/@~#]+/[^\s/@~#]+(?:@[^\s/@~#]+(?:~[^\s/@~#]+)?)?")
"""An id of the catalogue: `developer/slug`, `developer/slug@date`, `developer/slug@date~coder`."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A version as a list shows it."""

    id: str
    developer: str
    """Slug."""
    label: str
    title: str | None
    kind: str | None
    document_kind: str | None
    modality: str | None
    weights: str | None
    headquarters: str | None
    effective: str | None
    address: str | None
    is_read: bool
    clauses: int
    provisions: str
    """Kinds, with spaces between."""
    text_sha256: str
    language: str
    added_at: str
    current: bool
    categories: int
    """Coded."""


@dataclass(frozen=True, slots=True)
class ListedCoding:
    """A hand coding as a list shows it."""

    id: str
    version_id: str
    coder: str
    label: str


@dataclass(frozen=True, slots=True)
class CodedCell:
    """A category of one version with its first words."""

    version_id: str
    category: CategoryId
    strength: str | None
    quote: str
    clause_id: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause that a search found."""

    clause_id: str
    version_id: str
    label: str
    title: str | None
    text: str


def is_id(name: str) -> bool:
    """Tell whether a name is written like an id of the catalogue."""
    return ID.fullmatch(name) is not None


def find(catalogue: Catalogue, id: str) -> KnownWords | HandCoding:
    """Return the policy with its text, or the hand coding, of an id.

    Raises: UsageError: `not-in-catalogue`.
    """
    if BY in id:
        return _hand(catalogue, id)
    mine = versions.c.id == id if "@" in id else (versions.c.name == id) & versions.c.current
    with catalogue.engine.connect() as at:
        row = at.execute(
            select(versions.c.id, versions.c.text, policies.c.file)
            .join(policies, policies.c.version_id == versions.c.id)
            .where(mine)
        ).first()
        if row is None:
            raise _missing(at, id)
    return KnownWords(load_policy(row.file, place=row.id), row.text)


def list_versions(catalogue: Catalogue, *, every: bool = False) -> list[Listed]:
    """Return the newest version of each name by id, or every version."""
    coded = select(func.count()).where(cells.c.version_id == versions.c.id).scalar_subquery()
    query = (
        select(
            versions.c.id,
            versions.c.developer,
            policies.c.label,
            policies.c.title,
            policies.c.kind,
            policies.c.document_kind,
            policies.c.modality,
            policies.c.weights,
            policies.c.headquarters,
            policies.c.effective,
            policies.c.address,
            policies.c.is_read,
            policies.c.clauses,
            policies.c.provisions,
            versions.c.text_sha256,
            versions.c.language,
            versions.c.added_at,
            versions.c.current,
            coded.label("categories"),
        )
        .join(policies, policies.c.version_id == versions.c.id)
        .order_by(versions.c.id)
    )
    if not every:
        query = query.where(versions.c.current)
    with catalogue.engine.connect() as at:
        return [Listed(**row._asdict()) for row in at.execute(query)]


def versions_of(catalogue: Catalogue, name: str) -> list[str]:
    """Return the ids of all versions of a name, newest first."""
    with catalogue.engine.connect() as at:
        query = select(versions.c.id).where(versions.c.name == name)
        order = (versions.c.dated == "undated", versions.c.dated.desc())
        return list(at.scalars(query.order_by(*order)))


def list_codings(catalogue: Catalogue) -> list[ListedCoding]:
    """Return the hand codings by id."""
    query = select(codings.c.id, codings.c.version_id, codings.c.coder, codings.c.label)
    with catalogue.engine.connect() as at:
        return [ListedCoding(**row._asdict()) for row in at.execute(query.order_by(codings.c.id))]


def current_cells(catalogue: Catalogue, *, categories: Sequence[CategoryId]) -> list[CodedCell]:
    """Return the coded cells of the newest versions, of some categories."""
    query = (
        select(
            cells.c.version_id, cells.c.category, cells.c.strength, cells.c.quote, cells.c.clause_id
        )
        .join(versions, versions.c.id == cells.c.version_id)
        .where(versions.c.current, cells.c.category.in_(categories))
    )
    with catalogue.engine.connect() as at:
        return [CodedCell(**row._asdict()) for row in at.execute(query)]


def current_strengths(catalogue: Catalogue) -> Mapping[str, Mapping[CategoryId, str]]:
    """Return what the newest versions have, by version and category: a strength or nothing.

    2,000 policies have 76,000 cells: they come without their words, and as no objects.
    """
    query = (
        select(cells.c.version_id, cells.c.category, cells.c.strength)
        .join(versions, versions.c.id == cells.c.version_id)
        .where(versions.c.current)
    )
    found: dict[str, dict[CategoryId, str]] = {}
    with catalogue.engine.connect() as at:
        rows: Iterable[Any] = at.execute(query).all()
    for version, category, strength in rows:
        found.setdefault(version, {})[category] = strength or ""
    return found


def search(
    catalogue: Catalogue, words: str, *, limit: int, offset: int = 0
) -> tuple[int, list[Hit]]:
    """Return how many clauses of newest versions have all of `words`, and a page of the best.

    Words are matched by their stems; the last may be the beginning of one. Nothing in them is
    an operator.
    """
    terms = re.findall(r"\w+", words)[:20]
    if not terms:
        return 0, []
    match = " ".join(f'"{term}"' for term in terms) + "*"
    found = text(
        "SELECT c.id AS clause_id, c.version_id, p.label, p.title, c.text FROM clause_words w "
        "JOIN clauses c ON c.number = w.rowid JOIN versions v ON v.id = c.version_id "
        "JOIN policies p ON p.version_id = v.id "
        "WHERE clause_words MATCH :match AND v.current ORDER BY w.rank, c.number "
        "LIMIT :limit OFFSET :offset"
    )
    counted = text(
        "SELECT count(*) FROM clause_words w JOIN clauses c ON c.number = w.rowid "
        "JOIN versions v ON v.id = c.version_id WHERE clause_words MATCH :match AND v.current"
    )
    with catalogue.engine.connect() as at:
        total = at.scalar(counted, {"match": match}) or 0
        page = at.execute(found, {"match": match, "limit": limit, "offset": offset})
        return int(total), [Hit(**row._asdict()) for row in page]


def counted_clauses(catalogue: Catalogue) -> int:
    """Return how many clauses the newest versions have."""
    query = (
        select(func.count())
        .select_from(clauses)
        .join(versions, versions.c.id == clauses.c.version_id)
        .where(versions.c.current)
    )
    with catalogue.engine.connect() as at:
        return int(at.scalar(query) or 0)


def _hand(catalogue: Catalogue, id: str) -> HandCoding:
    with catalogue.engine.connect() as at:
        file = at.scalar(select(codings.c.file).where(codings.c.id == id))
        if file is None:
            raise _missing(at, id)
    return load_coding(file, place=id, study_names=load_taxonomy().study_names)


def _missing(at: Connection, id: str) -> Exception:
    error = unknown(id)
    error.help = offer(id, known_ids(at), error.help)
    return error
