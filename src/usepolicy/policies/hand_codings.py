"""Hand codings: what a person decided about the cells of one policy, and how that lives on.

Owns the person's cells, the coding that they make, how they win over a machine's coding, and
which of them still hold when the policy was read again. Knows no file and no sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, Cell, CellValue, Coding
from usepolicy.policies.places import CitedWords, KnownWords
from usepolicy.policies.policies import Identity
from usepolicy.policies.versions import Version, VersionId


class HandDecision(StrEnum):
    """What a person says to a cell of a machine."""

    ACCEPT = "accept"
    """It is right: coded with these words, or not coded."""
    REJECT = "reject"
    """The policy does not have the category, whatever these words say."""
    ADD = "add"
    """The policy has the category in these words."""


@dataclass(frozen=True, slots=True)
class HandCell:
    """One category of one policy, decided by a person."""

    category: CategoryId
    decision: HandDecision
    coder: str
    date: date
    words: tuple[CitedWords, ...] = ()
    """The words that it rests on; of a rejected cell, those that were rejected."""
    strength: Strength | None = None
    """None where it is not coded or the person does not say."""
    note: str = ""

    @property
    def value(self) -> CellValue:
        """Coded if there are words and they were not rejected; never unknown."""
        coded = bool(self.words) and self.decision is not HandDecision.REJECT
        return CellValue.CODED if coded else CellValue.NOT_CODED

    @property
    def cell(self) -> Cell:
        """The cell as a coding has it; a cell that is not coded cites nothing."""
        if self.value is CellValue.NOT_CODED:
            return NOT_CODED
        evidence = tuple(words.evidence for words in self.words)
        return Cell(CellValue.CODED, self.strength, evidence)


@dataclass(frozen=True, slots=True)
class HandCoding:
    """A person's cells for one version of a policy; several persons may share it."""

    version_id: VersionId
    text_sha256: str
    """Hash of the text that the places of the words are in."""
    identity: Identity
    cells: tuple[HandCell, ...] = ()
    """At most one a category."""

    @property
    def coder(self) -> str:
        """Names of all who decided a cell."""
        return ", ".join(sorted({cell.coder for cell in self.cells})) or "nobody"

    def concerns(self, version: Version) -> bool:
        """Tell whether the cells are about this version's text, or about an earlier of its kind."""
        named, _, _ = self.version_id.partition("@")
        same_policy = version.id.startswith(f"{named}@") and not named.startswith("unknown/")
        return self.text_sha256 == version.text_sha256 or same_policy

    def coding(self) -> Coding:
        """Return the coding of these cells alone: what nobody looked at is unknown."""
        cells = {cell.category: cell.cell for cell in self.cells}
        label = self.identity.developer or self.identity.title or self.version_id
        return Coding(self.version_id, label, self.coder, self.identity, MappingProxyType(cells))


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a hand coding when the policy was read again."""

    coding: HandCoding
    lost: tuple[HandCell, ...]
    """Cells that a person must look at again, in their order."""


def with_hand(machine: Coding, hand: HandCoding) -> Coding:
    """Return the machine's coding with the person's cells in place of its own."""
    if not hand.cells:
        return machine
    cells = {**machine.cells, **hand.coding().cells}
    coder = f"{machine.coder}; {hand.coder}"
    return replace(machine, coder=coder, cells=MappingProxyType(cells))


def carry(hand: HandCoding, known: KnownWords, machine: Coding) -> Carried:
    """Return the cells of `hand` that hold for the policy as it reads now.

    Of the same text all do. Of a changed text those do whose words still stand there, and a
    rejection only where the machine cites nothing else for the category.
    """
    version = known.policy.version
    same = hand.text_sha256 == version.text_sha256
    moved = [cell if same else _moved(cell, known, machine) for cell in hand.cells]
    kept = tuple(cell for cell in moved if cell is not None)
    lost = tuple(cell for cell, now in zip(hand.cells, moved, strict=True) if now is None)
    coding = replace(
        hand,
        version_id=version.id,
        text_sha256=version.text_sha256,
        identity=known.policy.identity,
        cells=kept,
    )
    return Carried(coding, lost)


def replaced(earlier: Iterable[HandCell], later: Iterable[HandCell]) -> tuple[HandCell, ...]:
    """Return the cells of both, sorted by category; of two of a category the later."""
    cells = {cell.category: cell for cell in (*earlier, *later)}
    return tuple(cells[category] for category in sorted(cells))


def _moved(cell: HandCell, known: KnownWords, machine: Coding) -> HandCell | None:
    """Return the cell with the places of its words in another text; None if it does not hold."""
    found = [known.find(words.evidence.quote, clause=words.clause) for words in cell.words]
    words = tuple(sorted({place for place in found if place is not None}))
    if not words:
        return None
    if cell.decision is HandDecision.REJECT:
        rejected = {place.evidence.quote for place in words}
        cited = {evidence.quote for evidence in machine.cell(cell.category).evidence}
        return replace(cell, words=words) if cited <= rejected else None
    return replace(cell, words=words)
