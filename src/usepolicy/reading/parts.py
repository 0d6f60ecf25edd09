"""Parts: the documents that one canonical text joins.

Recorders and people put several pages into one file with a rule of `- - -` between them; each
has its own title and date.
"""

from __future__ import annotations

import re
from dataclasses import replace

from usepolicy.policies.spans import Span
from usepolicy.policies.versions import Part
from usepolicy.reading.references import stated_date

_JOINT = re.compile(r"^- - -[ \t]*$", re.M)
_TITLE = re.compile(r"^(?:#[ \t]+(.{1,200}?)[ \t#]*$|(\S.{0,200})\n={3,}[ \t]*$)", re.M)
MAX_PARTS = 100
"""A text with more rules than this uses them for something else."""


def find_parts(text: str, view: str, whole: Part) -> tuple[Part, ...]:
    """Return the parts of a text in order, `whole` alone if it joins nothing.

    Args: whole: what is known of the text as one: its address, its snapshot.
    """
    cuts = [match.span() for match in _JOINT.finditer(text)]
    if not cuts or len(cuts) >= MAX_PARTS:
        return (_dated(whole, text, view),)
    borders = [0, *(place for cut in cuts for place in cut), len(text)]
    spans = [Span(a, b) for a, b in zip(borders[::2], borders[1::2], strict=True)]
    parts = [replace(whole, span=span, title=None) for span in spans if span.cut(text).strip()]
    return tuple(_dated(part, text, view) for part in parts)


def _dated(part: Part, text: str, view: str) -> Part:
    title = _TITLE.search(text, part.span.start, part.span.end)
    name = (title.group(1) or title.group(2)).strip() if title else None
    return replace(part, title=part.title or name, stated_date=stated_date(part.span.cut(view)))
