"""Documents: what is read of one or several pages, ready to be kept.

Owns the joining of pages into one policy. It fetches nothing and keeps nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from usepolicy.policies.places import KnownWords
from usepolicy.policies.policies import Identity, Policy
from usepolicy.policies.spans import Span
from usepolicy.policies.versions import Part, version_id_of
from usepolicy.reading.convert import canonical_text
from usepolicy.reading.pipeline import read_snapshot
from usepolicy.reading.reader import read_policy
from usepolicy.reading.sources import Snapshot

JOINT = "\n\n- - -\n\n"
"""Between the pages of a policy in its canonical text."""


@dataclass(frozen=True, slots=True)
class Documented:
    """A policy as it was read, with its text and the bytes that it was made from."""

    known: KnownWords
    snapshots: tuple[Snapshot, ...] = ()
    """One a part; none where only the policy file was at hand."""


def read_document(snapshots: Sequence[Snapshot], identity: Identity) -> Documented:
    """Read the pages of one policy, in order.

    Raises: ExtractError: a page is no document.
    """
    if len(snapshots) == 1:
        reading = read_snapshot(snapshots[0], identity=identity)
        return Documented(KnownWords(reading.policy, reading.text), tuple(snapshots))
    pages = [canonical_text(snapshot) for snapshot in snapshots]
    text = JOINT.join(page.text for page in pages)
    joined = hashlib.sha256("\n".join(s.sha256 for s in snapshots).encode()).hexdigest()
    title = identity.title or PurePosixPath(snapshots[0].name).stem
    policy = read_policy(
        text,
        identity=identity,
        version_id=version_id_of(
            identity.developer, title, identity.effective or identity.recorded
        ),
        parser=" ".join(dict.fromkeys(page.parser for page in pages)),
        part=Part(Span(0, len(text)), snapshot_sha256=joined),
    )
    parts = _parts(policy, [len(page.text) for page in pages], snapshots)
    policy = replace(policy, version=replace(policy.version, parts=parts))
    return Documented(KnownWords(policy, text), tuple(snapshots))


def _parts(
    policy: Policy, lengths: Sequence[int], snapshots: Sequence[Snapshot]
) -> tuple[Part, ...]:
    """Return one part a page, with the title and date that were found in it."""
    made, start = [], 0
    for length, snapshot in zip(lengths, snapshots, strict=True):
        span = Span(start, start + length)
        inside = [part for part in policy.version.parts if span.covers(part.span)]
        found = inside[0] if inside else Part(span)
        sha = snapshot.sha256
        made.append(replace(found, span=span, address=snapshot.address, snapshot_sha256=sha))
        start += length + len(JOINT)
    return tuple(made)
