"""Files: policies that a command takes, and results that it writes, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from usepolicy.cli.options import Format
from usepolicy.errors import UsageError, UsePolicyError
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.places import KnownWords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usepolicy.policies.policies import Identity, Policy
    from usepolicy.reading.pipeline import Reader, Reading

POLICY_FILES = (".yaml", ".yml", ".json")
MAX_POLICY_FILE = 20 * 1024 * 1024
"""Bytes of a policy file; one of 1,000 clauses has 1 MB."""


def read_documents(
    source: str, identity: Identity, *, allow_private: bool, reader: Reader | None = None
) -> Sequence[Reading]:
    """Read a document, an address, standard input or the documents of a folder.

    Args: reader: who reads; None for the built-in reader.
    """
    from usepolicy.reading.pipeline import read_snapshot, read_source
    from usepolicy.reading.sources import load_snapshots

    stdin = sys.stdin.buffer
    if reader is None:
        return read_source(source, identity=identity, allow_private=allow_private, stdin=stdin)
    snapshots = load_snapshots(source, allow_private=allow_private, stdin=stdin)
    return [read_snapshot(each, identity=identity, reader=reader) for each in snapshots]


def load_policies(source: str, *, allow_private: bool) -> list[Policy]:
    """Return the policies of a POLICY argument: policy files, or documents read on the fly.

    A folder that holds policy files, as `read -o FOLDER` makes it, is those files.

    Raises: UsageError: `not-a-policy`, it is a coding file.
    """
    return [known.policy for known in load_known(source, allow_private=allow_private)]


def load_known(source: str, *, allow_private: bool) -> list[KnownWords]:
    """Return the policies of a POLICY argument with as much of their words as is known.

    Raises: UsageError: `not-a-policy`, it is a coding file.
    """
    works = load_works(source, allow_private=allow_private)
    policies = [work for work in works if not isinstance(work, HandCoding)]
    if len(policies) < len(works):
        message = f"`{source}` is a coding file, which holds no clauses"
        raise UsageError("not-a-policy", message, help="give the policy that was coded")
    return policies


def load_works(source: str, *, allow_private: bool) -> list[KnownWords | HandCoding]:
    """Return the policies and the hand codings of a CODING argument: files, or documents read."""
    from usepolicy.policies.policies import Identity

    files = [] if "://" in source else _policy_files(Path(source))
    if files:
        return [_load_file(path) for path in files]
    readings = read_documents(source, Identity(), allow_private=allow_private)
    return [KnownWords(reading.policy, reading.text) for reading in readings]


def _load_file(path: Path) -> KnownWords | HandCoding:
    from usepolicy.reading.coding_file import is_coding_file, load_coding
    from usepolicy.reading.policy_file import load_policy
    from usepolicy.taxonomy.categories import load_taxonomy

    data = bytes_of(path)
    if is_coding_file(data):
        return load_coding(data, place=str(path), study_names=load_taxonomy().study_names)
    return KnownWords(load_policy(data, place=str(path)))


def _policy_files(path: Path) -> list[Path]:
    """Return the path itself if it is named like a policy file, or those directly in a folder."""
    if path.is_dir():
        inside = [each for each in path.iterdir() if each.suffix.lower() in POLICY_FILES]
        return sorted(each for each in inside if each.is_file() and each.name[0] != ".")
    return [path] if path.suffix.lower() in POLICY_FILES else []


def policy_files_text(policies: Sequence[Policy], format: Format) -> str:
    """Return policies as YAML documents or as JSON; several in JSON are a list.

    Raises: UsageError: `no-table-file`.
    """
    from usepolicy.reading.policy_file import PolicyFormat, dump_policy

    if format is Format.TABLE:
        raise UsageError("no-table-file", "a policy file is `yaml` or `json`, not `table`")
    texts = [dump_policy(policy, format=PolicyFormat(format.value)) for policy in policies]
    if format is Format.JSON and len(texts) > 1:
        policies = [json.loads(text) for text in texts]
        return json.dumps(policies, ensure_ascii=False, indent=2) + "\n"
    return "---\n".join(texts)


def bytes_of(path: Path) -> bytes:
    """Return the bytes of a file, one past the limit if it has more.

    Raises: UsePolicyError: `no-such-file`, `unreadable-file`.
    """
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


def write_files(contents: Mapping[Path, str | bytes]) -> None:
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


def _write_beside(path: Path, content: str | bytes) -> str:
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder", str(path))
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part"
    )
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(temporary).chmod(0o666 & ~_umask())
    return temporary


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
