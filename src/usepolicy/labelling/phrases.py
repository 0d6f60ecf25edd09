"""Phrases: the small language in which the vocabulary is written.

word     that word                 word*    any ending
a|b      one of them               a_b      words that follow each other (inside a|b)
~N       up to N words between     +N       the same, but no punctuation between
?a       may be left out
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PASSED_OVER = b"\xff"
"""Stands for what a rule ignores; no phrase reaches across it. No plain view contains it."""
BETWEEN = r"[^a-z0-9.;:,\xff]+"
"""What may stand between two words of a phrase: space, quotes, hyphens, markup."""
GAPS = {
    "~": r"(?:[^a-z0-9\xff]+[a-z0-9]+){0,%d}[^a-z0-9\xff]+",
    "+": r"(?:[^a-z0-9.;:,()\xff]+[a-z0-9]+){0,%d}[^a-z0-9.;:,()\xff]+",
}
"""Up to so many words between: with the punctuation between them, or without any."""

SPELLING = re.compile(r"([iy])z(?=e|i|a|$)")
"""Where British and American spelling part; phrases are written with the `z`."""


def phrase_pattern(phrase: str) -> str:
    """Return the regular expression of one phrase.

    Raises: ValueError for a phrase without words.
    """
    pieces: list[str] = []
    joint = ""
    for token in phrase.split():
        if token[0] in GAPS:
            joint = GAPS[token[0]] % int(token[1:])
            continue
        word = joint + _word(token.removeprefix("?"))
        pieces.append(f"(?:{word})?" if token.startswith("?") else word)
        joint = BETWEEN
    if not pieces:
        raise ValueError(f"no words in the phrase `{phrase}`")
    return r"\b" + "".join(pieces)


def _word(token: str) -> str:
    """Return the expression of a word or of alternatives."""
    endings = []
    for word in token.split("|"):
        body = SPELLING.sub(r"\1[sz]", word.removesuffix("*")).replace("_", BETWEEN)
        endings.append(body + (r"[a-z0-9]*" if word.endswith("*") else r"\b"))
    return "(?:" + "|".join(endings) + ")"


def any_phrase(phrases: Iterable[str]) -> str:
    """Return the regular expression of any of `phrases`, at least one."""
    return "|".join(phrase_pattern(phrase) for phrase in phrases)
