"""Measure changes that we make ourselves: what matters is told, what does not is passed over.

Usage: python bench/edits.py FOLDER... [-v]

Each Markdown file of the folders (`bench/own` and others) is edited in many ways, and each edit is
one version: looks (cosmetic), sentences on reasons and report channels (editorial), and a clause, a
condition or a provision taken out as the reader found it, or put back (substantive). It needs no
labels; what it can't tell is whether real changes look like that. An item is moved to a list in
another section; it is counted whether that rings no alarm.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from usepolicy.policies.clauses import Effect
from usepolicy.policies.policies import Policy
from usepolicy.policies.spans import Span
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import read_policy
from usepolicy.tracking.statements import CHANNELS
from usepolicy.tracking.versions import compare_texts

Edit = tuple[str, str, str, str]
"""What it is, the kind that it should be, the old text, the new one."""

SENTENCES = (
    "We have updated this page to make it easier to read.",
    "If you see content that violates this policy, please report it at https://example.org/report.",
    "Sign up here to hear about changes to this policy.",
    "To report a concern about a game, visit its support site.",
    "We built this product so that everybody can be creative.",
)
LOOKS = {
    "blank lines": (r"\n\n", "\n\n\n"),
    "hard spaces": (", ", ",\u00a0 "),
    "bold": (r"\*\*", ""),
    "bullets": (r"(?m)^(\s*)\* ", r"\1- "),
    "numbers": (r"(?m)^(\s*)[*-] (?=[^*-])", r"\g<1>1. "),
    "links lost": (r"\[([^\]]+)\]\([^)]*\)", r"\1"),
    "joiners": (r"\]\(", "\u2060]("),
    "end stops": (r"([a-z])\n(?=\s*[*-] )", r"\1.\n"),
    "flat lists": (r"(?m)^ +([*\d-])", r"\1"),
    "title": (r"\A", "Usage policies | Acme\n\n"),
    "date": (r"\A", "Updated: 5 days ago\n\n"),
    "navigation": (r"\A", "Skip to main content\n\n* [Home](/)\n* [Docs](/docs)\n\n"),
    "footer": (r"\Z", "\n\nWas this page helpful?\n\nYesNo\n"),
}


def edits(text: str) -> Iterator[Edit]:
    """Yield every edit of a policy."""
    for name, (pattern, put) in LOOKS.items():
        edited = re.sub(pattern, put, text)
        if edited != text:
            yield name, "cosmetic", text, edited
    paragraphs = text.split("\n\n")
    for sentence in SENTENCES:
        for place in {1, len(paragraphs) - 1, len(paragraphs)}:
            edited = "\n\n".join([*paragraphs[:place], sentence, *paragraphs[place:]])
            yield "sentence", "editorial", text, edited
    yield from (("item moved", "cosmetic", text, edited) for edited in moves(text))
    for name, span in taken(read_policy(text, version_id=VersionId("a/b@undated"))):
        edited = text[: span.start] + text[span.end :]
        yield f"{name} out", "substantive", text, edited
        yield f"{name} in", "substantive", edited, text


def moves(text: str) -> Iterator[str]:
    """Yield the text with the last item of a list behind that of a list in another section."""
    lines = text.split("\n")
    lists = list(item_lists(lines))
    for section, items in lists:
        for other, target in lists:
            last = items[-1]
            goes_on = last + 1 < len(lines) and lines[last + 1].startswith(" ")
            if section == other or len(items) < 2 or goes_on:
                continue
            kept = [(n, line) for n, line in enumerate(lines) if n != last]
            at = next(k for k, (n, _) in enumerate(kept) if n == target[-1]) + 1
            kept.insert(at, (last, lines[last]))
            yield "\n".join(line for _, line in kept)


def item_lists(lines: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
    """Yield each list at the margin: its section and the lines of its items."""
    section, items = 0, list[int]()
    for number, line in enumerate([*lines, "end"]):
        if re.match(r"[*-] ", line):
            items.append(number)
        elif line.strip() and not line.startswith(" "):
            if items:
                yield section, items
            items = []
            section += line.startswith("#")


def taken(policy: Policy) -> Iterator[tuple[str, Span]]:
    """Yield what the reader found and a change of which matters."""
    rules = [
        c for c in policy.clauses if any(r.effect is not Effect.PERMITS for r in c.restrictions)
    ]
    yield from (("clause", clause.span) for clause in rules)
    qualifiers = {q.evidence.span for c in rules for r in c.restrictions for q in r.qualifiers}
    yield from (("condition", span) for span in sorted(qualifiers))
    for provision in policy.provisions:
        if provision.kind not in CHANNELS:
            yield "provision", provision.evidence.span


def main(arguments: Sequence[str]) -> int:
    """Print how many edits of each sort are read as what; with -v those that are not."""
    read: Counter[tuple[str, str, str]] = Counter()
    files = [f for a in arguments if a != "-v" for f in sorted(Path(a).glob("*.md"))]
    for file in files:
        for name, kind, old, new in edits(file.read_text("utf-8-sig")):
            found = compare_texts(old, new).kind.value
            sort = "looks" if name in LOOKS else name
            read[sort, kind, found] += 1
            if found != kind and "-v" in arguments:
                print(f"{file.stem}: {name} read as {found}")
    print(f"{len(files)} policies")
    for sort, kind in dict.fromkeys((sort, kind) for sort, kind, _ in read):
        total = sum(n for (s, _, _), n in read.items() if s == sort)
        print(f"  {sort:14} {kind:12} {read[sort, kind, kind]:5} of {total:5}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
