"""Scores of a reading against hand-coded cells: counts, agreement, intervals.

A cell counts where a restriction that forbids or requires names the category; cells on which the
coders disagree (`agreed: false`) are left out, on both sides.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from usepolicy.policies.clauses import Strength
from usepolicy.policies.policies import Policy, strength_of
from usepolicy.policies.provisions import ProvisionKind
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import categories_of, read_policy
from usepolicy.taxonomy.categories import load_taxonomy

RESAMPLES = 2000
SEED = 20240408
"""Any number would do; a fixed one makes two runs print the same interval."""

Pair = tuple[bool, bool]
"""Whether the coders have it, and whether the reader does."""


def f1(pairs: Sequence[Pair]) -> float:
    """Return the harmonic mean of precision and recall; NaN where neither side has anything."""
    hits = sum(gold and read for gold, read in pairs)
    both = sum(gold + read for gold, read in pairs)
    return 2 * hits / both if both else float("nan")


def precision(pairs: Sequence[Pair]) -> float:
    """Return the share of what was read that the coders have; NaN where nothing was read."""
    read = [gold for gold, read in pairs if read]
    return sum(read) / len(read) if read else float("nan")


def recall(pairs: Sequence[Pair]) -> float:
    """Return the share of what the coders have that was read; NaN where they have nothing."""
    return precision([(read, gold) for gold, read in pairs])


def kappa(pairs: Sequence[Pair]) -> float:
    """Return Cohen's kappa of coders and reader; NaN where both are constant.

    Source: Cohen 1960, doi:10.1177/001316446002000104
    """
    if not pairs:
        return float("nan")
    n = len(pairs)
    agreed = sum(gold == read for gold, read in pairs) / n
    gold, read = (sum(side) / n for side in zip(*pairs, strict=True))
    chance = gold * read + (1 - gold) * (1 - read)
    return (agreed - chance) / (1 - chance) if chance < 1 else float("nan")


@dataclass
class Score:
    """What one document, or several pooled, gave."""

    name: str
    cells: list[Pair] = field(default_factory=list)
    """Over the categories of the study, those in doubt left out."""
    restricted: list[Pair] = field(default_factory=list)
    """The same cells: coded, and allowed under a condition. Empty where coders give no strength."""
    provisions: list[tuple[ProvisionKind, Pair]] = field(default_factory=list)
    quoted: list[bool] = field(default_factory=list)
    """For each cell that both have and that coders quote: whether a quote overlaps one of theirs."""
    quotes: list[bool] = field(default_factory=list)
    """The same for each quote: a rule that stands in three places has three."""
    lengths: list[int] = field(default_factory=list)
    """Code points of each quote."""
    seconds: float = 0.0
    extra: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Pool another document into this."""
        for name in ("cells", "restricted", "provisions", "quoted", "quotes", "lengths"):
            getattr(self, name).extend(getattr(other, name))
        self.seconds += other.seconds


def pooled(scores: Sequence[Score]) -> Score:
    """Return all documents as one."""
    whole = Score("pooled")
    for score in scores:
        whole.add(score)
    return whole


def share(values: Sequence[bool]) -> float:
    """Return the share that is true; NaN of nothing."""
    return sum(values) / len(values) if values else float("nan")


def interval(scores: Sequence[Score], figure: Callable[[Score], float]) -> tuple[float, float]:
    """Return the 95% interval of a pooled figure, documents drawn with replacement.

    Whole documents are drawn, because the cells of one are not independent.
    Source: Efron 1979, doi:10.1214/aos/1176344552
    """
    draw = random.Random(SEED)
    drawn = (figure(pooled(draw.choices(scores, k=len(scores)))) for _ in range(RESAMPLES))
    found = sorted(value for value in drawn if not math.isnan(value))
    return found[int(0.025 * len(found))], found[int(0.975 * len(found))]


def best_constant(provisions: Sequence[tuple[ProvisionKind, Pair]]) -> float:
    """Return the F1 of the best guess that says the same of every document.

    With hindsight: the set of provisions is chosen on the very documents that it is scored on.
    """
    counts = sorted(
        (
            sum(gold for k, (gold, _) in provisions if k is kind),
            sum(k is kind for k, _ in provisions),
        )
        for kind in ProvisionKind
    )[::-1]
    total = sum(gold for gold, _ in counts)
    hits = accumulate(gold for gold, _ in counts)
    guessed = accumulate(n for _, n in counts)
    pairs = zip(hits, guessed, strict=True)
    return max((2 * h / (g + total) for h, g in pairs if g + total), default=float("nan"))


def score_document(path: Path, gold: dict) -> Score:
    """Read one document and compare the reading with its gold."""
    text = path.read_text("utf-8-sig")
    begun = time.perf_counter()
    policy = read_policy(text, version_id=VersionId("bench/document@undated"))
    score = Score(path.stem, seconds=time.perf_counter() - begun)
    cells = {c["category"] if isinstance(c, dict) else c: c for c in gold["cells"]}
    read = set(categories_of(policy))
    for category in load_taxonomy().categories:
        cell = cells.get(category.study_name or "")
        if category.study_name is None or (isinstance(cell, dict) and not cell["agreed"]):
            continue
        score.cells.append((cell is not None, category.id in read))
        _note(score, category.study_name, score.cells[-1])
        if isinstance(cell, dict) or (cell is None and _has_strengths(gold)):
            _score_cell(score, text, policy, category.id, cell or {})
    _score_provisions(score, policy, gold)
    return score


def _has_strengths(gold: dict) -> bool:
    return any(isinstance(cell, dict) for cell in gold["cells"])


def _note(score: Score, name: str, pair: Pair) -> None:
    if pair == (True, False):
        score.missed.append(name)
    elif pair == (False, True):
        score.extra.append(name)


def _score_cell(score: Score, text: str, policy: Policy, category: str, cell: dict) -> None:
    restricted = strength_of(policy, category) is Strength.RESTRICTED
    if not cell or cell["strength"]:
        score.restricted.append((cell.get("strength") == "restricted", restricted))
    places = [(text.find(quote), text.find(quote) + len(quote)) for quote in cell.get("quotes", ())]
    spans = [
        restriction.evidence[0].span
        for clause in policy.clauses
        for restriction in clause.restrictions
        if restriction.category == category and restriction.strength is not None
    ]
    score.lengths += [len(span) for span in spans]
    if cell and spans:
        overlaps = [any(a < s.end and s.start < b for a, b in places) for s in spans]
        score.quoted.append(any(overlaps))
        score.quotes += overlaps


def _score_provisions(score: Score, policy: Policy, gold: dict) -> None:
    if "provisions" not in gold:
        return
    unsure = {p["provision"] for p in gold["provisions"] if not p["agreed"]}
    wanted = {p["provision"] for p in gold["provisions"]}
    read = {provision.kind for provision in policy.provisions}
    score.provisions += [
        (kind, (kind.value in wanted, kind in read))
        for kind in ProvisionKind
        if kind.value not in unsure
    ]
