"""The DSA's form of a statement of reasons, and what it asks of each field.

Owns the checks. Nothing is sent from here. Values and limits are tables (`data/dsa/`).

Source: Regulation (EU) 2022/2065, articles 17 and 24(5);
https://github.com/digital-services-act/transparency-database
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from usepolicy.tables import rows_by, table_rows

Statement = Mapping[str, str | list[str]]
"""Fields by name."""

DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
REQUIRED = (
    "decision_ground",
    "content_type",
    "category",
    "content_date",
    "application_date",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
    "puid",
)
LISTS = frozenset(
    {
        "decision_visibility",
        "content_type",
        "category_addition",
        "category_specification",
        "territorial_scope",
    }
)
DATES = ("content_date", "application_date")
ENDS = tuple(
    f"end_date_{what}_restriction" for what in ("visibility", "monetary", "service", "account")
)
ALSO = {
    ("decision_visibility", "DECISION_VISIBILITY_OTHER"): ("decision_visibility_other",),
    ("decision_monetary", "DECISION_MONETARY_OTHER"): ("decision_monetary_other",),
    ("content_type", "CONTENT_TYPE_OTHER"): ("content_type_other",),
    ("category_specification", "KEYWORD_OTHER"): ("category_specification_other",),
    ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT"): (
        "illegal_content_legal_ground",
        "illegal_content_explanation",
    ),
    ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"): (
        "incompatible_content_ground",
        "incompatible_content_explanation",
    ),
}
"""Which fields a value asks for."""
FREE = ("decision_ground_reference_url", "content_language", "content_id", "source_identity")
_PUID = re.compile(r"[a-zA-Z0-9_-]+")


def problems_of(statement: Statement) -> tuple[str, ...]:
    """Return what is wrong with a statement, a field each; empty where it can be sent."""
    return tuple(sorted({*_missing(statement), *_unknown(statement), *_misshapen(statement)}))


def _missing(statement: Statement) -> Iterator[str]:
    yield from (f"{name}: missing" for name in REQUIRED if not statement.get(name))
    if not any(statement.get(name) for name in DECISIONS):
        yield f"one of {', '.join(DECISIONS)}: missing"
    for (name, value), fields in ALSO.items():
        if value in _values(statement, name):
            yield from (f"{field}: missing" for field in fields if not statement.get(field))


def _unknown(statement: Statement) -> Iterator[str]:
    for name in statement:
        if name not in _fields():
            yield f"{name}: no such field"
    for name, allowed in _allowed().items():
        for value in _values(statement, name):
            if value not in allowed:
                yield f"{name}: no value `{value[:60]}`"
    for value in _values(statement, "category_specification"):
        if not value.startswith("KEYWORD_"):
            yield f"category_specification: no keyword `{value[:60]}`"


def _misshapen(statement: Statement) -> Iterator[str]:
    for name, value in statement.items():
        if isinstance(value, list) is not (name in LISTS):
            yield f"{name}: {'a list' if name in LISTS else 'one value'} is expected"
    for row in table_rows("dsa/limits.csv"):
        name, longest = row["field"], int(row["longest"])
        if any(len(value) > longest for value in _values(statement, name)):
            yield f"{name}: over {longest} characters"
    for name in (*DATES, *ENDS):
        if any(not _is_date(value) for value in _values(statement, name)):
            yield f"{name}: no date; write YYYY-MM-DD"
    if any(not _PUID.fullmatch(value) for value in _values(statement, "puid")):
        yield "puid: only letters, digits, `-` and `_`"
    if statement.get("source_type") == "SOURCE_VOLUNTARY" and statement.get("source_identity"):
        yield "source_identity: not with SOURCE_VOLUNTARY"


def _values(statement: Statement, name: str) -> list[str]:
    value = statement.get(name, [])
    return value if isinstance(value, list) else [value]


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def has_territory(country: str) -> bool:
    """Tell whether a country is one of the European Economic Area."""
    return country in _allowed()["territorial_scope"]


@cache
def _allowed() -> Mapping[str, frozenset[str]]:
    rows = rows_by("dsa/values.csv", "field")
    found = {name: frozenset(row["value"] for row in each) for name, each in rows.items()}
    return found | {"category_addition": found["category"]}


@cache
def _fields() -> frozenset[str]:
    also = {field for fields in ALSO.values() for field in fields}
    named = {*REQUIRED, *DECISIONS, *LISTS, *DATES, *ENDS, *also, *FREE}
    return frozenset({*named, *_allowed(), "content_id_ean"})
