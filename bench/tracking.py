"""Measure how well changes between versions are told: kinds, alarms, atomic changes, speed.

Usage: python bench/tracking.py FOLDER [-v] [--service NAME]

FOLDER holds `changes_gold.csv` (collection, service, from_file, to_file, kind, restrictions) and
the versions that it names. Only distinct pairs count. Beside it stand two plain ways: any
difference of the texts is an alarm, and any difference after white space, links, list marks,
emphasis and quote styles are dropped. A found change is right if its words overlap words that the
gold quotes for a change; `one to one` lets each count once. `-v` prints what is wrong.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from usepolicy.tracking.changes import STRICTER, Change, VersionChange, VersionKind
from usepolicy.tracking.compare import compare_versions
from usepolicy.tracking.statements import cut
from usepolicy.tracking.versions import categories

ENTRY = re.compile(r"^([+~-])(\w+): (.*)$", re.S)
QUOTE = re.compile(r'"([^"]+)"')
KINDS = ("unavailable", "cosmetic", "editorial", "substantive")
STRICT = {"+added": True, "~widened": True, "+enforcement": True}


@dataclass(frozen=True)
class Atomic:
    """A change of the gold: its sign and where its words stand on either side."""

    sign: str
    text: str
    old: tuple[tuple[int, int], ...]
    new: tuple[tuple[int, int], ...]


@dataclass
class Pair:
    """A distinct pair with its gold and what was found."""

    row: dict[str, str]
    old: str
    new: str
    gold: list[Atomic] = field(default_factory=list)
    found: VersionChange | None = None

    @property
    def name(self) -> str:
        """Service and file names."""
        return f"{self.row['service']} {Path(self.row['from_file']).stem} -> {Path(self.row['to_file']).stem}"


def pairs(folder: Path) -> list[Pair]:
    """Return the distinct pairs in the order of the file."""
    seen: dict[tuple[str, str], Pair] = {}
    with (folder / "changes_gold.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            old, new = ((folder / row[k]).read_text("utf-8-sig") for k in ("from_file", "to_file"))
            pair = seen.setdefault((old, new), Pair(row, old, new))
            pair.gold = pair.gold or list(atoms(row["restrictions"], old, new))
    return list(seen.values())


def atoms(entries: str, old: str, new: str) -> Iterator[Atomic]:
    """Yield the atomic changes of a row with the places of their quotes."""
    for entry in filter(None, entries.split(" | ")):
        match = ENTRY.match(entry)
        if match:
            sign, word, rest = match.groups()
            quotes = QUOTE.findall(rest)
            yield Atomic(sign + word, entry, tuple(places(quotes, old)), tuple(places(quotes, new)))


def places(quotes: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield every place of every quote."""
    for quote in quotes:
        for match in re.finditer(r"\s+".join(map(re.escape, quote.split())), text):
            yield match.span()


def overlaps(change: Change, atom: Atomic) -> bool:
    """Tell whether a found change and one of the gold quote common words."""
    sides = [(change.new, atom.new), (change.old, atom.old)]
    if atom.sign in ("+added", "+enforcement"):
        sides = sides[:1]
    elif atom.sign == "-removed":
        sides = sides[1:]
    return any(
        evidence is not None
        and any(a < evidence.span.end and evidence.span.start < b for a, b in spans)
        for evidence, spans in sides
    )


def same_way(change: Change, atom: Atomic) -> bool:
    """Tell whether both say that users may do less, or both that they may do more."""
    return (change.change in STRICTER) is STRICT.get(atom.sign, False)


def matched(found: Sequence[Change], gold: Sequence[Atomic]) -> int:
    """Return how many pairs can be made if each counts once (augmenting paths)."""
    taken: dict[int, int] = {}

    def give(i: int, seen: set[int]) -> bool:
        for j, atom in enumerate(gold):
            if j not in seen and overlaps(found[i], atom):
                seen.add(j)
                if j not in taken or give(taken[j], seen):
                    taken[j] = i
                    return True
        return False

    return sum(give(i, set()) for i in range(len(found)))


