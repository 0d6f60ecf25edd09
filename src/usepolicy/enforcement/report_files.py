"""Files of a report: the same numbers as JSON, as CSV and as a page that prints well."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter

from usepolicy import __version__
from usepolicy.enforcement.practice import OwnScore
from usepolicy.enforcement.report import Report
from usepolicy.reading.coding_sheet import neutralised

TITLES = {
    "decisions": "Decisions by outcome",
    "restrictions": "Decisions by restriction",
    "surfaces": "Decisions by surface and channel",
    "jurisdictions": "Decisions by jurisdiction",
    "means": "Decisions by means of detection and automation",
    "support": "People in need who were met with support",
    "actions": "Actions on accounts",
    "accounts": "Accounts with an action, each once a month",
    "signals": "What stood out about accounts at large",
    "referrals": "Cases that were referred to a person",
    "reviews": "What reviewers found",
    "reports by users": "Reports by users",
    "appeals": "Appeals",
    "grants asked for": "Exemptions asked for",
    "grants": "Exemptions given, refused, taken back and used",
    "months": "Month by month",
}
"""What each table is called on the page."""
_REPORT: TypeAdapter[Any] = TypeAdapter(Report)
_SCORES: TypeAdapter[Any] = TypeAdapter(tuple[OwnScore, ...])
SERIES = ("blocked", "actions", "appeals")
"""Columns of the months that are drawn."""


def report_json(report: Report, scores: tuple[OwnScore, ...]) -> str:
    """Return a report as JSON; null stands for a number that is kept back."""
    plain: dict[str, Any] = _REPORT.dump_python(report, mode="json")
    for each, error in zip(plain["errors"], report.errors, strict=True):
        if error.rate is not None:
            each["rate"] |= {"value": error.rate.value, "interval": list(error.rate.interval)}
    plain["indicators"] = _SCORES.dump_python(scores, mode="json")
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def report_csv(report: Report) -> str:
    """Return the numbers of a report, one a row; a number that is kept back is `<5` or the like."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("table", "what", "number of", "number"))
    for table in report.tables:
        for row in table.rows:
            what = "; ".join(
                f"{head}: {label or 'none'}"
                for head, label in zip(table.labels, row.labels, strict=True)
            )
            for head, number in zip(table.heads, row.numbers, strict=True):
                shown = told(number, report.small)
                # A bare carriage return would end the row for a spreadsheet program.
                one_line = neutralised(" ".join(what.split()))
                writer.writerow((table.name, one_line, head, shown))
    return written.getvalue()


def report_html(report: Report, scores: tuple[OwnScore, ...], name: str) -> str:
    """Return a report as a page that needs nothing else.

    Args: name: of the operator.
    """
    return (
        _environment()
        .get_template("report.html.j2")
        .render(report=report, scores=scores, name=name, titles=TITLES, series=_series(report))
    )


def told(number: int | None, small: int) -> str:
    """Return a number as it is shown."""
    return f"<{small}" if number is None and small > 1 else f"{number}"


def _grouped(number: int | None, small: int) -> str:
    return told(number, small) if number is None else f"{number:,}"


def _series(report: Report) -> list[tuple[str, list[tuple[str, int | None, int]]]]:
    """Return what is drawn: for each series month, number and height in parts of 100."""
    months = next(table for table in report.tables if table.name == "months")
    drawn = []
    for name in SERIES:
        place = months.heads.index(name)
        numbers = [row.numbers[place] for row in months.rows]
        most = max((number for number in numbers if number is not None), default=0)
        heights = [round(100 * (number or 0) / most) if most else 0 for number in numbers]
        labels = [row.labels[0] for row in months.rows]
        drawn.append((name, list(zip(labels, numbers, heights, strict=True))))
    return drawn


def _words(name: object) -> str:
    """Return a name in words, without what a page can't show: controls, letters that turn others."""
    return "".join(filter(str.isprintable, str(name))).replace("_", " ")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("usepolicy", "data/report"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"version": __version__, "told": _grouped}
    made.filters["words"] = _words
    return made
