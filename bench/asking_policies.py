"""Measure `ask` on real policies: uses that a careful reader coded, with the verdicts of six policies.

Usage: python bench/asking_policies.py [--given] [--show] FOLDER

FOLDER holds the policies, `NAME.md` anywhere below it; `bench/own/uses_verdicts.yaml` holds uses, gold
and coding rules. Right first and in three count uses that are clear, verdicts the pairs of use and
policy that are sure; a use that gets no verdict has none right. `places` is the share of right
verdicts that restrict whose quotes stand on a line that the coder names. `--given` asks the gold
categories, as if every use had been understood: what it misses is the fault of reading or verdicts.
`--show` lists what went wrong. Never write words or examples from what it shows.
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
NO_VERDICT = "no verdict"
HEAD = "uses  right-first  in-three  group-F1  manner  verdicts  quoted  places  off-topic  benign-prohibited"


@dataclass(frozen=True, slots=True)
class Coded:
    """A use with its gold."""

    use: TypicalUse
    clear: bool
    verdicts: Mapping[str, str]
    """By the stem of the policy's file."""
    places: Mapping[str, Sequence[int]]
    unsure: frozenset[str]


@dataclass(frozen=True, slots=True)
class Document:
    """A policy with the text that it was read from."""

    text: str
    asked: Asked


@dataclass
class Tally:
    """What the policies say of the uses, against what was coded."""

    right: list[bool] = field(default_factory=list)
    quoted: list[bool] = field(default_factory=list)
    placed: list[bool] = field(default_factory=list)
    benign_prohibited: int = 0
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, coded: Coded, stem: str, document: Document, understood: Use) -> None:
        """Count one use of one policy."""
        verdict = verdict_of(understood, document.asked, TAXONOMY)
        said = NO_VERDICT if understood.unclear else verdict.value.value
        limits = said in LIMITS
        if limits:
            quotes = [place.quote or "" for place in verdict.restrictions]
            self.quoted += [bool(quote) and quote in document.text for quote in quotes]
        if not coded.use.expects:
            self.benign_prohibited += said == VerdictValue.PROHIBITED
        if stem in coded.unsure:
            return
        gold = coded.verdicts[stem]
        self.right.append(gold == said)
        self.confused[gold, said] += 1
        if gold != said:
            self.wrong.append(f"{stem}: {coded.use.use}\n    {gold}, said {said} {_why(verdict)}")
        elif limits:
            lines = set(coded.places[stem])
            self.placed.append(any(lines & _lines(q, document.text) for q in quotes))


def _lines(quote: str, text: str) -> set[int]:
    """Return the lines on which a quote stands, wherever it does."""
    found, start = set(), text.find(quote)
    while quote and start >= 0:
        first = text.count("\n", 0, start) + 1
        found |= set(range(first, first + quote.count("\n") + 1))
        start = text.find(quote, start + 1)
    return found


def _why(verdict: Verdict) -> str:
    """Return the words that decide, for the eyes of whoever has the policies."""
    names = ", ".join(dict.fromkeys(place.category for place in verdict.restrictions))
    quotes = "; ".join(f"“{(place.quote or '')[:90]}”" for place in verdict.restrictions[:2])
    return f"({verdict.basis or '-'}: {names}) {quotes}"


def coded_uses() -> list[Coded]:
    """Return the uses with their gold."""
    entries = yaml.safe_load((OWN / "uses_verdicts.yaml").read_text("utf-8"))
    return [_coded(entry) for entry in entries]


def _coded(entry: Mapping) -> Coded:
    manner = Manner(entry.get("manner", "generation"))
    use = TypicalUse(entry["use"], "verdicts", tuple(entry["expects"]), manner)
    unsure = frozenset(entry.get("unsure", ()))
    return Coded(use, entry["clear"], entry["verdicts"], entry.get("places", {}), unsure)


def documents(folder: Path, stems: Sequence[str]) -> Iterator[tuple[str, Document]]:
    """Yield the policies that were coded."""
    for stem in stems:
        path = next(folder.rglob(f"{stem}.md"))
        text = path.read_text("utf-8-sig")
        policy = read_policy(text, version_id=VersionId("bench/document@undated"))
        yield stem, Document(text, asked_policy(policy, label=path.name))


def understanding(pairs: Sequence[tuple[Coded, Use]]) -> tuple[float, float, float, float]:
    """Return right first, in three, group F1 and manner."""
    named = [(c.use, use) for c, use in pairs if c.use.expects]
    clear = [(c.use, use) for c, use in pairs if c.use.expects and c.clear]
    first, three = (mean(bool(set(t.expects) & set(top(u, n))) for t, u in clear) for n in (1, 3))
    hits = [(t, u) for t, u in named if set(t.expects) & set(top(u, 3))]
    manners = mean(manner_of(t, u) is t.manner for t, u in hits)
    return first, three, group_f1(named), manners


def show(pairs: Sequence[tuple[Coded, Use]], tally: Tally, off_topic: Sequence[str]) -> None:
    """Print what went wrong."""
    for coded, use in pairs:
        expects, found = coded.use.expects, top(use, 3)
        if expects and not set(expects) & set(found):
            print(f"missed   {coded.use.use}\n    wants {', '.join(expects)}; has {found}")
        elif expects and manner_of(coded.use, use) is not coded.use.manner:
            print(f"manner   {coded.use.use}\n    wants {coded.use.manner}")
    print(*(f"verdict  {each}" for each in tally.wrong), sep="\n")
    print(*(f"off topic, but answered: {each}" for each in off_topic), sep="\n")


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    folders = [Path(each) for each in arguments if not each.startswith("--")]
    if len(folders) != 1:
        print(
            "usage: python bench/asking_policies.py [--given] [--show] FOLDER",
            file=sys.stderr,
        )
        return 2
    every = coded_uses()
    understood = given if "--given" in arguments else (lambda typical: ask_for(typical.use))
    pairs = [(coded, understood(coded.use)) for coded in every]
    tally = Tally()
    for stem, document in documents(folders[0], list(every[0].verdicts)):
        for coded, use in pairs:
            tally.add(coded, stem, document, use)
    lines = (OWN / "off_topic_later.txt").read_text("utf-8").splitlines()
    answered = [line for line in lines if ask_for(line).unclear is None]
    first, three, groups, manners = understanding(pairs)
    print(HEAD)
    print(
        f"{len(every):4}  {first:11.3f}  {three:8.3f}  {groups:8.3f}  {manners:6.3f}"
        f"  {mean(tally.right):8.3f}  {mean(tally.quoted):6.3f}  {mean(tally.placed):6.3f}"
        f"  {len(answered):5} of {len(lines)}  {tally.benign_prohibited:17}"
    )
    print(f"verdicts of {len(tally.right)} sure pairs, gold and said:")
    for (gold, said), number in sorted(tally.confused.items()):
        print(f"  {gold:14} {said:14} {number:4}{'' if gold == said else '  wrong'}")
    if "--show" in arguments:
        show(pairs, tally, answered)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
