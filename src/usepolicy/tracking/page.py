"""Page: whether a version shows a policy at all, or something in its place.

Owns the alarm about a page. A page that lost its policy says nothing of what its rules are now.
"""

from __future__ import annotations

from usepolicy.reading.force import load_cues
from usepolicy.tracking.statements import Role, Text

ERROR_PAGE_LENGTH = 3000
"""Code points up to which a text may be an error page; the longest seen has 400."""
LOST = 0.25
"""Share of its words below which a version that sets no rule any more has lost its policy."""
UNKNOWN = "und"
"""Language of a text too short or too odd to tell."""


def is_unavailable(text: Text, other: Text) -> bool:
    """Tell whether `text` stands where the policy that `other` is was or will be."""
    if not text.is_read and text.language != UNKNOWN:
        return _is_error(text)
    if _rules(text):
        return _is_error(text) and _rules(text) < 2
    return _is_error(text) or len(text.text.split()) < LOST * len(other.text.split())


def _rules(text: Text) -> int:
    return sum(statement.role is Role.RULE for statement in text.statements)


def _is_error(text: Text) -> bool:
    short = len(text.text) <= ERROR_PAGE_LENGTH
    return short and load_cues().error_page.search(text.view) is not None
