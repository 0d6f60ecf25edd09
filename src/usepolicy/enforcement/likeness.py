"""Likeness: what stays of a text when that is left out which varies in mass postings.

Owns which words are alike. What is kept of it is a keyed hash of the account's: two requests of one
account are told to be alike, and nothing else of them. Texts in which other words were put are not
told to be alike: that can't be seen without their content.
"""

from __future__ import annotations

import re

from usepolicy.enforcement.contents import contents_of
from usepolicy.enforcement.normalise import fold
from usepolicy.enforcement.requests import Channel, Request

SHORTEST = 24
"""Letters that a text must have: `yes, go on` is said again by everybody."""
LONGEST = 20_000
"""Characters that are looked at."""
_NAMED = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|[@#]\w+", re.IGNORECASE)
"""Addresses, and names and tags as networks have them: what is put in for each receiver."""
_NO_WORD = re.compile(r"[\W\d_]+")


def likeness_text(request: Request) -> str | None:
    """Return what requests have in common that are alike; None where there are too few words.

    What is looked at is what was asked last: what the caller says beside it may be anything.
    """
    asked = (each.text for each in contents_of(request) if each.channel is Channel.PROMPT)
    return alike(next(asked, ""))


def alike(text: str) -> str | None:
    """Return a text without case, numbers, signs, addresses and letters that look like others."""
    cut = text[:LONGEST]
    folded = fold(cut)
    plain = (folded.text if folded else cut).casefold()
    words = _NO_WORD.sub(" ", _NAMED.sub(" ", plain)).strip()
    return words if len(words) >= SHORTEST else None
