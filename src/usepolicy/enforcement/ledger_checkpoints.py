"""Checkpoints and proofs: what an outsider holds against a ledger without having it.

Owns their files, how a checkpoint is signed and how a proof is judged.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from usepolicy.enforcement.ledger import Record, canonical, hash_of, record_text
from usepolicy.enforcement.ledger_bodies import Hash
from usepolicy.enforcement.ledger_codec import record_of
from usepolicy.enforcement.ledger_merkle import root_by_proof
from usepolicy.errors import LedgerError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DOMAIN = b"usepolicy.ledger.checkpoint.1\n"
"""Goes before what is signed, so that no signature of anything else can stand for one."""
MAX_FILE = 1_000_000
"""Bytes of a checkpoint or proof."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who vouches for a checkpoint."""

    public_key: str
    """Ed25519, 64 hexadecimal digits."""
    value: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a ledger was at a time: no entry up to there can change unnoticed."""

    count: int
    head: str
    """Hash of the last entry."""
    root: str
    """Root of the Merkle tree over all entries."""
    at: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is among those of a checkpoint."""

    record: Record
    size: int
    """Entries of the checkpoint."""
    path: tuple[str, ...]
    """Hashes from the leaf up."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = 1


class _SignatureEntry(_File):
    algorithm: Literal["ed25519"] = "ed25519"
    public_key: Hash
    value: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class _CheckpointFile(_File):
    format: Literal["usepolicy-ledger-checkpoint"] = "usepolicy-ledger-checkpoint"
    count: Annotated[StrictInt, Field(ge=0)]
    head: Hash
    root: Hash
    at: Annotated[str, Field(max_length=40)]
    signature: _SignatureEntry | None = None


class _ProofFile(_File):
    format: Literal["usepolicy-ledger-proof"] = "usepolicy-ledger-proof"
    entry: dict[str, object]
    size: Annotated[StrictInt, Field(ge=1)]
    path: Annotated[tuple[Hash, ...], Field(max_length=64)]


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Checkpoint:
    """Return a checkpoint with a signature."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    signature = Signature(public, key.sign(_signed_bytes(checkpoint)).hex())
    return Checkpoint(checkpoint.count, checkpoint.head, checkpoint.root, checkpoint.at, signature)


def check_signature(checkpoint: Checkpoint, public_key: bytes) -> None:
    """Refuse a checkpoint that the holder of a key did not sign.

    Args:   public_key: Ed25519, 32 bytes.
    Raises: LedgerError: `not-signed`, `wrong-signature`.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if checkpoint.signature is None:
        raise LedgerError("not-signed", "the checkpoint has no signature")
    key = Ed25519PublicKey.from_public_bytes(public_key)
    try:
        key.verify(bytes.fromhex(checkpoint.signature.value), _signed_bytes(checkpoint))
    except (InvalidSignature, ValueError, binascii.Error) as error:
        message = "the checkpoint is not signed by this key"
        raise LedgerError("wrong-signature", message) from error


def check_proof(proof: Proof, checkpoint: Checkpoint) -> None:
    """Refuse a proof that does not lead from its entry to the checkpoint.

    Raises: LedgerError: `entry-altered`, `other-checkpoint`, `wrong-proof`.
    """
    record = proof.record
    if hash_of(record) != record.hash:
        raise LedgerError("entry-altered", f"entry {record.sequence} does not have its hash")
    if proof.size != checkpoint.count:
        message = f"the proof is for {proof.size} entries, the checkpoint of {checkpoint.count}"
        raise LedgerError("other-checkpoint", message)
    path = [bytes.fromhex(each) for each in proof.path]
    leaf = bytes.fromhex(record.hash)
    root = root_by_proof(leaf, record.sequence - 1, proof.size, path)
    if root is None or root.hex() != checkpoint.root:
        message = f"the proof does not lead from entry {record.sequence} to the checkpoint"
        raise LedgerError("wrong-proof", message)


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as its file has it."""
    file = {
        "format": "usepolicy-ledger-checkpoint",
        "version": 1,
        "count": checkpoint.count,
        "head": checkpoint.head,
        "root": checkpoint.root,
        "at": checkpoint.at,
    }
    if checkpoint.signature is not None:
        signature = checkpoint.signature
        file["signature"] = {
            "version": 1,
            "algorithm": "ed25519",
            "public_key": signature.public_key,
            "value": signature.value,
        }
    return json.dumps(file, indent=2) + "\n"


def load_checkpoint(data: bytes, *, place: str) -> Checkpoint:
    """Return the checkpoint that a file holds.

    Raises: LedgerError: `invalid-checkpoint`.
    """
    file = _load(_CheckpointFile, data, "checkpoint", place)
    by = file.signature
    signature = Signature(by.public_key, by.value) if by else None
    return Checkpoint(file.count, file.head, file.root, file.at, signature)


def proof_text(record: Record, size: int, path: Sequence[bytes]) -> str:
    """Return a proof as its file has it."""
    file = {
        "format": "usepolicy-ledger-proof",
        "version": 1,
        "entry": json.loads(record_text(record)),
        "size": size,
        "path": [each.hex() for each in path],
    }
    return json.dumps(file, ensure_ascii=False, indent=2) + "\n"


def load_proof(data: bytes, *, place: str) -> Proof:
    """Return the proof that a file holds.

    Raises: LedgerError: `invalid-proof`, `invalid-entry`.
    """
    file = _load(_ProofFile, data, "proof", place)
    return Proof(record_of(json.dumps(file.entry)), file.size, file.path)


_Model = TypeVar("_Model", bound=_File)


def _load(model: type[_Model], data: bytes, noun: str, place: str) -> _Model:
    if len(data) > MAX_FILE:
        raise LedgerError(f"invalid-{noun}", f"no {noun} is that large", place=place)
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        message = f"this is no {noun} of a ledger: `{where}`: {first['msg'].lower()}"
        raise LedgerError(f"invalid-{noun}", message, place=place) from error


def _signed_bytes(checkpoint: Checkpoint) -> bytes:
    said = {
        "at": checkpoint.at,
        "count": checkpoint.count,
        "head": checkpoint.head,
        "root": checkpoint.root,
    }
    return DOMAIN + canonical(said).encode()
