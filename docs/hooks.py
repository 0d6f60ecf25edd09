"""What the documentation site generates from code: the taxonomy, the figures, the schemas.

mkdocs calls these by their names. Nothing that is generated is kept in the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from usepolicy.figures.build import TITLES, build_figure
from usepolicy.figures.draw import draw_figure
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.schemes import find_scheme

ROOT = Path(__file__).parents[1]


def on_files(files: Files, config: Any) -> Files:
    """Add the pages and files that are made from code."""
    for name, content in _generated():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links to the schemas lead to their copies on the site."""
    return markdown.replace("](../schemas/", "](schemas/")


def _generated() -> Iterator[tuple[str, str | bytes]]:
    for schema in sorted((ROOT / "schemas").glob("*.json")):
        yield f"schemas/{schema.name}", schema.read_bytes()
    yield "taxonomy.md", _taxonomy()
    yield "figures.md", _figures()
    for number in TITLES:
        yield f"figures/{number}.svg", draw_figure(build_figure(number), "svg")


def _taxonomy() -> str:
    taxonomy = load_taxonomy()
    lines = [
        "# The taxonomy",
        "",
        f"Version {taxonomy.version}: {len(taxonomy.categories)} categories, "
        f"{len(taxonomy.study_categories)} of them the study's. "
        "`usepolicy categories NAME` shows one with its aliases and examples.",
    ]
    for group in find_scheme("usepolicy").groups:
        lines += ["", f"## {group.name}", "", "| id | category | what it is | since |"]
        lines += ["|---|---|---|---|"]
        for id in group.categories:
            of = taxonomy.get(id)
            lines.append(f"| `{of.id}` | {of.name} | {of.definition} | {of.since} |")
    return "\n".join(lines) + "\n"


def _figures() -> str:
    lines = [
        "# The study's figures",
        "",
        "Drawn from the study's data by `usepolicy figure N study -o FILE`; the same figures can be "
        "drawn of any policies. Where the printed figure and the data differ, a note says so.",
    ]
    for number in TITLES:
        figure = build_figure(number)
        lines += ["", f"## Figure {number}. {figure.title}", ""]
        lines += [f"![{figure.title}](figures/{number}.svg)", "", f"{figure.source}."]
        lines += ["", *(f"- {note}" for note in figure.notes)] if figure.notes else []
    return "\n".join(lines) + "\n"
