"""Hold the quality of the reader: compare it with the floors, or move them.

Usage: python bench/gate.py [--update [--allow-regression]]

The floors stand in `tests/quality/floors.json` with the hash and the counts of the corpus they
were measured on; another corpus is another floor, and a corpus that is absent is passed over.
`--update` writes the figures of today as floors and refuses to lower one without
`--allow-regression` (and a line in the changelog).
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from pathlib import Path

from reading import CORPORA, labelled, score_folder
from scoring import Score, f1, pooled, share

FLOORS = Path(__file__).resolve().parents[1] / "tests" / "quality" / "floors.json"
NOISE = 0.005
"""Two or three cells of 400: what a rewording of one rule may cost without being a regression."""


def corpus_hash(folder: Path) -> str:
    """Return the SHA-256 over the documents and their gold, in order."""
    digest = hashlib.sha256()
    for path, _ in labelled(folder):
        digest.update(path.read_bytes() + path.with_suffix(".gold.json").read_bytes())
    return digest.hexdigest()


def figures(score: Score) -> dict[str, float]:
    """Return what is held: each a share, 0 to 1; what the corpus does not say is left out."""
    found = {
        "category_f1": f1(score.cells),
        "restricted_f1": f1(score.restricted),
        "provision_f1": f1([pair for _, pair in score.provisions]),
        "quoted": share(score.quoted),
        "short_quotes": share([n <= 200 for n in score.lengths]),
    }
    return {name: round(value, 3) for name, value in found.items() if not math.isnan(value)}


def measure(name: str) -> dict[str, object]:
    """Return the entry of one corpus as it stands today."""
    scores = score_folder(CORPORA[name])
    whole = pooled(scores)
    return {
        "corpus_sha256": corpus_hash(CORPORA[name]),
        "documents": len(scores),
        "cells": sum(gold for gold, _ in whole.cells),
        "floors": figures(whole),
    }


def below(entry: dict, today: dict) -> list[str]:
    """Return the figures that fell under their floor."""
    return [
        f"{name}: {today['floors'].get(name, 0.0):.3f} is below the floor {floor:.3f}"
        for name, floor in entry["floors"].items()
        if today["floors"].get(name, 0.0) < floor - NOISE
    ]


def main(arguments: list[str]) -> int:
    """Compare or update; 1 where a floor would be broken."""
    floors = json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    today = {name: measure(name) for name, folder in CORPORA.items() if any(labelled(folder))}
    held = [name for name in floors if name in today]
    broken = [f"{name}: {line}" for name in held for line in below(floors[name], today[name])]
    print(
        "\n".join(broken)
        or f"no floor is broken: {json.dumps({n: t['floors'] for n, t in today.items()})}"
    )
    if "--update" in arguments and (not broken or "--allow-regression" in arguments):
        FLOORS.write_text(json.dumps(floors | today, indent=2) + "\n", "utf-8")
        return 0
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
