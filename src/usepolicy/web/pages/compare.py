"""The pages that compare: two policies, and a policy with a law, a code or a scheme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy.comparison.borrowed import shared_wording
from usepolicy.comparison.coverage import Coverage, Covered, coverage_of, tally
from usepolicy.comparison.differences import Difference, Verdict, differences, provision_pairs
from usepolicy.comparison.figures import Table
from usepolicy.comparison.similarity import bits_of, similarity
from usepolicy.comparison.subjects import Subject
from usepolicy.errors import TaxonomyError, UsageError
from usepolicy.instruments import find_instrument, instruments
from usepolicy.policies.codings import Cell
from usepolicy.policies.provisions import Provision
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.grid import dot_value
from usepolicy.web.page import Choice, Page, Params, choices
from usepolicy.web.shelf import Entry, Origin, Shelf
from usepolicy.web.words import web_address

MOST_OPTIONS = 300
"""Policies that a choice offers; others can be named in the address."""
WORDING = 5
"""Runs of shared words that are shown."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two policies."""

    id: str
    label: str
    title: str
    address: str
    total: int


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A category that one or both restrict."""

    category: str
    name: str
    a: str
    b: str
    verdict: str
    near: tuple[str, ...]
    words_a: str
    words_b: str


@dataclass(frozen=True, slots=True)
class ProvisionLine:
    """A statement on enforcement that one or both make."""

    kind: str
    words_a: str
    words_b: str


@dataclass(frozen=True, slots=True)
class Tallied:
    """How often something was found."""

    what: str
    count: int


@dataclass(frozen=True, slots=True)
class ComparePage:
    """What the comparison of two policies says."""

    a: Side
    b: Side
    choice_a: tuple[Choice, ...]
    choice_b: tuple[Choice, ...]
    similarity: str
    tallies: tuple[Tallied, ...]
    differences: tuple[DifferenceLine, ...]
    provisions: tuple[ProvisionLine, ...]
    provisions_known: bool
    shared: tuple[str, ...]


def compare(shelf: Shelf, params: Params) -> Page:
    """Build the comparison of the policies `a` and `b`."""
    first, second = _defaults(shelf)
    a, b = shelf.entry(params.get("a") or first), shelf.entry(params.get("b") or second)
    mine, theirs = shelf.subject(a), shelf.subject(b)
    taxonomy = load_taxonomy()
    ancestors = {c.id: taxonomy.ancestors(c.id) for c in taxonomy.categories}
    found = differences(mine, theirs, ancestors)
    lines = tuple(_difference(shelf, each) for each in found)
    pairs = provision_pairs(mine, theirs)
    counts = Counter(line.verdict for line in lines)
    content = ComparePage(
        a=_side(a),
        b=_side(b),
        choice_a=options(shelf, a),
        choice_b=options(shelf, b),
        similarity=_similarity(mine, theirs),
        tallies=tuple(Tallied(v.value, counts[v.value]) for v in Verdict if counts[v.value]),
        differences=lines,
        provisions=tuple(
            ProvisionLine(pair.kind.value, _provision(shelf, pair.a), _provision(shelf, pair.b))
            for pair in pairs
            if pair.a or pair.b
        ),
        provisions_known=pairs[0].known,
        shared=tuple(
            shelf.quote(run.places[0].evidence.quote)
            for run in shared_wording([mine, theirs])[:WORDING]
        ),
    )
    heads = ("category", "name", "a", "b", "verdict", "words of a", "words of b")
    rows = tuple((d.category, d.name, d.a, d.b, d.verdict, d.words_a, d.words_b) for d in lines)
    return Page("compare.html", f"{a.label} and {b.label}", content, Table(heads, rows))


def options(shelf: Shelf, chosen: Entry) -> tuple[Choice, ...]:
    """Return the policies that a form offers, with one chosen."""
    named = {e.id: f"{e.label}: {_kind_of(e)}" for e in shelf.entries[:MOST_OPTIONS]}
    return choices({chosen.id: f"{chosen.label}: {_kind_of(chosen)}"} | named, chosen.id)


def _kind_of(entry: Entry) -> str:
    return "the study" if entry.origin is Origin.STUDY else entry.title[:60]


def _defaults(shelf: Shelf) -> tuple[str, str]:
    """Return two policies to begin with: those with words, else two of the study."""
    read = [entry.id for entry in shelf.of(Origin.READ)][:2]
    first, second = [*read, "study/openai", "study/meta"][:2]
    return first, second


def _side(entry: Entry) -> Side:
    return Side(entry.id, entry.label, entry.title, entry.address, entry.total)


def _difference(shelf: Shelf, of: Difference) -> DifferenceLine:
    names = load_taxonomy().by_id
    return DifferenceLine(
        category=of.category,
        name=names[of.category].name,
        a=dot_value(of.a),
        b=dot_value(of.b),
        verdict=of.verdict.value,
        near=tuple(names[category].name for category in of.near),
        words_a=_words(shelf, of.a),
        words_b=_words(shelf, of.b),
    )


def _words(shelf: Shelf, cell: Cell) -> str:
    return shelf.quote(cell.evidence[0].quote) if cell.evidence else ""


def _provision(shelf: Shelf, provision: Provision | None) -> str:
    return shelf.quote(provision.evidence.quote) if provision else ""


def _similarity(a: Subject, b: Subject) -> str:
    categories = [category.id for category in load_taxonomy().categories]
    measure = similarity(bits_of(a.coding, categories), bits_of(b.coding, categories))
    return "unknown" if measure is None else f"{measure:.2f}"


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What a law asks, and what the policy has for it."""

    id: str
    name: str
    description: str
    kind: str
    coverage: str
    rests_on: tuple[str, ...]
    quote: str
    source: str | None


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """What the coverage of a law by a policy says."""

    policy: Side
    instrument: str
    instrument_name: str
    source: str | None
    is_mapped: bool
    policies: tuple[Choice, ...]
    instruments: tuple[Choice, ...]
    tallies: tuple[Tallied, ...]
    targets: tuple[TargetLine, ...]
    hidden: int
    """Provisions that were written down from memory and are not shown."""