@dataclass
class Tally:
    """Atomic changes counted."""

    found: int = 0
    right: int = 0
    right_way: int = 0
    gold: int = 0
    met: int = 0
    once: int = 0

    def add(self, found: Sequence[Change], gold: Sequence[Atomic]) -> None:
        """Count one pair."""
        self.found += len(found)
        self.gold += len(gold)
        self.right += sum(any(overlaps(c, a) for a in gold) for c in found)
        self.right_way += sum(any(overlaps(c, a) and same_way(c, a) for a in gold) for c in found)
        self.met += sum(any(overlaps(c, a) for c in found) for a in gold)
        self.once += matched(found, gold)

    def line(self) -> str:
        """Return the figures."""
        share = lambda a, b: f"{a / b:.3f}" if b else "-"  # noqa: E731
        return (
            f"precision {share(self.right, self.found)}  recall {share(self.met, self.gold)}  "
            f"one to one: precision {share(self.once, self.found)} recall {share(self.once, self.gold)}  "
            f"direction right too {share(self.right_way, self.found)}  ({self.found} found, {self.gold} in the gold)"
        )


def normalised(text: str) -> str:
    """Return a text without white space, link targets, list marks, emphasis and quote styles."""
    text = re.sub(r"\]\([^)\s]*\)", "]", text)
    text = re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", text, flags=re.M)
    text = text.translate(
        str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
    )
    return re.sub(r"[\s*_#=\[\]]+", "", text)


def alarms(name: str, kinds: Sequence[tuple[str, bool]]) -> str:
    """Return how many alarms a way of comparing raises for each true substantive change."""
    true = sum(kind == "substantive" for kind, _ in kinds)
    rung = sum(alarm for _, alarm in kinds)
    missed = sum(kind == "substantive" and not alarm for kind, alarm in kinds)
    return f"  {name:34} {rung:4} alarms, {rung / true:.1f} per substantive change, {missed} missed"


def report(every: Sequence[Pair], seconds: float) -> None:
    """Print the figures."""
    confusion = Counter((p.row["kind"], p.found.kind.value) for p in every if p.found)
    print(f"{len(every)} distinct pairs")
    for kind in KINDS:
        total = sum(n for (gold, _), n in confusion.items() if gold == kind)
        if total:
            row = "  ".join(
                f"{k} {confusion[kind, k]}" for k in (*KINDS, "unknown") if confusion[kind, k]
            )
            print(
                f"  {kind:12} recall {confusion[kind, kind] / total:.3f} of {total:3}   read as: {row}"
            )
    print("alarms")
    gold = [p.row["kind"] for p in every]
    print(alarms("plain text diff", [(p.row["kind"], p.old != p.new) for p in every]))
    print(
        alarms(
            "after white space, links and marks",
            [(p.row["kind"], normalised(p.old) != normalised(p.new)) for p in every],
        )
    )
    print(
        alarms(
            "usepolicy",
            list(zip(gold, (p.found.kind is VersionKind.SUBSTANTIVE for p in every), strict=True)),
        )
    )
    tally = Tally()
    for pair in every:
        if pair.gold:
            tally.add(pair.found.substantive, pair.gold)
    print("atomic changes:", tally.line())
    print(f"{2 * len(every) / seconds:.1f} versions per second")


def wrong(pair: Pair) -> Iterator[str]:
    """Yield what is wrong with a pair."""
    found = pair.found
    if found.kind.value != pair.row["kind"]:
        yield f"{pair.row['kind']} read as {found.kind.value}: {pair.row['summary']}"
    for change in found.substantive:
        if not any(overlaps(change, atom) for atom in pair.gold):
            sides = [e.quote[:110] if e else "" for e in (change.old, change.new)]
            yield f"  extra  {change.change.value}: {sides[0]!r} => {sides[1]!r}"
    for atom in pair.gold:
        if not any(overlaps(change, atom) for change in found.substantive):
            yield f"  missed {atom.text[:160]}" + ("" if atom.old or atom.new else "  [no place]")


def main(arguments: Sequence[str]) -> int:
    """Print the figures; with -v what is behind them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("--service")
    options = parser.parse_args(arguments)
    every = [p for p in pairs(options.folder) if options.service in (None, p.row["service"])]
    compare_versions(cut(every[0].old), cut(every[0].new), categories)  # tables are loaded once
    begun = time.perf_counter()
    for pair in every:
        pair.found = compare_versions(cut(pair.old), cut(pair.new), categories)
    seconds = time.perf_counter() - begun
    for pair in every if options.v else ():
        lines = list(wrong(pair))
        if lines:
            tally = Tally()
            tally.add(pair.found.substantive, pair.gold)
            print(pair.name, tally.line() if pair.gold else "", *lines, sep="\n  ")
    report(every, seconds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
