"""Similarity: how alike codings are, pair by pair, and the clusters that they form.

Owns the measure and the clustering. A category counts in a pair only where both coders looked,
so unknown is neither agreement nor difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import CellValue, Coding

ALIKE = 0.4
"""Mean similarity from which groups are shown as one cluster: finds the licences of one family and
the policies with one wording among the study's thirty, and no chain of strangers (2026-11)."""


@dataclass(frozen=True, slots=True)
class Bits:
    """A coding as two sets of categories, a bit each in the order given."""

    coded: int
    known: int
    """Coded or not coded; a superset of `coded`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """How alike two codings are."""

    a: Coding
    b: Coding
    similarity: float | None
    """Jaccard index in [0, 1]; None where nothing that both looked at is coded."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Codings that are alike."""

    members: tuple[Coding, ...]
    """By id."""
    cohesion: float
    """Mean similarity of its pairs; 1 for a coding alone."""


def bits_of(coding: Coding, categories: Sequence[CategoryId]) -> Bits:
    """Return `coding` over `categories` as bits."""
    coded = known = 0
    for at, category in enumerate(categories):
        value = coding.cell(category).value
        if value is not CellValue.UNKNOWN:
            known |= 1 << at
            coded |= (value is CellValue.CODED) << at
    return Bits(coded, known)


def similarity(a: Bits, b: Bits) -> float | None:
    """Return the Jaccard index of two codings over what both looked at; symmetric.

    Returns: in [0, 1], no unit; None where nothing is coded that both looked at.
    Source:  Jaccard 1912, doi:10.1111/j.1469-8137.1912.tb05611.x
    """
    both = a.known & b.known
    either = ((a.coded | b.coded) & both).bit_count()
    return (a.coded & b.coded).bit_count() / either if either else None


def pairs(codings: Sequence[Coding], categories: Sequence[CategoryId]) -> tuple[Pair, ...]:
    """Return every pair once, most alike first; unknown ones last, ties by id."""
    ordered = sorted(codings, key=lambda coding: coding.id)
    bits = [bits_of(coding, categories) for coding in ordered]
    found = [
        Pair(a, b, similarity(bits[i], bits[j]))
        for i, a in enumerate(ordered)
        for j, b in enumerate(ordered[:i])
    ]
    found.sort(key=lambda p: (-1.0 if p.similarity is None else p.similarity), reverse=True)
    return tuple(found)


def clusters(
    codings: Sequence[Coding], categories: Sequence[CategoryId], *, at_least: float
) -> tuple[Cluster, ...]:
    """Join codings by average linkage while two groups are alike enough; largest group first.

    Args:    at_least: mean similarity of the pairs between two groups that are joined.
    Returns: groups in an order that does not depend on that of `codings`.
    Source:  Sokal and Michener 1958 (average linkage), unknown pairs counted as 0.
    """
    ordered = sorted(codings, key=lambda coding: coding.id)
    bits = [bits_of(coding, categories) for coding in ordered]
    alike = {
        i: {j: similarity(bits[i], bits[j]) or 0.0 for j in range(len(bits)) if j != i}
        for i in range(len(bits))
    }
    linkage = _Linkage.of(alike)
    while (best := linkage.nearest(at_least)) is not None:
        linkage.join(*best)
    made = [_cluster(members, ordered, alike) for members in linkage.groups.values()]
    return tuple(sorted(made, key=lambda c: (-len(c.members), c.members[0].id)))


Mean = dict[int, dict[int, float]]


@dataclass(frozen=True, slots=True)
class _Linkage:
    """Groups on their way to clusters; each row's nearest is kept, so a join is linear."""

    groups: dict[int, list[int]]
    mean: Mean
    """Mean similarity of two groups."""
    best: dict[int, tuple[float, int]]
    """Of each group with another: similarity and negated number of its nearest."""

    @classmethod
    def of(cls, alike: Mean) -> _Linkage:
        best = {i: _best(row) for i, row in alike.items() if row}
        return cls({i: [i] for i in alike}, {i: dict(row) for i, row in alike.items()}, best)

    def nearest(self, at_least: float) -> tuple[int, int] | None:
        """Return the two groups that are most alike, the first by number where several are."""
        found = max(((value, -i, j) for i, (value, j) in self.best.items()), default=None)
        if found is None or found[0] < at_least:
            return None
        return -found[1], -found[2]

    def join(self, i: int, j: int) -> None:
        """Join group `j` to group `i`."""
        a, b = len(self.groups[i]), len(self.groups[j])
        for other, row in self.mean.items():
            if other not in (i, j):
                row[i] = (a * row[i] + b * row[j]) / (a + b)
                self.mean[i][other] = row[i]
                del row[j]
        del self.mean[i][j], self.mean[j], self.best[j]
        self.groups[i] += self.groups.pop(j)
        self._renew(i, j)

    def _renew(self, i: int, j: int) -> None:
        """Find the nearest anew where it was one of the joined; a mean never beats both parts."""
        for other, row in self.mean.items():
            if other == i or -self.best[other][1] in (i, j):
                if row:
                    self.best[other] = _best(row)
                else:
                    del self.best[other]


def _best(row: dict[int, float]) -> tuple[float, int]:
    return max((value, -j) for j, value in row.items())


def _cluster(members: Sequence[int], ordered: Sequence[Coding], alike: Mean) -> Cluster:
    inside = sorted(members)
    values = [alike[i][j] for i in inside for j in inside if j < i]
    cohesion = sum(values) / len(values) if values else 1.0
    return Cluster(tuple(ordered[i] for i in inside), cohesion)
