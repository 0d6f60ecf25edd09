"""Write the vocabularies of categories in their canonical form: sorted, unique, wrapped.

Usage: python bench/canonical.py [--write]

Without `--write` it only says whether the files are in that form (exit code 1 if not). The comment at
the head of each stays as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "src/usepolicy/data/vocabulary"
VOCABULARIES = (FOLDER / "categories.yaml", FOLDER / "uses.yaml")
WIDTH = 114
KEYS = ("any", "with", "ignore")

Rules = Mapping[str, Sequence[Mapping[str, Sequence[object]]]]


def canonical(text: str) -> str:
    """Return a vocabulary file in its canonical form."""
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    table: Rules = yaml.load(text, yaml.CSafeLoader)
    return head + "".join(
        f"{category}:\n" + "".join(_rule(rule) for rule in rules)
        for category, rules in sorted(table.items())
    )


def _rule(rule: Mapping[str, Sequence[object]]) -> str:
    lists = [_list(key, rule[key]) for key in KEYS if rule.get(key)]
    return "  - " + "    ".join(lists)


def _list(key: str, phrases: Iterable[object]) -> str:
    """Return a flow list, broken between phrases alone, so that a diff shows whole phrases."""
    written = sorted({_scalar(str(phrase)) for phrase in phrases})
    lines = [f"{key}: ["]
    for phrase in written[:-1]:
        _append(lines, f"{phrase}, ")
    _append(lines, f"{written[-1]}]")
    return "\n      ".join(line.rstrip() for line in lines) + "\n"


def _append(lines: list[str], words: str) -> None:
    if len(lines[-1]) + len(words) > WIDTH:
        lines.append("")
    lines[-1] += words


def _scalar(phrase: str) -> str:
    return f"'{phrase}'" if "?" in phrase or phrase.isdigit() else phrase


def main(arguments: Sequence[str]) -> int:
    """Check the files, or write them."""
    wanted = {path: canonical(path.read_text("utf-8")) for path in VOCABULARIES}
    odd = [path for path, text in wanted.items() if path.read_text("utf-8") != text]
    if "--write" not in arguments:
        for path in odd:
            print(f"{path.name} is not in canonical form: python bench/canonical.py --write")
        return 1 if odd else 0
    for path in odd:
        path.write_text(wanted[path], "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
