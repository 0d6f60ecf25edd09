"""Agreement: how far two coders say the same of the same policies, and where they do not.

Owns the pairing of codings, the counts, percent agreement, Cohen's kappa, Krippendorff's alpha
and the list of disagreements. A cell that either side leaves unknown is left out and counted.
Strength is not compared, only whether a category is coded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.errors import UsageError
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import Cell, CellValue, Coding
from usepolicy.policies.versions import slug


@dataclass(frozen=True, slots=True)
class Pair:
    """Two codings that are about the same policy, or the same developer's."""

    key: str
    """Slug of the developer, or the id of the first coding where it names none."""
    a: Coding
    b: Coding


@dataclass(frozen=True, slots=True)
class Pairing:
    """What of two sets belongs together, and what is left over."""

    pairs: tuple[Pair, ...]
    """In the order of the first set."""
    only_a: tuple[Coding, ...]
    only_b: tuple[Coding, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cells of two coders, counted by what each says of them."""

    both: int = 0
    only_a: int = 0
    only_b: int = 0
    neither: int = 0
    unknown: int = 0
    """Cells that at least one side leaves unknown; no figure counts them."""

    @property
    def compared(self) -> int:
        """Number of cells that both sides know."""
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def differing(self) -> int:
        """Number of cells on which the sides differ."""
        return self.only_a + self.only_b

    @property
    def observed(self) -> float | None:
        """Share of cells on which the sides agree, in [0, 1]; None where none was compared."""
        return 1 - self.differing / self.compared if self.compared else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa, in [-1, 1]; None where both sides say the same of every cell.

        Source: Cohen 1960, doi:10.1177/001316446002000104
        """
        a, b, n = self.both + self.only_a, self.both + self.only_b, self.compared
        by_chance = a * b + (n - a) * (n - b)  # times n squared, so that it is exact
        if n * n == by_chance:
            return None
        return (n * (self.both + self.neither) - by_chance) / (n * n - by_chance)

    @property
    def alpha(self) -> float | None:
        """Krippendorff's alpha for nominal data, in [-1, 1]; None where all values are the same.

        Source: Hayes and Krippendorff 2007, doi:10.1080/19312450709336664
        """
        coded, not_coded = 2 * self.both + self.differing, 2 * self.neither + self.differing
        if not coded or not not_coded:
            return None
        return 1 - (2 * self.compared - 1) * self.differing / (coded * not_coded)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A cell that one side has coded and the other has not."""

    pair: Pair
    category: CategoryId
    a: Cell
    b: Cell


def pair_up(a: Sequence[Coding], b: Sequence[Coding], names: Mapping[str, str]) -> Pairing:
    """Return the codings of two sets that belong together: one with one, else by developer.

    Args:   names: developers of codings by the developer's slug, id or last part of the id of
            the coding; under `""` that of all codings that name none.
    Raises: UsageError: `ambiguous-developer`, a set has two codings of one developer;
            `nothing-to-compare`, no developer is in both.
    """
    if len(a) == 1 and len(b) == 1:
        return Pairing((Pair(_key(a[0], names) or a[0].id, a[0], b[0]),), (), ())
    first, second = _by_developer(a, names), _by_developer(b, names)
    pairs = tuple(Pair(key, first[key], second[key]) for key in first if key in second)
    if not pairs:
        raise UsageError(
            "nothing-to-compare",
            "no developer has a coding on both sides",
            help="say whose policy a coding is of: --developer NAME=DEVELOPER",
        )
    paired = {id(coding) for pair in pairs for coding in (pair.a, pair.b)}
    return Pairing(pairs, _left(a, paired), _left(b, paired))


def agreement(pairs: Iterable[Pair], categories: Iterable[CategoryId]) -> Agreement:
    """Count how the two sides of `pairs` agree about `categories`, all cells pooled."""
    every = tuple(categories)
    values = [
        (pair.a.cell(category).value, pair.b.cell(category).value)
        for pair in pairs
        for category in every
    ]
    coded, not_coded = CellValue.CODED, CellValue.NOT_CODED
    return Agreement(
        both=values.count((coded, coded)),
        only_a=values.count((coded, not_coded)),
        only_b=values.count((not_coded, coded)),
        neither=values.count((not_coded, not_coded)),
        unknown=sum(CellValue.UNKNOWN in pair for pair in values),
    )


def disagreements(
    pairs: Iterable[Pair], categories: Sequence[CategoryId]
) -> tuple[Disagreement, ...]:
    """Return the cells on which the sides differ, pair by pair, in the order of `categories`."""
    cells = (
        Disagreement(pair, category, pair.a.cell(category), pair.b.cell(category))
        for pair in pairs
        for category in categories
    )
    known = (d for d in cells if CellValue.UNKNOWN not in (d.a.value, d.b.value))
    return tuple(d for d in known if d.a.value is not d.b.value)


def _by_developer(codings: Sequence[Coding], names: Mapping[str, str]) -> dict[str, Coding]:
    found: dict[str, Coding] = {}
    for coding in codings:
        key = _key(coding, names)
        if key is None:
            continue
        if key in found:
            raise UsageError(
                "ambiguous-developer",
                f"`{found[key].id}` and `{coding.id}` are both of `{key}`",
                help="give one coding a developer on each side",
            )
        found[key] = coding
    return found


def _key(coding: Coding, names: Mapping[str, str]) -> str | None:
    """Return the slug of the developer that a coding is of; None where nobody says."""
    developer = slug(coding.identity.developer or "")
    last = coding.id.rpartition("/")[2].partition("@")[0]
    said = (names.get(name) for name in (coding.id, developer, last) if name)
    named = next((name for name in said if name is not None), None)
    return slug(named or "") or developer or slug(names.get("", "")) or None


def _left(codings: Sequence[Coding], paired: set[int]) -> tuple[Coding, ...]:
    return tuple(coding for coding in codings if id(coding) not in paired)
