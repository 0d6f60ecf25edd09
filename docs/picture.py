"""Draw the picture of the README: what `usepolicy read` prints for an example.

Usage: python docs/picture.py [--write]

Without `--write` it only says whether `docs/read.svg` is what the program prints today.
"""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from usepolicy.cli.render import policy_rows
from usepolicy.policies.policies import Identity
from usepolicy.reading.pipeline import read_source

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "read.svg"
EXAMPLE = "examples/harbourlight-aup.md"
ROWS = 14
"""Restrictions shown: what fits without making the letters small."""
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.S)


def picture() -> str:
    """Return the SVG, without the fonts that rich would fetch from elsewhere."""
    console = Console(record=True, width=112, file=StringIO())
    policy = read_source(str(ROOT / EXAMPLE), identity=Identity(developer="Harbourlight"))[0].policy
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("clause", "category", "use is", "words", "conditions"):
        table.add_column(Text(head), overflow="fold", style="bold" if head == "category" else "")
    for row in policy_rows(policy)[:ROWS]:
        table.add_row(*(Text(cell) for cell in row))
    console.print(Text(f"$ usepolicy read {EXAMPLE}"))
    console.print(table)
    console.print(Text("..."))
    svg = console.export_svg(title="usepolicy", unique_id="read")
    return _FONTS.sub("", svg).replace("Fira Code", "DejaVu Sans Mono")


def main(arguments: list[str]) -> int:
    """Check the picture, or draw it anew."""
    if "--write" in arguments:
        PICTURE.write_text(picture(), "utf-8")
    elif PICTURE.read_text("utf-8") != picture():
        print("docs/read.svg is out of date: python docs/picture.py --write")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
