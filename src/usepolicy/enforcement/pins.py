"""Pins: which reading of a policy rules were written for, and what changed if it is another.

Owns the hash of a reading. A policy is read anew by each parser; rules that were reviewed against
one reading must not silently enforce another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from usepolicy.policies.policies import Policy
from usepolicy.policies.versions import VersionId
from usepolicy.reading.policy_file import PolicyFormat, dump_policy


@dataclass(frozen=True, slots=True)
class Pin:
    """A reading of a version."""

    version: VersionId
    text_sha256: str
    sha256: str

    def lines(self) -> str:
        """Return the pin as the lines of a rules file, on one line."""
        return f"version: {self.version}, text_sha256: {self.text_sha256}, sha256: {self.sha256}"


def pin_of(policy: Policy) -> Pin:
    """Return the pin of a policy as it is read now."""
    # The names of the study are no part of the reading: a new table must not break the pin.
    text = dump_policy(policy, format=PolicyFormat.JSON, study_names={})
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Pin(policy.version.id, policy.version.text_sha256, digest)


def what_changed(pinned: Pin, now: Pin) -> str:
    """Return in words what is not as it was pinned; nothing where all is."""
    if pinned.version != now.version:
        return f"pinned is `{pinned.version}`, but the policy is `{now.version}` now"
    if pinned.text_sha256 != now.text_sha256:
        return f"the text of `{now.version}` is not the one that was pinned"
    if pinned.sha256 != now.sha256:
        return f"the text of `{now.version}` is as pinned, but it is read into other clauses now"
    return ""
