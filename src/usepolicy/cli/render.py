"""Rendering: policies and findings as text for people. Documents are hostile: nothing that they
contain may move the cursor, change a colour or be taken for markup.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from usepolicy.policies.clauses import Effect

if TYPE_CHECKING:
    from usepolicy.policies.clauses import Restriction
    from usepolicy.policies.policies import Policy

PIPE_WIDTH = 120
"""Columns where standard output is no terminal."""
MAX_QUOTE = 120
EFFECTS = {Effect.REQUIRES: "a duty", Effect.PERMITS: "permitted", Effect.FORBIDS: "prohibited"}


def printable(text: str) -> str:
    """Return text on one line, with what is not printable shown as its code point."""
    return visible(re.sub(r"\s+", " ", text))


def visible(text: str) -> str:
    """Return text with what is not printable, line ends too, shown as its code point."""
    return "".join(c if unicodedata.category(c)[0] != "C" else f"\\u{ord(c):04x}" for c in text)


def shell_word(name: str) -> str:
    """Return a name as one word of a POSIX shell that can be printed and pasted.

    What can't be printed is written byte for byte as `$'...'`, which all common shells know.
    """
    if name.startswith("-") and name != "-":
        name = f"./{name}"
    if printable(name) == name:
        return shlex.quote(name)
    shown = (
        chr(b) if 32 < b < 127 and b not in b"'\\" else f"\\x{b:02x}" for b in os.fsencode(name)
    )
    return f"$'{''.join(shown)}'"


def csv_cell(text: str) -> str:
    """Return text as a cell that neither a terminal nor a spreadsheet program takes for orders."""
    from usepolicy.reading.coding_sheet import neutralised

    return neutralised(printable(text))


def shortened(text: str, limit: int = MAX_QUOTE) -> str:
    """Return text on one line, cut with a sign where it is longer than `limit`."""
    line = printable(text.strip())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def console() -> Console:
    """Return a console on standard output: no colour and a fixed width where it is no terminal."""
    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else PIPE_WIDTH, no_color=not terminal, highlight=False)


def print_table(
    heads: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    title: str = "",
    whole_first: bool = False,
) -> None:
    """Print rows under their heads; every cell is plain text.

    Args: whole_first: the first column is never folded.
    """
    table = Table(
        title=Text(printable(title)) if title else None,
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for number, head in enumerate(heads):
        style = "bold" if number == 0 else ""
        whole = whole_first and number == 0
        table.add_column(Text(visible(head)), style=style, overflow="fold", no_wrap=whole)
    for row in rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    printed = console()
    if printed.is_terminal:
        printed.print(table)
        return
    with printed.capture() as captured:
        printed.print(table)
    # Cells are padded to their column; in a pipe and in a file nobody needs the last one's.
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _cell(text: str) -> str:
    """A cell may have several lines; they are ours, since words of a document come as one."""
    return "\n".join(map(visible, text.split("\n")))


def print_title(title: str) -> None:
    """Print a line above a table, not wrapped to its width."""
    print(printable(title))


def say(message: str) -> None:
    """Talk to the user on standard error, in one line; nothing fails because nobody hears it."""
    with contextlib.suppress(OSError):
        print(printable(message), file=sys.stderr)


def next_step(source: str) -> str:
    """Return the command to try after a policy was read from `source`."""
    if source == "-":
        return "pipe it into `usepolicy matrix study -`"
    return f"usepolicy matrix study {shell_word(source)}"


def print_policy(policy: Policy) -> None:
    """Print the clauses of a policy with their words, then its provisions."""
    title = f"{policy.version.id}  {policy.identity.title or ''}"
    heads = ("clause", "category", "use is", "words", "conditions")
    print_table(heads, policy_rows(policy), title=title)
    provisions = [(p.kind.value, f"“{shortened(p.evidence.quote)}”") for p in policy.provisions]
    if provisions:
        console().print()
        print_table(("provision", "words"), provisions)


def policy_rows(policy: Policy) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each restriction: clause, category, what it does, words, conditions."""
    return [
        (
            clause.id.rpartition("#")[2] if number == 0 else "",
            str(r.category or "-"),
            r.strength.value if r.effect is Effect.FORBIDS and r.strength else EFFECTS[r.effect],
            _words(r),
            _conditions(r),
        )
        for clause in policy.clauses
        for number, r in enumerate(clause.restrictions)
    ]


def _words(restriction: Restriction) -> str:
    return "; ".join(f"“{shortened(evidence.quote)}”" for evidence in restriction.evidence)


def _conditions(restriction: Restriction) -> str:
    return "; ".join(
        f"{q.role.value} ({q.kind.value}): “{shortened(q.evidence.quote, 60)}”"
        for q in restriction.qualifiers
    )


def say_findings(policies: Sequence[Policy], source: str) -> None:
    """Print the findings of the readings of a source on standard error, a line each."""
    for policy in policies:
        place = source if len(policies) == 1 else f"{source}: {policy.version.id}"
        for finding in policy.findings:
            say(f"warning[{finding.code}]: {place}: {finding.message}")


def summary(policies: Iterable[Policy]) -> str:
    """Return one sentence that counts what was read."""
    every = list(policies)
    restrictions = [r for p in every for c in p.clauses for r in c.restrictions]
    counts = (
        (len(every), "document"),
        (sum(len(p.clauses) for p in every), "clause"),
        (len(restrictions), "restriction"),
        (len({r.category for r in restrictions} - {None}), "category"),
        (sum(len(p.provisions) for p in every), "provision"),
    )
    return ", ".join(f"{number} {_plural(word, number)}" for number, word in counts)


def _plural(word: str, number: int) -> str:
    if number == 1:
        return word
    return "categories" if word == "category" else f"{word}s"
