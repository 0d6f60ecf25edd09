"""The pages of developers: the list, and what is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy.comparison.breadth import breadth_of
from usepolicy.comparison.figures import Table
from usepolicy.comparison.matrix import rows_by_group
from usepolicy.errors import UsageError
from usepolicy.indicators import companies, indicators, scores
from usepolicy.study import models_without_policy, other_restrictions
from usepolicy.taxonomy.names import offer
from usepolicy.taxonomy.schemes import find_scheme
from usepolicy.web.page import Page, Params
from usepolicy.web.pages.policies import PolicyLine, policy_lines
from usepolicy.web.shelf import Entry, Shelf
from usepolicy.web.words import web_address


@dataclass(frozen=True, slots=True)
class DeveloperLine:
    """A developer in the list."""

    id: str
    label: str
    address: str
    policies: int
    total: int
    """Categories of its broadest policy."""
    breadth: str
    """`minimal`, `broad` or `granular`, of the same; `unknown`."""
    headquarters: str
    weights: str


@dataclass(frozen=True, slots=True)
class DevelopersPage:
    """What the list of developers says."""

    developers: tuple[DeveloperLine, ...]


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A restriction that is no use."""

    restriction: str
    kind: str
    threshold: str
    source: str


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model without a policy."""

    model: str
    released: str
    licence: str
    source: str | None


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What the index scored."""

    edition: str
    indicator: str
    score: int


@dataclass(frozen=True, slots=True)
class DeveloperPage:
    """What the page of one developer says."""

    id: str
    label: str
    policies: tuple[PolicyLine, ...]
    others: tuple[OtherLine, ...]
    models: tuple[ModelLine, ...]
    scores: tuple[ScoreLine, ...]


def developers(shelf: Shelf, _: Params) -> Page:
    """Build the list of developers."""
    by_slug: dict[str, list[Entry]] = {}
    for entry in shelf.entries:
        by_slug.setdefault(entry.developer, []).append(entry)
    lines = sorted(
        (_line(slug, entries) for slug, entries in by_slug.items()),
        key=lambda line: line.label.casefold(),
    )
    heads = ("id", "developer", "policies", "categories", "breadth", "headquarters", "weights")
    table = Table(
        heads,
        tuple(
            (d.id, d.label, str(d.policies), str(d.total), d.breadth, d.headquarters, d.weights)
            for d in lines
        ),
    )
    return Page("developers.html", "Developers", DevelopersPage(tuple(lines)), table)


def developer(shelf: Shelf, params: Params) -> Page:
    """Build the page of one developer."""
    slug = params["id"]
    entries = [entry for entry in shelf.entries if entry.developer == slug]
    models = [model for model in models_without_policy() if model.developer_id == slug]
    if not entries and not models:
        help = offer(slug, {entry.developer for entry in shelf.entries}, "list them: /developers")
        raise UsageError("unknown-developer", f"no developer `{slug[:80]}`", help=help)
    label = entries[0].label if entries else models[0].developer
    content = DeveloperPage(
        id=slug,
        label=label,
        policies=policy_lines(entries),
        others=tuple(
            OtherLine(o.restriction, o.kind.value, o.threshold or "", o.source)
            for o in other_restrictions()
            if o.developer_id == slug
        ),
        models=tuple(
            ModelLine(m.model, m.released, m.licence, web_address(m.address)) for m in models
        ),
        scores=_scores(slug),
    )
    return Page("developer.html", label, content)


def _line(slug: str, entries: Sequence[Entry]) -> DeveloperLine:
    broadest = max(entries, key=lambda entry: entry.total)
    kind = breadth_of(broadest.coding, rows_by_group(find_scheme("usepolicy"))).kind
    known = [entry.coding.identity for entry in entries]
    weights = [identity.weights.value for identity in known if identity.weights]
    return DeveloperLine(
        id=slug,
        label=broadest.label,
        address=f"/developers/{slug}",
        policies=len(entries),
        total=broadest.total,
        breadth=kind.value if kind else "unknown",
        headquarters=next((of.headquarters for of in known if of.headquarters), ""),
        weights=weights[0] if weights else "",
    )


def _scores(slug: str) -> tuple[ScoreLine, ...]:
    if slug not in companies("all"):
        return ()
    found = scores()
    return tuple(
        ScoreLine(item.edition, item.name, found[slug, item.id])
        for item in indicators()
        if (slug, item.id) in found
    )
