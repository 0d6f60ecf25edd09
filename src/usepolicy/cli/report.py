"""`usepolicy report`: the public account of enforcement, from the ledger."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.ledger import Output, Place

if TYPE_CHECKING:
    from usepolicy.comparison.indicators import Answer
    from usepolicy.enforcement.practice import OwnScore
    from usepolicy.enforcement.report import Period
    from usepolicy.store.ledger import Ledger


class ReportFormat(StrEnum):
    """What a report is written as."""

    HTML = "html"
    CSV = "csv"
    JSON = "json"
    DSA = "dsa"


From = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")]
To = Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month.")]
As = Annotated[
    ReportFormat, typer.Option("--format", help="dsa: statements of reasons, a line of JSON each.")
]
Small = Annotated[
    int, typer.Option(min=1, max=1000, help="Keep back numbers from 1 to less than this; 1: none.")
]
Name = Annotated[str, typer.Option(help="Name of the operator, for the title.")]
OwnPolicy = Annotated[
    str | None, typer.Option("--policy", metavar="POLICY", help="Score what it states, too.")
]
Address = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Where the policy is published, for --format dsa."),
]
Edition = Annotated[str, typer.Option(metavar="2023-10|2024-05|2025-12", help="Of the index.")]


def make_report(  # noqa: PLR0913  a parameter is an option of the command line
    first: From,
    last: To,
    format: As = ReportFormat.HTML,
    output: Output = None,
    small: Small = 5,
    name: Name = "",
    policy: OwnPolicy = None,
    policy_address: Address = None,
    edition: Edition = "2025-12",
    place: Place = None,
) -> None:
    """Report what was enforced, by which rule and means, how often it was wrong, and to whom."""
    from usepolicy.cli.ledger_files import write_text
    from usepolicy.cli.render import say
    from usepolicy.enforcement.report import Period, report_of
    from usepolicy.enforcement.report_files import report_csv, report_html, report_json

    period = Period(first, last)
    kept = _open(place)
    if format is ReportFormat.DSA:
        _statements(kept, period, policy_address, output)
        return
    made = report_of(kept.entries, period, small=small)
    scores = _scores(kept, policy, edition) if format is not ReportFormat.CSV else ()
    texts = {
        ReportFormat.HTML: lambda: report_html(made, scores, name),
        ReportFormat.CSV: lambda: report_csv(made),
        ReportFormat.JSON: lambda: report_json(made, scores),
    }
    write_text(texts[format](), output)
    say(f"{made.entries} entries. Who reads it can hold it against: usepolicy ledger checkpoint")


def _open(place: str | None) -> Ledger:
    from usepolicy.store.ledger import Ledger, default_place

    return Ledger.open(place or default_place(), create=False)


def _statements(kept: Ledger, period: Period, address: str | None, output: Path | None) -> None:
    import json

    from usepolicy.cli.ledger_files import write_lines
    from usepolicy.cli.render import say
    from usepolicy.enforcement.dsa import problems_of
    from usepolicy.enforcement.statements import Publisher, statements_of
    from usepolicy.errors import SchemaError

    made = list(statements_of(kept.entries(), Publisher(address)))
    mine = [
        each for each in made if period.first <= str(each["application_date"])[:7] <= period.last
    ]
    for each in mine:
        problems = problems_of(each)
        if problems:
            raise SchemaError("invalid-statement", problems[0], place=f"puid {each['puid']}")
    lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in mine)
    count = write_lines(lines, output)
    say(f"{count} statements of reasons; each holds to the rules of the DSA's form")


def _scores(kept: Ledger, policy: str | None, edition: str) -> tuple[OwnScore, ...]:
    from usepolicy.enforcement.practice import own_scores, practices_of
    from usepolicy.indicators import of_edition

    return own_scores(of_edition(edition), practices_of(kept.entries()), _stated(policy, edition))


def _stated(policy: str | None, edition: str) -> tuple[Answer, ...]:
    from usepolicy.cli.subjects import load_subjects
    from usepolicy.comparison.indicators import answers
    from usepolicy.indicators import of_edition

    if policy is None:
        return ()
    subjects = load_subjects([policy], allow_private=False)
    return tuple(each for subject in subjects for each in answers(subject, of_edition(edition)))
