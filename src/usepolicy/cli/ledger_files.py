"""Files of a ledger on the command line: checkpoints, proofs, exports, keys that sign."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from usepolicy.cli.files import bytes_of, regular_target, write_files
from usepolicy.errors import FetchError, LedgerError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from usepolicy.enforcement.ledger import Record
    from usepolicy.enforcement.ledger_checkpoints import Checkpoint, Proof

FIRST_YEAR = 1900
MAX_LINE = 16_777_216
"""Letters of a line of an export: an erasure with its numbers is the longest."""


def read_checkpoint(path: Path, public_key: Path | None) -> Checkpoint:
    """Return the checkpoint of a file, signed by the key if there is one.

    Raises: LedgerError: `invalid-checkpoint`, `not-signed`, `wrong-signature`.
            UsageError: `no-key`. FetchError: it can't be read.
    """
    from usepolicy.enforcement.ledger_checkpoints import check_signature, load_checkpoint

    checkpoint = load_checkpoint(bytes_of(path), place=str(path))
    if public_key is not None:
        check_signature(checkpoint, _public_bytes(public_key))
    return checkpoint


def read_proof(path: Path) -> Proof:
    """Return the proof of a file.

    Raises: LedgerError: `invalid-proof`, `invalid-entry`. FetchError: it can't be read.
    """
    from usepolicy.enforcement.ledger_checkpoints import load_proof

    return load_proof(bytes_of(path), place=str(path))


def read_export(path: Path) -> Iterator[Record]:
    """Yield the entries of an export.

    Raises: LedgerError: `invalid-entry`. FetchError: `unreadable`.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(MAX_LINE), ""), 1):
                yield _record(line, place=f"{path}:{number}")
    except UnicodeDecodeError as error:
        raise LedgerError("invalid-entry", "it is no UTF-8", place=str(path)) from error
    except OSError as error:
        reason = (error.strerror or "not readable").lower()
        raise FetchError("unreadable", reason, place=str(path)) from error


def write_text(text: str, output: Path | None) -> None:
    """Write a text to a file, whole or not at all, or to standard output."""
    if output is None:
        sys.stdout.write(text)
    else:
        write_files({output: text})


def write_lines(lines: Iterable[str], output: Path | None) -> int:
    """Write lines to a file, whole or not at all, or to standard output; return how many.

    Raises: FetchError: `unwritable`.
    """
    if output is None:
        return _count(lines, sys.stdout.write)
    target = regular_target(output)
    try:
        if target is None:  # a device or a pipe
            with output.open("w", encoding="utf-8", newline="") as file:
                return _count(lines, file.write)
        count = _write_whole(lines, target)
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        raise FetchError("unwritable", reason, place=str(output)) from error
    return count


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the key of a PEM file that signs.

    Raises: UsageError: `no-key`.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(bytes_of(path), password=None)
    except (ValueError, TypeError) as error:
        raise _no_key(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path)
    return key


def duration(words: str) -> timedelta:
    """Return how long a duration such as `30d` is.

    Raises: UsageError: `not-a-duration`.
    """
    from usepolicy.enforcement.ladder_file import DURATION, LONGEST, seconds

    if not DURATION.fullmatch(words) or seconds(words) > LONGEST:
        help = "write a number and one of s, m, h, d, w; at most 100 years"
        raise UsageError("not-a-duration", f"`{words}` is no duration", help=help)
    return timedelta(seconds=seconds(words))


def time_of(words: str) -> datetime:
    """Return a time of an option, in UTC where it names no zone.

    Raises: UsageError: `not-a-time`.
    """
    try:
        at = datetime.fromisoformat(words)
        if not FIRST_YEAR <= at.year < MAXYEAR:  # a ladder looks back, and a day has one after it
            raise ValueError(words)
    except ValueError as error:
        help = "write 2025-01-31 or 2025-01-31T12:00:00+00:00"
        raise UsageError("not-a-time", f"`{words}` is no time", help=help) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _public_bytes(path: Path) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(bytes_of(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key(path) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path)
    return key.public_bytes_raw()


def _record(line: str, *, place: str) -> Record:
    from usepolicy.enforcement.ledger_codec import record_of

    try:
        return record_of(line)
    except LedgerError as error:
        raise LedgerError(error.code, error.message, place=place) from error


def _write_whole(lines: Iterable[str], target: Path) -> int:
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("x", encoding="utf-8", newline="") as file:
            count = _count(lines, file.write)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return count


def _count(lines: Iterable[str], write: Callable[[str], object]) -> int:
    number = 0
    for number, line in enumerate(lines, 1):  # noqa: B007
        write(line)
    return number


def _no_key(path: Path) -> UsageError:
    help = "make one: openssl genpkey -algorithm ed25519 -out FILE"
    return UsageError("no-key", f"`{path.name}` holds no Ed25519 key in PEM", help=help)
