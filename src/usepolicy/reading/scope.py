"""Scope: whom and what a clause binds, as far as its words and lead-ins say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from usepolicy.policies.clauses import Scope
from usepolicy.policies.spans import Evidence
from usepolicy.reading.units import Unit

_BOUND = re.compile(
    r"\b(?:end users?|(?:your )?users|customers?|licensees?|subscribers?|developers|deployers|operators|builders|creators|you)\b"
    r"(?=[^.;:]{0,60}\b(?:may|must|shall|will|should|can|cannot|agree|are|is|do|don't)\b)"
)
_SURFACE = re.compile(
    r"\b(?:our |the )?(?:apis?|web ?sites?|apps?|applications?|stores?|playground|sandbox|chatbots?|agents?|plug-?ins?)\b"
)
_PRODUCT = re.compile(
    r"\b(?:the |our |this |these |any )?(?:services?|models?|platform|products?|software|materials|outputs?|"
    r"derivatives of the model|tools?)\b"
)


def find_scope(text: str, view: str, units: Sequence[Unit]) -> Scope:
    """Return the scope that the innermost unit states; each field where it stands."""
    return Scope(*(_innermost(text, view, units, cue) for cue in (_BOUND, _SURFACE, _PRODUCT)))


def _innermost(
    text: str, view: str, units: Sequence[Unit], cue: re.Pattern[str]
) -> Evidence | None:
    for unit in reversed(units):
        match = cue.search(view, unit.start, unit.end)
        if match:
            return Evidence.of(text, match.start(), match.end())
    return None
