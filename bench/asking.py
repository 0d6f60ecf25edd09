"""Measure how well uses are understood, and the verdicts on the study's codings.

Usage: python bench/asking.py [--show SET]

Sets: `written` (the half of the typical uses that the phrases were written with), `held_out` (the
other half; the same hand wrote both), `later` (bench/own/uses.yaml, written after the phrases and
before the kin words), `last` (bench/own/uses_last.yaml, written after both, and harder; the figure
to believe most), `fresh` (bench/own/uses_fresh.yaml, written after all words and before the sentence
model, by the hand that wrote what the model learnt from). Each set is measured by words alone and by
words and meaning. `--show SET` lists what went wrong; never write words or examples from what it shows
of `last` and `fresh`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from usepolicy.labelling.protocol import Labeller
from usepolicy.labelling.uses import use_labeller
from usepolicy.labelling.words import word_labeller
from usepolicy.policies.clauses import CategoryId
from usepolicy.study import study_codings
from usepolicy.supply_chain.asked import Asked, asked_coding
from usepolicy.supply_chain.examples import TypicalUse, typical_uses
from usepolicy.supply_chain.manners import Manner, load_manners
from usepolicy.supply_chain.uses import Use, UseCategory, understand
from usepolicy.supply_chain.verdicts import VerdictValue, verdict_of
from usepolicy.taxonomy.categories import load_taxonomy

OWN = Path(__file__).parent / "own"
TAXONOMY = load_taxonomy()


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on one set of uses."""

    uses: int
    top_1: float
    top_3: float
    group_f1: float
    manner: float
    verdicts: float
    benign_forbidden: int


def sets() -> dict[str, list[TypicalUse]]:
    """Return the sets of uses by name."""
    typical = typical_uses()
    return {
        "written": [each for each in typical if not each.held_out],
        "held_out": [each for each in typical if each.held_out],
        "later": own_uses("uses.yaml"),
        "last": own_uses("uses_last.yaml"),
        "fresh": own_uses("uses_fresh.yaml"),
    }


def own_uses(name: str) -> list[TypicalUse]:
    """Return the uses of a file beside this one."""
    entries = yaml.safe_load((OWN / name).read_text("utf-8"))
    return [
        TypicalUse(e["use"], name, tuple(e["expects"]), Manner(e.get("manner", "generation")))
        for e in entries
    ]


def ask_for(text: str, labeller: Labeller | None = None) -> Use:
    """Return what a labeller understands, the shipped one where none is given."""
    return understand(text, labeller or use_labeller(), names=dict(TAXONOMY.study_names))


def measure(uses: Sequence[TypicalUse], labeller: Labeller) -> Figures:
    """Return the figures of one set."""
    every = frozenset(category.id for category in TAXONOMY.categories)
    asked = [asked_coding(coding, every) for coding in study_codings()]
    pairs = [(each, ask_for(each.use, labeller)) for each in uses]
    named = [(each, found) for each, found in pairs if each.expects]
    benign = [found for each, found in pairs if not each.expects]
    hits = [(e, f) for e, f in named if set(e.expects) & set(top(f, 3))]
    return Figures(
        len(uses),
        mean(bool(set(e.expects) & set(top(f, 1))) for e, f in named),
        mean(bool(set(e.expects) & set(top(f, 3))) for e, f in named),
        group_f1(named),
        mean(manner_of(e, f) is e.manner for e, f in hits),
        mean(verdict_of(f, a, TAXONOMY).value is expected(e, a) for e, f in named for a in asked),
        sum(
            any(verdict_of(f, a, TAXONOMY).value is VerdictValue.PROHIBITED for a in asked)
            for f in benign
        ),
    )


def top(use: Use, number: int) -> list[CategoryId]:
    """Return the surest categories of a use."""
    return [found.category for found in use.categories[:number]]


def manner_of(typical: TypicalUse, use: Use) -> Manner:
    """Return the manner of the surest category that was expected."""
    return next(found.manner for found in use.categories if found.category in typical.expects)


