"""`usepolicy export`: codings as tables, policies as disclosure sheets and citations."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, Codings
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from usepolicy.comparison.subjects import Subject


class Form(StrEnum):
    """What is written."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    DISCLOSURE = "disclosure"
    DISCLOSURE_JSON = "disclosure-json"
    BIBTEX = "bibtex"
    CSL = "csl"


As = Annotated[Form, typer.Option("--as", help="What to write.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")]


def export(
    codings: Codings,
    form: As = Form.CSV,
    output: Output = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Write codings as a flat table, or policies as disclosure sheets or citations."""
    from usepolicy.cli.files import write_files
    from usepolicy.cli.render import say
    from usepolicy.cli.subjects import load_subjects

    if form is Form.PARQUET and output is None:
        raise UsageError("no-output", "Parquet is written to a file", help="add -o FILE.parquet")
    subjects = load_subjects(codings, allow_private=allow_private)
    written = _written(subjects, form)
    if output is not None:
        write_files({output: written})
    else:
        assert isinstance(written, str)
        sys.stdout.write(written)
    say(f"{len(subjects)} codings as {form.value}" + (f", written to {output}" if output else ""))


def _written(subjects: Sequence[Subject], form: Form) -> str | bytes:
    from usepolicy.exports.disclosure import disclosure_markdown, disclosure_of, disclosure_plain

    if form in (Form.CSV, Form.JSON, Form.PARQUET):
        return _cells(subjects, form)
    if form in (Form.BIBTEX, Form.CSL):
        return _citations(subjects, form)
    sheets = [disclosure_of(subject) for subject in subjects]
    if form is Form.DISCLOSURE:
        return "\n".join(map(disclosure_markdown, sheets))
    return _json([disclosure_plain(sheet) for sheet in sheets])


def _cells(subjects: Sequence[Subject], form: Form) -> str | bytes:
    from usepolicy.cli.tables import csv_text
    from usepolicy.comparison.figures import Table
    from usepolicy.exports.cells import HEADS, cell_rows, parquet_bytes
    from usepolicy.taxonomy.categories import load_taxonomy

    codings = [subject.coding for subject in subjects]
    rows = cell_rows(codings, load_taxonomy().categories)
    if form is Form.PARQUET:
        return parquet_bytes(rows)
    if form is Form.JSON:
        return _json(list(rows))
    cells = (tuple("" if (v := row[head]) is None else str(v) for head in HEADS) for row in rows)
    return csv_text(Table(HEADS, tuple(cells)))


def _citations(subjects: Sequence[Subject], form: Form) -> str:
    from usepolicy.exports.citation import bibtex_entry, csl_item

    addressed = [(subject, _address(subject)) for subject in subjects]
    if form is Form.CSL:
        return _json([csl_item(subject, address) for subject, address in addressed])
    return "\n".join(bibtex_entry(subject, address) for subject, address in addressed)


def _address(subject: Subject) -> str | None:
    """Return where a policy is published: of a document its address, of the study its link."""
    from usepolicy.study import study_developers

    if subject.policy is not None:
        parts = subject.policy.version.parts
        return next((part.address for part in parts if part.address), None)
    links = {f"study/{developer.id}": developer.address for developer in study_developers()}
    return links.get(subject.coding.id)


def _json(value: object) -> str:
    from usepolicy.reading.policy_yaml import to_json

    return to_json(value)
