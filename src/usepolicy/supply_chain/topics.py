"""Topics: whether words describe a use at all, and what a description leaves open.

Owns `data/vocabulary/topics.yaml`. Input that describes no use gets no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import cast

from usepolicy.labelling.phrases import any_phrase
from usepolicy.patterns import Pattern, compile_bytes, load_table

MAX_USE = 2000
"""Code points of a description; a longer one is a document, and documents are read."""
LIKELY, POSSIBLE, POSSIBLE_NAMED = 0.9, 0.7, 0.4
"""How likely a labeller must take words for a use that ask for knowledge or tell a story, others,
and others that name what is made or done."""
MIN_WORDS = 2
"""Words up to which a description that names no category for sure says nothing."""


class Topics:
    """The compiled cues."""

    __slots__ = ("_cues", "_details")

    def __init__(self, cues: Mapping[str, Pattern[bytes]], details: Mapping[str, Pattern[bytes]]):
        self._cues = cues
        self._details = details

    def describes_use(
        self, words: bytes, *, names_category: bool, told: float | None = None
    ) -> bool:
        """Tell whether words say what somebody means to do.

        Args: words: the plain view in Latin-1; names_category: whether a category was found, which
              lets a bare noun phrase be a use ("phishing mails"); told: how likely the labeller
              takes it for a use.
        """
        if self._says("command", words) or not any(chr(byte).isalpha() for byte in words):
            return False
        asks = self._says("asks", words)
        tells = not asks and (self._starts("question", words) or self._says("story", words))
        if told is not None:
            named = self._says("use", words)  # "chatbot": little, but no tale
            return told >= (LIKELY if tells else POSSIBLE_NAMED if named else POSSIBLE)
        if tells:
            return False
        return names_category or self._says("use", words)

    def left_open(self, words: bytes) -> tuple[str, ...]:
        """Return what a description does not say: content, audience, industry and so on."""
        return tuple(name for name, cue in self._details.items() if not cue.search(words))

    def _says(self, cue: str, words: bytes) -> bool:
        return self._cues[cue].search(words) is not None

    def _starts(self, cue: str, words: bytes) -> bool:
        found = self._cues[cue].search(words)
        return found is not None and not words[: found.start()].strip(b" \"'")


@cache
def load_topics() -> Topics:
    """Return the shipped cues, compiled once."""
    table = cast("Mapping[str, list[str]]", load_table("vocabulary/topics.yaml"))
    details = cast("Mapping[str, list[str]]", table["details"])
    cues = {name: _compiled(table[name]) for name in table if name != "details"}
    return Topics(cues, {name: _compiled(phrases) for name, phrases in details.items()})


def _compiled(phrases: list[str]) -> Pattern[bytes]:
    return compile_bytes(any_phrase(phrases))
