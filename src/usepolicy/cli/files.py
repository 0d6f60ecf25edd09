"""Files: policies that a command takes, and results that it writes, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from usepolicy.cli.options import Format
from usepolicy.errors import ExtractError, FetchError, UsageError, UsePolicyError
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.places import KnownWords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usepolicy.policies.policies import Identity, Policy
    from usepolicy.reading.pipeline import Reader, Reading
    from usepolicy.reading.sources import Snapshot

Work = KnownWords | HandCoding

POLICY_FILES = (".yaml", ".yml", ".json")
MAX_POLICY_FILE = 20 * 1024 * 1024
"""Bytes of a policy file; one of 1,000 clauses has 1 MB."""


def read_documents(
    source: str, identity: Identity, *, allow_private: bool, reader: Reader | None = None
) -> Sequence[Reading]:
    """Read a document, an address, standard input or the documents of a folder.

    Args: reader: who reads; None for the built-in reader.

    Raises: UsageError: `already-read`, it is a policy file.
    """
    from usepolicy.cli.render import shell_word
    from usepolicy.reading.pipeline import read_snapshot
    from usepolicy.reading.reader import read_policy

    snapshots = _snapshots(source, allow_private=allow_private)
    for each in snapshots:
        if _is_work(each.data):
            message = f"`{each.name}` is a policy file or a coding file, not a document"
            help = f"look at it: usepolicy show {shell_word(source)}"
            raise UsageError("already-read", message, help=help)
    return [
        read_snapshot(each, identity=identity, reader=reader or read_policy) for each in snapshots
    ]


def load_policies(source: str, *, allow_private: bool) -> list[Policy]:
    """Return the policies of a POLICY argument, as `load_known` does."""
    return [known.policy for known in load_known(source, allow_private=allow_private)]


def load_known(source: str, *, allow_private: bool) -> list[KnownWords]:
    """Return the policies of a POLICY argument with as much of their words as is known.

    Raises: UsageError: `not-a-policy`, it is a coding file or of the study.
    """
    if is_study(source):
        message = f"`{source}` is a coding of the study, which holds no clauses"
        help = f"put it beside policies: usepolicy matrix {source.casefold()} POLICY"
        raise UsageError("not-a-policy", message, help=help)
    works = load_works(source, allow_private=allow_private)
    policies = [work for work in works if not isinstance(work, HandCoding)]
    if len(policies) < len(works):
        message = f"`{source}` is a coding file, which holds no clauses"
        raise UsageError("not-a-policy", message, help="give the policy that was coded")
    return policies


def is_study(name: str) -> bool:
    """Tell whether a CODING argument names the study or a part of it, in whatever case."""
    what = name.partition("/")[0]
    return what == "study" or (what.casefold() == "study" and not os.path.lexists(what))


def load_works(source: str, *, allow_private: bool) -> list[Work]:
    """Return the policies and the hand codings of a CODING argument.

    It names something of the catalogue, files, or documents, which are read.
    What a file is, its content tells; the name counts only where the content doesn't. A folder is
    the policy and coding files directly in it, and the documents that none of them was read from.
    """
    from usepolicy.cli.catalogue_ids import from_catalogue
    from usepolicy.reading.sources import is_address

    kept = from_catalogue(source)
    if kept is not None:
        return [kept]
    path = Path(source)
    if not is_address(source) and path.is_dir():
        return _folder(path, source)
    if not is_address(source) and path.suffix.lower() in POLICY_FILES:
        return _named_works(bytes_of(path), str(path))
    snapshots = _snapshots(source, allow_private=allow_private)
    return [work for snapshot in snapshots for work in _works(snapshot)]


def _snapshots(source: str, *, allow_private: bool) -> list[Snapshot]:
    from usepolicy.reading.sources import load_snapshots

    try:
        return load_snapshots(source, allow_private=allow_private, stdin=sys.stdin.buffer)
    except OSError as error:  # of standard input alone: the others have errors of ours
        reason = (error.strerror or "not readable").lower()
        message = f"standard input can't be read: {reason}"
        raise FetchError("unreadable-file", message, place="-") from error


def _works(snapshot: Snapshot) -> list[Work]:
    """Return what a file holds if it is a policy file or a coding file, else read the document."""
    from usepolicy.reading.pipeline import read_snapshot

    if _is_work(snapshot.data):
        return _load(snapshot.data, snapshot.place)
    reading = read_snapshot(snapshot)
    return [KnownWords(reading.policy, reading.text)]


def _is_work(data: bytes) -> bool:
    from usepolicy.reading.coding_file import is_coding_file
    from usepolicy.reading.policy_file import is_policy_file

    return is_coding_file(data) or is_policy_file(data)


def _load(data: bytes, place: str) -> list[Work]:
    """Return what a policy file or a coding file holds."""
    from usepolicy.reading.coding_file import is_coding_file, load_coding
    from usepolicy.reading.policy_file import load_policies as load
    from usepolicy.taxonomy.categories import load_taxonomy

    if is_coding_file(data):
        return [load_coding(data, place=place, study_names=load_taxonomy().study_names)]
    return [KnownWords(policy) for policy in load(data, place=place)]


def _named_works(data: bytes, place: str) -> list[Work]:
    """Return what a file holds that is named like a policy file; say so if it seems to be none."""
    from usepolicy.reading.policy_file import PolicyFileError, seems_policy_file

    try:
        return _load(data, place)
    except PolicyFileError as error:
        if _is_work(data) or seems_policy_file(data):
            raise
        hint = "if it is a document, give it the ending of one, such as .md or .txt"
        raise error.with_help(hint) from error


def _folder(folder: Path, source: str) -> list[Work]:
    """Return the works of a folder; say which files were passed over, unless there is no other."""
    from usepolicy.cli.render import say

    files = {path: bytes_of(path) for path in _policy_files(folder)}
    works = [w for path, data in files.items() if _is_work(data) for w in _load(data, str(path))]
    read = {work.policy.version.snapshot_sha256 for work in works if isinstance(work, KnownWords)}
    strays = [path for path, data in files.items() if not _is_work(data)]
    documents = _documents(source, needed=not files)
    works += [w for each in documents if each.sha256 not in read for w in _works(each)]
    if not works:
        return [work for path in strays for work in _named_works(files[path], str(path))]
    for path in strays:
        say(f"warning[not-a-policy-file]: {path}: passed over, it holds neither policy nor coding")
    return works


def _documents(folder: str, *, needed: bool) -> list[Snapshot]:
    """Return the documents of a folder, which may have none unless they are needed."""
    try:
        return _snapshots(folder, allow_private=False)
    except ExtractError as error:
        if needed or error.code != "no-documents":
            raise
        return []


def _policy_files(folder: Path) -> list[Path]:
    """Return the files directly in a folder that are named like policy files."""
    inside = (each for each in folder.iterdir() if each.suffix.lower() in POLICY_FILES)
    return sorted(each for each in inside if each.is_file() and each.name[0] != ".")


def policy_files_text(policies: Sequence[Policy], format: Format) -> str:
    """Return policies as YAML documents or as JSON; several in JSON are a list.

    Raises: UsageError: `no-table-file`; PolicyFileError: `too-many-values`, `too-large`.
    """
    from usepolicy.reading.policy_file import PolicyFormat, dump_policies

    if format is Format.TABLE:
        raise UsageError("no-table-file", "a policy file is `yaml` or `json`, not `table`")
    return dump_policies(policies, format=PolicyFormat(format.value))


def bytes_of(path: Path) -> bytes:
    """Return the bytes of a file, one past the limit if it has more.

    Raises: UsePolicyError: `no-such-file`, `unreadable-file`.
    """
    from usepolicy.reading.sources import shown

    place = shown(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            message = "the file can't be read: not a regular file"
            help = "pipe its content in and read `-`"
            raise UsePolicyError("unreadable-file", message, place=place, help=help)
        with path.open("rb") as file:
            return file.read(MAX_POLICY_FILE + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        message = "there is no such file"
        raise UsePolicyError("no-such-file", message, place=place, help="check the path") from error
    except OSError as error:
        message = f"the file can't be read: {(error.strerror or 'not readable').lower()}"
        raise UsePolicyError("unreadable-file", message, place=place) from error


def write_files(contents: Mapping[Path, str | bytes]) -> None:
    """Write all files or none: each is complete beside its place before the first takes it.

    A link is followed, and a file that exists keeps its rights. What is no regular file, such as
    a device or a pipe, is written to as it is, before any file takes its place.

    Raises: UsePolicyError: `unwritable`.
    """
    through: list[tuple[Path, bytes]] = []
    made: list[tuple[str, Path]] = []
    with contextlib.ExitStack() as cleanup:
        for path, content in contents.items():
            data = (
                content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
            )
            target = regular_target(path)
            if target is None:
                through.append((path, data))
            else:
                made.append((cleanup.enter_context(_beside(target, data)), target))
        for path, data in through:
            with _told(path):
                path.write_bytes(data)
        for temporary, target in made:
            with _told(target):
                os.replace(temporary, target)


@contextlib.contextmanager
def _told(place: Path) -> Iterator[None]:
    """Turn an error of the system into ours."""
    try:
        yield
    except OSError as error:
        message = f"the file can't be written: {(error.strerror or 'not writable').lower()}"
        raise UsePolicyError("unwritable", message, place=str(place)) from error


def regular_target(path: Path) -> Path | None:
    """Return the regular file that a path leads to or may become; None for anything else."""
    with _told(path):
        try:
            mode = path.stat().st_mode  # fails where links go round
        except FileNotFoundError:
            return path.resolve()
        target = path.resolve()
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(0, "it is a folder", str(path))
        # Where a link of /proc leads to, there may be no name: a pipe, a file that was removed.
        return target if stat.S_ISREG(mode) and target.exists() and target.samefile(path) else None


@contextlib.contextmanager
def _beside(target: Path, data: bytes) -> Iterator[str]:
    """Yield a file beside a target with its content and rights; remove it if it is left there."""
    with _told(target):
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(0, "it is write-protected", str(target))
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part"
        )
    try:
        with _told(target), os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(mode)
        yield temporary
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
