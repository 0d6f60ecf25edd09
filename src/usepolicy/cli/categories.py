"""`usepolicy categories`: the taxonomy, or one category of it."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import TableFormat

if TYPE_CHECKING:
    from usepolicy.taxonomy.categories import Category, Taxonomy

Name = Annotated[
    str | None, typer.Argument(help="One category: its id, name, study name or an alias.")
]
ListFormat = Annotated[TableFormat, typer.Option("--format", help="How to print the list.")]
FIELDS = ("id", "name", "study_name", "parent", "since", "definition", "source")


def categories(name: Name = None, format: ListFormat = TableFormat.TABLE) -> None:
    """List the categories of use, or show one with its definition and examples."""
    from usepolicy.cli.render import print_table, say
    from usepolicy.taxonomy.categories import load_taxonomy

    taxonomy = load_taxonomy()
    chosen = [taxonomy.resolve(name)] if name else list(taxonomy.categories)
    if format is TableFormat.JSON:
        sys.stdout.write(
            json.dumps([asdict(c) for c in chosen], ensure_ascii=False, indent=2) + "\n"
        )
    elif format is TableFormat.CSV:
        writer = csv.DictWriter(sys.stdout, FIELDS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(category) for category in chosen)
    elif name:
        _print_one(taxonomy, chosen[0])
    else:
        rows = [(c.id, c.name, c.study_name or "-", c.parent) for c in chosen]
        print_table(("id", "name", "name in the study", "part of"), rows)
    say(f"{len(chosen)} of {len(taxonomy.categories)} categories, taxonomy {taxonomy.version}")


def _print_one(taxonomy: Taxonomy, category: Category) -> None:
    from usepolicy.cli.render import print_table
    from usepolicy.taxonomy.schemes import load_schemes

    schemes = [
        f"{s.id}: {g.name}" for s in load_schemes() for g in s.groups if category.id in g.categories
    ]
    rows = [
        ("id", category.id),
        ("name", category.name),
        ("name in the study", category.study_name or "-"),
        ("definition", category.definition),
        ("part of", " < ".join(taxonomy.ancestors(category.id))),
        ("narrower", ", ".join(child.id for child in taxonomy.children(category.id)) or "-"),
        ("also called", ", ".join(category.aliases)),
        ("examples", "\n".join(category.examples)),
        ("schemes", "\n".join(schemes)),
        ("source", f"{category.source} (since {category.since})"),
    ]
    print_table(("", ""), rows)
