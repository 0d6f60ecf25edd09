"""The built-in reader: from a canonical text to clauses that cite their words.

Owns the assembly of units, force, categories, qualifiers and provisions into a policy. It sees
the document alone: no publisher's name and no earlier coding changes what it reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
from usepolicy.policies.policies import Identity, Policy, PolicyKind
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import Part, Version, VersionId
from usepolicy.reading.annotations import Annotations
from usepolicy.reading.behaviour import weighed_view
from usepolicy.reading.findings import find_findings
from usepolicy.reading.force import Force, load_cues
from usepolicy.reading.noise import restored, without_noise
from usepolicy.reading.parts import find_parts
from usepolicy.reading.provide import find_provisions
from usepolicy.reading.qualify import Named, attached, without_exceptions
from usepolicy.reading.quotes import quote_around
from usepolicy.reading.references import find_references
from usepolicy.reading.structure import Structured, structured
from usepolicy.reading.units import Unit, UnitKind

BUILT_IN_READER = f"built-in reader {__version__}"
"""Who coded, in a coding made from what this module reads."""


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
    plain, places = without_noise(text)
    behaves = identity.kind is PolicyKind.BEHAVIOUR_POLICY
    read = structured(plain, spoken=weighed_view if behaves else str)
    parts = find_parts(plain, read.view, _whole(part, plain))
    effective = identity.effective or parts[0].stated_date
    version = Version(
        _dated(version_id, effective),
        len(text),
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        parser,
        read.language,
        parts,
        part.snapshot_sha256 if part else None,
    )
    known = replace(identity, effective=effective, title=identity.title or parts[0].title)
    policy = _policy(read, known, version)
    if places is None:
        return policy
    moved = restored(policy, text, places)
    return replace(moved, clauses=tuple(_cut_anew(clause, text) for clause in moved.clauses))


def _whole(part: Part | None, text: str) -> Part:
    whole = Span(0, len(text))
    return replace(part, span=whole) if part else Part(whole)


def _policy(read: Structured, identity: Identity, version: Version) -> Policy:
    clauses = _numbered(version.id, list(_clauses(read)), read.text)
    provisions = find_provisions(read.text, read.view, read.units)
    named = any(restriction.category for clause in clauses for restriction in clause.restrictions)
    findings = find_findings(read.text, read.view, read.language, read.too_deep, names_a_use=named)
    references = find_references(read.text, read.units)
    return Policy(identity, version, clauses, provisions, references, findings)


def _cut_anew(clause: Clause, text: str) -> Clause:
    """Return a clause with its words as they stand in `text`; its id stays that of what was read."""
    return replace(clause, text=clause.span.cut(text))


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


def _clauses(read: Structured) -> Iterator[Clause]:
    notes = Annotations(read)
    restricted = {
        number: tuple(_restrictions(read, notes, number)) for number in range(len(read.units))
    }
    below = _named_below(read, restricted)
    for number, restrictions in restricted.items():
        # "**Fraud.** Running scams or frauds": the lead-in only announces what its items say.
        own = tuple(r for r in restrictions if r.category not in below.get(number, ()))
        if own:
            yield _clause(read, notes, number, own)


def _named_below(
    read: Structured, restricted: Mapping[int, Sequence[Restriction]]
) -> Mapping[int, set[CategoryId]]:
    """Return for each unit which categories are restricted in what it leads into."""
    below: dict[int, set[CategoryId]] = {}
    for number, restrictions in restricted.items():
        named = {r.category for r in restrictions if r.category and r.effect is not Effect.PERMITS}
        for lead_in in read.forces[number].lead_ins if named else ():
            below.setdefault(lead_in, set()).update(named)
    return below


def _clause(
    read: Structured, notes: Annotations, number: int, restrictions: tuple[Restriction, ...]
) -> Clause:
    unit, force = read.units[number], read.forces[number]
    lead_ins = [read.units[i] for i in force.lead_ins]
    return Clause(
        ClauseId(""),
        Span(unit.start, unit.end),
        read.text[unit.start : unit.end],
        tuple(Span(u.start, u.end) for u in lead_ins),
        notes.scope([*force.lead_ins, number]),
        restrictions,
    )


def _restrictions(read: Structured, notes: Annotations, number: int) -> Iterator[Restriction]:
    unit, force = read.units[number], read.forces[number]
    effect = force.effect
    if effect is None:
        return
    above = [read.units[i] for i in force.lead_ins]
    qualifiers = notes.qualifiers([*force.lead_ins, number])
    words = without_exceptions(read.view, unit.start, unit.end, qualifiers)
    context = " . ".join(read.view[u.start : u.end] for u in above[-2:]) + " . " + words
    found = load_vocabulary().matches(words.encode("latin-1"), context.encode("latin-1"))
    conditions = notes.conditions_above(force)
    for category, spans in found.items():
        if effect is not Effect.REQUIRES or conditions or _is_duty(category, context):
            evidence = quote_around(read.text, read.view, unit, spans)
            own = attached(_named(unit, category, found), qualifiers, read.view)
            yield Restriction(category, effect, (evidence,), own or conditions)
    if not found and _stands_alone(read, number, force):
        evidence = Evidence.of(read.text, unit.start, _end_of_words(read, unit))
        yield Restriction(None, effect, (evidence,), qualifiers)


def _is_duty(category: CategoryId, context: str) -> bool:
    """Tell whether a sentence that requires something names the category by its duty."""
    duty = load_cues().required.get(category)
    return duty is not None and duty.search(context) is not None


def _named(unit: Unit, category: CategoryId, found: Mapping[CategoryId, Sequence[Span]]) -> Named:
    """Return where in the text a clause names a category first, and what else it names."""
    place = _moved(found[category][0], unit.start)
    others = (s for name, spans in found.items() if name != category for s in spans)
    elsewhere = tuple(_moved(s, unit.start) for s in others)
    return Named(
        category,
        place,
        Span(unit.start, unit.end),
        tuple(other for other in elsewhere if not other.overlaps(place)),
    )


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


MAX_UNNAMED = 200
"""Code points quoted of a clause that names no category."""


def _end_of_words(read: Structured, unit: Unit) -> int:
    """Return where to end the quote of a unit: with it, or with a whole word before it is long."""
    end = min(unit.end, unit.start + MAX_UNNAMED)
    if end == unit.end:
        return end
    blank = read.view.rfind(" ", unit.start + MAX_UNNAMED // 2, end)
    return blank if blank > 0 else end


def _stands_alone(read: Structured, number: int, force: Force) -> bool:
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
