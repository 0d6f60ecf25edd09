"""Disclosure: what a firm that builds on a model must be told of its use policy, on one sheet.

Owns what the sheet holds, in the order in which laws and codes ask for it: the policies that apply
(EU AI Act, Article 53(1)(b) with Annex XII), domains of inappropriate and appropriate use (US
commitments of 2023, item 6; G7 code, action 3), prohibited and conditional uses, enforcement. It
states what the text states, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from usepolicy.comparison.matrix import Matrix, rows_by_group
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import Effect, Restriction, Strength
from usepolicy.policies.codings import CellValue
from usepolicy.policies.provisions import Provision
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import find_scheme

ASKED_BY = (
    "EU AI Act, Article 53(1)(b) with Annex XII; G7 code of conduct, action 3; "
    "US voluntary commitments of 2023, item 6"
)


@dataclass(frozen=True, slots=True)
class Use:
    """One use with the words of the policy."""

    category: str
    """Its name; empty where nothing in the taxonomy fits."""
    words: str
    conditions: tuple[str, ...] = ()
    """Words of the conditions under which it is allowed."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The sheet."""

    policy: str
    developer: str
    version: str
    kind: str
    effective: str
    models: tuple[str, ...]
    inappropriate_domains: tuple[str, ...]
    """Groups of the taxonomy in which anything is restricted."""
    unknown_domains: tuple[str, ...]
    """Groups of which nothing can be said."""
    acceptable: tuple[Use, ...]
    """What the text permits in words; what it does not mention is not permitted by silence."""
    prohibited: tuple[Use, ...]
    conditional: tuple[Use, ...]
    enforcement: tuple[tuple[str, str], ...]
    """Kind of provision and its words."""
    read: bool
    """False: the text was not read in full, and what is missing here may be in it."""
    coded_by: str
    asked_by: str = ASKED_BY


def disclosure_of(subject: Subject) -> Disclosure:
    """Return the sheet of a policy; of a bare coding, one without words."""
    of, policy = subject.coding.identity, subject.policy
    domains = Matrix(rows_by_group(find_scheme("usepolicy")), (subject.coding,))
    values = {row.label: domains.cell(row, subject.coding).value for row in domains.rows}
    found = list(_restrictions(subject))
    return Disclosure(
        policy=of.title or subject.coding.label,
        developer=of.developer or "",
        version=subject.coding.id,
        kind=of.document_kind or (of.kind.value if of.kind else ""),
        effective=of.effective.isoformat() if of.effective else "",
        models=of.models,
        inappropriate_domains=tuple(n for n, v in values.items() if v is CellValue.CODED),
        unknown_domains=tuple(n for n, v in values.items() if v is CellValue.UNKNOWN),
        acceptable=_uses(r for r in found if r.effect is Effect.PERMITS),
        prohibited=_prohibited(subject, found),
        conditional=_uses(r for r in found if r.strength is Strength.RESTRICTED),
        enforcement=tuple((p.kind.value, p.evidence.quote) for p in _provisions(subject)),
        read=policy is None or policy.is_read,
        coded_by=subject.coding.coder,
    )


def disclosure_plain(sheet: Disclosure) -> dict[str, object]:
    """Return the sheet for JSON."""
    return asdict(sheet)


def disclosure_markdown(sheet: Disclosure) -> str:
    """Return the sheet as Markdown; words of the policy are escaped, they are data."""
    facts = (
        ("Policy", sheet.policy),
        ("Developer", sheet.developer),
        ("Version", sheet.version),
        ("Kind of document", sheet.kind),
        ("Applies from", sheet.effective),
        ("Models", ", ".join(sheet.models)),
        ("Coded by", sheet.coded_by),
        ("Asked for by", sheet.asked_by),
    )
    warning = (
        [] if sheet.read else ["**The text was not read in full: more may be restricted.**", ""]
    )
    lines = [
        "# Use policy disclosure",
        "",
        *warning,
        *(f"- {name}: {_plain(value or 'not known')}" for name, value in facts),
        *_section("Domains of inappropriate use", map(_plain, sheet.inappropriate_domains)),
        *_section("Domains of which nothing can be said", map(_plain, sheet.unknown_domains)),
        *_section("Acceptable uses, where the text names them", map(_use, sheet.acceptable)),
        *_section("Prohibited uses", map(_use, sheet.prohibited)),
        *_section("Uses allowed under a condition", map(_use, sheet.conditional)),
        *_section("Enforcement", (f"{k}: “{_plain(w)}”" for k, w in sheet.enforcement)),
    ]
    return "\n".join(lines) + "\n"


def _restrictions(subject: Subject) -> Iterator[Restriction]:
    clauses = subject.policy.clauses if subject.policy else ()
    return (restriction for clause in clauses for restriction in clause.restrictions)


def _provisions(subject: Subject) -> tuple[Provision, ...]:
    return subject.policy.provisions if subject.policy else ()


def _prohibited(subject: Subject, found: list[Restriction]) -> tuple[Use, ...]:
    if subject.policy is not None:
        return _uses(r for r in found if r.strength is Strength.PROHIBITED)
    names = load_taxonomy().by_id
    cells = subject.coding.cells.items()
    coded = (c for c, cell in cells if cell.value is CellValue.CODED)
    return tuple(Use(names[c].name if c in names else c, "") for c in coded)


def _uses(restrictions: Iterable[Restriction]) -> tuple[Use, ...]:
    """Return each use once with its first words."""
    names = load_taxonomy().by_id
    uses: dict[str, Use] = {}
    for restriction in restrictions:
        words = restriction.evidence[0].quote if restriction.evidence else ""
        category = restriction.category
        name = names[category].name if category is not None and category in names else ""
        conditions = tuple(q.evidence.quote for q in restriction.qualifiers)
        uses.setdefault(name or words, Use(name, words, conditions))
    return tuple(uses.values())


def _section(title: str, lines: Iterable[str]) -> list[str]:
    made = [f"- {line}" for line in lines]
    return ["", f"## {title}", "", *(made or ["- none"])]


def _use(use: Use) -> str:
    words = f"“{_plain(use.words)}”" if use.words else ""
    named = ": ".join(part for part in (_plain(use.category), words) if part)
    conditions = "; ".join(f"“{_plain(c)}”" for c in use.conditions)
    return named + (f" (condition: {conditions})" if conditions else "")


def _plain(words: str) -> str:
    """Return words on one line with what Markdown and HTML would read as markup escaped."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(words.split()))