def group_f1(pairs: Iterable[tuple[TypicalUse, Use]]) -> float:
    """Return micro F1 of the tops of the hierarchy; a category that is expected or likely counts."""
    right = wrong = missed = 0
    for typical, use in pairs:
        gold = {TAXONOMY.ancestors(category)[-1] for category in typical.expects}
        # The first expected category must be found; the others may be.
        must = {TAXONOMY.ancestors(typical.expects[0])[-1]}
        found = {TAXONOMY.ancestors(c)[-1] for c in top(use, 3)}
        right += len(found & gold)
        wrong += len(found - gold)
        missed += len(must - found)
    return 2 * right / max(2 * right + wrong + missed, 1)


def expected(typical: TypicalUse, asked: Asked) -> VerdictValue:
    """Return the verdict that the expected categories give."""
    return verdict_of(given(typical), asked, TAXONOMY).value


def given(typical: TypicalUse) -> Use:
    """Return a use as if it had been understood as expected."""
    categories = [
        UseCategory(category, None, 1.0, _manner(category, typical.manner), ())
        for category in typical.expects
    ]
    return Use(typical.use, tuple(categories), None, (), "")


def _manner(category: CategoryId, manner: Manner) -> Manner:
    acts = category in load_manners().acts
    excused = acts and manner in (Manner.CLASSIFICATION, Manner.PREVENTION)
    return Manner.GENERATION if excused else manner


def mean(values: Iterable[bool]) -> float:
    """Return the share of what holds."""
    every = list(values)
    return sum(every) / len(every) if every else float("nan")


def off_topic(labeller: Labeller) -> list[str]:
    """Return the inputs of `bench/own/off_topic.txt` that get a verdict though they are no use."""
    lines = (OWN / "off_topic.txt").read_text("utf-8").splitlines()
    return [line for line in lines if ask_for(line, labeller).unclear is None]


def speed() -> float:
    """Return milliseconds to ask 230 codings, after start-up; the median of nine."""
    every = frozenset(category.id for category in TAXONOMY.categories)
    asked = [asked_coding(coding, every) for coding in study_codings()]
    asked = (asked * 8)[:230]
    times = []
    for typical in typical_uses()[:9]:
        start = time.perf_counter()
        use = ask_for(typical.use)
        for each in asked:
            verdict_of(use, each, TAXONOMY)
        times.append(time.perf_counter() - start)
    return sorted(times)[4] * 1000


def show(uses: Iterable[TypicalUse]) -> None:
    """Print what went wrong."""
    for typical in uses:
        found = ask_for(typical.use)
        named = ", ".join(f"{f.category} {f.confidence} {f.manner}" for f in found.categories)
        if typical.expects and not set(top(found, 3)) & set(typical.expects):
            print(
                f"missed   {typical.use}\n         wants {', '.join(typical.expects)}; has {named}"
            )
        elif not typical.expects and (found.categories or found.unclear):
            print(f"benign   {typical.use}\n         has {named} {found.unclear or ''}")
        elif typical.expects and manner_of(typical, found) is not typical.manner:
            print(f"manner   {typical.use}\n         wants {typical.manner}; has {named}")


def table(every: dict[str, list[TypicalUse]], labeller: Labeller) -> None:
    """Print the figures of all sets by one labeller."""
    print("set       uses  top-1  top-3  group-F1  manner  verdicts  benign prohibited")
    for name, uses in every.items():
        f = measure(uses, labeller)
        print(
            f"{name:9} {f.uses:4}  {f.top_1:.3f}  {f.top_3:.3f}  {f.group_f1:8.3f}"
            f"  {f.manner:6.3f}  {f.verdicts:8.3f}  {f.benign_forbidden}"
        )


def main(arguments: Sequence[str]) -> int:
    """Print the figures."""
    every = sets()
    if arguments[:1] == ["--show"]:
        show(every[arguments[1]])
        return 0
    named = {"words": word_labeller(), "words and meaning": use_labeller()}
    for label, labeller in named.items():
        print(label)
        table(every, labeller)
        wrong = off_topic(labeller)
        print(f"off-topic: {len(wrong)} of 50 get a verdict: {wrong}\n")
    print(f"230 codings asked in {speed():.1f} ms (median of 9)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
