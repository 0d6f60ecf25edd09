"""The Merkle tree over a ledger: one hash for all entries, and short proofs that one is among them.

Source: RFC 6962, section 2.1 (https://www.rfc-editor.org/rfc/rfc6962). A leaf is the hash of an
entry, 32 bytes; leaves and nodes are hashed apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
"""The root of no entries."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf and keeps a hash for each whole subtree, and no leaf."""

    def __init__(self) -> None:
        self._full: list[tuple[int, bytes]] = []  # (height, hash), the highest first

    def add(self, leaf: bytes) -> None:
        """Put a leaf behind the others."""
        height, node = 0, leaf_hash(leaf)
        while self._full and self._full[-1][0] == height:
            node = node_hash(self._full.pop()[1], node)
            height += 1
        self._full.append((height, node))

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        if not self._full:
            return EMPTY
        root = self._full[-1][1]
        for _, left in reversed(self._full[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaves, which are taken one by one and not kept."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def proof_of(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, from the leaf up."""
    path: list[bytes] = []
    start, end = 0, len(leaves)
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root_of(leaves[middle:end]))
            end = middle
        else:
            path.append(root_of(leaves[start:middle]))
            start = middle
    return path[::-1]


def root_by_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to; None where it can be no proof for that place.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    node, at, last = leaf_hash(leaf), index, size - 1
    for sibling in proof:
        if last == 0:
            return None
        if at % 2 or at == last:
            node = node_hash(sibling, node)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return node if last == 0 else None


def _split(size: int) -> int:
    """The greatest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
