"""Splits: where codings agree and where they part.

Owns gray areas (some prohibit, others do not), who stands alone with a restriction, who alone
lacks one, and how cuts of the codings (by weights, headquarters and so on) differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.comparison.matrix import Matrix, Row, Tally
from usepolicy.policies.codings import CellValue, Coding

GRAY = 0.3
"""Share of the smaller side from which a row is a gray area."""
FEW = 3
"""Codings that must be known before one of them can stand alone."""


@dataclass(frozen=True, slots=True)
class Split:
    """Who has a row and who has not."""

    row: Row
    having: tuple[Coding, ...]
    lacking: tuple[Coding, ...]
    unknown: tuple[Coding, ...]

    @property
    def smaller(self) -> float:
        """Share of the smaller side among those known, in [0, 0.5]; 0 where none is known."""
        return smaller_side(self.tally)

    @property
    def tally(self) -> Tally:
        """How many there are of each."""
        return Tally(len(self.having), len(self.lacking), len(self.unknown))

    @property
    def is_gray(self) -> bool:
        """Whether the codings part here."""
        return is_gray(self.tally)

    @property
    def alone(self) -> Coding | None:
        """The only one that has it, if at least `FEW` are known."""
        enough = len(self.having) + len(self.lacking) >= FEW
        return self.having[0] if enough and len(self.having) == 1 else None

    @property
    def missing(self) -> Coding | None:
        """The only one that lacks it, if at least `FEW` are known and no other may lack it."""
        enough = len(self.having) + len(self.lacking) >= FEW
        sure = enough and len(self.lacking) == 1 and not self.unknown
        return self.lacking[0] if sure else None


class Cut(StrEnum):
    """What codings are cut by."""

    WEIGHTS = "weights"
    MODALITY = "modality"
    HEADQUARTERS = "headquarters"
    DOCUMENT = "document"
    """Kind of document."""
    YEAR = "year"
    """Of the date from which the policy applies."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The codings of one value of a cut."""

    value: str
    """Empty where it is not known."""
    codings: tuple[Coding, ...]


def smaller_side(tally: Tally) -> float:
    """Return the share of the smaller side among those known, in [0, 0.5]; 0 where none is known."""
    known = tally.coded + tally.not_coded
    return min(tally.coded, tally.not_coded) / known if known else 0.0


def is_gray(tally: Tally) -> bool:
    """Tell whether codings part in a row."""
    return smaller_side(tally) >= GRAY


def splits(matrix: Matrix) -> tuple[Split, ...]:
    """Return how the columns divide over each row; sides by id, rows as given."""
    return tuple(_split(matrix, row) for row in matrix.rows)


def gray_areas(matrix: Matrix) -> tuple[Split, ...]:
    """Return the rows where the columns part, most evenly divided first."""
    gray = (split for split in splits(matrix) if split.is_gray)
    return tuple(sorted(gray, key=lambda split: -split.smaller))


def slices(codings: Sequence[Coding], cut: Cut) -> tuple[Slice, ...]:
    """Return the codings by the value of a cut, largest slice first, the unknown last."""
    value = _VALUES[cut]
    values = sorted({value(coding) for coding in codings})
    made = [
        Slice(each, tuple(coding for coding in codings if value(coding) == each)) for each in values
    ]
    return tuple(sorted(made, key=lambda s: (s.value == "", -len(s.codings), s.value)))


def slice_tallies(matrix: Matrix, cut: Cut) -> tuple[tuple[Row, tuple[Tally, ...]], ...]:
    """Count each row over each slice of the columns, slices as `slices` orders them."""
    parts = [Matrix(matrix.rows, part.codings) for part in slices(matrix.columns, cut)]
    return tuple((row, tuple(part.row_tally(row) for part in parts)) for row in matrix.rows)


def _split(matrix: Matrix, row: Row) -> Split:
    sides: dict[CellValue, list[Coding]] = {value: [] for value in CellValue}
    for column in sorted(matrix.columns, key=lambda column: column.id):
        sides[matrix.cell(row, column).value].append(column)
    return Split(
        row,
        tuple(sides[CellValue.CODED]),
        tuple(sides[CellValue.NOT_CODED]),
        tuple(sides[CellValue.UNKNOWN]),
    )


def _document(coding: Coding) -> str:
    kind = coding.identity.kind
    return coding.identity.document_kind or (kind.value if kind else "")


def _year(coding: Coding) -> str:
    date = coding.identity.effective
    return str(date.year) if date else ""


_VALUES: dict[Cut, Callable[[Coding], str]] = {
    Cut.WEIGHTS: lambda c: c.identity.weights.value if c.identity.weights else "",
    Cut.MODALITY: lambda c: c.identity.modality or "",
    Cut.HEADQUARTERS: lambda c: c.identity.headquarters or "",
    Cut.DOCUMENT: _document,
    Cut.YEAR: _year,
}
