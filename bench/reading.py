"""Measure the built-in reader against hand-coded policies: one table, a row a document.

Usage: python bench/reading.py [-v] [FOLDER ...]

A folder holds `NAME.md` beside `NAME.gold.json`. Without an argument these are scored: `own` (policies
that we wrote for this, coded by who wrote them, before anybody saw the vocabulary), and, where they lie
beside the checkout, `../shared/policies/{recent,study}`; where they do not it says so. `-v` names what
was missed and what was too much.

Nothing in the reader is learnt: rules and vocabulary are written by hand, so there is no developer to
leave out of a fit. The vocabulary was written with all these documents in sight, so the figures say that
nothing broke; what the reader does on documents it has not seen is in docs/reader-quality.md.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from scoring import (
    Score,
    best_constant,
    f1,
    interval,
    kappa,
    pooled,
    precision,
    recall,
    score_document,
    share,
)

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "policies"
CORPORA = {"own": HERE / "own", "recent": SHARED / "recent", "study": SHARED / "study"}
HEAD = (
    f"{'':28} precision  recall     F1  kappa restricted provisions  quoted  quotes  median  <=200"
    "      ms"
)


def labelled(folder: Path) -> Iterator[tuple[Path, dict]]:
    """Yield the documents of a folder with their gold."""
    for gold in sorted(folder.glob("*.gold.json")):
        document = gold.with_name(gold.name.replace(".gold.json", ".md"))
        yield document, json.loads(gold.read_text("utf-8"))


def score_folder(folder: Path) -> list[Score]:
    """Return the score of each document."""
    return [score_document(path, gold) for path, gold in labelled(folder)]


def line(score: Score) -> str:
    """Return the row of a document, or of several pooled."""
    lengths = sorted(score.lengths)
    median = lengths[len(lengths) // 2] if lengths else 0
    return (
        f"{score.name[:28]:28} {precision(score.cells):9.3f} {recall(score.cells):7.3f} "
        f"{f1(score.cells):6.3f} {kappa(score.cells):6.3f} {f1(score.restricted):10.3f} "
        f"{f1([pair for _, pair in score.provisions]):10.3f} {share(score.quoted):7.3f} "
        f"{share(score.quotes):7.3f} {median:7d} {share([n <= 200 for n in lengths]):6.3f} "
        f"{1000 * score.seconds:7.0f}"
    )


def intervals(scores: Sequence[Score]) -> str:
    """Return the line of 95% intervals, and what the best constant guess reaches."""
    whole = pooled(scores)
    low, high = interval(scores, lambda s: f1(s.cells))
    text = f"95% of resamples: F1 {low:.3f} to {high:.3f}"
    low, high = interval(scores, lambda s: kappa(s.cells))
    text += f", kappa {low:.3f} to {high:.3f}"
    if whole.provisions:
        low, high = interval(scores, lambda s: f1([pair for _, pair in s.provisions]))
        constant = best_constant(whole.provisions)
        text += f", provisions {low:.3f} to {high:.3f} (best constant guess {constant:.3f})"
    return text


def report(name: str, folder: Path, *, verbose: bool) -> None:
    """Print the table of one folder."""
    print(f"\n{name}\n{HEAD}")
    scores = score_folder(folder)
    for score in [*scores, pooled(scores)]:
        print(line(score))
        if verbose and score.missed + score.extra:
            print(f"    missed: {', '.join(score.missed) or '-'}")
            print(f"    extra:  {', '.join(score.extra) or '-'}")
    print(intervals(scores))


def main(arguments: Iterable[str]) -> int:
    """Print the table of each folder; 1 where there is nothing to measure."""
    options = [argument for argument in arguments if argument.startswith("-")]
    asked = {Path(a).name: Path(a) for a in arguments if not a.startswith("-")} or CORPORA
    present = {name: folder for name, folder in asked.items() if any(labelled(folder))}
    for name in asked.keys() - present.keys():
        print(f"no labelled policies in {asked[name]}: nothing to measure there", file=sys.stderr)
    for name, folder in present.items():
        report(name, folder, verbose="-v" in options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"\npeak memory {peak} MB. quoted: cells with a quote that overlaps the coders'; quotes: all "
        "quotes that do (a rule that stands in three places has three, coders note one); median and "
        "<=200: length of quotes in code points"
    )
    return 0 if present else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
