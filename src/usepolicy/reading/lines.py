"""Lines: what is printed on a page, as far as its place and its type tell what it is.

Distances are in points, y grows upwards.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line."""

    text: str
    page: int
    left: float
    right: float
    y: float
    """Of the base line."""
    size: float
    """Of the type, as it is seen."""
    bold: bool = False
    body_left: float = 0.0
    """Left edge of the words after a bullet or number, if there is one."""
    cells: tuple[str, ...] = ()
    """Of a row of a table, lines apart by line ends; its text is not read then."""
    goes_on: bool = False
    """Whether it stands on the line before it, behind a wide gap."""
