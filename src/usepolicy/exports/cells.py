"""Cells: codings as one flat table, a row a category and coding: CSV, JSON, Parquet.

Owns the columns and their order. Parquet needs the extra `parquet`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from usepolicy.errors import UsePolicyError
from usepolicy.policies.codings import Cell, Coding
from usepolicy.taxonomy.categories import Category

HEADS = (
    "coding",
    "developer",
    "policy",
    "document_kind",
    "weights",
    "modality",
    "headquarters",
    "effective",
    "coder",
    "category",
    "category_name",
    "value",
    "strength",
    "quote",
    "start",
    "end",
)
"""Columns: what names the coding, what names the category, the cell, its first words and place."""

Value = str | int | None


def cell_rows(
    codings: Sequence[Coding], categories: Iterable[Category]
) -> tuple[Mapping[str, Value], ...]:
    """Return every cell, coding by coding, categories in the order given."""
    ordered = tuple(categories)
    return tuple(
        dict(zip(HEADS, (*_names(coding), *_cell(category, coding.cell(category.id))), strict=True))
        for coding in codings
        for category in ordered
    )


def parquet_bytes(rows: Sequence[Mapping[str, Value]]) -> bytes:
    """Return the rows as a Parquet file.

    Raises: UsePolicyError: `extra-missing`.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        help_ = "pip install 'usepolicy[parquet]'"
        raise UsePolicyError(
            "extra-missing", "Parquet needs the extra `parquet`", help=help_
        ) from error
    types = {head: arrow.int64() if head in ("start", "end") else arrow.string() for head in HEADS}
    table = arrow.Table.from_pylist(list(rows), schema=arrow.schema(list(types.items())))
    written = io.BytesIO()
    parquet.write_table(table, written)  # type: ignore[no-untyped-call, unused-ignore]
    return written.getvalue()


def _names(coding: Coding) -> tuple[Value, ...]:
    of = coding.identity
    return (
        coding.id,
        of.developer or coding.label,
        of.title,
        of.document_kind,
        of.weights.value if of.weights else None,
        of.modality,
        of.headquarters,
        of.effective.isoformat() if of.effective else None,
        coding.coder,
    )


def _cell(category: Category, cell: Cell) -> tuple[Value, ...]:
    first = cell.evidence[0] if cell.evidence else None
    return (
        category.id,
        category.name,
        cell.value.value,
        cell.strength.value if cell.strength else None,
        first.quote if first else None,
        first.span.start if first else None,
        first.span.end if first else None,
    )
