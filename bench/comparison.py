"""Time comparison: 500 made-up codings pairwise, and every comparing command on the shipped data.

Run: python bench/comparison.py
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from usepolicy.comparison.similarity import ALIKE, clusters, pairs
from usepolicy.policies.codings import NOT_CODED, Cell, CellValue, Coding
from usepolicy.policies.policies import Identity
from usepolicy.taxonomy.categories import load_taxonomy

CODINGS = 500
COMMANDS = (
    "matrix study",
    "figure 3",
    "figure 4 --format csv",
    "figure 2 -o {folder}/f.pdf",
    "figure 7 -o {folder}/f.png",
    "survey study --show clusters",
    "survey study --show similar",
    "compare study/meta study/google",
    "compare study/meta air-2024",
    "indicators --edition all",
    "check examples/northgate-terms.md",
    "export study --as parquet -o {folder}/f.parquet",
)


def main() -> None:
    """Print a line for each measurement."""
    codings = made_up()
    categories = [category.id for category in load_taxonomy().categories]
    print(f"{timed(lambda: pairs(codings, categories)):5.2f} s  {CODINGS} codings pairwise")
    grouped = timed(lambda: clusters(codings, categories, at_least=ALIKE))
    print(f"{grouped:5.2f} s  {CODINGS} codings in clusters")
    program = Path(sys.executable).with_name("usepolicy")
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            arguments = command.format(folder=folder).split()
            taken = timed(
                lambda a=arguments: subprocess.run([program, *a], check=True, capture_output=True)
            )
            print(f"{taken:5.2f} s  usepolicy {command}")


def made_up() -> list[Coding]:
    """Return codings in which three of ten categories are coded, the same ones every time."""
    chance, coded = random.Random(1), Cell(CellValue.CODED)
    categories = [category.id for category in load_taxonomy().categories]
    return [
        Coding(
            f"made-up/{number}",
            str(number),
            "bench",
            Identity(),
            {c: coded if chance.random() < 0.3 else NOT_CODED for c in categories},
        )
        for number in range(CODINGS)
    ]


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
