"""The pages of policies: the list, and one version with its clauses and the words they cite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usepolicy.comparison.figures import Table
from usepolicy.policies.clauses import Clause, Effect, Restriction
from usepolicy.policies.codings import CellValue
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import PolicyKind
from usepolicy.store.catalogue_queries import versions_of
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.page import Page, Params, Turn, pages_of, turned
from usepolicy.web.pages.cells import Decided, decided_on, rejections
from usepolicy.web.pages.fulltext import Line, lines_of
from usepolicy.web.shelf import Entry, Origin, Shelf
from usepolicy.web.words import cut, web_address

KINDS = {PolicyKind.AUP: "acceptable use policy", PolicyKind.API_POLICY: "API policy"}
"""Kinds whose id is no word."""
PAGE_SIZE = 200
"""Policies of one page of the list."""


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy in a list."""

    id: str
    label: str
    title: str
    address: str
    kind: str
    dated: str
    total: int | None
    """Categories; None where the text could not be read whole."""
    coder: str
    source: str | None


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    """What the list of policies says."""

    policies: tuple[PolicyLine, ...]
    count: int
    turn: Turn


@dataclass(frozen=True, slots=True)
class Condition:
    """A qualifier with its words."""

    kind: str
    role: str
    quote: str


@dataclass(frozen=True, slots=True)
class RestrictionLine:
    """A restriction of a clause."""

    category: str | None
    category_name: str
    effect: str
    strength: str
    quotes: tuple[str, ...]
    rejected_by: str
    """Who says, with the day, that the policy does not have the category; empty where nobody does."""
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """A clause as it may be shown."""

    key: str
    """Anchor of the clause on the page."""
    lead: str
    """The words that lead into it."""
    quote: str
    restrictions: tuple[RestrictionLine, ...]


@dataclass(frozen=True, slots=True)
class ProvisionLine:
    """What the policy says of its own enforcement."""

    kind: str
    quote: str


@dataclass(frozen=True, slots=True)
class Coded:
    """A category that a coding has, where there are no words."""

    id: str
    name: str
    strength: str


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """What the page of one version says."""

    id: str
    label: str
    title: str
    developer: str
    kind: str
    dated: str
    coder: str
    origin: str
    source: str | None
    facts: tuple[tuple[str, str], ...]
    categories: tuple[Coded, ...]
    clauses: tuple[ClauseLine, ...]
    decided: tuple[Decided, ...]
    """What people decided of this version."""
    provisions: tuple[ProvisionLine, ...]
    findings: tuple[str, ...]
    versions: tuple[str, ...]
    """Ids of all versions, newest first."""
    text: tuple[Line, ...]
    """The whole text, where the operator shows it."""


def policies(shelf: Shelf, params: Params) -> Page:
    """Build the list of policies, newest first."""
    entries = sorted(shelf.entries, key=lambda e: (e.label.casefold(), e.title, e.id))
    entries.sort(key=lambda e: e.dated, reverse=True)
    turn = turned(params, "/policies", {}, pages_of(len(entries), PAGE_SIZE))
    shown = policy_lines(entries[(turn.page - 1) * PAGE_SIZE : turn.page * PAGE_SIZE])
    content = PoliciesPage(policies=shown, count=len(entries), turn=turn)
    heads = ("id", "developer", "policy", "kind", "dated", "categories", "coder", "source")
    rows = tuple(
        (p.id, p.label, p.title, p.kind, p.dated, _number(p.total), p.coder, p.source or "")
        for p in shown
    )
    return Page("policies.html", "Policies", content, Table(heads, rows))


def policy_lines(entries: Sequence[Entry]) -> tuple[PolicyLine, ...]:
    """Return entries as lines of a list."""
    return tuple(
        PolicyLine(
            id=entry.id,
            label=entry.label,
            title=entry.title,
            address=entry.address,
            kind=kind_of(entry),
            dated=entry.dated,
            total=entry.total if entry.is_read else None,
            coder=entry.coding.coder,
            source=entry.source,
        )
        for entry in entries
    )


def kind_of(entry: Entry) -> str:
    """Return what kind of document an entry is, as far as it is known."""
    of = entry.coding.identity
    if of.document_kind or of.kind is None:
        return of.document_kind or ""
    return KINDS.get(of.kind, of.kind.value.replace("_", " "))


