"""Keys: what links an account and its content to the ledger, and can be destroyed.

Owns how links, hashes and sealed excerpts are made from an account's key. Where keys are kept,
apart from the ledger and its backups, is the store's; randomness comes in as an argument.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.errors import LedgerError

KEY_BYTES = 32
NONCE_BYTES = 12
MAX_EXCERPT = 20_000
"""Bytes of text that are kept of one content at most."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """The secret of one account; all that is known of it is made from it."""

    account: str
    """The operator's own id of the account; never in the ledger."""
    secret: bytes = field(repr=False)


def link_of(key: AccountKey) -> AccountLink:
    """Return the account's name in the ledger."""
    return AccountLink(_keyed(key, "account", key.account))


def content_hash(key: AccountKey, text: str) -> str:
    """Return what tells that two contents of one account are the same, and nothing else."""
    return _keyed(key, "content", text)


def likeness_hash(key: AccountKey, text: str) -> str:
    """Return what tells that two contents of one account are alike (see `likeness`)."""
    return _keyed(key, "likeness", text)


def sealed(key: AccountKey, text: str, *, about: EntryId, nonce: bytes) -> bytes:
    """Return a text encrypted under the account's key and bound to its entry (AES-256-GCM).

    Args:   nonce: `NONCE_BYTES` random bytes, never used twice.
    Raises: LedgerError: `excerpt-too-long`.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain = text.encode("utf-8", "replace")
    if len(plain) > MAX_EXCERPT:
        message = f"an excerpt has at most {MAX_EXCERPT} bytes"
        raise LedgerError("excerpt-too-long", message)
    return nonce + AESGCM(_cipher_key(key)).encrypt(nonce, plain, about.encode())


def unsealed(key: AccountKey, data: bytes, *, about: EntryId) -> str:
    """Return the text of an excerpt.

    Raises: LedgerError: `excerpt-broken`: altered, of another entry, or of another key.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, rest = data[:NONCE_BYTES], data[NONCE_BYTES:]
    try:
        return AESGCM(_cipher_key(key)).decrypt(nonce, rest, about.encode()).decode("utf-8")
    except (InvalidTag, ValueError) as error:
        message = f"the excerpt of `{about}` can't be opened with the account's key"
        raise LedgerError("excerpt-broken", message) from error


def _keyed(key: AccountKey, purpose: str, text: str) -> str:
    said = f"usepolicy.ledger.{purpose}.1\n".encode() + text.encode("utf-8", "surrogatepass")
    return hmac.new(key.secret, said, hashlib.sha256).hexdigest()


def _cipher_key(key: AccountKey) -> bytes:
    return hmac.digest(key.secret, b"usepolicy.ledger.excerpt.1\n", "sha256")
