"""Measure the built-in reader against hand-coded policies: one table, a row a document.

Usage: python bench/reading.py [FOLDER ...]

A folder holds `NAME.md` beside `NAME.gold.json`. Without an argument the labelled policies beside
the checkout are used, `../shared/policies/{recent,study}`; where they are absent it says so.
A cell counts where a restriction that forbids or requires names the category; cells on which the
coders disagree (`agreed: false`) are left out. Nothing here is learnt, so there is no fold to
leave out: the vocabulary is written by hand, and only policies it has not seen say how it does.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from usepolicy.policies.policies import Policy, strength_of
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import categories_of, read_policy
from usepolicy.taxonomy.categories import load_taxonomy

SHARED = Path(__file__).resolve().parents[2] / "shared" / "policies"


@dataclass
class Score:
    """Counts over the cells of one document or of several."""

    name: str
    hits: int = 0
    extra: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    strengths: int = 0
    strengths_right: int = 0
    quotes: int = 0
    quotes_overlapping: int = 0
    lengths: list[int] = field(default_factory=list)
    provisions: list[tuple[bool, bool]] = field(default_factory=list)
    """Gold and read, for each provision that a coder noted or the reader found."""
    seconds: float = 0.0

    @property
    def precision(self) -> float:
        """Share of read cells that are gold; NaN where nothing was read."""
        read = self.hits + len(self.extra)
        return self.hits / read if read else float("nan")

    @property
    def recall(self) -> float:
        """Share of gold cells that were read; NaN where there is none."""
        gold = self.hits + len(self.missed)
        return self.hits / gold if gold else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of the two; 0 where nothing was hit."""
        both = 2 * self.hits + len(self.extra) + len(self.missed)
        return 2 * self.hits / both if both else float("nan")

    def add(self, other: Score) -> None:
        """Pool another document's counts into these."""
        for name in (
            "hits",
            "strengths",
            "strengths_right",
            "quotes",
            "quotes_overlapping",
            "seconds",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("extra", "missed", "lengths", "provisions"):
            getattr(self, name).extend(getattr(other, name))


def labelled(folder: Path) -> Iterator[tuple[Path, dict]]:
    """Yield the documents of a folder with their gold."""
    for gold in sorted(folder.glob("*.gold.json")):
        yield (
            gold.with_name(gold.name.replace(".gold.json", ".md")),
            json.loads(gold.read_text("utf-8")),
        )


def score_document(path: Path, gold: dict) -> Score:
    """Read one document and compare the reading with its gold."""
    text = path.read_text("utf-8-sig")
    begun = time.perf_counter()
    policy = read_policy(text, version_id=VersionId("bench/document@undated"))
    score = Score(path.stem, seconds=time.perf_counter() - begun)
    cells = {c["category"] if isinstance(c, dict) else c: c for c in gold["cells"]}
    unsure = {name for name, cell in cells.items() if isinstance(cell, dict) and not cell["agreed"]}
    taxonomy = load_taxonomy()
    read = {taxonomy.get(c).study_name for c in categories_of(policy)} - {None}
    wanted = set(cells) - unsure
    score.hits = len(read & wanted)
    score.extra, score.missed = sorted(read - wanted - unsure), sorted(wanted - read)
    for name in sorted(read & wanted):
        if isinstance(cells[name], dict):
            _score_cell(score, text, policy, cells[name])
    _score_provisions(score, policy, gold)
    return score


def _score_cell(score: Score, text: str, policy: Policy, cell: dict) -> None:
    category = load_taxonomy().resolve(cell["category"]).id
    if cell["strength"]:
        score.strengths += 1
        score.strengths_right += strength_of(policy, category) == cell["strength"]
    places = [(text.find(q), text.find(q) + len(q)) for q in cell["quotes"]]
    for clause in policy.clauses:
        for restriction in clause.restrictions:
            if restriction.category == category:
                span = restriction.evidence[0].span
                score.quotes += 1
                score.quotes_overlapping += any(a < span.end and span.start < b for a, b in places)
                score.lengths.append(len(span))


def _score_provisions(score: Score, policy: Policy, gold: dict) -> None:
    if "provisions" not in gold:
        return
    unsure = {p["provision"] for p in gold["provisions"] if not p["agreed"]}
    wanted = {p["provision"] for p in gold["provisions"]} - unsure
    read = {p.kind.value for p in policy.provisions} - unsure
    score.provisions += [(kind in wanted, kind in read) for kind in wanted | read]


def score_folder(folder: Path) -> tuple[list[Score], Score]:
    """Return the score of each document and the pooled one."""
    scores = [score_document(path, gold) for path, gold in labelled(folder)]
    pooled = Score("pooled")
    for score in scores:
        pooled.add(score)
    return scores, pooled


def _line(score: Score) -> str:
    both = sum(g and r for g, r in score.provisions)
    provisions = 2 * both / max(1, sum(g + r for g, r in score.provisions))
    strength = score.strengths_right / score.strengths if score.strengths else float("nan")
    overlap = score.quotes_overlapping / score.quotes if score.quotes else float("nan")
    median = sorted(score.lengths)[len(score.lengths) // 2] if score.lengths else 0
    return (
        f"{score.name[:28]:28} {score.precision:9.3f} {score.recall:7.3f} {score.f1:6.3f} "
        f"{strength:8.3f} {provisions:10.3f} {overlap:7.3f} {median:6d} {1000 * score.seconds:7.0f}"
    )


def main(folders: Iterable[str]) -> int:
    """Print the table of each folder; 1 where there is nothing to measure."""
    asked = [Path(folder) for folder in folders] or [SHARED / "recent", SHARED / "study"]
    present = [folder for folder in asked if any(labelled(folder))]
    for folder in asked:
        if folder not in present:
            print(f"no labelled policies in {folder}: nothing to measure there", file=sys.stderr)
    for folder in present:
        print(
            f"\n{folder.name:28} precision  recall     F1 strength provisions overlap median      ms"
        )
        scores, pooled = score_folder(folder)
        for score in [*scores, pooled]:
            print(_line(score))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"\npeak memory {peak} MB; quotes: share that overlaps a gold quote, median length in code points"
    )
    return 0 if present else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
