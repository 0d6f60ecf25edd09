"""Measure the verdicts of `ask` against hand-coded cells, the matching of words left out.

Usage: python bench/verdicts.py [-v] FOLDER ...

A folder holds `NAME.md` beside `NAME.gold.json`. Each category of the study is asked of each
document as if a use named it for sure. A cell that coders agree on expects its strength. Without a
cell, the strictest cell of the nearest broader category counts (basis `broader`), and without that
`not_addressed`. Cells in doubt are left out, with what depends on them. Where coders give no
strength (the study), `prohibited` and `restricted` are both right. The row `cells` asks the
gold itself, as if the reader had read just that: what it misses is the fault of the verdicts alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reading import labelled

from usepolicy.policies.clauses import CategoryId, Effect, Strength
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import read_policy
from usepolicy.supply_chain.asked import Asked, Named, asked_policy
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.uses import Use, UseCategory
from usepolicy.supply_chain.verdicts import CATCH_ALLS, Verdict, VerdictValue, verdict_of
from usepolicy.taxonomy.categories import load_taxonomy

TAXONOMY = load_taxonomy()
BY_NAME = {c.study_name: c.id for c in TAXONOMY.categories if c.study_name}
EITHER = "prohibited or restricted"
HEAD = f"{'':28} asked  right  coded  broader  silent  quoted  conditions"


@dataclass
class Tally:
    """What was right of one document, by what was expected."""

    name: str
    coded: list[bool] = field(default_factory=list)
    broader: list[bool] = field(default_factory=list)
    silent: list[bool] = field(default_factory=list)
    quoted: list[bool] = field(default_factory=list)
    """For each verdict that restricts: whether it quotes the text exactly."""
    conditions: list[bool] = field(default_factory=list)
    """For each restricted cell with conditions that is found: whether the verdict tells one."""
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Pool another document into this."""
        for name in ("coded", "broader", "silent", "quoted", "conditions"):
            getattr(self, name).extend(getattr(other, name))

    def line(self) -> str:
        """Return the row of the table."""
        every = [*self.coded, *self.broader, *self.silent]
        shares = [share(each) for each in (every, self.coded, self.broader, self.silent)]
        told = [share(self.quoted), share(self.conditions)]
        right, coded, broader, silent = shares
        quoted, conditions = told
        return (
            f"{self.name:28} {len(every):5}  {right}  {coded}  {broader:>7}  {silent:>6}"
            f"  {quoted:>6}  {conditions:>10}"
        )


def share(values: Sequence[bool]) -> str:
    """Return the share that is true, in words."""
    return f"{sum(values) / len(values):.3f}" if values else "    -"


def use_of(category: CategoryId) -> Use:
    """Return a use that names one category for sure."""
    return Use("", (UseCategory(category, None, 1.0, Manner.GENERATION, ()),), None, (), "bench")


def expected(category: CategoryId, cells: Mapping[CategoryId, dict]) -> tuple[str, str] | None:
    """Return the verdict that the gold gives and its ground; None where the coders disagree."""
    for number, each in enumerate((category, *TAXONOMY.ancestors(category))):
        if each in CATCH_ALLS:
            continue
        cell = cells.get(CategoryId(each))
        if cell is not None:
            known = cell["agreed"] and cell["strength"]
            return (cell["strength"], "broader" if number else "coded") if known else None
    return VerdictValue.NOT_ADDRESSED.value, "silent"


def asked_gold(gold: dict) -> Asked:
    """Return the gold as if it had been read."""
    named = {
        BY_NAME[cell["category"]]: (
            Named(
                BY_NAME[cell["category"]],
                Effect.FORBIDS,
                Strength.PROHIBITED if cell["strength"] == EITHER else Strength(cell["strength"]),
                None,
                next(iter(cell["quotes"]), None),
            ),
        )
        for cell in gold["cells"]
        if cell["strength"]
    }
    return Asked("gold", "gold", named)


def score(name: str, text: str, gold: dict, asked: Asked) -> Tally:
    """Return what is right of one document."""
    cells = {BY_NAME[cell["category"]]: cell for cell in gold["cells"]}
    tally = Tally(name)
    for category in BY_NAME.values():
        wanted = expected(category, cells)
        if wanted is None:
            continue
        verdict = verdict_of(use_of(category), asked, TAXONOMY)
        value, ground = wanted
        limits = verdict.value in (VerdictValue.PROHIBITED, VerdictValue.RESTRICTED)
        right = limits if value == EITHER else verdict.value.value == value
        getattr(tally, ground).append(right)
        if not right:
            tally.wrong.append(f"{category}: {ground} {value}, said {_said(verdict)}")
        if limits:
            tally.quoted += [
                bool(place.quote) and place.quote in text for place in verdict.restrictions
            ]
        if right and ground == "coded" and cells[category]["conditions"] and limits:
            tally.conditions.append(bool(verdict.conditions or verdict.exemptions))
    return tally


def _said(verdict: Verdict) -> str:
    names = ", ".join(dict.fromkeys(place.category for place in verdict.restrictions))
    quotes = "; ".join(f"“{(place.quote or '')[:110]}”" for place in verdict.restrictions[:2])
    return f"{verdict.value.value} ({verdict.basis or '-'}: {names}) {quotes}"


def _cell(cell: dict | str) -> dict:
    """Return a cell with every key; the study has names alone."""
    if isinstance(cell, dict):
        return cell
    return {"category": cell, "agreed": True, "strength": EITHER, "quotes": [], "conditions": []}


def tallies(folder: Path) -> Iterator[tuple[Tally, Tally]]:
    """Yield for each document what is right of its reading, and of its gold."""
    for path, gold in labelled(folder):
        gold["cells"] = [_cell(cell) for cell in gold["cells"]]
        text = path.read_text("utf-8-sig")
        policy = read_policy(text, version_id=VersionId("bench/document@undated"))
        read = score(path.stem, text, gold, asked_policy(policy))
        yield read, score(path.stem, text, gold, asked_gold(gold))


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    show = "-v" in arguments
    folders = [Path(each) for each in arguments if each != "-v"]
    if not folders:
        print("usage: python bench/verdicts.py [-v] FOLDER ...", file=sys.stderr)
        return 2
    print(HEAD)
    whole, ideal = Tally("pooled"), Tally("cells")
    for read, gold in (pair for folder in folders for pair in tallies(folder)):
        print(read.line())
        whole.add(read)
        ideal.add(gold)
        if show:
            print(*(f"    {each}" for each in [*read.wrong, *gold.wrong]), sep="\n")
    print(whole.line())
    ideal.quoted, ideal.conditions = [], []  # cells have no conditions to tell
    print(ideal.line())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
