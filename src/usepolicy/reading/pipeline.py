"""The pipeline: from a source to policies, one reading a document.

Owns the way from bytes to a policy and the id of what has no id yet. It fetches nothing itself
(`sources`), converts nothing itself (`convert`) and reads nothing itself (`reader`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

from usepolicy.policies.policies import Identity, Policy
from usepolicy.policies.spans import Span
from usepolicy.policies.versions import Part, VersionId, version_id_of
from usepolicy.reading.convert import Converted, canonical_text
from usepolicy.reading.reader import BUILT_IN_READER, read_policy
from usepolicy.reading.sources import Limits, Snapshot, load_snapshots

__all__ = ["BUILT_IN_READER", "Reading", "read_snapshot", "read_source", "read_text"]

MARKDOWN_PARSER = "markdown/1"
"""Parser of a text that is its own canonical text."""


class Reader(Protocol):
    """Reads a canonical text into a policy, as `read_policy` does."""

    def __call__(
        self,
        text: str,
        *,
        identity: Identity,
        version_id: VersionId,
        parser: str,
        part: Part | None,
    ) -> Policy:
        """Return the policy."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A policy with the canonical text that its spans point into."""

    policy: Policy
    text: str


def _version_id(identity: Identity, name: str) -> VersionId:
    """Return the id of what a file or address of this name was read into."""
    stem = PurePosixPath(name).stem if name != "-" else ""
    title = identity.title or identity.service or stem
    return version_id_of(identity.developer, title, identity.effective or identity.recorded)


def read_source(
    source: str,
    *,
    identity: Identity = Identity(),
    limits: Limits = Limits(),
    allow_private: bool = False,
    stdin: BinaryIO | None = None,
) -> list[Reading]:
    """Read a file, `-`, an address, or each document of a folder.

    Raises: FetchError, ExtractError: the source can't be had, or is no document.
    """
    snapshots = load_snapshots(source, limits=limits, allow_private=allow_private, stdin=stdin)
    return [read_snapshot(snapshot, identity=identity, limits=limits) for snapshot in snapshots]


def read_snapshot(
    snapshot: Snapshot,
    *,
    identity: Identity = Identity(),
    limits: Limits = Limits(),
    reader: Reader = read_policy,
) -> Reading:
    """Read the bytes of one document."""
    converted = canonical_text(snapshot, limits=limits)
    return _read(converted, identity, snapshot, reader)


def read_text(text: str, *, identity: Identity = Identity(), name: str = "-") -> Reading:
    """Read a canonical text that is at hand."""
    data = text.encode("utf-8", "surrogatepass")
    snapshot = Snapshot(data, hashlib.sha256(data).hexdigest(), None, name, "text/markdown")
    return _read(Converted(text, MARKDOWN_PARSER, None), identity, snapshot, read_policy)


def _read(converted: Converted, identity: Identity, snapshot: Snapshot, reader: Reader) -> Reading:
    part = Part(
        Span(0, len(converted.text)),
        title=identity.title or converted.title,
        address=snapshot.address,
        snapshot_sha256=snapshot.sha256,
    )
    policy = reader(
        converted.text,
        identity=identity,
        version_id=_version_id(identity, snapshot.name),
        parser=converted.parser,
        part=part,
    )
    return Reading(policy, converted.text)