def coverage(shelf: Shelf, params: Params) -> Page:
    """Build the coverage of `instrument` by `policy`."""
    entry = shelf.entry(params.get("policy") or _defaults(shelf)[0])
    try:
        instrument = find_instrument(params.get("instrument") or "eu-ai-act")
    except TaxonomyError as error:
        raise UsageError("unknown-value", error.message, help=error.help) from error
    targets = [target for target in instrument.targets if not target.recalled]
    rows = coverage_of(shelf.subject(entry), targets)
    content = CoveragePage(
        policy=_side(entry),
        instrument=instrument.id,
        instrument_name=instrument.name,
        source=web_address(instrument.source),
        is_mapped=instrument.is_mapped,
        policies=options(shelf, entry),
        instruments=choices({i.id: i.name for i in instruments().values()}, instrument.id),
        tallies=tuple(
            Tallied(g.value, n) for g, n in tally(rows).items() if n or g is Coverage.NOT
        ),
        targets=tuple(_target(shelf, row) for row in rows),
        hidden=len(instrument.targets) - len(targets),
    )
    title = f"{entry.label} and {instrument.name}"
    return Page("coverage.html", title, content, _coverage_table(content.targets))


def _target(shelf: Shelf, row: Covered) -> TargetLine:
    return TargetLine(
        id=row.target.id,
        name=row.target.name,
        description=row.target.description,
        kind=row.target.kind.replace("_", " "),
        coverage=row.coverage.value,
        rests_on=row.rests_on,
        quote=shelf.quote(row.quote) if row.quote else "",
        source=web_address(row.target.source.rpartition("; ")[2]),
    )


def _coverage_table(targets: Sequence[TargetLine]) -> Table:
    heads = ("target", "what", "kind", "coverage", "rests on", "words")
    rows = tuple(
        (t.id, t.description or t.name, t.kind, t.coverage, "; ".join(t.rests_on), t.quote)
        for t in targets
    )
    return Table(heads, rows)
