"""Rates: a share of a count, with how sure one can be of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959964
"""Of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, with the interval in which it lies with 95 % confidence."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """The interval. Source: Wilson 1927, doi:10.1080/01621459.1927.10502953."""
        if not self.of:
            return 0.0, 1.0
        share, spread = self.hits / self.of, Z * Z / self.of
        middle = share + spread / 2
        width = Z * math.sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        low, high = (middle - width) / (1 + spread), (middle + width) / (1 + spread)
        return max(0.0, low), min(1.0, high)
