"""Archives: documents out of `.zip` and `.tar` files, and a catalogue as one file and back.

Owns the limits of unpacking; nothing is unpacked to a disk. An export holds policy files, texts,
snapshots and coding files under the names of their ids, the same bytes for the same content.
"""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath

from sqlalchemy import select

from usepolicy.errors import ExtractError, SchemaError, UsageError, UsePolicyError
from usepolicy.policies.places import KnownWords
from usepolicy.reading.coding_file import load_coding
from usepolicy.reading.policy_file import load_policy
from usepolicy.reading.sources import (
    MAX_DOCUMENTS,
    MAX_FOLDER_BYTES,
    READABLE,
    Limits,
    Snapshot,
    shown,
    snapshot_of,
)
from usepolicy.store.catalogue import Catalogue, Kept
from usepolicy.store.catalogue_documents import Documented
from usepolicy.store.catalogue_tables import (
    codings,
    policies,
    snapshots,
    version_snapshots,
    versions,
)
from usepolicy.taxonomy.categories import load_taxonomy

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
FORM = "usepolicy catalogue 1"
"""First line of an export's `FORM`."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is an archive."""
    return path.name.lower().endswith(ARCHIVES)


def unpacked(path: Path, limits: Limits = Limits()) -> Iterator[Snapshot]:
    """Yield the readable documents of an archive, by name; hidden files are left out.

    Raises: ExtractError: `broken-archive`, `too-large`, `no-documents`.
    """
    size = count = 0
    try:
        for name, data in _members(path, limits.max_bytes):
            size += len(data)
            count += 1
            if size > MAX_FOLDER_BYTES or count > MAX_DOCUMENTS:
                raise _too_large(path)
            yield snapshot_of(data, shown(name))
    except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, RuntimeError) as error:
        raise _broken(path) from error
    if not count:
        message = "the archive has no document that can be read"
        help = f"readable files end in {', '.join(sorted(READABLE))}"
        raise ExtractError("no-documents", message, place=shown(path), help=help)


def export_catalogue(catalogue: Catalogue, *, texts: bool) -> bytes:
    """Return the catalogue as a `.zip`.

    Args: texts: whether the texts and the snapshots go with it; they belong to their publishers.
    """
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in _exported(catalogue, texts=texts):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return written.getvalue()


def import_catalogue(catalogue: Catalogue, path: Path, *, now: datetime) -> list[tuple[str, Kept]]:
    """Add what an export holds; return each id and what became of it.

    Raises: ExtractError: `broken-archive`; SchemaError: `not-an-export`, `text-differs`, a file
            in it breaks its schema; UsageError: `version-differs`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "FORM" not in names or _read(archive, "FORM").decode().strip() != FORM:
                help = "add documents with: usepolicy catalogue add"
                message = "the archive is no export of a catalogue"
                raise SchemaError("not-an-export", message, place=shown(path), help=help)
            return [
                *_import_policies(catalogue, archive, now),
                *_import_codings(catalogue, archive, now),
            ]
    except (zipfile.BadZipFile, OSError, EOFError, UnicodeDecodeError) as error:
        raise _broken(path) from error


def _members(path: Path, most: int) -> Iterator[tuple[str, bytes]]:
    packed = _zipped if path.name.lower().endswith(".zip") else _tarred
    for name, read in packed(path):
        if _is_wanted(name):
            yield name, _bounded(read(most + 1), most, name)


def _zipped(path: Path) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if not info.is_dir():
                yield info.filename, lambda size, info=info: archive.open(info).read(size)  # type: ignore[misc]


def _tarred(path: Path) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is not None:
                yield member.name, opened.read


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not hidden and path.suffix.lower() in READABLE


def _bounded(data: bytes, most: int, name: str) -> bytes:
    if len(data) > most:
        raise ExtractError("too-large", f"the document has more than {most:,} bytes", place=name)
    return data


def _exported(catalogue: Catalogue, *, texts: bool) -> Iterator[tuple[str, bytes | str]]:
    yield "FORM", f"{FORM}\n"
    joined = versions.join(policies, policies.c.version_id == versions.c.id)
    with catalogue.engine.connect() as at:
        query = select(versions.c.id, versions.c.text, policies.c.file).select_from(joined)
        for row in at.execute(query.order_by(versions.c.id)):
            yield f"policies/{row.id}.json", row.file
            if texts and row.text is not None:
                yield f"texts/{row.id}.md", row.text.encode("utf-8", "surrogatepass")
        for row in at.execute(select(codings.c.id, codings.c.file).order_by(codings.c.id)):
            yield f"codings/{row.id}.json", row.file
        if texts:
            parts = version_snapshots.join(snapshots)
            query = select(version_snapshots.c.version_id, snapshots).select_from(parts)
            order = (version_snapshots.c.version_id, version_snapshots.c.part)
            for row in at.execute(query.order_by(*order)):
                facts = {"sha256": row.sha256, "name": row.name}
                facts |= {"address": row.address, "media_type": row.media_type}
                yield f"snapshots/{row.version_id}/{row.sha256}.json", json.dumps(facts, indent=2)
                yield f"snapshots/{row.version_id}/{row.sha256}", row.data


def _import_policies(
    catalogue: Catalogue, archive: zipfile.ZipFile, now: datetime
) -> Iterator[tuple[str, Kept]]:
    names = archive.namelist()
    for name in _under(names, "policies/"):
        id = name.removeprefix("policies/").removesuffix(".json")
        policy = load_policy(_read(archive, name), place=name)
        text = None
        if f"texts/{id}.md" in names:
            data = _read(archive, f"texts/{id}.md")
            snapshot = snapshot_of(data, name)
            if snapshot.sha256 != policy.version.text_sha256:
                message = "the text is not the one that the policy file was made from"
                raise SchemaError("text-differs", message, place=f"texts/{id}.md")
            text = data.decode("utf-8", "surrogatepass")
        pages = tuple(_snapshots(archive, f"snapshots/{id}/"))
        yield catalogue.add(Documented(KnownWords(policy, text), pages), now=now)


def _import_codings(
    catalogue: Catalogue, archive: zipfile.ZipFile, now: datetime
) -> Iterator[tuple[str, Kept]]:
    for name in _under(archive.namelist(), "codings/"):
        study_names = load_taxonomy().study_names
        hand = load_coding(_read(archive, name), place=name, study_names=study_names)
        yield catalogue.add_coding(hand, now=now)


def _snapshots(archive: zipfile.ZipFile, under: str) -> Iterator[Snapshot]:
    for name in _under(archive.namelist(), under):
        if name.endswith(".json"):
            facts = json.loads(_read(archive, name))
            data = _read(archive, name.removesuffix(".json"))
            address, media_type = facts.get("address"), facts.get("media_type")
            yield snapshot_of(data, str(facts["name"]), address=address, media_type=media_type)


def _under(names: list[str], folder: str) -> list[str]:
    return [name for name in names if name.startswith(folder)]


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    most = Limits().max_bytes
    with archive.open(name) as stream:
        return _bounded(stream.read(most + 1), most, name)


def _too_large(path: Path) -> UsePolicyError:
    message = f"the archive has over {MAX_DOCUMENTS:,} documents or {MAX_FOLDER_BYTES:,} bytes"
    return ExtractError("too-large", message, place=shown(path), help="split it")


def _broken(path: Path) -> UsePolicyError:
    if not path.exists():
        return UsageError(
            "no-such-file", "there is no such file", place=shown(path), help="check the path"
        )
    message = "the archive can't be unpacked"
    return ExtractError("broken-archive", message, place=shown(path), help="pack it anew as .zip")
