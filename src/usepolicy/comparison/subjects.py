"""Subjects: what is compared. A coding, with the policy that it was read from where there is one."""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.policies.codings import Coding
from usepolicy.policies.policies import Policy


@dataclass(frozen=True, slots=True)
class Subject:
    """One column of a comparison."""

    coding: Coding
    policy: Policy | None = None
    """None where only the coding is known, as for the study: no words, no provisions."""
    place: str = ""
    """Where it came from, as the user named it: a path, an address, `study/meta`."""
    text: str | None = None
    """The canonical text, where the document was at hand; None for a policy file."""
