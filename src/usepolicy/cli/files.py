"""Files: policies that a command takes, and results that it writes, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from usepolicy.errors import UsePolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usepolicy.policies.policies import Identity, Policy
    from usepolicy.reading.pipeline import Reading

POLICY_FILES = (".yaml", ".yml", ".json")
MAX_POLICY_FILE = 20 * 1024 * 1024
"""Bytes of a policy file; one of 1,000 clauses has 1 MB."""


def read_documents(source: str, identity: Identity, *, allow_private: bool) -> Sequence[Reading]:
    """Read a document, an address, standard input or the documents of a folder."""
    from usepolicy.reading.pipeline import read_source

    return read_source(
        source, identity=identity, allow_private=allow_private, stdin=sys.stdin.buffer
    )


def load_policies(source: str, *, allow_private: bool) -> list[Policy]:
    """Return the policies of a POLICY argument: a policy file, or documents read on the fly."""
    from usepolicy.policies.policies import Identity

    path = Path(source)
    if path.suffix.lower() in POLICY_FILES and "://" not in source:
        from usepolicy.reading.policy_file import load_policy

        return [load_policy(_bytes_of(path), place=source)]
    return [
        reading.policy
        for reading in read_documents(source, Identity(), allow_private=allow_private)
    ]


def _bytes_of(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise UsePolicyError(
                "no-such-file", "there is no such file", place=str(path), help="check the path"
            )
        with path.open("rb") as file:
            return file.read(MAX_POLICY_FILE + 1)
    except OSError as error:
        reason = error.strerror or "not readable"
        raise UsePolicyError(
            "unreadable-file", f"the file can't be read: {reason.lower()}", place=str(path)
        ) from error


def write_files(contents: Mapping[Path, str]) -> None:
    """Write all files or none: each is complete beside its place before the first takes it.

    Raises: UsePolicyError: `unwritable`.
    """
    made: list[tuple[str, Path]] = []
    try:
        for path, content in contents.items():
            made.append((_write_beside(path, content), path))
        for temporary, path in made:
            os.replace(temporary, path)
    except OSError as error:
        reason = (error.strerror or "not writable").lower()
        place = str(error.filename2 or path)
        raise UsePolicyError(
            "unwritable", f"the file can't be written: {reason}", place=place
        ) from error
    finally:
        for temporary, _ in made:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)


def _write_beside(path: Path, content: str) -> str:
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder", str(path))
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part"
    )
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write(content)
    Path(temporary).chmod(0o666 & ~_umask())
    return temporary


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
