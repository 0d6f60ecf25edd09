"""Limited conversion: the converters of compressed kinds run in a child with limits.

Owns the limits of time and memory, and the way of bytes and results between the two processes. PDF
and DOCX can ask for any amount of either, and one of the libraries is native code.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import traceback

from usepolicy.errors import ExtractError
from usepolicy.reading.sources import Kind, Limits

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space of the child; a PDF of 1,000 pages of text needs half of it."""
_OUT_OF_MEMORY = (signal.SIGABRT, getattr(signal, "SIGKILL", signal.SIGABRT))
"""How a child ends whose native code gets no memory: PDFium aborts, a system kills."""
_OUT_OF_TIME = (getattr(signal, "SIGXCPU", signal.SIGABRT),)


def broken_document(place: str, kind: Kind) -> ExtractError:
    """Return the error of a document that its converter can't make sense of."""
    return ExtractError(
        "broken-document",
        f"the {kind.upper()} file is damaged",
        place=place,
        help="open it, save it anew, and read that file",
    )


def encrypted_document(place: str) -> ExtractError:
    """Return the error of a document that needs a password."""
    return ExtractError(
        "encrypted-document",
        "the document is encrypted",
        place=place,
        help="save a copy without a password and read that file",
    )


def too_costly(place: str, message: str) -> ExtractError:
    """Return the error of a document that takes more than a document should."""
    return ExtractError(
        "too-large",
        message,
        place=place,
        help="save only the policy itself and read that file",
    )


def convert_limited(
    kind: Kind, data: bytes, limits: Limits, *, place: str
) -> tuple[str, str, str | None]:
    """Return the text, the parser and the title of a PDF or DOCX document.

    Raises: ExtractError: also `convert-timeout`, `too-large` and `broken-document`, where the
            child ran out of time or memory or crashed.
    """
    import subprocess  # 10 ms to load, and Markdown needs it never

    module = "usepolicy.reading.limited"
    # -P: without it a file named like a module, in the folder of the user, would be imported.
    command = [sys.executable, "-P", "-m", module, kind, str(limits.max_text)]
    seconds = limits.timeout_s
    try:
        child = subprocess.run(
            [*command, str(math.ceil(seconds))],
            check=False,
            input=data,
            capture_output=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(place) from error
    return _result(child.returncode, child.stdout, kind, place)


def _result(status: int, output: bytes, kind: Kind, place: str) -> tuple[str, str, str | None]:
    if status == 0:
        found = json.loads(output)
        return str(found["text"]), str(found["parser"]), found["title"]
    if status == ExtractError.exit_code:
        error = json.loads(output)
        raise ExtractError(error["code"], error["message"], place=place, help=error["help"])
    if -status in _OUT_OF_MEMORY:
        raise too_costly(place, "the document takes too much memory")
    if -status in _OUT_OF_TIME:
        raise _too_slow(place)
    raise broken_document(place, kind)


def _too_slow(place: str) -> ExtractError:
    return ExtractError(
        "convert-timeout",
        "the document could not be converted in time",
        place=place,
        help="save only the policy itself and read that file",
    )


def _limit(seconds: int) -> None:
    """Set the limits of this process; a system without them has the parent's clock alone."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _converted(kind: Kind, data: bytes, max_text: int) -> tuple[str, str, str | None]:
    if kind is Kind.PDF:
        from usepolicy.reading.pdf import pdf_markdown

        return pdf_markdown(data, max_text=max_text)
    from usepolicy.reading.docx import docx_markdown

    return docx_markdown(data, max_text=max_text)


def _child(kind: Kind, data: bytes, max_text: int) -> tuple[int, dict[str, str | None]]:
    """Return the exit status and the answer of the child."""
    try:
        text, parser, title = _converted(kind, data, max_text)
        return 0, {"text": text, "parser": parser, "title": title}
    except ExtractError as error:
        failure = error
    except RecursionError:
        failure = ExtractError(
            "too-deep",
            "the document is nested too deep",
            help="save it as plain text and read that",
        )
    except MemoryError:
        failure = too_costly("", "the document takes too much memory")
    except Exception:  # the edge of the process: the libraries raise all kinds on damaged files
        traceback.print_exc()
        failure = broken_document("", kind)
    return failure.exit_code, {
        "code": failure.code,
        "message": failure.message,
        "help": failure.help,
    }


def main(arguments: list[str]) -> int:
    """Convert standard input: the entry of the child."""
    kind, max_text, seconds = Kind(arguments[0]), int(arguments[1]), int(arguments[2])
    _limit(seconds)
    answer = sys.stdout.buffer
    # What a library prints must not mix with the answer.
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    status, found = _child(kind, sys.stdin.buffer.read(), max_text)
    answer.write(json.dumps(found).encode("ascii"))
    answer.flush()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
