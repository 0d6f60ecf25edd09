"""Measure the vocabulary on single clauses of our own writing: what each category is called.

Usage: python bench/clauses.py [-v] [CATEGORY ...]

`own/clauses.jsonl` holds 1,650 clauses and near misses, written by people who had not seen the
vocabulary: `lead` (a heading or lead-in, or none), `text`, `cells` (every category that it names),
`kind` (`states`, or for a near miss why it is none: a promise, a definition, a permission, ...).
`-v` prints the clauses that are read wrongly, of the categories named or of all.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import categories_of, read_policy
from usepolicy.taxonomy.categories import load_taxonomy

CLAUSES = Path(__file__).resolve().parent / "own" / "clauses.jsonl"
NEXT_ITEM = "- use the services for any of that, to harm or to help, in this or the other way\n"
"""Makes a list of the clause, and English of a document that is one noun long."""


def clauses(path: Path = CLAUSES) -> Iterator[dict]:
    """Yield the clauses in the order of the file."""
    for row in path.read_text("utf-8").splitlines():
        yield json.loads(row)


def document(clause: dict) -> str:
    """Return a clause as the document that it would stand in."""
    lead = clause["lead"]
    if not lead:
        return clause["text"] + "\n"
    opening = f"{lead}\n\n" if lead.endswith(":") else f"# Usage policy\n\n## {lead}\n\n"
    return f"{opening}- {clause['text']}\n{NEXT_ITEM}"


def read(clause: dict) -> set[str]:
    """Return the categories that the reader finds in a clause."""
    return set(categories_of(read_policy(document(clause), version_id=VersionId("a/b@undated"))))


def main(arguments: Iterable[str]) -> int:
    """Print the figures; with -v the clauses behind them."""
    wanted = {argument for argument in arguments if not argument.startswith("-")}
    wrong: dict[str, list[str]] = defaultdict(list)
    hits = missed = extra = clean = near = 0
    for clause in clauses():
        gold = {str(load_taxonomy().resolve(name).id) for name in clause["cells"]}
        found = read(clause)
        hits, missed, extra = (
            hits + len(gold & found),
            missed + len(gold - found),
            extra + len(found - gold),
        )
        if clause["kind"] != "states" and not gold:
            near, clean = near + 1, clean + (not found)
        for category in gold ^ found:
            sign = "-" if category in gold else "+"
            wrong[category].append(f"  {sign} {clause['lead'][:40]} | {clause['text'][:160]}")
    for category in sorted(wrong) if "-v" in arguments else ():
        if not wanted or category in wanted:
            print(category, *wrong[category], sep="\n")
    print(
        f"precision {hits / (hits + extra):.3f}  recall {hits / (hits + missed):.3f}  "
        f"F1 {2 * hits / (2 * hits + extra + missed):.3f}  near misses left alone {clean / near:.3f}  "
        f"({hits + missed} cells, {near} near misses)"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
