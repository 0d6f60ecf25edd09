"""The built-in reader: from a canonical text to clauses that cite their words.

Owns the assembly of units, force, categories, qualifiers and provisions into a policy. It sees
the document alone: no publisher's name and no earlier coding changes what it reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from usepolicy import __version__
from usepolicy.labelling.vocabulary import load_vocabulary
from usepolicy.policies.clauses import (
    CategoryId,
    Clause,
    ClauseId,
    Effect,
    Restriction,
    clause_key,
    number_repeats,
)
from usepolicy.policies.policies import Identity, Policy
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import Part, Version, VersionId
from usepolicy.reading.blocks import find_blocks
from usepolicy.reading.findings import find_findings
from usepolicy.reading.force import Force, load_cues, weigh
from usepolicy.reading.language import READ, detect_language
from usepolicy.reading.parts import find_parts
from usepolicy.reading.provide import find_provisions
from usepolicy.reading.qualify import find_qualifiers, without_exceptions
from usepolicy.reading.quotes import quote_around
from usepolicy.reading.references import find_references
from usepolicy.reading.scope import find_scope
from usepolicy.reading.segment import segment
from usepolicy.reading.units import Unit, UnitKind
from usepolicy.reading.view import plain_view

BUILT_IN_READER = f"built-in reader {__version__}"
"""Who coded, in a coding made from what this module reads."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A canonical text with what is derived from it once."""

    text: str
    view: str
    units: tuple[Unit, ...]
    forces: tuple[Force, ...]
    leads: frozenset[int]
    """Units that lead into others."""


def read_policy(
    text: str,
    *,
    identity: Identity = Identity(),
    version_id: VersionId,
    parser: str = "markdown/1",
    part: Part | None = None,
) -> Policy:
    """Read a canonical text into a policy.

    Args: version_id: `developer/slug@date`; the date `undated` is replaced by the one stated.
        part: what is known of the document as a whole: title, address, snapshot.
    """
    view = plain_view(text)
    language = detect_language(text)
    blocks = find_blocks(text)
    units = segment(text, blocks.blocks) if language in READ else ()
    leads = frozenset(unit.above[-1] for unit in units if unit.above)
    read = _Text(text, view, units, tuple(weigh(units, view)), leads)
    parts = find_parts(text, view, part or Part(Span(0, len(text))))
    effective = identity.effective or parts[0].stated_date
    version = Version(
        _dated(version_id, effective),
        len(text),
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        parser,
        language,
        parts,
        part.snapshot_sha256 if part else None,
    )
    clauses = _numbered(version.id, list(_clauses(read)), text)
    provisions = find_provisions(text, view, [u for u in units if u.kind is not UnitKind.HEADING])
    named = any(restriction.category for clause in clauses for restriction in clause.restrictions)
    findings = find_findings(text, view, language, blocks.too_deep, names_a_use=named)
    known = replace(identity, effective=effective, title=identity.title or parts[0].title)
    return Policy(known, version, clauses, provisions, find_references(text, units), findings)


def _dated(version_id: VersionId, effective: date | None) -> VersionId:
    name, _, when = version_id.rpartition("@")
    return VersionId(f"{name}@{effective}") if when == "undated" and effective else version_id


def _numbered(version_id: VersionId, clauses: list[Clause], text: str) -> tuple[Clause, ...]:
    keys = number_repeats(
        clause_key([span.cut(text) for span in clause.lead_ins], clause.text) for clause in clauses
    )
    return tuple(
        replace(clause, id=ClauseId(f"{version_id}#{key}"))
        for clause, key in zip(clauses, keys, strict=True)
    )


def _clauses(read: _Text) -> Iterator[Clause]:
    for number, (unit, force) in enumerate(zip(read.units, read.forces, strict=True)):
        if force.effect is None:
            continue
        restrictions = tuple(_restrictions(read, number, force))
        if restrictions:
            lead_ins = [read.units[i] for i in force.lead_ins]
            yield Clause(
                ClauseId(""),
                Span(unit.start, unit.end),
                read.text[unit.start : unit.end],
                tuple(Span(u.start, u.end) for u in lead_ins),
                find_scope(read.text, read.view, [*lead_ins, unit]),
                restrictions,
            )


def _restrictions(read: _Text, number: int, force: Force) -> Iterator[Restriction]:
    unit, effect = read.units[number], force.effect
    if effect is None:
        return
    above = [read.units[i] for i in force.lead_ins]
    qualifiers = find_qualifiers(read.text, read.view, [*above, unit])
    words = without_exceptions(read.view, unit.start, unit.end, qualifiers)
    context = " . ".join(read.view[u.start : u.end] for u in above[-2:]) + " . " + words
    found = load_vocabulary().matches(words.encode("latin-1"), context.encode("latin-1"))
    required = load_cues().required
    for category, spans in found.items():
        if effect is not Effect.REQUIRES or (
            category in required and required[category].search(context)
        ):
            evidence = quote_around(read.text, read.view, unit, spans)
            yield Restriction(category, effect, (evidence,), qualifiers)
    if not found and _stands_alone(read, number, force):
        start, end = unit.start, min(unit.end, unit.start + MAX_UNNAMED)
        yield Restriction(None, effect, (Evidence.of(read.text, start, end),), qualifiers)


MAX_UNNAMED = 200
"""Code points quoted of a clause that names no category."""


def _stands_alone(read: _Text, number: int, force: Force) -> bool:
    """Tell whether a clause without a category is worth keeping: a rule, not its lead-in."""
    unit = read.units[number]
    words = read.view[unit.start : unit.end]
    if number in read.leads or unit.kind is UnitKind.HEADING:
        return False
    if force.effect is Effect.PERMITS:
        return load_cues().exception.search(words) is not None
    return force.effect is Effect.FORBIDS and not words.startswith(SPEAKS_OF_RULES)


SPEAKS_OF_RULES = ("we ", "our ", "this policy ", "these ", "the following ", "this document ")
"""How a sentence begins that speaks of the rules: "This policy says what you may not do"."""


def categories_of(policy: Policy) -> Sequence[CategoryId]:
    """Return the categories that a policy forbids or requires, sorted."""
    return sorted(
        {
            r.category
            for c in policy.clauses
            for r in c.restrictions
            if r.category is not None and r.effect is not Effect.PERMITS
        }
    )
