"""Streams of requests: lines in, one line out for each, in order and in bounded memory.

Owns the cutting into lines and what stands in the place of a line that is no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from usepolicy.errors import SchemaError, UsePolicyError

if TYPE_CHECKING:
    from usepolicy.enforcement.request_lines import Labelled

CHUNK = 1 << 18
"""Bytes that are read at once; the lines that came are answered before more are read."""

Numbered = tuple[int, "bytes | None"]
"""A line and its number; None for one that is too long."""


class Bytes(Protocol):
    """What can be read as it comes."""

    def read1(self, size: int, /) -> bytes:
        """Return what has come, at most `size` bytes; nothing at the end."""


def chunks_of_lines(stream: Bytes, longest: int) -> Iterator[list[Numbered]]:
    """Yield the lines that have come, so that whoever waits for an answer gets it.

    Args: longest: bytes of a line; of a longer one nothing is kept.
    """
    number, rest, lost = 0, b"", False
    while data := stream.read1(CHUNK):
        *lines, rest = (rest + data).split(b"\n")
        found: list[Numbered] = []
        for line in lines:
            number += 1
            found.append((number, None if lost or len(line) > longest else line))
            lost = False
        if len(rest) > longest:
            rest, lost = b"", True
        yield [each for each in found if each[1] is None or each[1].strip()]
    if rest.strip() or lost:
        yield [(number + 1, None if lost else rest)]


def requests_of(
    lines: Iterable[Numbered], read: Callable[[bytes, int], Labelled]
) -> list[tuple[int, Labelled | UsePolicyError]]:
    """Return the request of each line, or why it is none."""
    found: list[tuple[int, Labelled | UsePolicyError]] = []
    for number, line in lines:
        try:
            found.append((number, read(_whole(line, number), number)))
        except UsePolicyError as error:
            found.append((number, error))
    return found


def _whole(line: bytes | None, number: int) -> bytes:
    if line is None:
        raise SchemaError("long-line", "the line is too long", place=f"line {number}")
    return line


def good(read: Sequence[tuple[int, Labelled | UsePolicyError]]) -> list[Labelled]:
    """Return those that are requests."""
    return [each for _, each in read if not isinstance(each, UsePolicyError)]
