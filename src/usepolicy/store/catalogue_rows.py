"""Rows: a policy, its text and its snapshots as rows of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.sqlite import insert

from usepolicy.policies.clauses import CategoryId, Clause, Restriction, Strength
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.policies import Policy, restrictions_on, strength_of
from usepolicy.reading.coding_file import dump_coding
from usepolicy.reading.policy_file import PolicyFormat, dump_policy
from usepolicy.store.catalogue_documents import Documented
from usepolicy.store.catalogue_tables import (
    cells,
    clauses,
    policies,
    snapshots,
    version_snapshots,
    versions,
)
from usepolicy.taxonomy.categories import load_taxonomy

Row = Mapping[str, str | int | bool | bytes | None]


def policy_json(policy: Policy) -> str:
    """Return the policy file as the catalogue keeps it."""
    return dump_policy(policy, format=PolicyFormat.JSON)


def insert_version(at: Connection, document: Documented, stamp: str) -> None:
    """Write a version that is new, with all that belongs to it."""
    policy = document.known.policy
    version = policy.version
    name, _, dated = version.id.rpartition("@")
    at.execute(
        versions.insert(),
        {
            "id": version.id,
            "name": name,
            "developer": name.partition("/")[0],
            "dated": dated,
            "text": document.known.text,
            "text_sha256": version.text_sha256,
            "language": version.language,
            "parser": version.parser,
            "added_at": stamp,
            "current": False,
        },
    )
    for number, snapshot in enumerate(document.snapshots):
        row = {
            "sha256": snapshot.sha256,
            "data": snapshot.data,
            "name": snapshot.name,
            "address": snapshot.address,
            "media_type": snapshot.media_type,
            "taken_at": stamp,
        }
        at.execute(insert(snapshots).on_conflict_do_nothing(), row)
        part = {"version_id": version.id, "part": number, "sha256": snapshot.sha256}
        at.execute(version_snapshots.insert(), part)
    _insert_reading(at, policy)


def replace_reading(at: Connection, document: Documented) -> None:
    """Write what is read of a version anew; its text stays."""
    policy = document.known.policy
    for table in (cells, clauses, policies):
        at.execute(delete(table).where(table.c.version_id == policy.version.id))
    _insert_reading(at, policy)


def coding_row(id: str, hand: HandCoding, stamp: str) -> Row:
    """Return the row of a hand coding."""
    names = load_taxonomy().study_names
    return {
        "id": id,
        "version_id": hand.version_id,
        "coder": hand.coder,
        "label": hand.identity.developer or hand.identity.title or hand.version_id,
        "file": dump_coding(hand, format=PolicyFormat.JSON, study_names=names),
        "added_at": stamp,
    }


def _insert_reading(at: Connection, policy: Policy) -> None:
    at.execute(policies.insert(), _policy_row(policy))
    words: list[Row] = [
        {"id": clause.id, "version_id": policy.version.id, "text": clause.text}
        for clause in policy.clauses
    ]
    if words:
        at.execute(clauses.insert(), words)
    coded = _cell_rows(policy)
    if coded:
        at.execute(cells.insert(), coded)


def _policy_row(policy: Policy) -> Row:
    of, parts = policy.identity, policy.version.parts
    return {
        "version_id": policy.version.id,
        "file": policy_json(policy),
        "label": of.developer or of.title or policy.version.id,
        "title": of.title,
        "kind": of.kind.value if of.kind else None,
        "document_kind": of.document_kind,
        "modality": of.modality,
        "weights": of.weights.value if of.weights else None,
        "headquarters": of.headquarters,
        "effective": of.effective.isoformat() if of.effective else None,
        "address": next((part.address for part in parts if part.address), None),
        "is_read": policy.is_read,
        "clauses": len(policy.clauses),
        "provisions": " ".join(dict.fromkeys(p.kind.value for p in policy.provisions)),
    }


def _cell_rows(policy: Policy) -> list[Row]:
    """Return a row for each category that the policy restricts, with its first words."""
    named = {r.category for clause in policy.clauses for r in clause.restrictions}
    rows: list[Row] = []
    for category in sorted(name for name in named if name is not None):
        found = restrictions_on(policy, category)
        if found:
            rows.append(_cell_row(policy, category, found[0]))
    return rows


def _cell_row(policy: Policy, category: CategoryId, first: tuple[Clause, Restriction]) -> Row:
    strength: Strength | None = strength_of(policy, category)
    clause, restriction = first
    return {
        "version_id": policy.version.id,
        "category": category,
        "strength": strength.value if strength else None,
        "quote": restriction.evidence[0].quote if restriction.evidence else "",
        "clause_id": clause.id,
    }
