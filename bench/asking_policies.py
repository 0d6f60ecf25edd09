"""Measure `ask` on real policies: uses that a careful reader coded, with the verdicts of six policies.

Usage: python bench/asking_policies.py [--given] [--show] FOLDER

FOLDER holds the policies, `NAME.md` anywhere below it; `bench/own/uses_verdicts.yaml` holds uses, gold
and coding rules. Right first and in three count uses that are clear, verdicts the pairs of use and
policy that are sure; a use that gets no verdict has none right. `places` is the share of right verdicts
that restrict and quote a line that the coder names. `--given` asks the gold categories, as if every use
had been understood: what it misses is the fault of reading, verdicts or gold. `--show` lists what went
wrong; never write words or examples from it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from asking import OWN, TAXONOMY, ask_for, given, group_f1, manner_of, mean, top

from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import read_policy
from usepolicy.supply_chain.asked import Asked, asked_policy
from usepolicy.supply_chain.examples import TypicalUse
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.uses import Use
from usepolicy.supply_chain.verdicts import Verdict, VerdictValue, verdict_of

LIMITS = (VerdictValue.PROHIBITED, VerdictValue.RESTRICTED)
HEAD = "uses  first  in-three  group-F1  manner  verdicts  quoted  places  off-topic  benign-prohibited"
Pairs = Sequence[tuple[TypicalUse, Use]]


@dataclass
class Tally:
    """What the policies say of the uses, against what was coded."""

    right: list[bool] = field(default_factory=list)
    quoted: list[bool] = field(default_factory=list)
    placed: list[bool] = field(default_factory=list)
    benign_prohibited: int = 0
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, entry: Mapping, stem: str, use: Use, verdict: Verdict, text: str) -> None:
        """Count one use of one policy."""
        said = "no verdict" if use.unclear else verdict.value.value
        quotes = [place.quote or "" for place in verdict.restrictions if said in LIMITS]
        self.quoted += [bool(quote) and quote in text for quote in quotes]
        self.benign_prohibited += not entry["expects"] and said == VerdictValue.PROHIBITED
        if stem in entry.get("unsure", ()):
            return
        gold = entry["verdicts"][stem]
        self.right.append(gold == said)
        self.confused[gold, said] += 1
        if gold != said:
            self.wrong.append(f"{stem}: {use.text}\n    {gold}, said {said} {_why(verdict)}")
        elif quotes:
            lines = set(entry["places"][stem])
            self.placed.append(any(lines & lines_of(quote, text) for quote in quotes))


def lines_of(quote: str, text: str) -> set[int]:
    """Return the lines on which a quote stands, wherever it does."""
    found, start = set(), text.find(quote)
    while quote and start >= 0:
        first = text.count("\n", 0, start) + 1
        found |= set(range(first, first + quote.count("\n") + 1))
        start = text.find(quote, start + 1)
    return found


def _why(verdict: Verdict) -> str:
    """Return the words that decide, for the eyes of whoever has the policies."""
    places = verdict.restrictions[:3]
    return "; ".join(f"{p.category} ({verdict.basis}): “{(p.quote or '')[:90]}”" for p in places)


def coded_uses() -> list[dict]:
    """Return the uses with their gold, as they stand in the file."""
    return yaml.safe_load((OWN / "uses_verdicts.yaml").read_text("utf-8"))


def off_topic() -> list[str]:
    """Return the inputs that are no use."""
    return (OWN / "off_topic_later.txt").read_text("utf-8").splitlines()


def typical(entry: Mapping) -> TypicalUse:
    """Return an entry as the other sets have it."""
    manner = Manner(entry.get("manner", "generation"))
    return TypicalUse(entry["use"], "verdicts", tuple(entry["expects"]), manner)


def policies(folder: Path, stems: Sequence[str]) -> Iterator[tuple[str, str, Asked]]:
    """Yield the policies that were coded: stem, text and what is asked."""
    for stem in stems:
        text = next(folder.rglob(f"{stem}.md")).read_text("utf-8-sig")
        yield stem, text, asked_policy(read_policy(text, version_id=VersionId("bench/d@undated")))


def right(pairs: Pairs, number: int) -> float:
    """Return the share of uses with a gold category among the first."""
    return mean(bool(set(each.expects) & set(top(use, number))) for each, use in pairs)


def show(pairs: Pairs, tally: Tally, answered: Sequence[str]) -> None:
    """Print what went wrong."""
    for each, use in pairs:
        if not set(each.expects) & set(top(use, 3)):
            print(f"missed   {each.use}\n    wants {', '.join(each.expects)}; has {top(use, 3)}")
        elif manner_of(each, use) is not each.manner:
            print(f"manner   {each.use}\n    wants {each.manner}")
    print(*(f"verdict  {each}" for each in tally.wrong), sep="\n")
    print(*(f"answered {each}" for each in answered), sep="\n")


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    folders = [Path(each) for each in arguments if not each.startswith("--")]
    if len(folders) != 1:
        print("usage: asking_policies.py [--given] [--show] FOLDER", file=sys.stderr)
        return 2
    coded, tally = coded_uses(), Tally()
    understood = given if "--given" in arguments else lambda each: ask_for(each.use)
    uses = [understood(typical(entry)) for entry in coded]
    for stem, text, asked in policies(folders[0], list(coded[0]["verdicts"])):
        for entry, use in zip(coded, uses, strict=True):
            tally.add(entry, stem, use, verdict_of(use, asked, TAXONOMY), text)
    named = [(e, (typical(e), u)) for e, u in zip(coded, uses, strict=True) if e["expects"]]
    pairs, clear = [p for _, p in named], [p for e, p in named if e["clear"]]
    manners = mean(manner_of(e, u) is e.manner for e, u in pairs if set(e.expects) & set(top(u, 3)))
    answered = (
        []
        if "--given" in arguments
        else [line for line in off_topic() if ask_for(line).unclear is None]
    )
    print(
        f"{HEAD}\n{len(coded):4}  {right(clear, 1):5.3f}  {right(clear, 3):8.3f}"
        f"  {group_f1(pairs):8.3f}  {manners:6.3f}  {mean(tally.right):8.3f}  {mean(tally.quoted):6.3f}"
        f"  {mean(tally.placed):6.3f}  {len(answered):9}  {tally.benign_prohibited:17}"
    )
    for (gold, said), number in sorted(tally.confused.items()):
        print(f"  {gold:14} {said:14} {number:4}{'' if gold == said else '  wrong'}")
    if "--show" in arguments:
        show(pairs, tally, answered)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
