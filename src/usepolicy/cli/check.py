"""`usepolicy check`: what people who write a policy should look at before they publish it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, TableFormat

if TYPE_CHECKING:
    from usepolicy.comparison.checks import Finding, Lexicon
    from usepolicy.comparison.figures import Table
    from usepolicy.comparison.subjects import Subject

Policy = Annotated[str, typer.Argument(help="A policy file, a document or an address.")]
PeerNames = Annotated[
    list[str] | None, typer.Option("--peer", help="Whom to compare with; the study if left out.")
]
CheckFormat = Annotated[TableFormat, typer.Option("--format", help="How to print the findings.")]
HELP = "  help: "


def check(
    policy: Policy,
    peer: PeerNames = None,
    format: CheckFormat = TableFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Look for contradictions, vague words, missing provisions, and what peers prohibit."""
    from usepolicy.cli.render import say
    from usepolicy.cli.subjects import load_subjects
    from usepolicy.cli.tables import print_as
    from usepolicy.comparison.checks import Peers
    from usepolicy.comparison.checks import check as find
    from usepolicy.comparison.matrix import rows_by_group
    from usepolicy.taxonomy.schemes import find_scheme

    codings = load_subjects(peer or ["study"], allow_private=allow_private)
    rows = rows_by_group(find_scheme("study-figure-3"))
    peers = Peers(tuple(subject.coding for subject in codings), rows)
    number = 0
    for subject in load_subjects([policy], allow_private=allow_private):
        found = find(subject, peers, _lexicon())
        number += len(found)
        if format is TableFormat.TABLE:
            _print(subject, found)
        else:
            print_as(_table(subject, found), format)
    say(f"{number} findings. They are advice: a policy may have its reasons")


def _lexicon() -> Lexicon:
    """Return the shipped words to look for."""
    import re

    from usepolicy.comparison.checks import Lexicon, Words
    from usepolicy.tables import table_rows

    made: dict[str, list[Words]] = {"vague": [], "term": []}
    for row in table_rows("checks/words.csv"):
        flags = re.IGNORECASE if row["kind"] == "vague" else re.NOFLAG
        pattern = re.compile(rf"\b{row['pattern']}\b", flags)
        made[row["kind"]].append(Words(pattern, row["advice"]))
    return Lexicon(tuple(made["vague"]), tuple(made["term"]))


def _place(subject: Subject, finding: Finding) -> str:
    """Return the line in the text, or the clause where there is no text."""
    if finding.evidence is None:
        return subject.place
    if subject.text is None:
        return f"{subject.place}#{finding.clause.rpartition('#')[2]}"
    return f"{subject.place}:{subject.text.count(chr(10), 0, finding.evidence.span.start) + 1}"


def _print(subject: Subject, found: tuple[Finding, ...]) -> None:
    from usepolicy.cli.render import printable

    for number, finding in enumerate(found, 1):
        place = _place(subject, finding)
        line = f"[{number}/{len(found)}] {finding.code}: {place}: {finding.message}"
        print(printable(line))
        print(HELP + printable(finding.advice))


def _table(subject: Subject, found: tuple[Finding, ...]) -> Table:
    from usepolicy.comparison.figures import Table

    heads = ("number", "code", "place", "clause", "message", "words", "advice")
    rows = (
        (
            str(number),
            finding.code,
            _place(subject, finding),
            finding.clause,
            finding.message,
            finding.evidence.quote if finding.evidence else "",
            finding.advice,
        )
        for number, finding in enumerate(found, 1)
    )
    return Table(heads, tuple(rows))
