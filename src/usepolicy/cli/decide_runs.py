"""Runs of `decide`: one request or a stream of them, decided and printed."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from usepolicy.cli.request_streams import Bytes, chunks_of_lines, good, requests_of
from usepolicy.enforcement.decision_lines import (
    decision_line,
    error_line,
    explained_line,
    recorded_line,
)
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.request_lines import (
    MAX_LINE,
    Defaults,
    Labelled,
    labelled_of,
    one_text,
    request_of,
)
from usepolicy.enforcement.requests import Channel, Request, Surface
from usepolicy.errors import FetchError, SchemaError, UsageError, UsePolicyError

if TYPE_CHECKING:
    from usepolicy.enforcement.decisions import Decision
    from usepolicy.enforcement.engine import Engine, Explanation
    from usepolicy.enforcement.recording import Recorded
    from usepolicy.store.recorder import Recorder

BLOCKED, INVALID = 4, 3
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Run:
    """How requests are decided and printed."""

    engine: Engine
    defaults: Defaults
    explain: bool = False
    recorder: Recorder | None = None
    """Writes each decision down; None: nothing is kept."""

    def one(self, request: Request, *, table: bool) -> int:
        """Decide one request; return the exit code."""
        from usepolicy.cli.decide_views import print_explanation

        if self.recorder is not None:
            recorded = self.recorder.decide(request)
            sys.stdout.write(self._told(recorded) + "\n")
            return BLOCKED if recorded.decision.outcome is Outcome.BLOCK else 0
        (explained,) = self.engine.explain([request])
        if table:
            print_explanation(explained, steps=self.explain)
        else:
            sys.stdout.write(self._line(explained) + "\n")
        return BLOCKED if explained.decision.outcome is Outcome.BLOCK else 0

    def stream(self, stream: Bytes, *, table: bool) -> int:
        """Decide each line of a stream; return the exit code."""
        from usepolicy.cli.render import say

        counts: Counter[str] = Counter()
        for lines in chunks_of_lines(stream, MAX_LINE):
            read = requests_of(lines, self._labelled)
            for line, what in self._lines(read, table=table):
                counts[what] += 1
                sys.stdout.write(line + "\n")
            sys.stdout.flush()  # whoever waits for an answer to what was written gets it
        say(_summary(counts))
        return INVALID if counts[INVALID_LINE] else 0

    def _labelled(self, line: bytes, number: int) -> Labelled:
        return labelled_of(line, number, self.defaults)

    def _lines(
        self, read: Sequence[tuple[int, Labelled | UsePolicyError]], *, table: bool
    ) -> Iterator[tuple[str, str]]:
        """Yield what is printed of each line, and what is counted."""
        from usepolicy.cli.decide_views import short_row

        requests = [each.request for each in good(read)]
        told: Iterator[tuple[Decision, str]]
        if self.recorder is not None:
            kept = map(self.recorder.decide, requests)
            told = ((each.decision, self._told(each)) for each in kept)
        elif self.explain:
            told = ((e.decision, self._line(e)) for e in self.engine.explain(requests))
        else:
            told = ((d, decision_line(d)) for d in self.engine.decide(requests))
        for number, each in read:
            if isinstance(each, UsePolicyError):
                yield error_line(each, number), INVALID_LINE
                continue
            decision, line = next(told)
            yield (short_row(decision) if table else line), decision.outcome

    def _told(self, recorded: Recorded) -> str:
        return recorded_line(recorded, self.recorder.appeals if self.recorder else None)

    def _line(self, explained: Explanation) -> str:
        if self.explain:
            return explained_line(explained.decision, explained.traces)
        return decision_line(explained.decision)


INVALID_LINE = "no request"


def _summary(counts: Counter[str]) -> str:
    told = [f"{counts[outcome]} {outcome}" for outcome in Outcome]
    invalid = f", {counts[INVALID_LINE]} lines that are no request" if counts[INVALID_LINE] else ""
    return f"{sum(counts.values())} lines: {', '.join(told)}{invalid}"


def defaults_of(
    channel: str | None,
    surface: str | None,
    jurisdiction: str | None,
    *,
    locale: str | None,
    grants: Sequence[str],
) -> Defaults:
    """Return what holds for requests that don't say otherwise.

    Raises: UsageError: `unknown-channel`, `unknown-surface`, `not-a-country`.
    """
    country = jurisdiction.upper() if jurisdiction else None
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        help = "write two letters, e.g. `DE`"
        raise UsageError("not-a-country", f"`{jurisdiction}` is no country", help=help)
    return Defaults(
        _member(Surface, surface or Surface.API, "surface"),
        country,
        locale,
        _member(Channel, channel or Channel.PROMPT, "channel"),
        tuple(grants),
    )


def _member(choices: type[Choice], name: str, what: str) -> Choice:
    try:
        return choices(name)
    except ValueError as error:
        help = f"one of: {', '.join(choices)}"
        raise UsageError(f"unknown-{what}", f"no {what} `{name}`", help=help) from error


def of_text(text: str, defaults: Defaults) -> Request:
    """Return a text of the command line as a request."""
    return _with_defaults(one_text("1", text, defaults.channel), defaults)


def of_file(path: Path, defaults: Defaults) -> Request:
    """Return the request of a file: JSON, or the whole as one text.

    Raises: SchemaError: `invalid-request`, `not-utf8`, `long-line`; UsePolicyError: can't be read.
    """
    from usepolicy.cli.files import bytes_of

    data = bytes_of(path)
    if len(data) > MAX_LINE:
        raise SchemaError("long-line", f"more than {MAX_LINE:,} bytes", place=str(path))
    if path.suffix.lower() == ".json":
        return request_of(data, 1, defaults)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchemaError("not-utf8", "the file is not in UTF-8", place=str(path)) from error
    return _with_defaults(one_text(path.name, text, defaults.channel), defaults)


def _with_defaults(request: Request, defaults: Defaults) -> Request:
    return Request(
        request.id,
        request.turns,
        request.declared_use,
        request.metadata,
        defaults.surface,
        defaults.jurisdiction,
        defaults.locale,
        defaults.grants,
        defaults.account,
        defaults.function,
    )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file to be read as it comes.

    Raises: FetchError: `no-such-file`, `unreadable-file`.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise FetchError("no-such-file", "there is no such file", place=str(path)) from error
    except OSError as error:
        message = f"the file can't be read: {(error.strerror or 'not readable').lower()}"
        raise FetchError("unreadable-file", message, place=str(path)) from error
    with file:
        yield file
