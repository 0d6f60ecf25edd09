"""`usepolicy coding compare` and `usepolicy coding check`: two sets of codings, or one."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, TableFormat
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usepolicy.cli.codings import Loaded
    from usepolicy.comparison.agreement import Agreement, Disagreement, Pair, Pairing
    from usepolicy.policies.clauses import CategoryId
    from usepolicy.policies.codings import Cell, Coding

A = Annotated[
    str, typer.Argument(metavar="A", help="A coding or a set: `study`, a folder, a file, a policy.")
]
B = Annotated[str, typer.Argument(metavar="B", help="The other one.")]
Set = Annotated[
    str, typer.Argument(metavar="SET", help="`study`, or a folder of coding or policy files.")
]
SetFormat = Annotated[TableFormat, typer.Option("--format", help="How to print it.")]
Whose = Annotated[
    list[str] | None,
    typer.Option(
        "--developer",
        metavar="[NAME=]DEVELOPER",
        help="Whose a coding is; NAME is its id, the last part of it, or its developer.",
    ),
]
Sheet = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write the differences as a sheet, .csv.")
]

COUNTS = ("compared", "unknown", "both", "only_a", "only_b", "neither")
FIGURES = ("agreement", "kappa", "alpha")


def compare(
    a: A,
    b: B,
    format: SetFormat = TableFormat.TABLE,
    developer: Whose = None,
    output: Sheet = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Measure how far two coders agree, and list where they do not beside their quotes."""
    from usepolicy.cli.codings import load_codings
    from usepolicy.comparison.agreement import agreement, disagreements, pair_up
    from usepolicy.taxonomy.categories import load_taxonomy

    sides = [load_codings(name, allow_private=allow_private) for name in (a, b)]
    first, second = ([loaded.coding for loaded in side] for side in sides)
    pairing = pair_up(first, second, _names(developer))
    categories = tuple(load_taxonomy().study_names)
    rows = {category: agreement(pairing.pairs, [category]) for category in categories}
    pooled = agreement(pairing.pairs, categories)
    differing = disagreements(pairing.pairs, categories)
    if output is not None:
        _write_sheet(output, differing, [*sides[0], *sides[1]])
    if format is TableFormat.JSON:
        _print_json(pairing, rows, pooled, differing)
    elif format is TableFormat.CSV:
        _print_csv(rows, pooled)
    else:
        _print_tables(rows, pooled, differing)
    _say_pairing(pairing, pooled, output)


def check(
    set_: Set, format: SetFormat = TableFormat.TABLE, allow_private: AllowPrivate = False
) -> None:
    """List what is odd within one set of codings; nothing of it need be wrong."""
    from usepolicy.cli.codings import load_codings
    from usepolicy.cli.render import csv_cell, print_table, say
    from usepolicy.comparison.audit import empty_categories, identical_columns, narrower_alone
    from usepolicy.study_audit import study_oddities
    from usepolicy.taxonomy.categories import load_taxonomy

    taxonomy = load_taxonomy()
    codings = [loaded.coding for loaded in load_codings(set_, allow_private=allow_private)]
    categories = tuple(taxonomy.study_names)
    oddities = [
        *identical_columns(codings, categories),
        *empty_categories(codings, categories),
        *narrower_alone(codings, taxonomy.broader),
        *study_oddities(codings),
    ]
    if format is TableFormat.JSON:
        _dump([asdict(oddity) for oddity in oddities])
    elif format is TableFormat.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["kind", "where", "message", "codings", "explanation"])
        writer.writerows(
            map(csv_cell, (o.kind, o.where, o.message, " ".join(o.codings), o.explanation))
            for o in oddities
        )
    else:
        heads = ("what", "where", "", "known of it")
        print_table(heads, [(o.kind, o.where, o.message, o.explanation) for o in oddities])
    say(f"{len(oddities)} things to look at in {len(codings)} codings")


def _names(given: Sequence[str] | None) -> Mapping[str, str]:
    """Return the developers of `--developer`, under the name that they are given for, or `""`.

    Raises: UsageError: `no-developer`.
    """
    names = {}
    for each in given or ():
        name, mark, developer = each.rpartition("=")
        if not developer.strip() or (mark and not name.strip()):
            message = f"`{each}` names no developer"
            raise UsageError("no-developer", message, help="write NAME=DEVELOPER or DEVELOPER")
        names[name.strip()] = developer.strip()
    return names


