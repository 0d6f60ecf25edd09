"""Checkpoints and proofs: their files, who signed them, and what they prove."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ledger_past import DAY, NOW, decision, records_of

from usepolicy.enforcement.ledger import hash_of, stamp
from usepolicy.enforcement.ledger_checkpoints import (
    MAX_FILE,
    Checkpoint,
    Proof,
    check_proof,
    check_signature,
    checkpoint_text,
    load_checkpoint,
    load_proof,
    proof_text,
    signed,
)
from usepolicy.enforcement.ledger_merkle import proof_of, root_of
from usepolicy.errors import LedgerError

PAST = records_of(decision(f"d{n}", at=NOW + DAY * n) for n in range(7))
LEAVES = [bytes.fromhex(record.hash) for record in PAST]
POINT = Checkpoint(7, PAST[-1].hash, root_of(LEAVES).hex(), stamp(NOW))
KEY, OTHER = Ed25519PrivateKey.from_private_bytes(b"k" * 32), Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def proof(sequence: int) -> Proof:
    path = tuple(each.hex() for each in proof_of(LEAVES, sequence - 1))
    return Proof(PAST[sequence - 1], 7, path)


@pytest.mark.parametrize("checkpoint", [POINT, signed(POINT, KEY)], ids=["unsigned", "signed"])
def test_a_checkpoint_comes_back_as_it_went(checkpoint: Checkpoint) -> None:
    assert load_checkpoint(checkpoint_text(checkpoint).encode(), place="c") == checkpoint


def test_a_signature_is_of_its_key() -> None:
    check_signature(signed(POINT, KEY), public(KEY))


@pytest.mark.parametrize(
    ("checkpoint", "key", "code", "why"),
    [
        (POINT, KEY, "not-signed", "nobody signed"),
        (signed(POINT, KEY), OTHER, "wrong-signature", "somebody else should have"),
        (signed(POINT, OTHER), KEY, "wrong-signature", "somebody else did"),
        (replace(signed(POINT, KEY), count=6), KEY, "wrong-signature", "another count"),
        (replace(signed(POINT, KEY), root="0" * 64), KEY, "wrong-signature", "another root"),
        (replace(signed(POINT, KEY), head="0" * 64), KEY, "wrong-signature", "another head"),
        (replace(signed(POINT, KEY), at="later"), KEY, "wrong-signature", "another time"),
    ],
)
def test_signatures_that_are_refused(
    checkpoint: Checkpoint, key: Ed25519PrivateKey, code: str, why: str
) -> None:
    with pytest.raises(LedgerError) as refused:
        check_signature(checkpoint, public(key))
    assert refused.value.code == code


@pytest.mark.parametrize("sequence", range(1, 8))
def test_every_entry_is_proven(sequence: int) -> None:
    found = proof(sequence)
    check_proof(found, POINT)
    text = proof_text(found.record, 7, proof_of(LEAVES, sequence - 1))
    assert load_proof(text.encode(), place="p") == found


ALTERED = replace(PAST[2], body=PAST[2].body.replace("block", "allow"))


@pytest.mark.parametrize(
    ("given", "checkpoint", "code", "why"),
    [
        (replace(proof(3), record=ALTERED), POINT, "entry-altered", "its hash is of what it was"),
        (replace(proof(3), record=replace(ALTERED, hash=hash_of(ALTERED))), POINT, "wrong-proof", "anew"),
        (replace(proof(3), record=PAST[3]), POINT, "wrong-proof", "the way of another entry"),
        (replace(proof(3), path=proof(3).path[:-1]), POINT, "wrong-proof", "too short a way"),
        (replace(proof(3), path=(*proof(3).path, "0" * 64)), POINT, "wrong-proof", "too long a way"),
        (replace(proof(3), size=6), POINT, "other-checkpoint", "of fewer entries"),
        (proof(3), replace(POINT, root="0" * 64), "wrong-proof", "of another ledger"),
    ],
)  # fmt: skip
def test_proofs_that_are_refused(given: Proof, checkpoint: Checkpoint, code: str, why: str) -> None:
    with pytest.raises(LedgerError) as refused:
        check_proof(given, checkpoint)
    assert refused.value.code == code


def without(text: str, **changes: object) -> bytes:
    raw = {**json.loads(text), **changes}
    return json.dumps({key: value for key, value in raw.items() if value != "gone"}).encode()


TEXT = checkpoint_text(signed(POINT, KEY))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"[]", "a list"),
        (b"\xff\xfe", "no UTF-8"),
        (b"[" * 9_999, "nested without end"),
        (TEXT.encode() + b" " * MAX_FILE, "endless"),
        (without(TEXT, root="gone"), "a field is missing"),
        (without(TEXT, more=1), "a field too many"),
        (without(TEXT, count="7"), "a text for a number"),
        (without(TEXT, count=-1), "a negative count"),
        (without(TEXT, root="xyz"), "no hash"),
        (without(TEXT, root="A" * 64), "another spelling of a hash"),
        (without(TEXT, version=2), "another version"),
        (without(TEXT, format="usepolicy-ledger-proof"), "another file"),
        (without(TEXT, signature={"public_key": "0" * 64, "value": "0"}), "half a signature"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_one_error(data: bytes, why: str) -> None:
    with pytest.raises(LedgerError) as refused:
        load_checkpoint(data, place="c.json")
    assert refused.value.code == "invalid-checkpoint"
    assert "c.json" in str(refused.value)


PROOF = proof_text(PAST[2], 7, proof_of(LEAVES, 2))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{}", "invalid-proof"),
        (without(PROOF, size=0), "invalid-proof"),
        (without(PROOF, path=["0" * 64] * 65), "invalid-proof"),
        (without(PROOF, path=["x"]), "invalid-proof"),
        (without(PROOF, entry={}), "invalid-entry"),
        (without(PROOF, entry={"sequence": "x"}), "invalid-entry"),
    ],
)
def test_a_file_that_is_no_proof_is_one_error(data: bytes, code: str) -> None:
    with pytest.raises(LedgerError) as refused:
        load_proof(data, place="p.json")
    assert refused.value.code == code
