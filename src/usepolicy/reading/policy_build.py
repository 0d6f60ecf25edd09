"""From the model of a policy file to a policy: computes what was left out, checks what was given.

Owns the rules that hold between the parts of a file: spans cut their quotes, ids are unique,
categories exist. The shape of the parts is `policy_schema`'s, their place `policy_text`'s.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from usepolicy.policies.clauses import (
    CategoryId,
    Clause,
    ClauseId,
    Qualifier,
    Restriction,
    Scope,
    clause_key,
    number_repeats,
)
from usepolicy.policies.policies import Identity, Policy
from usepolicy.policies.provisions import Provision, Reference
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import Finding, Part, Version, VersionId, version_id_of
from usepolicy.reading.policy_plain import StudyNames
from usepolicy.reading.policy_problems import Path, Report, did_you_mean, shown
from usepolicy.reading.policy_schema import (
    ClauseEntry,
    FindingEntry,
    PartEntry,
    PolicyEntry,
    PolicyFile,
    ReferenceEntry,
    RestrictionEntry,
    ScopeEntry,
    VersionEntry,
)
from usepolicy.reading.policy_text import (
    KnownText,
    Piece,
    check_overlaps,
    check_text,
    is_joined,
    place_clauses,
)


class Cited(Protocol):
    """What the entries with a quote share."""

    @property
    def quote(self) -> str:
        """The words."""

    @property
    def start(self) -> int | None:
        """Their first code point, if given."""

    @property
    def end(self) -> int | None:
        """The code point after their last, if given."""


def build_policy(file: PolicyFile, study_names: StudyNames, report: Report) -> Policy:
    """Return the policy of `file`; where `report` has problems afterwards, it is not to be used."""
    identity = _identity(file.policy)
    version_id = VersionId(file.policy.id) if file.policy.id else _version_id(identity)
    joined = is_joined(file)
    pieces = place_clauses(file.clauses, joined, report)
    text = "\n".join(clause.text for clause in file.clauses)
    length = len(text) if joined else file.version.text_length or 0
    whole = [Piece(0, text)] if joined else pieces
    builder = _Builder(KnownText(whole, length), study_names, report)
    if joined:
        check_text(file.version, text, report)
    else:
        check_overlaps(pieces, report)
    return Policy(
        identity,
        builder.version(file.version, version_id, hashlib.sha256(text.encode()).hexdigest()),
        builder.clauses(file.clauses, pieces, version_id),
        tuple(
            Provision(entry.kind, builder.cited(("provisions", i), entry))
            for i, entry in enumerate(file.provisions)
        ),
        tuple(
            builder.reference(("references", i), entry) for i, entry in enumerate(file.references)
        ),
        tuple(builder.finding(("findings", i), entry) for i, entry in enumerate(file.findings)),
    )


def _version_id(identity: Identity) -> VersionId:
    title = identity.title or identity.service
    return version_id_of(identity.developer, title, identity.effective or identity.recorded)


def _identity(entry: PolicyEntry) -> Identity:
    return Identity(**{name: getattr(entry, name) for name in Identity.__dataclass_fields__})


class _Builder:
    """Builds the values of one file; holds what all of them need."""

    def __init__(self, text: KnownText, study_names: StudyNames, report: Report) -> None:
        self._text = text
        self._names = study_names
        self._report = report

    def cited(self, path: Path, entry: Cited, *, inside: Piece | None = None) -> Evidence:
        """Return the evidence of `entry`; look first `inside` for a quote without a place."""
        quote, start = entry.quote, entry.start
        if start is None:
            quote = quote.strip()
            start = self._locate(path, quote, inside)
            if start is None:
                return Evidence(Span(0, 0), "")
        span = Span(start, start + len(quote))
        if entry.end not in (None, span.end):
            message = f"the quote has {len(quote)} code points, so `end` is {span.end}"
            self._report.add((*path, "end"), "span-mismatch", f"{message}, not {entry.end}")
        self._check_span(path, span)
        known = inside.cut(span) if inside else None
        known = self._text.cut(span) if known is None else known
        if known not in (None, quote):
            message = f"the text at {span.start}:{span.end} is `{shown(known)}`, not the quote"
            help = "leave out `start` and `end` to have the quote found"
            self._report.add((*path, "quote"), "quote-mismatch", message, help=help)
        return Evidence(span, quote)

    def reference(self, path: Path, entry: ReferenceEntry) -> Reference:
        """Return the reference of `entry`."""
        name = self.cited(path, entry)
        given = entry.sentence
        sentence = self.cited((*path, "sentence"), given) if given else None
        return Reference(entry.kind, name, entry.target, sentence)

    def _locate(self, path: Path, quote: str, inside: Piece | None) -> int | None:
        start = self._text.find(quote, [inside]) if inside else None
        if start is None:
            start = self._text.find(quote, self._text.pieces)
        if start is None:
            message = f"the quote `{shown(quote)}` is in no clause"
            help = "copy the words exactly, or give `start` and `end`"
            self._report.add((*path, "quote"), "quote-not-found", message, help=help)
        return start

    def _check_span(self, path: Path, span: Span) -> None:
        if span.end > self._text.length:
            message = f"the place {span.start}:{span.end} lies outside the text"
            help = f"the text has {self._text.length} code points"
            self._report.add(path, "bad-span", message, help=help)

    def span(self, path: Path, start: int | None, end: int | None) -> Span:
        """Return the span of two offsets that must both be there."""
        if start is None or end is None:
            key = "start" if start is None else "end"
            self._report.add(path, "missing-span", f"`{key}` is missing")
            return Span(0, 0)
        if start > end:
            message = f"`start` is {start}, after `end`, which is {end}"
            self._report.add((*path, "start"), "bad-span", message)
            return Span(0, 0)
        self._check_span(path, span := Span(start, end))
        return span

    def version(self, entry: VersionEntry, version_id: VersionId, text_sha256: str) -> Version:
        """Return the version; `text_sha256` is for a file that doesn't give its own."""
        return Version(
            version_id,
            self._text.length,
            entry.text_sha256 or text_sha256,
            entry.parser,
            entry.language,
            tuple(
                self._part(("version", "parts", i), part, alone=len(entry.parts) == 1)
                for i, part in enumerate(entry.parts)
            ),
            entry.snapshot_sha256,
        )

    def _part(self, path: Path, entry: PartEntry, *, alone: bool) -> Part:
        start, end = entry.start, entry.end
        if alone and start is None and end is None:
            start, end = 0, self._text.length
        span = self.span(path, start, end)
        return Part(span, entry.title, entry.address, entry.stated_date, entry.snapshot_sha256)

    def finding(self, path: Path, entry: FindingEntry) -> Finding:
        """Return the finding, with a span only if it has a place."""
        placed = entry.start is not None or entry.end is not None
        span = self.span(path, entry.start, entry.end) if placed else None
        return Finding(entry.code, entry.message, span, entry.blocks)

    def clauses(
        self, entries: Sequence[ClauseEntry], pieces: Sequence[Piece], version_id: VersionId
    ) -> tuple[Clause, ...]:
        """Return the clauses, with ids for those that have none."""
        lead_ins = [
            tuple(
                self.span(("clauses", i, "lead_ins", k), span.start, span.end)
                for k, span in enumerate(entry.lead_ins)
            )
            for i, entry in enumerate(entries)
        ]
        ids = self._ids(entries, lead_ins, version_id)
        return tuple(
            self._clause(("clauses", i), entry, pieces[i], lead_ins=lead_ins[i], id=ids[i])
            for i, entry in enumerate(entries)
        )

    def _ids(
        self,
        entries: Sequence[ClauseEntry],
        lead_ins: Sequence[tuple[Span, ...]],
        version_id: VersionId,
    ) -> list[ClauseId]:
        """Give ids; of lead-ins that the file does not tell, none count for the key."""
        keys = number_repeats(
            clause_key([self._text.cut(span) or "" for span in spans], entry.text)
            for entry, spans in zip(entries, lead_ins, strict=True)
        )
        ids = [
            ClauseId(entry.id or f"{version_id}#{key}")
            for entry, key in zip(entries, keys, strict=True)
        ]
        seen: Counter[ClauseId] = Counter()
        for index, clause_id in enumerate(ids):
            path: Path = ("clauses", index, "id")
            seen[clause_id] += 1
            if seen[clause_id] > 1:
                message = f"the id `{shown(clause_id)}` is another clause's already"
                self._report.add(path, "duplicate-id", message)
            if not clause_id.startswith(f"{version_id}#"):
                message = f"the id `{shown(clause_id)}` does not start with the policy's"
                help = f"write `{shown(version_id)}#` and a key, or leave the id out"
                self._report.add(path, "foreign-id", message, help=help)
        return ids

    def _clause(
        self,
        path: Path,
        entry: ClauseEntry,
        piece: Piece,
        *,
        lead_ins: tuple[Span, ...],
        id: ClauseId,
    ) -> Clause:
        self._check_span(path, piece.span)
        restrictions = tuple(
            self._restriction((*path, "restrictions", i), restriction, piece)
            for i, restriction in enumerate(entry.restrictions)
        )
        scope = self._scope((*path, "scope"), entry.scope, piece)
        return Clause(id, piece.span, entry.text, lead_ins, scope, restrictions)

    def _scope(self, path: Path, entry: ScopeEntry, piece: Piece) -> Scope:
        def cited(key: str) -> Evidence | None:
            given: Cited | None = getattr(entry, key)
            return self.cited((*path, key), given, inside=piece) if given else None

        return Scope(cited("bound"), cited("surface"), cited("product"))

    def _restriction(self, path: Path, entry: RestrictionEntry, piece: Piece) -> Restriction:
        restriction = Restriction(
            CategoryId(entry.category) if entry.category is not None else None,
            entry.effect,
            self._evidence(path, entry, piece),
            tuple(
                Qualifier(q.kind, q.role, self.cited((*path, "qualifiers", i), q, inside=piece))
                for i, q in enumerate(entry.qualifiers)
            ),
        )
        self._check_category(path, entry)
        if entry.strength not in (None, restriction.strength):
            real = restriction.strength or "null"
            message = f"`strength` is `{entry.strength}`, but the qualifiers make it `{real}`"
            help = "leave it out: it is derived"
            self._report.add((*path, "strength"), "wrong-strength", message, help=help)
        return restriction

    def _evidence(self, path: Path, entry: RestrictionEntry, piece: Piece) -> tuple[Evidence, ...]:
        if entry.evidence is None:
            whole = Evidence.of(piece.text, 0, len(piece.text))
            start = piece.start + whole.span.start
            return (Evidence(Span(start, start + len(whole.quote)), whole.quote),)
        found = []
        for index, cited in enumerate(entry.evidence):
            at: Path = (*path, "evidence", index)
            evidence = self.cited(at, cited, inside=piece)
            if evidence.quote and not piece.span.covers(evidence.span):
                message = f"the evidence `{shown(evidence.quote)}` lies outside its clause"
                self._report.add(at, "evidence-outside", message)
            found.append(evidence)
        return tuple(found)

    def _check_category(self, path: Path, entry: RestrictionEntry) -> None:
        category = entry.category
        if category is not None and CategoryId(category) not in self._names:
            help = did_you_mean(category, self._names) or "list them: `usepolicy categories`"
            message = f"unknown category `{shown(category)}`"
            self._report.add((*path, "category"), "unknown-category", message, help=help)
            return
        real = self._names[CategoryId(category)] if category is not None else None
        if entry.study_name not in (None, real):
            message = f"the study's name of this category is `{shown(real)}`"
            message = "the study has no such category" if real is None else message
            help = "leave `study_name` out: it is derived"
            self._report.add((*path, "study_name"), "wrong-study-name", message, help=help)
