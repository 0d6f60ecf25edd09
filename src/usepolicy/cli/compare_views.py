"""The views of `usepolicy compare` as tables and lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from usepolicy.comparison.borrowed import shared_wording
from usepolicy.comparison.coverage import Covered, unmatched
from usepolicy.comparison.differences import Difference, Verdict, differences, provision_pairs
from usepolicy.comparison.figures import Table
from usepolicy.comparison.similarity import bits_of, similarity
from usepolicy.comparison.subjects import Subject
from usepolicy.policies.codings import Cell, CellValue
from usepolicy.policies.policies import PolicyKind
from usepolicy.policies.provisions import Provision
from usepolicy.taxonomy.categories import load_taxonomy

MOST = 12
"""Names of a line that counts; the rest is a number."""


def coverage_view(rows: Sequence[Covered]) -> Table:
    """A line for each target: grade, what it rests on, the words."""
    heads = ("target", "what", "kind", "coverage", "rests on", "words")
    lines = (
        (
            row.target.id + (" (recalled)" if row.target.recalled else ""),
            row.target.description or row.target.name,
            row.target.kind,
            row.coverage.value,
            "; ".join(row.rests_on),
            row.quote,
        )
        for row in rows
    )
    return Table(heads, tuple(lines))


def unmatched_words(subject: Subject, rows: Sequence[Covered]) -> Iterator[str]:
    """Say what the policy restricts and the instrument does not ask for."""
    if any(row.target.mappings for row in rows):
        left = unmatched(subject, rows)
        yield f"restricted, and not asked for by any target: {_listed(left)}"


def differences_view(a: Subject, b: Subject) -> Table:
    """A line for each category that either restricts, then one for each provision."""
    taxonomy = load_taxonomy()
    ancestors = {c.id: taxonomy.ancestors(c.id) for c in taxonomy.categories}
    lines = [_line(difference) for difference in differences(a, b, ancestors)]
    for pair in provision_pairs(a, b):
        if pair.a or pair.b:
            both, known = pair.a and pair.b, pair.known
            verdict = "both" if both else ("only a" if pair.a else "only b") if known else "unknown"
            name = f"provision: {pair.kind.value}"
            lines.append((name, *_shown(pair.a, pair.b), verdict, _quote(pair.a), _quote(pair.b)))
    return Table(("", "a", "b", "verdict", "words of a", "words of b"), tuple(lines))


def pair_summary(a: Subject, b: Subject) -> Iterator[str]:
    """Say what stands in both, how alike they are, and which words they share."""
    taxonomy = load_taxonomy()
    categories = [category.id for category in taxonomy.categories]
    found = differences(a, b, {c: taxonomy.ancestors(c) for c in categories})
    behaves = [s.coding.identity.kind is PolicyKind.BEHAVIOUR_POLICY for s in (a, b)]
    if behaves[0] != behaves[1]:
        yield from _behaviours(found, behaves)
    yield from binding_words([a, b])
    for run in shared_wording([a, b])[:3]:
        words = run.places[0].evidence.quote
        yield f"shared wording, {len(run.words)} words: “{words}”"
    counts = Counter(difference.verdict.value for difference in found)
    alike = similarity(bits_of(a.coding, categories), bits_of(b.coding, categories))
    measure = "unknown" if alike is None else f"{alike:.2f}"
    listed = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    yield f"{len(found)} categories: {listed or 'none'}. similarity {measure}"


def binding_words(subjects: Sequence[Subject]) -> Iterator[str]:
    """Say which of the compared binds nobody."""
    for subject in subjects:
        if subject.coding.identity.kind is PolicyKind.MODEL_CARD:
            yield f"{subject.coding.label}: a model card says what is out of scope and binds nobody"


def _behaviours(found: Sequence[Difference], behaves: Sequence[bool]) -> Iterator[str]:
    """Say which use restrictions have no matching behaviour, and the other way round."""
    for verdict, behaviour in zip((Verdict.ONLY_A, Verdict.ONLY_B), behaves, strict=True):
        left = [difference.category for difference in found if difference.verdict is verdict]
        what, of = (
            ("behaviours", "use restriction") if behaviour else ("use restrictions", "behaviour")
        )
        yield f"{what} without a matching {of}: {_listed(left)}"


def _line(of: Difference) -> tuple[str, ...]:
    verdict = of.verdict.value + (f": {', '.join(of.near)}" if of.near else "")
    return (of.category, _strength(of.a), _strength(of.b), verdict, _words(of.a), _words(of.b))


def _strength(cell: Cell) -> str:
    if cell.value is CellValue.CODED:
        return cell.strength.value if cell.strength else "coded"
    return "-" if cell.value is CellValue.NOT_CODED else "unknown"


def _words(cell: Cell) -> str:
    return cell.evidence[0].quote if cell.evidence else ""


def _shown(a: Provision | None, b: Provision | None) -> tuple[str, str]:
    return "stated" if a else "-", "stated" if b else "-"


def _quote(provision: Provision | None) -> str:
    return provision.evidence.quote if provision else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more if names else "none"
