"""Hold the quality of the reader: compare it with the floors, or move them.

Usage: python bench/gate.py [--update [--allow-regression]]

The floors stand in `tests/quality/floors.json` with the hash and the counts of the corpus they
were measured on; another corpus is another floor. `--update` writes the figures of today as
floors and refuses to lower one without `--allow-regression` (and a line in the changelog).
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from reading import SHARED, Score, labelled, score_folder

FLOORS = Path(__file__).resolve().parents[1] / "tests" / "quality" / "floors.json"
CORPORA = ("recent", "study")
NOISE = 0.005
"""Two or three cells of 400: what a rewording of one rule may cost without being a regression."""


def corpus_hash(folder: Path) -> str:
    """Return the SHA-256 over the documents and their gold, in order."""
    digest = hashlib.sha256()
    for path, _ in labelled(folder):
        digest.update(path.read_bytes() + path.with_suffix(".gold.json").read_bytes())
    return digest.hexdigest()


def figures(pooled: Score) -> dict[str, float]:
    """Return what is held: each a share, 0 to 1."""
    found = {"category_f1": pooled.f1}
    if pooled.strengths:
        found["strength"] = pooled.strengths_right / pooled.strengths
        both = sum(gold and read for gold, read in pooled.provisions)
        found["provision_f1"] = 2 * both / sum(gold + read for gold, read in pooled.provisions)
        found["quote_overlap"] = pooled.quotes_overlapping / pooled.quotes
    return {name: round(value, 3) for name, value in found.items()}


def measure(name: str) -> dict[str, object]:
    """Return the entry of one corpus as it stands today."""
    scores, pooled = score_folder(SHARED / name)
    cells = pooled.hits + len(pooled.missed)
    return {
        "corpus_sha256": corpus_hash(SHARED / name),
        "documents": len(scores),
        "cells": cells,
        "floors": figures(pooled),
    }


def below(entry: dict, today: dict) -> list[str]:
    """Return the figures that fell under their floor."""
    return [
        f"{name}: {today['floors'][name]:.3f} is below the floor {floor:.3f}"
        for name, floor in entry["floors"].items()
        if today["floors"][name] < floor - NOISE
    ]


def main(arguments: list[str]) -> int:
    """Compare or update; 1 where a floor would be broken."""
    floors = json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    today = {name: measure(name) for name in CORPORA}
    broken = [f"{name}: {line}" for name in floors for line in below(floors[name], today[name])]
    print(
        "\n".join(broken)
        or f"no floor is broken: {json.dumps({n: t['floors'] for n, t in today.items()})}"
    )
    if "--update" in arguments and (not broken or "--allow-regression" in arguments):
        FLOORS.write_text(json.dumps(today, indent=2) + "\n", "utf-8")
        return 0
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
