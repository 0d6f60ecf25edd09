"""Access and enforcement as a policy's own provisions state them: figure 1 for any policy.

Owns which practices of figure 1 a text can state, and by which provisions. What only the
developer's conduct shows (who gets access) is unknown, never "no".
"""

from __future__ import annotations

from collections.abc import Iterable

from usepolicy.comparison.figures import Practice
from usepolicy.policies.policies import Policy
from usepolicy.policies.provisions import ProvisionKind as Kind

ENFORCEMENT = "Enforcement policy"
STATED_BY = {
    "AI safety and flaws research": (Kind.RESEARCHER_EXEMPTION,),
    ENFORCEMENT: (
        Kind.MONITORING,
        Kind.WARNING,
        Kind.FEATURE_OR_RATE_LIMIT,
        Kind.CONTENT_REMOVAL,
        Kind.SUSPENSION,
        Kind.TERMINATION_BAN,
        Kind.REPORT_TO_AUTHORITIES,
    ),
    "Enforcement justifications": (Kind.JUSTIFICATION,),
    "Enforcement violation appeals": (Kind.APPEAL,),
}
"""Practices of figure 1 that a text can state, by the provisions that state them."""
FULL_ENFORCEMENT = 2
"""Kinds of provision from which enforcement is described: a bare right to close accounts is half.

Source: the index's item "Usage policy enforcement", https://github.com/stanford-crfm/fmti.
"""


def stated_practice(policy: Policy | None, practice: str) -> tuple[float | None, str]:
    """Return how far `policy` states a practice (1, 0.5, 0; None unknown), and its words."""
    if policy is None or practice not in STATED_BY:
        return None, ""
    found = [p for p in policy.provisions if p.kind in STATED_BY[practice]]
    if not found:
        return (0.0 if policy.is_read else None), ""
    full = practice != ENFORCEMENT or len({p.kind for p in found}) >= FULL_ENFORCEMENT
    return (1.0 if full else 0.5), found[0].evidence.quote


def practice_row(group: str, name: str, cells: Iterable[tuple[float | None, str]]) -> Practice:
    """Return a row of figure 1 from its cells, each a value and its words."""
    values, quotes = zip(*cells, strict=True)
    return Practice(group, name, values, quotes)