def _write_sheet(output: Path, differing: Sequence[Disagreement], loaded: Sequence[Loaded]) -> None:
    """Write the differences as rows about the side that has a text.

    Raises: UsageError: `not-a-sheet`, `no-text`, `would-lose-decisions`.
    """
    from usepolicy.cli.files import write_files
    from usepolicy.reading.coding_edit import difference_row, machine_row
    from usepolicy.reading.coding_sheet import dump_sheet
    from usepolicy.taxonomy.categories import load_taxonomy

    if output.suffix.lower() != ".csv":
        raise UsageError("not-a-sheet", f"`{output}` is no sheet", help="end its name in .csv")
    if output.exists():
        message = f"`{output}` exists and may hold decisions"
        raise UsageError("would-lose-decisions", message, help="take another name")
    names = load_taxonomy().study_names
    texts = {id(each.coding): each for each in loaded if each.text_sha256}
    rows = []
    for each in differing:
        subject, other = _subject(each.pair, texts)
        sha = texts[id(subject)].text_sha256
        row = machine_row(subject, each.category, names[each.category], sha)
        rows.append(difference_row(row, other.cell(each.category)))
    write_files({output: dump_sheet(rows)})


def _subject(pair: Pair, texts: Mapping[int, Loaded]) -> tuple[Coding, Coding]:
    """Return the side whose policy a person can look into, what was read before what was coded."""
    sides = [(pair.a, pair.b), (pair.b, pair.a)]
    with_text = [side for side in sides if id(side[0]) in texts]
    if not with_text:
        message = f"neither side of `{pair.key}` has a text to look into"
        raise UsageError("no-text", message, help="compare with a policy or a coding file")
    return min(with_text, key=lambda side: texts[id(side[0])].by_hand)


def _figures(counted: Agreement) -> list[float | None]:
    return [counted.observed, counted.kappa, counted.alpha]


def _numbers(counted: Agreement) -> dict[str, float | None]:
    counts = {name: getattr(counted, name) for name in COUNTS}
    return counts | dict(zip(FIGURES, _figures(counted), strict=True))


def _print_csv(rows: Mapping[CategoryId, Agreement], pooled: Agreement) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["category", *COUNTS, *FIGURES])
    for name, counted in [*rows.items(), ("pooled", pooled)]:
        values = _numbers(counted).values()
        writer.writerow([name, *(round(v, 4) if isinstance(v, float) else v for v in values)])


def _print_json(
    pairing: Pairing,
    rows: Mapping[CategoryId, Agreement],
    pooled: Agreement,
    differing: Sequence[Disagreement],
) -> None:
    _dump(
        {
            "pairs": [
                {"developer": p.key, "a": _head(p.a), "b": _head(p.b)} for p in pairing.pairs
            ],
            "unpaired": [_head(coding) for coding in (*pairing.only_a, *pairing.only_b)],
            "pooled": _numbers(pooled),
            "categories": [{"category": c, **_numbers(counted)} for c, counted in rows.items()],
            "disagreements": [
                {
                    "developer": each.pair.key,
                    "category": each.category,
                    "a": _said(each.a),
                    "b": _said(each.b),
                }
                for each in differing
            ],
        }
    )


def _head(coding: Coding) -> dict[str, str]:
    return {"id": coding.id, "label": coding.label, "coder": coding.coder}


def _said(cell: Cell) -> dict[str, object]:
    return {
        "value": cell.value,
        "strength": cell.strength,
        "quotes": [asdict(e) for e in cell.evidence],
    }


def _print_tables(
    rows: Mapping[CategoryId, Agreement], pooled: Agreement, differing: Sequence[Disagreement]
) -> None:
    from usepolicy.cli.render import console, print_table

    shown = [(str(c), counted) for c, counted in rows.items() if counted.both + counted.differing]
    heads = ("category", "cells", "both", "only A", "only B", "neither", "agree", "kappa", "alpha")
    print_table(heads, [_line(name, counted) for name, counted in [*shown, ("pooled", pooled)]])
    if differing:
        console().print()
        print_table(
            ("policy", "category", "A", "B"),
            [(d.pair.key, d.category, _words(d.a), _words(d.b)) for d in differing],
        )


def _line(name: str, counted: Agreement) -> list[str]:
    counts = [counted.compared, counted.both, counted.only_a, counted.only_b, counted.neither]
    figures = ["-" if f is None else f"{f:.2f}" for f in _figures(counted)]
    return [name, *map(str, counts), *figures]


def _words(cell: Cell) -> str:
    from usepolicy.cli.render import shortened

    quotes = "; ".join(f"“{shortened(evidence.quote)}”" for evidence in cell.evidence)
    value = cell.value.value.replace("_", " ")
    return f"{value}: {quotes}" if quotes else value


def _say_pairing(pairing: Pairing, pooled: Agreement, output: Path | None) -> None:
    from usepolicy.cli.render import say

    left = len(pairing.only_a) + len(pairing.only_b)
    unpaired = f", {left} codings without a partner" if left else ""
    unknown = f"{pooled.unknown} cells left out that a side does not know"
    written = f" Differences written to {output}." if output else ""
    say(
        f"{len(pairing.pairs)} pairs{unpaired}; {pooled.compared} cells compared, {unknown}; "
        f"{pooled.differing} differ.{written}"
    )


def _dump(value: object) -> None:
    from usepolicy.reading.policy_yaml import to_json

    sys.stdout.write(to_json(value))