def policy(shelf: Shelf, params: Params) -> Page:
    """Build the page of one version, or of one coding."""
    entry = shelf.entry(params["id"])
    kept = shelf.known(entry.id) if entry.origin is Origin.READ else None
    known = None if isinstance(kept, HandCoding) else kept
    read = known.policy if known else None
    no = rejections(entry)
    content = PolicyPage(
        id=entry.id,
        label=entry.label,
        title=entry.title,
        developer=entry.developer,
        kind=kind_of(entry),
        dated=entry.dated,
        coder=entry.coding.coder,
        origin=entry.origin.value,
        source=entry.source,
        facts=tuple(_facts(entry, known)),
        categories=_coded(entry),
        clauses=tuple(_clause(shelf, known, each, no) for each in read.clauses)
        if known and read
        else (),
        decided=decided_on(entry, [c.id for c in load_taxonomy().categories]),
        provisions=tuple(
            ProvisionLine(p.kind.value, shelf.quote(p.evidence.quote)) for p in read.provisions
        )
        if read
        else (),
        findings=tuple(cut(finding.message) for finding in read.findings) if read else (),
        versions=tuple(versions_of(shelf.catalogue, entry.id.partition("@")[0])) if read else (),
        text=lines_of(known, no)
        if known and known.text is not None and shelf.settings.full_text
        else (),
    )
    return Page(
        "policy.html", f"{entry.label}: {entry.title}", content, _table(content), id=entry.id
    )


def _facts(entry: Entry, known: KnownWords | None) -> list[tuple[str, str]]:
    of = entry.coding.identity
    facts = [
        ("Models", ", ".join(of.models)),
        ("Modality", of.modality or ""),
        ("Weights", of.weights.value if of.weights else ""),
        ("Headquarters", of.headquarters or ""),
        ("Made binding by", of.binding or ""),
    ]
    if known:
        version = known.policy.version
        pages = sum(web_address(part.address) is not None for part in version.parts)
        facts += [
            ("Language", version.language),
            ("Length", f"{version.text_length:,} characters"),
            ("Pages", str(pages) if pages > 1 else ""),
            ("Text (SHA-256)", version.text_sha256),
            ("Made by", version.parser),
        ]
    return [(name, cut(value)) for name, value in facts if value]


def _coded(entry: Entry) -> tuple[Coded, ...]:
    names = load_taxonomy().by_id
    return tuple(
        Coded(category, names[category].name, cell.strength.value if cell.strength else "")
        for category, cell in sorted(entry.coding.cells.items())
        if cell.value is CellValue.CODED
    )


def _clause(shelf: Shelf, known: KnownWords, clause: Clause, no: Mapping[str, str]) -> ClauseLine:
    lead = " › ".join(span.cut(known.text) for span in clause.lead_ins) if known.text else ""
    return ClauseLine(
        key=clause.id.rpartition("#")[2],
        lead=cut(lead.replace("#", "").replace("*", "")),
        quote=shelf.quote(clause.text),
        restrictions=tuple(_restriction(shelf, each, no) for each in clause.restrictions),
    )


def _restriction(shelf: Shelf, of: Restriction, no: Mapping[str, str]) -> RestrictionLine:
    strength = of.strength.value if of.strength and of.effect is Effect.FORBIDS else ""
    name = load_taxonomy().get(of.category).name if of.category else "not in the taxonomy"
    return RestrictionLine(
        category=of.category,
        category_name=name,
        effect=of.effect.value,
        strength=strength,
        rejected_by=no.get(of.category or "", ""),
        quotes=tuple(shelf.quote(evidence.quote) for evidence in of.evidence),
        conditions=tuple(
            Condition(q.kind.value, q.role.value, shelf.quote(q.evidence.quote))
            for q in of.qualifiers
        ),
    )


def _table(content: PolicyPage) -> Table:
    """Return a line for each restriction, or each category where there are no words."""
    heads = ("clause", "category", "effect", "strength", "quote", "conditions")
    rows = tuple(
        (
            clause.key,
            each.category or "",
            each.effect,
            each.strength,
            " / ".join(each.quotes),
            "; ".join(f"{c.role} ({c.kind}): {c.quote}" for c in each.conditions),
        )
        for clause in content.clauses
        for each in clause.restrictions
    )
    return Table(
        heads, rows or tuple(("", c.id, "", c.strength, "", "") for c in content.categories)
    )


def _number(total: int | None) -> str:
    return "unknown" if total is None else str(total)
