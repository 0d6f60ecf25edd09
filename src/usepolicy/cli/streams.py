"""The standard streams: open, able to print any character, and flushed before the program ends.

Standard output is UTF-8 where it is no terminal, since what it carries are files in UTF-8.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys

from usepolicy.errors import UsePolicyError


def open_streams() -> None:
    """Put a stream in the place of one that is closed, and let none fail at a character.

    What is read from or written to a closed standard input or output fails then as it would
    have with the closed one, but with an error of the system. Talk that nobody hears is lost.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_WRONLY), "r", encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def give_up() -> None:
    """Let what is still held back go nowhere: Python would complain once more at its end."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
            continue
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with contextlib.suppress(OSError):
            os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def unwritable(error: OSError) -> UsePolicyError:
    """Return our error of a standard output that takes no more."""
    reason = (error.strerror or "not writable").lower()
    return UsePolicyError("unwritable", f"standard output can't be written: {reason}")
