"""Patterns: RE2 behind types, and the shipped tables that hold them.

RE2 takes time linear in the text whatever the pattern, so a hostile document cannot stall it.
Everything else here only gives mypy what google-re2 does not declare.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import AnyStr, Protocol

import re2  # type: ignore[import-untyped]
import yaml

_UTF8 = re2.Options.Encoding.UTF8
MAX_SET_MEMORY = 256 << 20
"""Bytes that the automaton of a set may take; ours take under 20 MB."""


class Match(Protocol):
    """What a search found."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return start and end."""

    def start(self, group: int = 0) -> int:
        """Return the start."""

    def end(self, group: int = 0) -> int:
        """Return the end."""


class Pattern(Protocol[AnyStr]):
    """A compiled pattern over text or over bytes."""

    def search(self, text: AnyStr) -> Match | None:
        """Return the first match."""

    def finditer(self, text: AnyStr) -> Iterator[Match]:
        """Yield the matches, none overlapping another."""

    def sub(self, repl: AnyStr | Callable[[Match], AnyStr], text: AnyStr) -> AnyStr:
        """Return `text` with each match replaced."""


def _options(encoding: object = re2.Options.Encoding.LATIN1) -> re2.Options:
    options = re2.Options()
    options.encoding = encoding
    options.max_mem = MAX_SET_MEMORY
    options.log_errors = False
    return options


_SPACE = re.compile(r"(\\.|\[\^[^\]]*\])|(\[(?:\\.|[^\]])*\])| ([?*])?")
"""What stays as it is (an escape, what a class leaves out); a class; a space, perhaps optional."""
_ANY_WORD = (r"(?:\w+ )", r"(?:[\w'-]+ )")
"""How the tables write a word that may stand between, and what counts as one: `high-risk` too."""


def compile_text(pattern: str) -> Pattern[str]:
    """Return a pattern that searches text; its spaces stand for any white space.

    So neither the end of a line, nor the blanks where markup was, come between two words.
    """
    spoken = _SPACE.sub(_any_space, pattern.replace(*_ANY_WORD))
    compiled: Pattern[str] = re2.compile(spoken)
    return compiled


def _any_space(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    if found[2]:
        return found[2].replace(" ", r"\s")
    return r"\s*" if found[3] else r"\s+"


def compile_bytes(pattern: str) -> Pattern[bytes]:
    """Return a pattern that searches Latin-1 bytes, whose offsets are those of the text."""
    compiled: Pattern[bytes] = re2.compile(pattern.encode("latin-1"), _options())
    return compiled


def compile_text_bytes(pattern: str) -> Pattern[bytes]:
    """Return a pattern that searches the UTF-8 of a text of any script; offsets are of bytes.

    Raises: PatternError: RE2 does not take it.
    """
    try:
        compiled: Pattern[bytes] = re2.compile(pattern.encode(), _options(_UTF8))
    except re2.error as error:
        raise PatternError(_reason(error)) from error
    return compiled


class PatternError(ValueError):
    """A pattern that RE2 does not take: it looks around or back, or is no pattern at all."""


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else "not a pattern"
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


class TextSet:
    """Many patterns over the UTF-8 of a text, asked in a single pass which of them match."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._set = re2.Set.SearchSet(_options(_UTF8))
        for pattern in patterns:
            self._set.Add(pattern.encode())
        self._set.Compile()

    def matching(self, text: bytes) -> list[int]:
        """Return the numbers of the patterns that match, ascending."""
        return sorted(self._set.Match(text) or ())


class PatternSet:
    """Many patterns over bytes, asked in a single pass which of them match."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._set = re2.Set.SearchSet(_options())
        for pattern in patterns:
            self._set.Add(pattern.encode("latin-1"))
        self._set.Compile()

    def matching(self, text: bytes) -> list[int]:
        """Return the numbers of the patterns that match, ascending."""
        return sorted(self._set.Match(text) or ())


def load_table(name: str) -> object:
    """Return a shipped YAML table, e.g. `vocabulary/cues.yaml`."""
    source = resources.files("usepolicy") / "data" / name
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    table: object = yaml.load(source.read_text(encoding="utf-8"), loader)  # noqa: S506  safe
    return table
