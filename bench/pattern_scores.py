"""How often each shipped pattern is right, on labelled requests: writes `pattern_scores.csv`.

    python bench/pattern_scores.py TRAIN.jsonl [--write] [--wrong]

A row is {"text", "unsafe", "groups", ...}. A match is right where the row is unsafe, or where it
depends on the policy and the group is one of the target's. The score is (right + PRIOR * WEIGHT) /
(n + WEIGHT): few matches don't make sure. It is a precision among these requests, of which more
than half are unsafe; among the requests of a service it is lower.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from usepolicy.enforcement.detection import Content
from usepolicy.enforcement.pattern_detector import PatternDetector
from usepolicy.enforcement.pattern_list import ListedPattern, PatternList, shipped_patterns

PRIOR, WEIGHT = 0.7, 4
TABLE = Path(__file__).parents[1] / "src/usepolicy/data/detectors/pattern_scores.csv"
DEPENDS = {
    "political": {"political-campaigns", "lobbying", "political-advertisements-propaganda"},
    "professional_advice": {"medical-advice", "legal-advice", "financial-advice"},
    "gambling": {"gambling"},
}
"""Targets of the groups whose requests are no breach in themselves."""


def each_alone(patterns: PatternList) -> PatternDetector:
    """Return a detector in which each pattern is its own target."""
    alone = tuple(ListedPattern(p.id, p.id, 0.5, p.expression, p.unless) for p in patterns.patterns)
    return PatternDetector(PatternList(patterns.sha256, patterns.languages, alone))


def is_right(row: dict, target: str) -> bool:
    if row["unsafe"] is None:
        return any(target in DEPENDS.get(group, ()) for group in row["groups"])
    return bool(row["unsafe"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("prompts", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="print what matches wrongly")
    asked = parser.parse_args()
    rows = [json.loads(line) for line in asked.prompts.open(encoding="utf-8")]
    patterns = shipped_patterns()
    target = {p.id: p.target for p in patterns.patterns}
    found = each_alone(patterns).detect([Content(row["text"]) for row in rows])
    n: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong = defaultdict(list)
    for row, detection in zip(rows, found, strict=True):
        for name, spans in detection.spans.items():
            n[name] += 1
            if is_right(row, target[name]):
                right[name] += 1
            else:
                wrong[name].append((row["dataset"], row["text"], spans[0].cut(row["text"])))
    table = [
        (p, round((right[p] + PRIOR * WEIGHT) / (n[p] + WEIGHT), 3), n[p], right[p])
        for p in sorted(target)
    ]
    for line in table:
        print(*line, sep="\t")
        for dataset, text, words in wrong[line[0]] if asked.wrong else ():
            print("      ", dataset, "|", words, "|", text[:160].replace("\n", " "))
    if asked.write:
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([("id", "score", "n", "right"), *table])
    print(f"{len(rows)} requests, {sum(n.values())} matches", file=sys.stderr)


if __name__ == "__main__":
    main()
