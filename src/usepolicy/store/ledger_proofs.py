"""Checkpoints and proofs of a kept ledger, and lines of its export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usepolicy.enforcement.ledger import Record, record_text, stamp
from usepolicy.enforcement.ledger_bodies import Checked
from usepolicy.enforcement.ledger_checkpoints import Checkpoint, signed
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.ledger_merkle import proof_of
from usepolicy.enforcement.ledger_verify import Verified, verified
from usepolicy.errors import LedgerError, StepError, UsageError
from usepolicy.store.ledger import Ledger, Wanted
from usepolicy.store.ledger_erasure import Acting

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry, and the way from it to the root of the first `size` entries."""

    record: Record
    size: int
    path: list[bytes]


def checkpoint_of(
    ledger: Ledger, *, by: Acting, key: Ed25519PrivateKey | None = None
) -> Checkpoint:
    """Return a checkpoint of all entries, signed if there is a key; its entry is appended.

    Raises: LedgerError: the ledger does not hold together, so that nothing is vouched for.
            StepError: `empty-ledger`.
    """
    found = verified(ledger.records())
    refuse_faulty(found, place=ledger.place)
    head = found.head
    if not head.sequence:
        raise StepError("empty-ledger", "the ledger has no entries")
    checkpoint = Checkpoint(head.sequence, head.hash, found.root, stamp(by.at))
    body = Checked(head.sequence, head.hash, found.root)
    ledger.append(Draft(by.new_id("checkpoint"), by.at, by.actor, body))
    return signed(checkpoint, key) if key is not None else replace(checkpoint)


def refuse_faulty(found: Verified, *, place: str) -> None:
    """Refuse a ledger in which something is wrong.

    Raises: LedgerError: by the code of the fault.
    """
    fault = found.fault
    if fault is not None:
        help = f"entries 1 to {found.head.sequence} hold together"
        raise LedgerError(fault.code, fault.message, place=place, help=help)


def prove(ledger: Ledger, sequence: int, checkpoint: Checkpoint) -> Proven:
    """Return an entry with the proof that it is among those of a checkpoint.

    Raises: UsageError: `no-entry`. LedgerError: `truncated`.
    """
    if not 1 <= sequence <= checkpoint.count:
        message = f"the checkpoint has the entries 1 to {checkpoint.count}, not {sequence}"
        raise UsageError("no-entry", message)
    hashes = ledger.hashes(checkpoint.count)
    if len(hashes) < checkpoint.count:
        message = f"the ledger has {len(hashes)} entries, the checkpoint {checkpoint.count}"
        raise LedgerError("truncated", message)
    (record,) = ledger.records(Wanted(first=sequence, last=sequence))
    return Proven(record, checkpoint.count, proof_of(hashes, sequence - 1))


def export_lines(ledger: Ledger, wanted: Wanted) -> Iterator[str]:
    """Yield the entries of a ledger, a line of JSON each; keys and excerpts are not among them."""
    for record in ledger.records(wanted):
        yield record_text(record) + "\n"
