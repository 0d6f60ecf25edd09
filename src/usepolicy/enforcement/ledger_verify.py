"""Verifying: whether records form one chain, and the chain that checkpoints speak of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.ledger import Head, Record, hash_of, head_of
from usepolicy.enforcement.ledger_checkpoints import Checkpoint
from usepolicy.enforcement.ledger_merkle import Tree


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a chain."""

    code: str
    """`altered`, `missing`, `out-of-order`, `unlinked`, `time-goes-back`, `truncated` or
    `differs-from-checkpoint`."""
    sequence: int
    """Of the first bad entry; of the last that may be bad where only a checkpoint tells."""
    message: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found."""

    head: Head
    """The last good entry."""
    root: str
    """Of the Merkle tree over the good entries."""
    fault: Fault | None = None


def verified(records: Iterable[Record], checkpoints: Sequence[Checkpoint] = ()) -> Verified:
    """Return whether records are a whole ledger, from its first entry on, up to the first fault.

    A chain that somebody wrote anew from some entry on holds together: only a checkpoint that was
    given out before tells.
    """
    head, tree = Head(), Tree()
    waiting = sorted(checkpoints, key=lambda each: each.count)
    for record in records:
        fault = _fault(record, head)
        if fault is not None:
            return Verified(head, tree.root().hex(), fault)
        head = head_of(record)
        tree.add(bytes.fromhex(record.hash))
        fault = _against(waiting, head, tree)
        if fault is not None:
            return Verified(head, tree.root().hex(), fault)
    return Verified(head, tree.root().hex(), _truncated(waiting, head))


def _fault(record: Record, head: Head) -> Fault | None:
    expected = head.sequence + 1
    if record.sequence > expected:
        last = record.sequence - 1
        some = f"entry {expected} is" if last == expected else f"entries {expected} to {last} are"
        return Fault("missing", expected, f"{some} missing")
    if record.sequence < expected:
        message = f"entry {record.sequence} stands where entry {expected} should"
        return Fault("out-of-order", expected, message)
    if hash_of(record) != record.hash:
        return Fault(
            "altered", expected, f"entry {expected} does not have its hash: it was altered"
        )
    if record.previous != head.hash:
        message = f"entry {expected} does not follow the entry before it: one of them was exchanged"
        return Fault("unlinked", expected, message)
    if record.at < head.at:
        return Fault("time-goes-back", expected, f"entry {expected} is older than the one before")
    return None


def _against(waiting: list[Checkpoint], head: Head, tree: Tree) -> Fault | None:
    while waiting and waiting[0].count <= head.sequence:
        checkpoint = waiting.pop(0)
        if checkpoint.count < 1:
            continue
        if checkpoint.head != head.hash or checkpoint.root != tree.root().hex():
            message = (
                f"an entry up to {head.sequence} is not what it was when the checkpoint of "
                f"{checkpoint.at} was given out"
            )
            return Fault("differs-from-checkpoint", head.sequence, message)
    return None


def _truncated(waiting: Sequence[Checkpoint], head: Head) -> Fault | None:
    if not waiting or waiting[-1].count <= head.sequence:
        return None
    message = (
        f"the ledger ends at entry {head.sequence}, and the checkpoint of {waiting[-1].at} has "
        f"{waiting[-1].count} entries"
    )
    return Fault("truncated", head.sequence + 1, message)
